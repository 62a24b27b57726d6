"""Build the exercise notebooks from their one tagged source, `notebooks/source/exercises/NAME.py`.

    python -m tools.build.exercises                             # all: blanks and executed solutions
    python -m tools.build.exercises 01_composition_parsing      # these
    python -m tools.build.exercises --check                     # executes nothing: are they in step?

From each source come `notebooks/exercises/NAME.ipynb`, the blank, and `notebooks/solutions/NAME.ipynb`, filled and
executed; `tools.build.course` hands the whole of it, hidden tests included, to nbgrader. Besides nbgrader's own marks
(`### BEGIN SOLUTION`, `### BEGIN HIDDEN TESTS`) the sources know four kinds of cells:

    # %% setup=true                       the lessons' set-up cell is put here, for one folder deeper
    # %% year=true                        the course's year, from course/settings.toml; the cell is locked
    # %% answer="hmean"                   a cell that the student fills in (in prose: all of it is the model answer)
    # %% marks="hmean_marks" points=2 reads="hmean"
                                          a locked cell that checks the answer, worth so many points, and the student's
                                          variables that it reads: `tools.build.examiner` fetches these and no others
"""

import argparse
import re
import signal
import sys
import tomllib
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from tools.build.lessons import ROOT, LessonError, fail, kernel_environment, run_lesson, write_notebook
from tools.build.notebooks import (
    KERNEL,
    LANGUAGE,
    execution_defects,
    first_difference,
    lesson_names,
    name_widgets_in_order,
    read_source,
    shrink_pictures,
)

REMEDY = "make exercises"
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]
COLAB = "https://colab.research.google.com/github/" + REPOSITORY.removeprefix("https://github.com/")
HOW_TO = f"""
[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({COLAB}/blob/main/notebooks/exercises/{{name}}.ipynb)

Fill in where a cell says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError()` below it. The locked
cell that follows checks your answer: *Right.*, or a hint. Wrong answers cost nothing; try again as often as you like.
Lesson: [{{name}}](../{{name}}.ipynb). Solutions, for afterwards: [{{name}}](../solutions/{{name}}.ipynb)."""
FILLED = """
The exercises, filled in and run. There is often more than one good way. Lesson: [{name}](../{name}.ipynb).
The blank: [{name}](../exercises/{name}.ipynb)."""
MARK = re.compile(r"^\s*### (BEGIN|END) SOLUTION\s*$\n?", re.MULTILINE)


def source_folder(root: Path) -> Path:
    """Return where the exercises' sources lie."""
    return root / "notebooks" / "source" / "exercises"


def exercise_names(root: Path = ROOT) -> list[str]:
    """Return the names of all sources, which are those of their lessons."""
    return sorted(path.stem for path in source_folder(root).glob("*.py"))


def course_year(root: Path = ROOT) -> int:
    """Return the year for which alloys, rows and seeds are drawn."""
    return int(tomllib.loads((root / "course" / "settings.toml").read_text("utf-8"))["year"])


def set_up(root: Path = ROOT) -> str:
    """Return the lessons' set-up cell, for a notebook that lies one folder deeper."""
    lesson = read_source(lesson_names(root)[0], root)
    cell = next(cell.source for cell in lesson.cells if "setup" in cell.metadata.get("tags", []))
    return cell.replace('"../mcvn_utils"', '"../../mcvn_utils"').replace('abspath("..")', 'abspath("../..")')


def nbgrader_metadata(cell_id: str, cell: NotebookNode, points: float | None, solution: bool) -> NotebookNode:
    """Return what nbgrader wants to know of a cell; prose that answers is read by the teacher, for 0 points."""
    grade = points is not None or (solution and cell.cell_type == "markdown")
    meta = {"grade": grade, "grade_id": cell_id, "locked": not solution, "schema_version": 3, "solution": solution}
    return nbformat.from_dict(meta | {"task": False} | ({"points": points or 0} if grade else {}))


