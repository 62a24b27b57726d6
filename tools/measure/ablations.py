"""Measure what each part of MCVN is worth and write ``data/results/ablations.csv``; ``make ablations`` runs it.

Each variant is MCVN with one thing changed, trained and scored on the same folds as MCVN itself. All start from the
three branches of the attending network alone, without the soft trees that the library sets beside it. To keep it cheap
they are smaller than the library's default (``SMALLER``), on five folds of the steels and two splits of the glasses.
What is changed is told in ``VARIANTS``; which variants answer which question, in ``mcvn_utils.ablation_results``.

Two workers of one thread each take one job after the other. One row a variant, table, protocol, fold, and target or
class; the file is rewritten whole after each job, so that a second call goes on where the first one was stopped.

    python -m tools.measure.ablations                     # everything that is not in the file yet
    python -m tools.measure.ablations --again             # measure anew
    python -m tools.measure.ablations --only attention    # variants whose name holds "attention"
    python -m tools.measure.ablations --fast              # does every job work? one fold, small models, another file
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from mcvn_utils import evaluation, load_metallic_glass, load_nims_steel
from mcvn_utils.datasets.schema import Table
from tools.build.lessons import ROOT, fail, installed_versions, written_whole

ABLATIONS = ROOT / "data" / "results" / "ablations.csv"
FAST_ABLATIONS = ROOT / "build" / "results" / "ablations.csv"
KEY = ["table", "protocol", "variant"]
PACKAGES = ("mcvn-tutorial", "numpy", "scikit-learn", "torch", "xgboost-cpu", "xgboost")
WORKERS = 2

SMALLER = {
    "nims_steel": {"n_members": 2, "steps": 300, "elements": True, "trees": False},
    "metallic_glass": {"n_members": 2, "steps": 800, "trees": False},
}
FAST_STEPS, FAST_ROWS = 10, 200
"""The fast mode: enough to see that a job works."""

PUBLISHED = {"network": "published", "batch_size": 32, "n_members": 1, "steps": 2400}
VARIANTS = {
    "MCVN": {},
    "another seed": {"random_state": 1},
    "no picture": {"picture": False},
    "no elements": {"elements": False},
    "no raw features": {"raw": False},
    "picture alone": {"elements": False, "raw": False},
    "elements alone": {"picture": False, "raw": False},
    "raw features alone": {"picture": False, "elements": False},
    "periodic table": {"picture": "periodic"},
    "soft trees beside": {"trees": True},
    "no pieces": {"encoding": "smooth"},
    "pieces never dropped": {"fine_dropout": 0.0},
    "degenerate attention": {"attention": "degenerate"},
    "no attention": {"attention": "absent"},
    "scaled on all rows": {"scale_on": "all"},
    "as published": PUBLISHED,
    "as published, another seed": {**PUBLISHED, "random_state": 1},
    "as published, scaled on all rows": {**PUBLISHED, "scale_on": "all"},
}
"""Name to settings that differ from MCVN's."""

MEMBERS = {"nims_steel": (1, 3, 10, 30), "metallic_glass": (1, 2, 4, 8)}
"""Sizes of the ensembles; all are taken from the largest, which is trained once a fold."""

SHARES = {"nims_steel": (8, 4, 2), "metallic_glass": (16, 8, 4, 2)}
"""The learning curve: one training row in so many, and all."""

FOLDS = {
    ("nims_steel", "random 5-fold"): 5,
    ("nims_steel", "by heat 5-fold"): 5,
    ("metallic_glass", "2 x 70/30"): 2,
}
"""How many of a protocol's folds are measured."""


@dataclass(frozen=True)
class Job:
    """One training on one fold: a variant, or MCVN or XGBoost on one training row in ``share``, or many members."""

    table: str
    protocol: str
    fold: int
    variant: str
    share: int = 1

    def names(self) -> list[str]:
        """The variants that the job writes."""
        if self.variant == "members":
            return [f"{n} member{'s' * (n > 1)}" for n in MEMBERS[self.table]]
        return [self.variant if self.share == 1 else f"{self.variant}, 1/{self.share} of the rows"]


def jobs() -> Iterator[Job]:
    """All trainings, fold by fold, so that a run that is cut short leaves whole folds."""
    for fold in range(max(FOLDS.values())):
        for table, protocol in (place for place, n_folds in reversed(FOLDS.items()) if fold < n_folds):
            glass = table == "metallic_glass"
            if fold < 1:
                yield Job(table, protocol, fold, "members")
            for name, settings in VARIANTS.items():
                one_place = {"network", "scale_on"} & settings.keys()  # asked for the random folds of the steels alone
                if not (one_place and protocol != "random 5-fold") and not (glass and "raw features" in name):
                    yield Job(table, protocol, fold, name)
            if fold < 1:
                yield Job(table, protocol, fold, "XGBoost")
                for share in SHARES[table]:
                    yield Job(table, protocol, fold, "MCVN", share)
                    yield Job(table, protocol, fold, "XGBoost", share)


@cache
def load(name: str) -> Table:
    """A table, read once a worker."""
    return {"nims_steel": load_nims_steel, "metallic_glass": load_metallic_glass}[name]()


