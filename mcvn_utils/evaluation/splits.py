"""Which rows are held out: splits at random, by class, and by group."""

import numpy as np
from sklearn.model_selection import GroupKFold, RepeatedKFold, StratifiedShuffleSplit, train_test_split

from ..datasets.schema import Table

Split = tuple[np.ndarray, np.ndarray]
"""Numbers of the training rows and of the held-out rows."""


def paper_split(table: Table) -> list[Split]:
    """The paper's own split of the NIMS steels: 80 % to 20 % of the rows at seed 42."""
    train, test = train_test_split(np.arange(len(table.X)), test_size=0.2, random_state=42)
    return [(train, test)]


def random_folds(table: Table, n_splits: int = 5, n_repeats: int = 1, seed: int = 0) -> list[Split]:
    """Repeated k-fold over the rows, wherever they come from."""
    return list(RepeatedKFold(n_splits=n_splits, n_repeats=n_repeats, random_state=seed).split(table.X))


def group_folds(table: Table, n_splits: int = 5, n_repeats: int = 1, seed: int = 0) -> list[Split]:
    """Repeated k-fold that never tears a group: each heat, or chemical system, is held out as a whole.

    Raises ``ValueError`` when the table has no groups.
    """
    groups = groups_of(table)
    return [
        split
        for repeat in range(n_repeats)
        for split in GroupKFold(n_splits, shuffle=True, random_state=seed + repeat).split(table.X, groups=groups)
    ]


def groups_of(table: Table) -> np.ndarray:
    """The group of each row (n,); ``ValueError`` for a table that has none."""
    if table.groups is None:
        raise ValueError(f"{table.name} has no groups: its rows can only be split at random")
    return np.asarray(table.groups)


def stratified_splits(table: Table, n_splits: int = 5, test_size: float = 0.3, seed: int = 0) -> list[Split]:
    """Random splits, 70 % to 30 % by default, with the same share of each class on both sides."""
    splitter = StratifiedShuffleSplit(n_splits, test_size=test_size, random_state=seed)
    return list(splitter.split(table.X, table.y))


def group_overlap(table: Table, split: Split) -> float:
    """Share of the held-out rows whose group (heat, chemical system) is also among the training rows."""
    groups = groups_of(table)
    return float(np.isin(groups[split[1]], groups[split[0]]).mean())
