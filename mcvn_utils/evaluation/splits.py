"""Which rows are held out: splits at random, by class and by group, and the protocols under which models are scored."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.model_selection import GroupKFold, RepeatedKFold, StratifiedShuffleSplit, train_test_split

from ..datasets.schema import Table

Split = tuple[np.ndarray, np.ndarray]
"""Numbers of the training rows and of the held-out rows."""


def paper_split(table: Table) -> list[Split]:
    """Split the NIMS steels as the paper does: 80 % to 20 % of the rows at seed 42.

    >>> [(len(train), len(test)) for train, test in paper_split(load_nims_steel())]
    [(288, 72)]
    """
    train, test = train_test_split(np.arange(len(table.X)), test_size=0.2, random_state=42)
    return [(train, test)]


def random_folds(table: Table, n_splits: int = 5, n_repeats: int = 1, seed: int = 0) -> list[Split]:
    """Deal the rows to folds at random, ``n_repeats`` times; each fold is held out once.

    >>> len(random_folds(load_nims_steel(), n_repeats=2))
    10
    """
    return list(RepeatedKFold(n_splits=n_splits, n_repeats=n_repeats, random_state=seed).split(table.X))


def group_folds(table: Table, n_splits: int = 5, n_repeats: int = 1, seed: int = 0) -> list[Split]:
    """Deal whole groups to folds, so that each heat, or chemical system, is held out as a whole.

    Raises ``ValueError`` for a table without groups.

    >>> group_overlap(load_nims_steel(), group_folds(load_nims_steel())[0])
    0.0
    """
    groups = groups_of(table)
    return [
        split
        for repeat in range(n_repeats)
        for split in GroupKFold(n_splits, shuffle=True, random_state=seed + repeat).split(table.X, groups=groups)
    ]


def groups_of(table: Table) -> np.ndarray:
    """Return the group of each row, (n,); raise ``ValueError`` for a table without groups."""
    if table.groups is None:
        raise ValueError(f"{table.name} has no groups: its rows can only be split at random")
    return np.asarray(table.groups)


def stratified_splits(table: Table, n_splits: int = 5, test_size: float = 0.3, seed: int = 0) -> list[Split]:
    """Split the rows at random, 70 % to 30 % by default, with the same share of each class on both sides.

    >>> [len(test) for _, test in stratified_splits(load_metallic_glass(), n_splits=2)]
    [1941, 1941]
    """
    splitter = StratifiedShuffleSplit(n_splits, test_size=test_size, random_state=seed)
    return list(splitter.split(table.X, table.y))


def group_overlap(table: Table, split: Split) -> float:
    """Return the share of the held-out rows whose group (heat, chemical system) is also among the training rows.

    >>> group_overlap(load_nims_steel(), random_folds(load_nims_steel())[0]) > 0.9
    True
    """
    groups = groups_of(table)
    return float(np.isin(groups[split[1]], groups[split[0]]).mean())


@dataclass(frozen=True)
class Protocol:
    """One way to hold out rows of a table.

    >>> get_protocol("by system 5-fold").by_group
    True
    """

    name: str  # as it stands in the measured tables
    splits: Callable[[Table], list[Split]]
    held_out_share: float  # held-out rows divided by training rows, which ``paired_difference`` needs
    by_group: bool = False  # whether whole groups are held out; validation rows must then be whole groups, too


PROTOCOLS: dict[str, tuple[Protocol, ...]] = {
    "nims_steel": (
        Protocol("paper split", paper_split, 2 / 8),
        Protocol("random 2 x 5-fold", partial(random_folds, n_repeats=2), 1 / 4),
        Protocol("by heat 3 x 5-fold", partial(group_folds, n_repeats=3), 1 / 4, by_group=True),
    ),
    "maraging_steel": (Protocol("random 5 x 5-fold", partial(random_folds, n_repeats=5), 1 / 4),),
    "metallic_glass": (
        Protocol("5 x 70/30", stratified_splits, 3 / 7),
        Protocol("by system 5-fold", group_folds, 1 / 4, by_group=True),
    ),
}
"""The protocols under which all models are scored, by table."""

SHORT_PROTOCOLS: dict[str, tuple[Protocol, ...]] = {
    "nims_steel": (
        Protocol("random 5-fold", random_folds, 1 / 4),
        Protocol("by heat 5-fold", group_folds, 1 / 4, by_group=True),
    ),
    "metallic_glass": (Protocol("2 x 70/30", partial(stratified_splits, n_splits=2), 3 / 7),),
}
"""Shorter protocols, by table: the first splits of the above, for the variants of MCVN."""


def get_protocol(name: str) -> Protocol:
    """Return the protocol of this name; raise ``ValueError`` for a name that no protocol has.

    >>> get_protocol("random 5-fold").held_out_share
    0.25
    """
    known = {p.name: p for tables in (PROTOCOLS, SHORT_PROTOCOLS) for several in tables.values() for p in several}
    if name not in known:
        raise ValueError(f"there is no protocol {name!r}; there are {', '.join(known)}")
    return known[name]
