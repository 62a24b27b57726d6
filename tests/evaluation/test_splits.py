"""Splits hold what they promise, and the protocols are those of the measured tables."""

from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from mcvn_utils import evaluation, load_maraging_steel, load_metallic_glass, load_nims_steel
from mcvn_utils.datasets.schema import Table
from mcvn_utils.evaluation.splits import PROTOCOLS, SHORT_PROTOCOLS, get_protocol

NIMS, GLASS = load_nims_steel(), load_metallic_glass()
TABLES = {"nims_steel": NIMS, "metallic_glass": GLASS, "maraging_steel": load_maraging_steel()}
NO_GROUPS = Table("private", NIMS.X, NIMS.y, None, NIMS.composition, {}, "", "")

FOLDS = {
    "NIMS random": lambda: (NIMS, evaluation.random_folds(NIMS, n_repeats=2)),
    "NIMS by heat": lambda: (NIMS, evaluation.group_folds(NIMS, n_repeats=2)),
    "glass by system": lambda: (GLASS, evaluation.group_folds(GLASS)),
    "maraging random": lambda: (load_maraging_steel(), evaluation.random_folds(load_maraging_steel())),
}


@pytest.mark.parametrize("folds", FOLDS)
def test_folds_are_disjoint_and_each_row_is_held_out_once_a_repeat(folds):
    table, splits = FOLDS[folds]()
    for train, test in splits:
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(len(table.X)))
    held_out = np.concatenate([test for _, test in splits])
    assert set(np.bincount(held_out)) == {len(splits) // 5}


@pytest.mark.parametrize("table", [NIMS, GLASS], ids=lambda table: table.name)
def test_group_folds_never_tear_a_group(table):
    groups = table.groups.to_numpy()
    for train, test in evaluation.group_folds(table, n_splits=4):
        assert set(groups[train]).isdisjoint(groups[test])
        assert evaluation.group_overlap(table, (train, test)) == 0


def test_a_heat_is_held_out_with_all_its_three_rows():
    for _, test in evaluation.group_folds(NIMS):
        assert (NIMS.groups.iloc[test].value_counts() == 3).all()


def test_random_folds_let_a_model_look_up_the_heat():
    overlap = [evaluation.group_overlap(NIMS, split) for split in evaluation.random_folds(NIMS)]
    assert np.mean(overlap) == pytest.approx(1 - 71 * 70 / (359 * 358), abs=0.02)  # both sisters held out as well: rare
    systems = [evaluation.group_overlap(GLASS, split) for split in evaluation.stratified_splits(GLASS)]
    assert np.mean(systems) > 0.9


def test_group_overlap_by_hand():
    table = Table("toy", NIMS.X[:4], NIMS.y[:4], pd.Series(list("aabc")), {}, {}, "", "")
    assert evaluation.group_overlap(table, (np.array([0, 2]), np.array([1, 3]))) == 0.5


def test_the_papers_split_is_seed_42_with_72_rows_held_out():
    ((train, test),) = evaluation.paper_split(NIMS)
    assert len(train) == 288 and len(test) == 72
    _, expected = train_test_split(NIMS.X, test_size=0.2, random_state=42)
    assert list(NIMS.X.index[test]) == list(expected.index)


def test_stratified_splits_keep_the_shares_of_the_classes():
    whole = GLASS.y.value_counts(normalize=True)
    splits = evaluation.stratified_splits(GLASS)
    assert len(splits) == 5 and len({tuple(test[:20]) for _, test in splits}) == 5
    for train, test in splits:
        assert len(test) == 1941 and not set(train) & set(test)
        assert np.allclose(GLASS.y.iloc[test].value_counts(normalize=True)[whole.index], whole, atol=1e-3)


def test_repeats_differ_and_seeds_repeat():
    for make in (evaluation.random_folds, evaluation.group_folds):
        first, again, other = make(NIMS, n_repeats=2), make(NIMS, n_repeats=2), make(NIMS, seed=9)
        assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
        assert not np.array_equal(first[0][1], first[5][1]) and not np.array_equal(first[0][1], other[0][1])


def test_a_table_without_groups_says_so():
    for use in (
        lambda: evaluation.group_folds(NO_GROUPS),
        lambda: evaluation.group_overlap(NO_GROUPS, (np.arange(3), np.arange(3))),
    ):
        with pytest.raises(ValueError, match="private has no groups"):
            use()


# Protocols


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        ("nims_steel", {"paper split": 1, "random 2 x 5-fold": 10, "by heat 3 x 5-fold": 15}),
        ("maraging_steel", {"random 5 x 5-fold": 25}),
        ("metallic_glass", {"5 x 70/30": 5, "by system 5-fold": 5}),
    ],
)
def test_each_table_is_measured_under_its_protocols(table, wanted):
    assert {p.name: len(p.splits(TABLES[table])) for p in PROTOCOLS[table]} == wanted


@pytest.mark.parametrize("protocols", [PROTOCOLS, SHORT_PROTOCOLS], ids=["long", "short"])
def test_a_protocol_knows_the_share_that_it_holds_out_and_whether_groups_stay_whole(protocols):
    for name, several in protocols.items():
        for protocol in several:
            splits = protocol.splits(TABLES[name])
            share = sum(len(test) for _, test in splits) / sum(len(train) for train, _ in splits)
            assert share == pytest.approx(protocol.held_out_share, rel=0.01)
            for train, test in splits:
                whole = TABLES[name].groups is not None and evaluation.group_overlap(TABLES[name], (train, test)) == 0
                assert whole == protocol.by_group


def test_the_short_protocols_are_the_first_splits_of_the_long_ones():
    pairs = {"random 5-fold": "random 2 x 5-fold", "by heat 5-fold": "by heat 3 x 5-fold", "2 x 70/30": "5 x 70/30"}
    for (short, full), table in zip(pairs.items(), (NIMS, NIMS, GLASS), strict=True):
        for ours, theirs in zip(get_protocol(short).splits(table), get_protocol(full).splits(table), strict=False):
            assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_a_protocol_is_asked_for_by_its_name_and_cannot_be_changed():
    names = ("random 2 x 5-fold", "by system 5-fold", "5 x 70/30", "paper split")
    assert [get_protocol(name).held_out_share for name in names] == [0.25, 0.25, 3 / 7, 0.25]
    with pytest.raises(ValueError, match="no protocol 'leave one out'; there are paper split, "):
        get_protocol("leave one out")
    with pytest.raises(FrozenInstanceError):
        get_protocol("paper split").held_out_share = 1.0
