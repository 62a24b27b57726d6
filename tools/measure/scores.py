"""Measure the models on held-out rows and write ``data/results/scores.csv``; ``make results`` runs it.

One row a table, protocol, model, features, fold, and target or class; what holds for a whole fold, such as its seconds,
stands on the row of the mean, target "average" or class "macro". Folds run in several processes of one thread
each, the longest first; the file is rewritten whole after each fold, so that a second call goes on where the first one
was stopped.

    python -m tools.measure.scores                          # everything that is not in the file yet
    python -m tools.measure.scores --again                  # measure anew
    python -m tools.measure.scores --only nims              # tables whose name holds "nims"
    python -m tools.measure.scores --models "XGBoost,MCVN"  # these models alone
    python -m tools.measure.scores --fast                   # does every row work? one fold, small models, another file
"""

import argparse
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import joblib
import pandas as pd
from joblib.externals.loky import get_reusable_executor
from sklearn.exceptions import ConvergenceWarning
from tqdm.auto import tqdm

import mcvn_utils as mcvn
from mcvn_utils.datasets.schema import Table
from tools.build.lessons import ROOT, fail, written_whole
from tools.measure import score_jobs as result_rows
from tools.measure.score_jobs import Job

SCORES = ROOT / "data" / "results" / "scores.csv"
FAST_SCORES = ROOT / "build" / "results" / "scores.csv"
COLUMNS = [
    *("table", "protocol", "model", "features", "fold", "target", "class", "r2", "rmse", "mae"),
    *("precision", "recall", "f1", "support", "low", "high", "training_rows", "held_out_rows"),
    *("settings", "seconds", "versions"),
]
KEY = COLUMNS[:5]
COUNTS = ["support", "training_rows", "held_out_rows"]
OF_A_FOLD = COLUMNS[-5:]
"""Columns that stand once a fold, on the row of its mean."""
BAR = "{percentage:3.0f}% |{bar:20}| {elapsed} so far, {remaining} left{postfix}"


def measured(todo: list[Job], processes: int) -> Iterator[tuple[Job, pd.DataFrame]]:
    """Each job with its scores, in the order in which they end; in this process when there is one."""
    apart = processes > 1
    settings = {"backend": "loky", "inner_max_num_threads": 1} if apart else {"backend": "sequential"}
    with joblib.parallel_config(**settings):
        work = joblib.Parallel(processes, batch_size=1, return_as="generator_unordered")
        for number, scores in work(joblib.delayed(_measure)(number, job, apart) for number, job in enumerate(todo)):
            yield todo[number], scores


def _measure(number: int, job: Job, apart: bool) -> tuple[int, pd.DataFrame]:
    pressed = []

    def stop(*_) -> None:
        pressed.append(True)
        raise KeyboardInterrupt

    # Apart, Ctrl-C goes to the parent, which stops its workers. Here it ends a training early: that is no measurement.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if apart else stop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # kernels at their bounds
            scores = result_rows.measure(job)
    finally:
        if not apart:
            signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
    return number, scores


def measure_missing(jobs: list[Job], path: Path, again: bool, processes: int = 1) -> None:
    """Measure the jobs that the file at ``path`` does not hold yet, or all, and rewrite it after each."""
    scores = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=COLUMNS)
    if not set(KEY) <= set(scores.columns):
        raise ValueError(f"{path} has other columns than those of today ({', '.join(KEY)}): move it away")
    scores = with_versions(scores)
    there = set() if again else set(scores[KEY].itertuples(index=False, name=None))
    todo = sorted((job for job in jobs if job.key not in there), key=lambda job: -job.seconds)
    with tqdm(total=sum(job.seconds for job in todo), bar_format=BAR) as bar:
        for done, (job, new) in enumerate(measured(todo, processes), start=1):
            scores = merged(scores, job, new)
            with written_whole(path) as part:
                slim(scores).to_csv(part, index=False, float_format="%.5g")
            told = f"{done} of {len(todo)} folds, {job.table.name}, {job.protocol}, {job.row.model}"
            bar.set_postfix_str(told, refresh=False)
            bar.update(job.seconds)


def merged(scores: pd.DataFrame, job: Job, new: pd.DataFrame) -> pd.DataFrame:
    """The file's rows with those of one job put in the place of its earlier ones, in a fixed order."""
    where = {"table": job.table.name, "protocol": job.protocol, "features": job.row.features, "fold": job.fold}
    old = (scores[list(where)] == pd.Series(where)).all(axis=1) & scores["model"].isin(new["model"])
    both = pd.concat([part for part in (scores[~old], new) if len(part)], ignore_index=True)
    return both.reindex(columns=COLUMNS).sort_values(KEY, kind="stable", ignore_index=True)


def slim(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows as they are written: what holds for a whole fold stands on the row ``average`` or ``macro`` alone.

    Versions are written where they change: an empty one there is that of the fold before.
    """
    scores = scores.astype(dict.fromkeys(COUNTS, "Int64"))
    is_mean = (scores["target"] == "average") | (scores["class"] == "macro")
    scores.loc[~is_mean, OF_A_FOLD] = None
    means = scores[is_mean]
    same = means["versions"] == means.groupby(KEY[:-1])["versions"].shift()
    scores.loc[same.index[same], "versions"] = None
    return scores


def with_versions(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows as they were before ``slim`` left out versions that repeat."""
    is_mean = (scores["target"] == "average") | (scores["class"] == "macro")
    filled = scores[is_mean].groupby(KEY[:-1])["versions"].ffill()
    return scores.assign(versions=scores["versions"].where(~is_mean, filled.reindex(scores.index)))


def chosen(tables: list[Table], only: str, models: str, fast: bool) -> list[Job]:
    """The jobs that the command line names; raises ``ValueError`` for a name that is not there."""
    wanted = [table for table in tables if only in table.name]
    if not wanted:
        raise ValueError(f"--only {only}: the tables are {', '.join(table.name for table in tables)}")
    found = result_rows.jobs(wanted, fast)
    if not models:
        return found
    known, names = {job.row.model for job in found}, {name.strip() for name in models.split(",")}
    if not names <= known:
        raise ValueError(f"--models {', '.join(sorted(names - known))}: the models are {', '.join(sorted(known))}")
    return [job for job in found if job.row.model in names]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure anew what is already there")
    parser.add_argument("--only", default="", help="part of a table's name")
    parser.add_argument("--models", default="", help="names of models, with commas between")
    parser.add_argument("--fast", action="store_true", help="see that each row works: one fold, small models")
    parser.add_argument("--processes", type=int, default=min(4, joblib.cpu_count()), help="folds at a time")
    parser.add_argument("--out", type=Path, help="the file to write")
    options = parser.parse_args(arguments)
    tables = [mcvn.load_nims_steel(), mcvn.load_maraging_steel(), mcvn.load_metallic_glass()]
    try:
        jobs = chosen(tables, options.only, options.models, options.fast)
    except ValueError as error:
        parser.error(str(error))
    path = options.out or (FAST_SCORES if options.fast else SCORES)
    try:
        measure_missing(jobs, path, options.again, options.processes)
    except KeyboardInterrupt:
        if options.processes > 1:
            get_reusable_executor().shutdown(wait=False, kill_workers=True)
        return fail(f"Stopped. {path} holds every fold that was finished; a new call goes on from there.", 130)
    if options.fast:
        print(f"Every row works; what small models reach in one fold is in {path}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
