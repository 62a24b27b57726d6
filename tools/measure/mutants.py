"""Plant defects into copies of the library, one at a time, and see whether the tests notice; ``make mutants`` runs it.

    python -m tools.measure.mutants                      # all of mutants.txt (half an hour on two cores)
    python -m tools.measure.mutants evaluation images    # those whose file or words hold one of these

``mutants.txt`` lists plausible defects of science and behaviour: file and words, then the text before (``-``) and after
(``+``). The old text must stand exactly once in the file, so the list has to follow the code. The tests that must fail
are those of the module's own test file, ``tests/<package>/test_<module>.py``: a defect which only the tests of another
package would notice has survived.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tools.build.lessons import ROOT

TABLE = Path(__file__).with_name("mutants.txt")
KILLED, SURVIVED, GONE, BROKEN = "killed", "SURVIVED", "TEXT NOT THERE ONCE", "TESTS DO NOT RUN"
COPIED = ("mcvn_utils", "tests", "tools", "conftest.py", "pyproject.toml")
LINKED = ("data", "notebooks", "course", "docs", "README.md", "Makefile")
_HEAD = re.compile(r"(?P<file>[\w/]+\.py): (?P<words>.+)")
PATIENCE = 600  # seconds that the tests of one module may take


@dataclass(frozen=True)
class Mutant:
    """One defect: the file inside the library, what it is in words, and the text before and after."""

    file: str
    words: str
    old: str
    new: str

    @property
    def tests(self) -> str:
        """The test file that must notice it."""
        path = Path("tests") / self.file
        return str(path.with_name(f"test_{path.name}"))

    def planted(self, text: str) -> str | None:
        """Return the file's text with the defect; None when the old text does not stand in it exactly once."""
        return text.replace(self.old, self.new) if text.count(self.old) == 1 else None


def read_mutants(path: Path = TABLE) -> list[Mutant]:
    """Read the list; raise ``ValueError`` for an entry that does not fit its pattern."""
    mutants = []
    for block in re.split(r"\n\s*\n", path.read_text("utf-8").strip()):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if not lines:
            continue
        head = _HEAD.fullmatch(lines[0])
        old, new = ([line[2:] for line in lines[1:] if line[:2].strip() == sign] for sign in "-+")
        if not head or not old or not new or len(old) + len(new) < len(lines) - 1:
            raise ValueError(f"{path.name}: an entry is 'file: words', lines with '- ', lines with '+ ', not\n{block}")
        mutants.append(Mutant(head["file"], head["words"], "\n".join(old), "\n".join(new)))
    return mutants


def copy_project(folder: Path, root: Path = ROOT) -> Path:
    """Copy the library and its tests to a folder, and link what they only read."""
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / name, folder / name)
    for name in LINKED:
        if (root / name).exists():
            (folder / name).symlink_to(root / name)
    return folder


def run_tests(folder: Path, tests: str) -> int:
    """Run a test file of a copy, up to its first failure; return pytest's exit code, or 1 when it does not end."""
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not slow"]
    env = os.environ | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *options, tests]
    try:
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=PATIENCE).returncode
    except subprocess.TimeoutExpired:
        return 1


def outcome(mutant: Mutant, folder: Path) -> str:
    """Plant one defect in a copy, run its tests, and take it out again."""
    path = folder / "mcvn_utils" / mutant.file
    text = path.read_text("utf-8")
    planted = mutant.planted(text)
    if planted is None:
        return GONE
    path.write_text(planted, "utf-8")
    try:
        return {0: SURVIVED, 1: KILLED}.get(run_tests(folder, mutant.tests), BROKEN)
    finally:
        path.write_text(text, "utf-8")


def outcomes(mutants: Sequence[Mutant], folder: Path, processes: int = 1) -> dict[Mutant, str]:
    """Plant each defect in one of as many copies as there are processes; print and return what became of it.

    The tests must pass without a defect, else their failure says nothing.
    """
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(processes):
        (folder / str(number)).mkdir()
        copies.put(copy_project(folder / str(number)))

    def in_a_copy(work, *arguments):
        copy = copies.get()
        try:
            return work(*arguments, copy)
        finally:
            copies.put(copy)

    def one(mutant: Mutant) -> str:
        result = BROKEN if mutant.tests in failing else in_a_copy(outcome, mutant)
        print(f"{result}: {mutant.file}: {mutant.words}", flush=True)
        return result

    with ThreadPoolExecutor(processes) as pool:
        tests = sorted({mutant.tests for mutant in mutants})
        codes = pool.map(lambda path: in_a_copy(lambda path, copy: run_tests(copy, path), path), tests)
        failing = [path for path, code in zip(tests, codes, strict=True) if code]
        for path in failing:
            print(f"{BROKEN}: {path} fails without a defect", flush=True)
        return dict(zip(mutants, pool.map(one, mutants), strict=True))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 unless every defect was noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("words", nargs="*", help="take the defects whose file or words hold one of these")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many to try at once")
    options = parser.parse_args(arguments)
    mutants = [m for m in read_mutants() if any(w in f"{m.file}: {m.words}" for w in options.words or [""])]
    if not mutants:
        parser.error(f"no defect is named {' or '.join(options.words)}")
    with tempfile.TemporaryDirectory() as folder:
        results = outcomes(mutants, Path(folder), options.processes)
    counts = {kind: list(results.values()).count(kind) for kind in (KILLED, SURVIVED, GONE, BROKEN)}
    print("\n" + ", ".join(f"{n} {kind}" for kind, n in counts.items()) + f", of {len(mutants)} planted defects")
    return int(counts[KILLED] < len(mutants))


if __name__ == "__main__":
    sys.exit(main())