def read_master(name: str, root: Path = ROOT, year: int | None = None) -> NotebookNode:
    """Turn a source into the whole notebook: solutions, hidden tests, and nbgrader's metadata, for one year."""
    notebook = jupytext.read(source_folder(root) / f"{name}.py")
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{name[:2]}-exercise-{number:03d}"
        meta = cell.metadata
        kind = {key: meta.pop(key) for key in ("setup", "year", "answer", "marks", "points") if key in meta}
        if number == 0:
            cell.source += "\n" + HOW_TO.format(name=name)
        if "setup" in kind:
            cell.source = set_up(root)
        if "year" in kind:
            cell.source = re.sub(r"(?m)^YEAR = \d+", f"YEAR = {year or course_year(root)}", cell.source)
        if "setup" in kind or "year" in kind:
            meta["nbgrader"] = nbgrader_metadata("setup" if "setup" in kind else "year", cell, None, False)
        elif "answer" in kind:
            meta["nbgrader"] = nbgrader_metadata(kind["answer"], cell, None, True)
        elif "marks" in kind:
            meta["nbgrader"] = nbgrader_metadata(kind["marks"], cell, kind["points"], False)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def blank(master: NotebookNode) -> NotebookNode:
    """Return the notebook that is handed out, made by nbgrader's own steps for a release."""
    notebook, resources = nbformat.from_dict(master), {}
    steps = (LockCells, ClearSolutions, ClearOutput, ClearHiddenTests, ComputeChecksums, CheckCellMetadata)
    for step in steps:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def solution(master: NotebookNode, name: str) -> NotebookNode:
    """Return the filled notebook, without marks and hidden tests, still to be executed."""
    notebook, _ = ClearHiddenTests().preprocess(nbformat.from_dict(master), {})
    for cell in notebook.cells:
        cell.source = MARK.sub("", cell.source)
        for key in ("nbgrader", "reads"):
            cell.metadata.pop(key, None)
    title = notebook.cells[0]
    title.source = title.source.replace("# Exercises", "# Solutions", 1)
    title.source = title.source.replace(HOW_TO.format(name=name), FILLED.format(name=name))
    return notebook


def paths(name: str, root: Path = ROOT) -> tuple[Path, Path]:
    """Return where the blank and the solution lie."""
    return tuple(root / "notebooks" / folder / f"{name}.ipynb" for folder in ("exercises", "solutions"))


def build(name: str, root: Path = ROOT) -> None:
    """Write the blank, execute the solution and write it, each whole or not at all.

    Raises
    ------
    LessonError
        If a cell of the solution fails; the notebooks that were there stay as they were.
    """
    master = read_master(name, root)
    exercise_path, solution_path = paths(name, root)
    solution_path.parent.mkdir(parents=True, exist_ok=True)
    filled = solution(master, name)
    run_lesson(filled, name, solution_path.parent, kernel_environment(fast=False))
    write_notebook(shrink_pictures(name_widgets_in_order(filled)), solution_path)
    write_notebook(blank(master), exercise_path)


def check(name: str, root: Path = ROOT) -> list[str]:
    """Return one line for each defect of an exercise's two notebooks; an empty list when they are in step."""
    exercise_path, solution_path = paths(name, root)
    master, defects = read_master(name, root), []
    for path, wanted in ((exercise_path, blank(master)), (solution_path, solution(master, name))):
        if not path.exists():
            defects.append(f"{path.relative_to(root)}: missing. Remedy: {REMEDY}")
            continue
        notebook = nbformat.read(path, as_version=4)
        lines = [difference] if (difference := first_difference(wanted, notebook)) else []
        if path == exercise_path and not lines and notebook != wanted:
            lines.append("was edited, executed, or made by another version of nbgrader")
        if path == solution_path:
            lines += execution_defects(notebook)
        defects += [f"{path.relative_to(root)}: {line}. Remedy: {REMEDY}" for line in lines]
    return defects


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="exercises to build; all when none is named")
    parser.add_argument("--check", action="store_true", help="execute nothing; list defects of the notebooks")
    options = parser.parse_args(arguments)
    sources = exercise_names(root)
    if unknown := sorted(set(options.names).difference(sources)):
        parser.error(f"no source for {', '.join(unknown)}; there are {', '.join(sources) or 'none'}")
    names = options.names or sources
    if options.check:
        defects = [line for name in names for line in check(name, root)]
        print(*(defects or [f"{len(names)} exercises are in step with their sources"]), sep="\n")
        return 1 if defects else 0
    try:
        for name in names:
            build(name, root)
            print(*(f"{p.relative_to(root)}: {p.stat().st_size // 1000} kB" for p in paths(name, root)), sep="\n")
    except LessonError as error:
        return fail(
            f"{error}\n\nThe notebooks were left as they were. Mend notebooks/source/exercises/{error.lesson}.py."
        )
    except KeyboardInterrupt:
        return fail("Stopped. The notebooks of the exercise under way were left as they were.", code=130)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the kernel with us then, too
    sys.exit(main())
