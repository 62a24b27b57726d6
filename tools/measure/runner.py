"""Runs jobs that measure something, and keeps their rows in one CSV file: the part that all measurements share.

A job says which rows it writes, how long it takes, and how it is measured. Jobs whose rows the file does not hold yet
run in several processes of one thread each, the longest first. The file is rewritten whole after each job, so that a
second call goes on where the first one was stopped. Ctrl-C keeps the finished jobs and ends with exit code 130. Two
calls at the same time may write to one file: each adds its rows to those that the file then holds, under a lock.
"""

import argparse
import hashlib
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import joblib
import pandas as pd
import torch  # noqa: F401  loaded here, so that its threads are limited with the others'
from filelock import FileLock
from joblib.externals.loky import get_reusable_executor
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

from mcvn_utils.datasets.files import written_whole
from tools.build.lessons import ROOT, fail

FOLDER = ROOT / "data" / "results"
FAST_FOLDER = ROOT / "build" / "results"
BAR = "{percentage:3.0f}% |{bar:20}| {elapsed} so far, {remaining} left{postfix}"
PACKAGES = ("mcvn-tutorial", "numpy", "scikit-learn", "torch", "xgboost-cpu", "xgboost")


@dataclass(frozen=True)
class Job:
    """One measurement: the keys of the rows that it writes, how it is measured, and about how long that takes."""

    keys: tuple[dict[str, object], ...]
    measure: Callable[[], pd.DataFrame]
    seconds: float


@dataclass(frozen=True)
class Results:
    """A CSV file of measurements: its name, the columns that name a job's rows, and the columns that follow them."""

    name: str
    key: tuple[str, ...]
    then: tuple[str, ...] = ()

    def read(self, path: Path) -> pd.DataFrame:
        """Return the rows of the file, none when there is no file; raise ``ValueError`` for a file without the key."""
        rows = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(self.key))
        if not set(self.key) <= set(rows.columns):
            raise ValueError(f"{path} has other columns than those of today ({', '.join(self.key)}): move it away")
        return rows

    def write(self, rows: pd.DataFrame, path: Path) -> None:
        """Write the rows."""
        rows.round(5).to_csv(path, index=False)

    def keys(self, rows: pd.DataFrame) -> list[tuple]:
        """Return the key of each row."""
        return list(rows[list(self.key)].itertuples(index=False, name=None))

    def merged(self, rows: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
        """Return the rows with those of one job in the place of its earlier ones, in a fixed order."""
        measured = set(self.keys(new))
        rows = rows[[key not in measured for key in self.keys(rows)]]
        rows = pd.concat([part for part in (rows, new) if len(part)], ignore_index=True)
        first = [*self.key, *self.then]
        rows = rows[[*first, *(column for column in rows.columns if column not in first)]]
        return rows.sort_values([name for name in first if name in new], kind="stable", ignore_index=True)


def make_parser(text: str) -> argparse.ArgumentParser:
    """Return a parser of the options that all measurements share; ``text`` is the command's description."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure anew what the file holds already")
    parser.add_argument("--only", default="", help="part of a name")
    parser.add_argument("--folds", type=int, help="the first so many folds of each protocol alone")
    parser.add_argument("--fast", action="store_true", help="see that each job works: one fold, small models")
    parser.add_argument("--processes", type=int, default=min(4, joblib.cpu_count()), help="jobs at a time")
    parser.add_argument("--out", type=Path, help="the file to write")
    return parser


def run(parser: argparse.ArgumentParser, options, results: Results, jobs: list[Job], *only: str) -> int:
    """Measure the jobs that the options name, ``--only`` in the columns ``only`` of the key; return the exit code."""
    known = {key[column]: None for job in jobs for column in only for key in job.keys}
    if not any(options.only in name for name in known):
        parser.error(f"--only {options.only}: there are {', '.join(known)}")
    jobs = [job for job in jobs if any(options.only in key[column] for column in only for key in job.keys)]
    if folds := 1 if options.fast else options.folds:
        jobs = [job for job in jobs if job.keys[0]["fold"] < folds]
    path = options.out or (FAST_FOLDER if options.fast else FOLDER) / results.name
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # the same as Ctrl-C
    try:
        left_out = measure_missing(results, jobs, path, options.again, options.processes)
    except KeyboardInterrupt:
        if options.processes > 1:
            get_reusable_executor().shutdown(wait=False, kill_workers=True)
        return fail(f"Stopped. {path} holds every job that was finished; a new call goes on from there.", 130)
    finally:
        signal.signal(signal.SIGTERM, before)
    for error, job in left_out.items():
        print(f"left out: {job.keys[0][only[-1]]}, {error}")
    if options.fast:
        print(f"Every job works; what small models reach in one fold is in {path}.")
    return 0


def measure_missing(results: Results, jobs: list[Job], path: Path, again: bool, processes: int) -> dict[str, Job]:
    """Measure the jobs that the file does not hold yet, or all, and rewrite it after each.

    Jobs that lack a package are left out; what they say is returned, with the first job that says it.
    """
    held, left_out = set() if again else set(results.keys(results.read(path))), {}
    todo = [job for job in jobs if not set(results.keys(pd.DataFrame(job.keys))) <= held]
    todo.sort(key=lambda job: -job.seconds)
    apart = processes > 1
    settings = {"backend": "loky", "inner_max_num_threads": 1} if apart else {"backend": "sequential"}
    with joblib.parallel_config(**settings), tqdm(total=sum(job.seconds for job in todo), bar_format=BAR) as bar:
        work = joblib.Parallel(processes, batch_size=1, return_as="generator_unordered")
        measured = work(joblib.delayed(_measure)(number, job, apart) for number, job in enumerate(todo))
        for done, (number, new) in enumerate(measured, start=1):
            job = todo[number]
            if isinstance(new, ImportError):
                left_out.setdefault(str(new), job)
            else:
                with lock_of(path), written_whole(path) as part:
                    results.write(results.merged(results.read(path), new), part)
            words = [str(value) for name, value in job.keys[0].items() if name != "fold"]
            bar.set_postfix_str(f"{done} of {len(todo)}, {', '.join(words)}", refresh=False)
            bar.update(job.seconds)
    return left_out


def lock_of(path: Path) -> FileLock:
    """Return the lock of a file, which lies in the temporary folder, so that nothing is left beside the file."""
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    return FileLock(Path(tempfile.gettempdir()) / f"mcvn-{name}.lock", mode=0o666)


def _measure(number: int, job: Job, apart: bool) -> tuple[int, pd.DataFrame | ImportError]:
    pressed = []

    def stop(*_) -> None:
        pressed.append(True)
        raise KeyboardInterrupt

    # Apart, Ctrl-C goes to the parent, which stops its workers. Here it ends a training early: that is no measurement.
    if apart:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    before = {} if apart else {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        with threadpool_limits(1):
            rows = job.measure()
    except ImportError as error:
        rows = ImportError(str(error))
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    if pressed:
        raise KeyboardInterrupt
    return number, rows
