"""Measure the models on held-out rows and write ``results/scores.csv``; ``make results`` runs it.

One row a table, protocol, model, fold, and target or class; the file is rewritten whole after each fold, so that a
second call goes on where the first one was stopped. Seconds are those of training and prediction of the fold.

    python tools/run_results.py                 # everything that is not in the file yet
    python tools/run_results.py --again         # measure anew
    python tools/run_results.py --only nims     # tables whose name holds "nims"
    python tools/run_results.py --fast          # does every row work? one fold each, small models, another file
"""

import argparse
import inspect
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from tqdm.auto import tqdm

import mcvn_utils as mcvn
from lessons import ROOT, fail, installed_versions, written_whole
from mcvn_utils import evaluation
from mcvn_utils.baselines import make_baseline
from mcvn_utils.datasets import Table

SCORES = ROOT / "results" / "scores.csv"
FAST_SCORES = ROOT / "build" / "results" / "scores.csv"
KEY = ["table", "protocol", "model"]
PACKAGES = ("mcvn-tutorial", "numpy", "scikit-learn", "torch", "xgboost-cpu", "xgboost")
SMALL = {"n_members": 1, "steps": 40}
"""Settings of the networks in the fast mode: enough to see that a row works."""


def protocols(table: Table) -> dict[str, list[evaluation.Split]]:
    """Name to splits, as README tells them."""
    if table.name == "nims_steel":
        return {
            "paper split": evaluation.paper_split(table),
            "random 5-fold": evaluation.random_folds(table),
            "by heat 5-fold": evaluation.group_folds(table),
        }
    if table.name == "metallic_glass":
        return {
            "5 x 70/30": evaluation.stratified_splits(table),
            "by system 5-fold": evaluation.group_folds(table),
        }
    return {"random 5-fold": evaluation.random_folds(table)}


def models(table: Table, fast: bool = False) -> dict[str, Callable]:
    """Name to a maker of a fresh model: the peer to beat, the published network, and ours."""
    small = SMALL if fast else {}
    if table.name == "metallic_glass":
        return {
            "XGBoost": lambda: make_baseline("XGBoost", "classification", "E", **table.composition),
            "MCVN": lambda: mcvn.MCVNClassifier(**table.composition, **small),
        }
    made = {
        "XGBoost": lambda: make_baseline("XGBoost", "regression", "O", **table.composition),
        "MCVN": lambda: mcvn.MCVNRegressor(**table.composition, **small),
    }
    if table.X.shape[1] % 2 == 0:  # the published raw branch wants an even number of raw features
        published = {"network": "published", "batch_size": 32, "n_members": 1, "steps": 2400} | small
        made["MCVN as published"] = lambda: mcvn.MCVNRegressor(**table.composition, **published)
    return made


def measure(table: Table, protocol: str, split: evaluation.Split, make_model: Callable) -> pd.DataFrame:
    """Scores of one fold, with the seconds it took and the versions of what was used.

    Where groups are held out, a model that sets rows aside by itself is told the groups.
    """
    by_group = protocol.startswith("by ") and "groups" in inspect.signature(make_model().fit).parameters
    start = time.perf_counter()
    fold = next(evaluation.held_out_scores(make_model, table, [split], **({"groups": True} if by_group else {})))
    return fold.assign(seconds=round(time.perf_counter() - start, 1), versions=installed_versions(*PACKAGES))


def measure_missing(tables: list[Table], path: Path, again: bool, fast: bool = False) -> None:
    """Measure what the file at ``path`` does not hold yet, or everything, and rewrite it after each fold."""
    jobs = [
        (table, protocol, model, fold, split, make)
        for table in tables
        for protocol, splits in protocols(table).items()
        for model, make in models(table, fast).items()
        for fold, split in enumerate(splits[:1] if fast else splits)
    ]
    scores = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=[*KEY, "fold"])
    with tqdm(total=len(jobs), unit="fold") as bar:
        for table, protocol, model, fold, split, make in jobs:
            bar.set_description(f"{table.name}, {protocol}, {model}")
            there = (scores[KEY] == [table.name, protocol, model]).all(axis=1) & (scores["fold"] == fold)
            if again or not there.any():
                new = measure(table, protocol, split, make)
                new = new.assign(table=table.name, protocol=protocol, model=model, fold=fold)
                scores = pd.concat([scores[~there], new], ignore_index=True)
                scores = scores[KEY + [c for c in scores.columns if c not in KEY]]
                scores = scores.sort_values([*KEY, "fold"], kind="stable", ignore_index=True)
                with written_whole(path) as part:
                    scores.round(5).to_csv(part, index=False)
            bar.update()


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure anew what is already there")
    parser.add_argument("--only", default="", help="part of a table's name")
    parser.add_argument("--fast", action="store_true", help="see that each row works: one fold, small models")
    parser.add_argument("--out", type=Path, help="the file to write")
    options = parser.parse_args(arguments)
    tables = [mcvn.load_nims_steel(), mcvn.load_maraging_steel(), mcvn.load_metallic_glass()]
    wanted = [table for table in tables if options.only in table.name]
    if not wanted:
        parser.error(f"--only {options.only}: the tables are {', '.join(table.name for table in tables)}")
    path = options.out or (FAST_SCORES if options.fast else SCORES)
    try:
        measure_missing(wanted, path, options.again, options.fast)
    except KeyboardInterrupt:
        return fail(f"Stopped. {path} holds every fold that was finished; a new call goes on from there.", 130)
    if options.fast:
        print(f"Every row works; what small models reach in one fold is in {path}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
