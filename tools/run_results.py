"""Measure the models on held-out rows and write ``results/scores.csv``; ``make results`` runs it.

One row a table, protocol, model, fold, and target or class; the file is rewritten whole after each model, so that a
second call goes on where the first one was stopped. Seconds are those of training and prediction of the fold.

    python tools/run_results.py                 # everything that is not in the file yet
    python tools/run_results.py --again         # measure anew
    python tools/run_results.py --only nims     # tables whose name holds "nims"
"""

import argparse
import inspect
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from tqdm.auto import tqdm

import mcvn_utils as mcvn
from lessons import ROOT, fail, written_whole
from mcvn_utils import evaluation
from mcvn_utils.baselines import make_baseline
from mcvn_utils.datasets import Table

SCORES = ROOT / "results" / "scores.csv"
KEY = ["table", "protocol", "model"]


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


def models(table: Table) -> dict[str, Callable]:
    """Name to a maker of a fresh model: the peer to beat, the published network, and ours."""
    if table.name == "metallic_glass":
        return {
            "XGBoost": lambda: make_baseline("XGBoost", "classification", "E", **table.composition),
            "MCVN": lambda: mcvn.MCVNClassifier(**table.composition),
        }
    made = {
        "XGBoost": lambda: make_baseline("XGBoost", "regression", "O", **table.composition),
        "MCVN": lambda: mcvn.MCVNRegressor(**table.composition),
    }
    if table.X.shape[1] % 2 == 0:  # the published raw branch wants an even number of raw features
        made["MCVN as published"] = lambda: mcvn.MCVNRegressor(
            **table.composition, network="published", n_members=1, steps=2400, batch_size=32
        )
    return made


def measure(table: Table, protocol: str, splits: list, make_model: Callable) -> Iterator[pd.DataFrame]:
    """Scores of each fold, with the seconds it took.

    Where groups are held out, a model that sets rows aside by itself is told the groups.
    """
    by_group = protocol.startswith("by ") and "groups" in inspect.signature(make_model().fit).parameters
    folds = evaluation.held_out_scores(make_model, table, splits, **({"groups": True} if by_group else {}))
    for _ in splits:
        start = time.perf_counter()
        fold = next(folds)
        yield fold.assign(seconds=round(time.perf_counter() - start, 1))


def measure_missing(tables: list[Table], path: Path, again: bool) -> None:
    """Measure what the file at ``path`` does not hold yet, or everything, and rewrite it after each model."""
    jobs = [
        (table, protocol, splits, model, make)
        for table in tables
        for protocol, splits in protocols(table).items()
        for model, make in models(table).items()
    ]
    scores = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=KEY)
    with tqdm(total=sum(len(splits) for _, _, splits, _, _ in jobs), unit="fold") as bar:
        for table, protocol, splits, model, make in jobs:
            bar.set_description(f"{table.name}, {protocol}, {model}")
            there = (scores[KEY] == [table.name, protocol, model]).all(axis=1)
            if there.any() and not again:
                bar.update(len(splits))
                continue
            folds = []
            for fold in measure(table, protocol, splits, make):
                folds.append(fold)
                bar.update()
            new = pd.concat(folds).assign(table=table.name, protocol=protocol, model=model)
            scores = pd.concat([scores[~there], new], ignore_index=True)
            scores = scores[KEY + [c for c in scores.columns if c not in KEY]].sort_values(KEY, kind="stable")
            with written_whole(path) as part:
                scores.round(5).to_csv(part, index=False)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure anew what is already there")
    parser.add_argument("--only", default="", help="part of a table's name")
    parser.add_argument("--out", type=Path, default=SCORES)
    options = parser.parse_args(arguments)
    tables = [mcvn.load_nims_steel(), mcvn.load_maraging_steel(), mcvn.load_metallic_glass()]
    wanted = [table for table in tables if options.only in table.name]
    if not wanted:
        parser.error(f"--only {options.only}: the tables are {', '.join(table.name for table in tables)}")
    try:
        measure_missing(wanted, options.out, options.again)
    except KeyboardInterrupt:
        return fail(f"Stopped. {options.out} holds every model that was finished; a new call goes on from there.", 130)
    return 0


if __name__ == "__main__":
    sys.exit(main())
