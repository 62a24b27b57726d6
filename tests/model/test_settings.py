"""Settings: each has one rule, numpy's values count as Python's, and what has no use is refused."""

import numpy as np
import pytest

from mcvn_utils.model.estimators import MCVNClassifier, MCVNRegressor
from mcvn_utils.model.presets import LARGE, SMALL
from mcvn_utils.model.settings import CHOICES, check_settings, check_value

ELEMENTS = {"composition": ["C", "Cr"], "balance": "Fe"}


def settings(make=MCVNClassifier, **changed) -> dict:
    return make(**changed).get_params()


def test_the_defaults_and_the_presets_keep_the_rules():
    for make in (MCVNRegressor, MCVNClassifier):
        assert check_settings(settings(make)) == settings(make)
    for preset in (SMALL, LARGE):
        assert {name: check_value(name, size) for name, size in vars(preset).items()} == vars(preset)
    unchecked = {"unit", "balance", "preset", "device"}  # these are checked where they serve
    for name in {*settings(), *vars(SMALL)} - unchecked:
        with pytest.raises(ValueError, match=f"{name} must be "):
            check_value(name, object())
    assert set(CHOICES) <= {*settings(), *vars(SMALL)}


WRONG = {
    "n_members": [0, -1, 2.0, True, "3", None, np.nan, np.array([2])],
    "steps": [0, 1.5, "many", np.inf],
    "batch_size": [0, "all", False],
    "hidden": [0, 2.5, (64, 64)],
    "dropout": [1.5, -0.2, 1, "0.1", True, np.nan, None, [0.1]],
    "learning_rate": [0, -1e-3, "0.1", np.inf, np.nan, True, None],
    "weight_decay": [-0.1, "0", np.nan, np.inf],
    "validation_fraction": [0, 1, 1.5, -0.1, "0.1", "auto", None, np.nan, True],
    "label_smoothing": [1, -0.1, "0.05", np.nan],
    "logit_adjustment": ["auto", np.nan, np.inf, True, [1.0]],
    "random_state": [-1, 2**32, 0.5, "0", True, np.nan],
    "picture": [1, 0, "True", None, "cells"],
    "elements": [1, "yes", None],
    "raw": [1, 0, "auto", None],
    "trees": [1, "no", None, "auto"],
    "progress": [1, "yes", None],
    "network": ["auto", True, None, ["attending"]],
    "encoding": ["auto", None, "rough"],
    "composition": [5, True],
    "class_weight": ["balance", 3, [1, 2], True],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_value_of_the_wrong_type_or_range_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=rf"^{name} must be .*, not "):
        check_settings(settings(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, "auto") for name in ("n_members", "steps", "batch_size", "hidden", "dropout", "learning_rate")],
        ("dropout", 0), ("weight_decay", 0.0), ("learning_rate", 1), ("label_smoothing", 0), ("logit_adjustment", -1),
        ("random_state", None), ("random_state", 2**32 - 1), ("composition", ("C", "Cr")),
    ],
)  # fmt: skip
def test_the_ends_of_a_range_are_allowed(name, value):
    assert check_settings(settings(**{name: value}))[name] == value
    generator = np.random.RandomState(0)
    assert check_settings(settings(random_state=generator))["random_state"] is generator


@pytest.mark.parametrize(
    ("name", "value", "plain"),
    [
        ("picture", np.True_, True), ("picture", np.False_, False), ("picture", np.str_("periodic"), "periodic"),
        ("elements", np.True_, True), ("raw", np.False_, False), ("trees", np.bool_(True), True),
        ("progress", np.False_, False), ("hidden", np.int64(8), 8), ("dropout", np.float64(0.5), 0.5),
        ("n_members", np.uint8(3), 3), ("random_state", np.int32(4), 4), ("encoding", np.str_("smooth"), "smooth"),
    ],
)  # fmt: skip
def test_numpys_values_become_pythons(name, value, plain):
    now = check_settings(settings(**{name: value}))[name]
    assert now == plain and type(now) is type(plain)


@pytest.mark.parametrize("weight", [-1, 0, np.inf, np.nan, 1e-300, 1e300, "2", None, True])
def test_a_class_weight_that_trains_against_a_class_or_not_at_all_is_refused(weight):
    with pytest.raises(ValueError, match=r"class_weight of 'BMG' must be a number from 1e-12 to 1e\+12, not "):
        check_settings(settings(class_weight={"CRA": 1.0, "BMG": weight}))


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"network": "published", "encoding": "smooth"}, "encoding"),
        ({"network": "published", "hidden": 64}, "hidden"),
        ({"network": "published", "dropout": 0.1}, "dropout"),
        ({"network": "published", "elements": True}, "elements"),
        ({"network": "attention", "encoding": "smooth"}, "encoding"),
        ({"network": "attention", "picture": "periodic"}, "picture"),
        ({"network": "attention", "hidden": 64}, "hidden"),
        ({"unit": "at%"}, "unit"),
        ({"unit": "nonsense"}, "unit"),
        ({"balance": "Fe"}, "balance"),
        ({"composition": None, "unit": "at%"}, "unit"),
        ({"composition": None, "balance": "Fe"}, "balance"),
        ({"composition": None, "picture": "periodic"}, "picture"),
        ({"composition": None, "elements": True}, "elements"),
    ],
)
def test_a_setting_without_use_is_refused_with_a_remedy(changed, name):
    with pytest.raises(ValueError, match=rf"^{name}=.* has no use .*: leave it at "):
        check_settings(settings(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"network": "published"}, {"network": "published", "elements": False, "trees": False},
        {"network": "attention", "picture": False}, {"composition": None, "picture": False, "elements": False},
        {**ELEMENTS, "unit": "at%"}, {**ELEMENTS, "network": "published"}, {"encoding": "smooth"},
    ],
)  # fmt: skip
def test_what_says_no_more_than_the_default_is_allowed(changed):
    assert check_settings(settings(**changed)) == settings(**changed)