def split_of(job: Job, table: Table) -> evaluation.Split:
    """Training rows, thinned out where the job says so (whole heats where heats are held out), and held-out rows."""
    make = {
        "random 5-fold": evaluation.random_folds,
        "by heat 5-fold": evaluation.group_folds,
        "2 x 70/30": evaluation.stratified_splits,
    }
    train, test = make[job.protocol](table)[job.fold]
    unit = np.asarray(table.groups)[train] if job.protocol.startswith("by ") else train
    units = np.random.default_rng(job.fold).permutation(np.unique(unit))
    return train[np.isin(unit, units[: len(units) // job.share])], test


def make_model(job: Job, table: Table, fast: bool):
    """The model of a job, not fitted yet."""
    from mcvn_utils.evaluation.baselines import make_baseline
    from tools.measure.variants import AblatedClassifier, AblatedRegressor

    glass = table.name == "metallic_glass"
    if job.variant == "XGBoost":
        task, features = ("classification", "E") if glass else ("regression", "O")
        return make_baseline("XGBoost", task, features, **table.composition)
    many = {"n_members": max(MEMBERS[table.name])} if job.variant == "members" else {}
    settings = SMALLER[table.name] | many | VARIANTS.get(job.variant, {}) | ({"steps": FAST_STEPS} if fast else {})
    if "scale_on" in settings:
        settings["scale_on"] = table.X
    return (AblatedClassifier if glass else AblatedRegressor)(**table.composition, **settings)


def measure(job: Job, fast: bool = False) -> pd.DataFrame:
    """Train, score the held-out rows; one row a variant and target or class."""
    from tools.measure.variants import smaller_ensembles

    table, start = load(job.table), time.perf_counter()
    train, test = (rows[:FAST_ROWS] if fast else rows for rows in split_of(job, table))
    groups = table.groups.iloc[train] if job.protocol.startswith("by ") else None
    model, told = make_model(job, table, fast), {} if job.variant == "XGBoost" else {"groups": groups}
    model.fit(table.X.iloc[train], table.y.iloc[train], **told)
    X, y = table.X.iloc[test], table.y.iloc[test]
    score = evaluation.regression_scores if isinstance(y, pd.DataFrame) else evaluation.classification_scores
    found = {}
    for name, size in zip(job.names(), MEMBERS[job.table] if job.variant == "members" else (None,), strict=False):
        models = smaller_ensembles(model, size, repeats=2 if fast else 10) if size else [model]
        scores = pd.concat([score(y, each.predict(X)) for each in models])
        found[name] = scores.groupby("target" if "target" in scores else "class", sort=False).mean().reset_index()
    rows = pd.concat(found, names=["variant"]).reset_index("variant")
    facts = {"table": job.table, "protocol": job.protocol, "fold": job.fold, "rows": len(train)}
    seconds = round(time.perf_counter() - start, 1)
    return rows.assign(**facts, seconds=seconds, versions=installed_versions(*PACKAGES))


def _be_a_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C would end a training early, and its scores would be kept


@contextmanager
def workers(n: int):
    """A ``map`` over ``n`` processes of one thread each, in the order in which they are done."""
    os.environ["OMP_NUM_THREADS"] = "1"
    with get_context("spawn").Pool(n, _be_a_worker) as pool:
        yield pool.imap_unordered


def measure_missing(todo: Iterable[Job], path: Path, again: bool, fast: bool, n_workers: int) -> None:
    """Measure what the file at ``path`` does not hold yet, or everything, and rewrite it after each job."""
    scores = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=[*KEY, "fold"])
    there = set() if again else set(scores[[*KEY, "fold"]].itertuples(index=False, name=None))
    todo = [j for j in todo if any((j.table, j.protocol, name, j.fold) not in there for name in j.names())]
    with workers(n_workers) as each, tqdm(total=len(todo), unit="training", smoothing=0.05) as bar:
        for new in each(partial(measure, fast=fast), todo):
            old = scores[[*KEY, "fold"]].apply(tuple, axis=1).isin(set(new[[*KEY, "fold"]].apply(tuple, axis=1)))
            scores = pd.concat([scores[~old], new], ignore_index=True) if len(scores) else new
            scores = scores[[*KEY, "fold", *(c for c in scores.columns if c not in [*KEY, "fold"])]]
            scores = scores.sort_values([*KEY, "fold"], kind="stable", ignore_index=True)
            with written_whole(path) as part:
                scores.round(5).to_csv(part, index=False)
            bar.update()


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure anew what is already there")
    parser.add_argument("--only", default="", help="part of a variant's name, or of a table's")
    parser.add_argument("--fast", action="store_true", help="see that each job works: one fold, small models")
    parser.add_argument("--workers", type=int, default=WORKERS, help="processes of one thread each")
    parser.add_argument("--out", type=Path, help="the file to write")
    options = parser.parse_args(arguments)
    wanted = [job for job in jobs() if any(options.only in name for name in [job.table, job.variant, *job.names()])]
    if not wanted:
        known = sorted({name for job in jobs() for name in [job.table, *job.names()]})
        parser.error(f"--only {options.only}: there are {', '.join(known)}")
    if options.fast:
        wanted = [job for job in wanted if job.fold == 0]
    path = options.out or (FAST_ABLATIONS if options.fast else ABLATIONS)
    try:
        measure_missing(wanted, path, options.again, options.fast, options.workers)
    except KeyboardInterrupt:
        return fail(f"Stopped. {path} holds every training that was finished; a new call goes on from there.", 130)
    if options.fast:
        print(f"Every job works; what small models reach in one fold is in {path}.")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the workers with us then, too
    sys.exit(main())
