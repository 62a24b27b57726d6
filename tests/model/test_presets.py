"""Presets: all settings once, and which of them a table gets."""

from dataclasses import replace

import pytest
from sklearn.base import clone

from mcvn_utils import MCVNClassifier
from mcvn_utils.model.presets import FEW_ROWS, LARGE, PRESETS, SMALL, sizes_of

TINY = {"n_members": 2, "steps": 30, "hidden": 16, "device": "cpu", "elements": False}


def classifier(**settings) -> MCVNClassifier:
    return MCVNClassifier(**{**TINY, **settings})


@pytest.mark.parametrize("preset", ["small", "large", replace(SMALL, width=8)])
def test_a_preset_sets_all_sizes_and_a_single_setting_goes_before_it(preset):
    sizes = classifier(preset=preset)._sizes(70, None)
    wanted = PRESETS.get(preset, preset)
    assert sizes["width"] == wanted.width and sizes["fraction_pieces"] == wanted.fraction_pieces
    assert sizes["n_members"] == TINY["n_members"] and sizes["hidden"] == 16
    assert clone(classifier(preset=preset)).get_params()["preset"] == preset


def test_a_table_with_few_rows_is_small_and_one_with_many_is_large():
    names = [sizes_of("auto", n, "formula")["preset"] for n in (10, FEW_ROWS - 1, FEW_ROWS, 10**6)]
    assert names == ["small", "small", "large", "large"] and sizes_of(SMALL, 10**6, "formula")["preset"] == "own"


def test_many_rows_get_as_many_steps_as_their_passes_need():
    assert sizes_of("large", 6470, "formula")["steps"] == 45 * 6470 // 128
    assert sizes_of("large", 10, "formula")["steps"] == LARGE.steps == 600
    assert sizes_of("small", 10**6, "formula")["steps"] == SMALL.steps


def test_branches_are_hidden_only_where_element_columns_repeat_the_composition():
    hidden = [sizes_of("small", 10, how)["branch_dropout"] for how in (["C", "Cr"], "formula", None)]
    assert hidden == [SMALL.branch_dropout, 0.0, 0.0]


def test_a_preset_cannot_be_changed_and_another_name_is_refused():
    with pytest.raises(AttributeError):
        SMALL.width = 3
    with pytest.raises(ValueError, match="'small', 'large' or a Preset, not 'tiny'"):
        sizes_of("tiny", 10, None)
