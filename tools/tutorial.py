"""Run lessons 00 to 07 without a screen, keep the executed copies under build/, and print what they measured.

    python -m tools.tutorial           # at most 10 minutes on two cores
    python -m tools.tutorial --fast    # fewer ensemble members and steps: does everything run?

The printed figures are read from what lessons 05 and 06 displayed; nothing is computed here.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
from nbformat import NotebookNode
from tqdm import tqdm

from tools.build.lessons import ROOT, LessonError, fail, kernel_environment, run_lesson, write_notebook

# What mcvn_utils.evaluation.ScoreTable displays beside its table.
SCORES = "application/vnd.mcvn.scores+json"
# The tables that the lessons measure: title, what a row is, and the figures of each model.
TABLES = {
    "nims_steel": ("NIMS steel: R² per target", "target", ["r2"]),
    "metallic_glass": ("Metallic glass: scores per class", "class", ["precision", "recall", "f1"]),
}
BAR = "{desc} {percentage:3.0f} %|{bar}| {n_fmt}/{total_fmt} cells, {elapsed}"


def tutorial_lessons(root: Path) -> list[Path]:
    """Return the notebooks of lessons 00 to 07, in order."""
    return sorted((root / "notebooks").glob("0[0-7]_*.ipynb"))


def read_scores(notebook: NotebookNode) -> dict[str, pd.DataFrame]:
    """Collect the tables of scores that a lesson displayed, by name; a later one replaces an earlier one."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    bundles = [output.data[SCORES] for output in outputs if SCORES in output.get("data", {})]
    return {bundle["name"]: pd.DataFrame(bundle["records"]) for bundle in bundles}


def format_scores(records: pd.DataFrame, index: str, values: list[str]) -> str:
    """Lay records out with one row for each target or class and one group of columns for each model.

    Rows and models keep the order in which they first appear.
    """
    table = records.pivot(index=index, columns="model", values=values)
    columns = [(value, model) for model in records["model"].unique() for value in values]
    table = table.loc[records[index].unique(), columns].swaplevel(axis="columns")
    if len(values) == 1:
        table = table.droplevel(1, axis="columns")
    table = table.rename(index=lambda label: str(label).replace("_", " ")).rename_axis(index=None)
    names = [None] * table.columns.nlevels
    return table.rename_axis(columns=names).to_string(float_format="{:.3f}".format, sparsify=True, na_rep="-")


def run_all(paths: list[Path], root: Path, fast: bool | None) -> dict[str, pd.DataFrame]:
    """Run the lessons in order under one progress bar; write each executed copy once its lesson is complete.

    Returns
    -------
    dict
        The tables of scores that the lessons displayed, by name.
    """
    notebooks = {path: nbformat.read(path, as_version=4) for path in paths}
    copies = {path: root / "build" / "tutorial" / path.name for path in paths}
    for copy in copies.values():
        copy.unlink(missing_ok=True)  # a copy found later is of this run
    scores = {}
    # Where nobody watches (a log file), a line a minute is enough.
    pace = 0.1 if sys.stderr.isatty() else 60
    total = sum(len(notebook.cells) for notebook in notebooks.values())
    with tqdm(total=total, bar_format=BAR, mininterval=pace) as bar:
        for path, notebook in notebooks.items():
            bar.set_description(path.stem)
            start = bar.n
            run_lesson(
                notebook,
                path.stem,
                path.parent,
                kernel_environment(fast),
                on_cell=lambda number, start=start: bar.update(start + number - 1 - bar.n),
            )
            bar.update(start + len(notebook.cells) - bar.n)
            write_notebook(notebook, copies[path])
            scores |= read_scores(notebook)
    return scores


def print_results(scores: dict[str, pd.DataFrame]) -> None:
    """Print the tables and how to go on."""
    for name, (title, index, values) in TABLES.items():
        print(f"\n{title}\n{format_scores(scores[name], index, values)}")
    print("\nHow they were measured: lessons 05 and 06. To go on, open the lessons: make lab")


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="fewer ensemble members and steps (MCVN_FAST=1)")
    options = parser.parse_args(arguments)
    start = time.monotonic()
    paths = tutorial_lessons(root)
    try:
        scores = run_all(paths, root, fast=True if options.fast else None)
    except LessonError as error:
        remedy = "A package is missing: make install. A file is missing or changed: git status."
        closer = f"To look closer: make lab, open {error.lesson}.ipynb, run it to this cell."
        return fail(f"{error}\n\n{remedy}\n{closer}")
    except KeyboardInterrupt:
        return fail("Stopped. Only complete lessons are in build/tutorial; a new call starts anew.", code=130)
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    print(f"\n{len(paths)} lessons ran in {minutes} min {seconds} s; executed copies are in build/tutorial.")
    if missing := sorted(TABLES.keys() - scores.keys()):
        return fail(f"No lesson showed scores of {', '.join(missing)} (evaluation.ScoreTable).")
    print_results(scores)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the kernel with us then, too
    sys.exit(main())
