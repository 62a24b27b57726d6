"""Measure the time and memory of each lesson, and write ``data/results/memory.csv``; ``make memory`` runs it, on Linux.

    python -m tools.measure.memory                     # all lessons
    python -m tools.measure.memory 03_image_mapping    # these; the others' rows stay

One row per lesson, run in full in a fresh kernel: seconds from the first cell to the last, and the largest resident
memory that the kernel had at any time, in MB (10^6 bytes). The browser and JupyterLab itself come on top.
"""

import argparse
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd

from mcvn_utils.datasets.files import written_whole
from tools.build.lessons import ROOT, LessonError, fail, kernel_environment, run_lesson
from tools.build.notebooks import lesson_names, read_source

# The kernel's last cell: Linux keeps the largest resident memory that a process ever had.
PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"


def measure(name: str, root: Path = ROOT) -> dict[str, object]:
    """Run a lesson; return its name, seconds and peak memory in MB.

    Raises
    ------
    LessonError
        If a cell fails.
    """
    notebook = read_source(name, root)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    start = time.monotonic()
    run_lesson(notebook, name, root / "notebooks", kernel_environment(fast=False))
    seconds = time.monotonic() - start
    kibibytes = int(notebook.cells[-1].outputs[0].text)
    return {"lesson": name, "seconds": round(seconds), "peak_mb": round(kibibytes * 1024 / 1e6)}


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="lessons to measure; all when none is named")
    names, sources = parser.parse_args(arguments).names, lesson_names(root)
    path = root / "data" / "results" / "memory.csv"
    if unknown := sorted(set(names).difference(sources)):
        parser.error(f"no source for {', '.join(unknown)}; there are {', '.join(sources)}")
    if not Path("/proc/self/status").exists():
        return fail("The peak of a kernel's memory is read as Linux keeps it: measure on Linux.")
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    kept = {row["lesson"]: row for row in rows if row["lesson"] in sources}
    for name in names or sources:
        try:
            kept[name] = measure(name, root)
        except LessonError as error:
            return fail(f"{error}\n\n{path.name} keeps what it had of this lesson.")
        print(f"{name}: {kept[name]['seconds']} s, {kept[name]['peak_mb']} MB", flush=True)
        with written_whole(path) as part:
            pd.DataFrame([kept[key] for key in sorted(kept)]).to_csv(part, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
