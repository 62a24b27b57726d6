"""Measure what the arrangement of a picture is worth: ``data/results/pictures.csv``; ``make pictures`` runs it.

One and the same small CNN (``mcvn_utils.study.trial``) reads the metallic glasses under each arrangement, alone and
beside the 406 descriptors, on the splits that ``make results`` uses. Scales and learned arrangements come from the
training rows of each split alone; ``random`` and ``shuffled pixels`` are drawn anew for each split. The picture on the
periodic table, 9 x 18 with three channels, lies in the middle of the same 24 x 24 frame.

One row per arrangement, protocol, fold and seed. DeepInsight and IGTD need an extra, ``pip install '.[pictures]'``;
without it they are left out, and what the file holds of them stays.

    python -m tools.measure.pictures                 # everything that is not in the file yet
    python -m tools.measure.pictures --again         # measure anew
    python -m tools.measure.pictures --only expert   # arrangements whose name holds "expert"
    python -m tools.measure.pictures --fast          # does every job work? one fold, few steps, another file
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from mcvn_utils import CompositionDescriptor, CompositionImager, PeriodicTableImager, load_metallic_glass
from mcvn_utils.datasets.schema import Table
from mcvn_utils.evaluation.splits import PROTOCOLS, Protocol, Split
from mcvn_utils.study.pictures import NO_PICTURE
from mcvn_utils.study.trial import PLAN, standard_scores, trial_scores
from tools.build.lessons import installed_versions
from tools.measure import runner
from tools.measure.arrangements import ARRANGEMENTS
from tools.measure.runner import Job, Results

PICTURES = Results("pictures.csv", ("protocol", "fold", "arrangement", "descriptors"), then=("seed",))
PERIODIC = "periodic table"
N_MEMBERS = 2
FAST_PLAN = replace(PLAN, steps=10, checks=2)
VERSIONS = ("torch", "numpy", "scikit-learn", "TINTOlib")
SECONDS = {NO_PICTURE: 3, "IGTD": 70}
"""About how long one fold takes on one core; 45 s where nothing is said."""


def pictures(name: str, table: Table, descriptors: np.ndarray, train: np.ndarray, seed: int) -> np.ndarray | None:
    """Draw all rows under an arrangement, with what is learned from the training rows; None for no picture."""
    if name == NO_PICTURE:
        return None
    if name == PERIODIC:
        return PeriodicTableImager().fit_transform(table.X["formula"])
    template = ARRANGEMENTS[name](descriptors[train], seed)
    return CompositionImager(template).fit(descriptors[train]).transform(descriptors)


def jobs(table: Table, fast: bool = False) -> Iterator[Job]:
    """List each arrangement on each fold, alone and beside the descriptors (no picture: beside them only)."""
    descriptors = np.asarray(CompositionDescriptor().fit_transform(table.X["formula"]), dtype=float)
    for protocol in PROTOCOLS[table.name]:
        for fold, split in enumerate(protocol.splits(table)):
            for name in [NO_PICTURE, *ARRANGEMENTS, PERIODIC]:
                key = {"protocol": protocol.name, "fold": fold, "arrangement": name}
                keys = tuple(key | {"descriptors": beside} for beside in ("no", "yes")[name == NO_PICTURE :])
                work = partial(measure, table, descriptors, protocol, split, keys, FAST_PLAN if fast else PLAN)
                yield Job(keys, work, SECONDS.get(name, 45))


def measure(
    table: Table, descriptors: np.ndarray, protocol: Protocol, split: Split, keys: tuple[dict, ...], plan
) -> pd.DataFrame:
    """Train and score the CNN once per key, on pictures that are drawn once."""
    fold, start = keys[0]["fold"], time.perf_counter()
    images = pictures(keys[0]["arrangement"], table, descriptors, split[0], seed=100 + fold)
    arranging = round(time.perf_counter() - start, 1)
    raw, groups = standard_scores(descriptors, split[0]), table.groups if protocol.by_group else None
    parts = []
    for key in keys:
        start = time.perf_counter()
        beside = raw if key["descriptors"] == "yes" else None
        rows = trial_scores(images, beside, table.y, split, groups, n_members=N_MEMBERS, plan=plan, seed=fold)
        seconds = round((time.perf_counter() - start) / len(rows), 1)
        rows = rows.rename(columns={"member": "seed"})
        parts.append(rows.assign(**key, arranging_seconds=arranging, seconds=seconds))
    return pd.concat(parts, ignore_index=True).assign(versions=installed_versions(*VERSIONS))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = runner.make_parser(__doc__)
    options = parser.parse_args(arguments)
    todo = list(jobs(load_metallic_glass(), options.fast))
    return runner.run(parser, options, PICTURES, todo, "arrangement")


if __name__ == "__main__":
    sys.exit(main())
