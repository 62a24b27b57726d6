"""What each setting may be, one rule per setting, and which settings have no use beside others."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from ..composition.errors import shorten

SMALLEST, LARGEST = 1e-12, 1e12
"""The weight of a row or of a class lies between these: single precision has room for the product of two."""
Rule = tuple[str, Callable[[Any], bool]]  # what a value has to be, in words, and whether a value is so


def _rule(*choices: bool | str | None, words: str = "", low=math.inf, high=math.inf, kind=int | float) -> Rule:
    """Allow some values, and numbers (or other objects) of a kind, of ``low`` or more and below ``high``."""
    shown = ", ".join(map(repr, choices))

    def fits(value: Any) -> bool:
        if isinstance(value, bool | str | None):  # neither does True count as 1, nor 1 as True
            return any(value is choice or (isinstance(value, str) and value == choice) for choice in choices)
        return isinstance(value, kind) and (not isinstance(value, int | float) or low <= value < high)

    return (f"{shown} or {words}" if choices and words else words or f"one of {shown}"), fits


_COUNT = {"words": "a whole number of 1 or more", "low": 1, "kind": int}
_SHARE = {"words": "a number from 0 to below 1", "low": 0, "high": 1}
_WEIGHT = _rule(words=f"a number from {SMALLEST:g} to {LARGEST:g}", low=SMALLEST, high=LARGEST)
_COLUMNS = "the name of the column of formulas, a list of element columns, or None"
SIZES: dict[str, Rule] = {
    **dict.fromkeys("n_members steps batch_size checks hidden width n_heads n_blocks".split(), _rule(**_COUNT)),
    **dict.fromkeys(("fraction_pieces", "tree_depth"), _rule(**_COUNT)),
    **dict.fromkeys(("epochs", "pixel_pieces"), _rule(words="a whole number of 0 or more", low=0, kind=int)),
    **dict.fromkeys(("learning_rate", "tree_steps", "tree_temperature"), _rule(words="a number above 0", low=1e-300)),
    **dict.fromkeys(("weight_decay", "tree_weight_decay"), _rule(words="a number of 0 or more", low=0)),
    **dict.fromkeys(("dropout", "branch_dropout", "fine_dropout"), _rule(**_SHARE)),
    "picture_width": _rule(None, **_COUNT),
    "keep_best": _rule(True, False),
}
"""Rules for the sizes of networks and training."""
SETTINGS: dict[str, Rule] = {
    "composition": (_COLUMNS, lambda v: v is None or (isinstance(v, Collection) and all(type(c) is str for c in v))),
    "network": _rule("attending", "published", "attention"),
    "picture": _rule(True, False, "periodic"),
    "elements": _rule("auto", True, False),
    "encoding": _rule("fine", "smooth"),
    **dict.fromkeys(("raw", "trees", "progress"), _rule(True, False)),
    "validation_fraction": _rule(words="a number between 0 and 1", low=1e-300, high=1),
    "class_weight": _rule(None, "balanced", words="a dict of one weight per class", kind=dict),
    "label_smoothing": _rule(**_SHARE),
    "logit_adjustment": _rule(None, "validation", words="a number", low=-LARGEST, high=LARGEST),
    "random_state": _rule(
        None, words="a whole number from 0 to 2**32 - 1", low=0, high=2**32, kind=int | np.random.RandomState
    ),
}
"""Rules for the other settings of the estimators; ``unit``, ``balance`` and ``preset`` are checked where they serve."""
_OF_MCVN = {"encoding": ("fine",), "hidden": ("auto",), "dropout": ("auto",), "elements": ("auto", False)}
WITHOUT_USE: dict[str, dict[str, tuple]] = {
    "with network='published'": _OF_MCVN,
    "with network='attention'": _OF_MCVN | {"picture": (True, False)},
    "without a composition": {"picture": (True, False), "elements": ("auto", False)},
    "without element columns": {"unit": ("wt%",), "balance": (None,)},
}
"""Which settings have no use in some cases, and what they may be there; the default comes first."""


def check_values(values: Mapping[str, Any], rules: Mapping[str, Rule] = SIZES) -> dict[str, Any]:
    """Give values as Python's own, such as True for ``np.True_``; raise ``ValueError`` for one that breaks its rule."""
    values = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    for name, value in values.items():
        if name in rules and not rules[name][1](value):
            raise ValueError(f"{name} must be {rules[name][0]}, not {shorten(value)}")
    return values


def check_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give the settings of an estimator as ``check_values`` does; also refuse those that have no use."""
    own = {
        name: rule
        for name, rule in SIZES.items()
        if not (isinstance(settings.get(name), str) and settings[name] == "auto")
    }
    settings, composition = check_values(settings, own | SETTINGS), settings["composition"]
    weights = settings.get("class_weight") if isinstance(settings.get("class_weight"), dict) else {}
    named = {f"class_weight of {name!r}": weight for name, weight in weights.items()}
    check_values(named, dict.fromkeys(named, _WEIGHT))
    cases = [f"with network={settings['network']!r}"] + ["without a composition"] * (composition is None)
    if composition is None or isinstance(composition, str):
        cases.append("without element columns")
    for case in cases:
        for name, allowed in WITHOUT_USE.get(case, {}).items():
            if settings[name] not in allowed:
                raise ValueError(f"{name}={settings[name]!r} has no use {case}: leave it at {allowed[0]!r}")
    return settings
