"""Measure what the arrangement of a picture is worth: ``data/results/pictures.csv``; ``make pictures`` runs it.

One and the same small CNN (``mcvn_utils.picture_trial``) reads the metallic glasses under each arrangement, alone and
beside the 406 descriptors, on the splits that ``make results`` uses. Scales and learned arrangements come from the
training rows of each split alone; ``random`` and ``shuffled pixels`` are drawn anew for each split. The picture on the
periodic table, 9 x 18 with three channels, lies in the middle of the same 24 x 24 frame.

One row an arrangement, protocol, fold and seed; the file is rewritten whole after each fold of an arrangement, so that
a second call goes on where the first one was stopped. DeepInsight and IGTD need an extra, ``pip install
'.[pictures]'``; without it they are left out, and what the file holds of them stays.

    python -m tools.measure.pictures                 # everything that is not in the file yet
    python -m tools.measure.pictures --again         # measure anew
    python -m tools.measure.pictures --only expert   # arrangements whose name holds "expert"
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from mcvn_utils import CompositionDescriptor, CompositionImager, PeriodicTableImager, load_metallic_glass
from mcvn_utils.datasets.schema import Table
from mcvn_utils.evaluation.splits import Split
from mcvn_utils.images.arrangements import ARRANGEMENTS
from mcvn_utils.study.picture_trial import standard_scores, trial_scores
from mcvn_utils.study.pictures import NO_PICTURE
from tools.build.lessons import ROOT, fail, installed_versions, written_whole
from tools.measure.score_jobs import protocols

PICTURES = ROOT / "data" / "results" / "pictures.csv"
KEY = ["protocol", "fold", "arrangement", "descriptors"]
PERIODIC = "periodic table"
N_MEMBERS = 2
VERSIONS = ("torch", "numpy", "scikit-learn", "TINTOlib")


def jobs(table: Table, wanted: list[str]) -> Iterator[tuple[str, int, Split, str, tuple[str, ...]]]:
    """Protocol, fold, split, arrangement, and whether descriptors stand beside (yes and no, or yes alone)."""
    for protocol, splits in protocols(table).items():
        for fold, split in enumerate(splits):
            for name in wanted:
                yield protocol, fold, split, name, ("yes",) if name == NO_PICTURE else ("no", "yes")


def pictures(name: str, table: Table, descriptors: np.ndarray, train: np.ndarray, seed: int) -> np.ndarray | None:
    """All rows drawn under an arrangement, with what the training rows taught; None for no picture."""
    if name == NO_PICTURE:
        return None
    if name == PERIODIC:
        return PeriodicTableImager().fit_transform(table.X["formula"])
    template = ARRANGEMENTS[name](descriptors[train], seed)
    return CompositionImager(template).fit(descriptors[train]).transform(descriptors)


def measure_missing(table: Table, path: Path, wanted: list[str], again: bool, settings: dict) -> None:
    """Measure what the file does not hold yet, or everything, and rewrite it after each fold of an arrangement."""
    scores = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=KEY)
    if again:
        scores = scores[~scores["arrangement"].isin(wanted)]
    descriptors = np.asarray(CompositionDescriptor().fit_transform(table.X["formula"]), dtype=float)
    todo, versions, missing = list(jobs(table, wanted)), installed_versions(*VERSIONS), {}
    with tqdm(total=len(todo), unit="picture") as bar:
        for protocol, fold, split, name, besides in todo:
            bar.set_description(f"{protocol}, fold {fold}, {name}")
            bar.update()
            there = scores[(scores[KEY[:3]] == [protocol, fold, name]).all(axis=1)]["descriptors"]
            if set(besides) <= set(there) or name in missing:
                continue
            start = time.perf_counter()
            try:
                images = pictures(name, table, descriptors, split[0], seed=100 + fold)
            except ImportError as error:
                missing[name] = error
                continue
            arranged = time.perf_counter() - start
            raw, new = standard_scores(descriptors, split[0]), []
            for beside in besides:
                start = time.perf_counter()
                rows = trial_scores(
                    images,
                    raw if beside == "yes" else None,
                    table.y,
                    split,
                    table.groups if protocol.startswith("by ") else None,
                    seed=fold,
                    **settings,
                )
                seconds = (time.perf_counter() - start) / len(rows)
                facts = {"protocol": protocol, "fold": fold, "arrangement": name, "descriptors": beside}
                times = {"arranging_seconds": round(arranged, 1), "seconds": round(seconds, 1)}
                new.append(rows.rename(columns={"member": "seed"}).assign(**facts, **times, versions=versions))
            kept = scores[~scores.index.isin(there.index)]
            scores = pd.concat([*([kept] if len(kept) else []), *new], ignore_index=True)
            columns = [*KEY, "seed", *(c for c in new[0].columns if c not in [*KEY, "seed"])]
            scores = scores[columns].astype({"fold": int, "seed": int}).sort_values([*KEY, "seed"], kind="stable")
            with written_whole(path) as part:
                scores.round(5).to_csv(part, index=False)
    for name, error in missing.items():
        print(f"left out: {name}, {error}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure anew what is already there")
    parser.add_argument("--only", default="", help="part of an arrangement's name")
    parser.add_argument("--out", type=Path, default=PICTURES)
    options = parser.parse_args(arguments)
    names = [NO_PICTURE, *ARRANGEMENTS, PERIODIC]
    wanted = [name for name in names if options.only in name]
    if not wanted:
        parser.error(f"--only {options.only}: the arrangements are {', '.join(names)}")
    torch.set_num_threads(1)  # the CNN is small: more threads wait for one another
    try:
        measure_missing(load_metallic_glass(), options.out, wanted, options.again, {"n_members": N_MEMBERS})
    except KeyboardInterrupt:
        return fail(f"Stopped. {options.out} holds every fold that was finished; a new call goes on from there.", 130)
    return 0


if __name__ == "__main__":
    sys.exit(main())
