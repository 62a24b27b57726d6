"""Train the models that are saved in ``data/``; ``make checkpoint`` runs it. Each file is below a megabyte.

- ``glass_mcvn``: one small member, trained on all 6470 glasses, for lesson 00 and the app to play with.
- ``nims_random_0``, ``nims_random_1``, ``nims_by_heat_0``, ``nims_by_heat_1``: two members each, trained on the
  training rows of the first two folds of lesson 05, for readers who skip its trainings.
- ``glass_70_30``, ``glass_validation``, ``glass_by_system``: one small member each, trained on the rows that lesson 06
  trains on, for the same readers.

    python -m tools.build.checkpoints            # all; a few minutes
    python -m tools.build.checkpoints nims       # those whose name holds "nims"
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

import mcvn_utils as mcvn
from mcvn_utils import evaluation

DATA = Path(__file__).resolve().parents[2] / "data"
MAP = "Al-Cu-Zr"
"""Lesson 06 draws this system's map, and so holds it out."""


def training_rows() -> Iterator[tuple[str, mcvn.Table, np.ndarray, bool]]:
    """Name of a model, its table, the rows that it is trained on, and whether groups stay whole."""
    steel, glass = mcvn.load_nims_steel(), mcvn.load_metallic_glass()
    yield "glass_mcvn", glass, np.arange(len(glass.X)), False
    for fold in (0, 1):
        yield f"nims_random_{fold}", steel, evaluation.random_folds(steel)[fold][0], False
        yield f"nims_by_heat_{fold}", steel, evaluation.group_folds(steel)[fold][0], True
    train = evaluation.stratified_splits(glass, n_splits=1)[0][0]
    yield "glass_70_30", glass, train, False
    fit_rows, _ = train_test_split(train, test_size=0.2, stratify=glass.y.iloc[train], random_state=0)
    yield "glass_validation", glass, fit_rows, False
    folds = evaluation.group_folds(glass)
    yield "glass_by_system", glass, next(a for a, b in folds if MAP in set(glass.groups.iloc[b])), True


def main() -> None:
    """Train, save, and say how large each file is."""
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    for name, table, rows, whole in training_rows():
        if only not in name:
            continue
        if table.name == "nims_steel":
            model = mcvn.MCVNRegressor(**table.composition, n_members=2, progress=True)
        else:
            model = mcvn.MCVNClassifier(**table.composition, encoding="smooth", n_members=1, hidden=96, progress=True)
        groups = table.groups.iloc[rows] if whole else None
        path = DATA / f"{name}.safetensors"
        model.fit(table.X.iloc[rows], table.y.iloc[rows], groups=groups).save(path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
