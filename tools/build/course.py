"""Make the course for nbgrader, and grade what has been handed in; `make course` runs it.

    python -m tools.build.course                                    # release all, then grade what is new
    python -m tools.build.course --only 01_composition_parsing      # one lesson's exercises

In the course's folder (`course/`) stand afterwards

    source/NAME/NAME.ipynb               with solutions and hidden tests: for the teacher alone
    release/NAME/NAME.ipynb              what students get
    submitted/STUDENT/NAME/NAME.ipynb    put there by the teacher; nbgrader adds autograded/ and feedback/
    gradebook.db, marks.csv              the marks

All the grading is nbgrader's own, with the settings in `nbgrader_config.py`. Its commands, such as
`nbgrader generate_feedback NAME`, work in the same folder.
"""

import argparse
import datetime as dt
import logging
import os
import sys
import warnings
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, BaseConverter, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin
from traitlets.config import Config, PyFileConfigLoader

from tools.build.exercises import exercise_names, read_master
from tools.build.lessons import ROOT, fail, write_notebook


def load_settings(folder: Path) -> Config:
    """Return the settings of the course in this folder."""
    config = PyFileConfigLoader("nbgrader_config.py", str(folder)).load_config()
    config.CourseDirectory.root = str(folder)
    return config


def convert(converter: type[BaseConverter], folder: Path, name: str, student: str = "*", force: bool = False) -> bool:
    """Run one of nbgrader's converters for a lesson's exercises; return whether it went well, and say so if not."""
    config = load_settings(folder)
    place = CourseDirectory(config=config, assignment_id=name, student_id=student)
    try:
        converter(coursedir=place, config=config, force=force).start()
    except Exception as error:  # one submission that cannot be graded must not keep the others from it
        print(f"{name}, {student}: {error}", file=sys.stderr)
        return False
    return True


def release(folder: Path, names: list[str], root: Path = ROOT, year: int | None = None) -> bool:
    """Write the sources with everything, and let nbgrader make what is handed out; return whether it went well."""
    for name in names:
        write_notebook(read_master(name, root, year), folder / "source" / name / f"{name}.ipynb")
    return all(convert(GenerateAssignment, folder, name, ".", force=True) for name in names)


def submissions(folder: Path, name: str) -> list[Path]:
    """Return the folders in which students have handed in a lesson's exercises."""
    return sorted(path.parent for path in (folder / "submitted").glob(f"*/{name}/{name}.ipynb"))


def stamp(submission: Path) -> None:
    """Write the notebook's time beside it: nbgrader grades anew when it is later than that of the last grading."""
    notebook, stamped = next(submission.glob("*.ipynb")), submission / "timestamp.txt"
    changed = int(notebook.stat().st_mtime)
    if not stamped.exists() or int(stamped.stat().st_mtime) < changed:
        stamped.write_text(f"{dt.datetime.fromtimestamp(changed, dt.UTC):%Y-%m-%d %H:%M:%S} UTC\n", encoding="utf-8")
        os.utime(stamped, (changed, changed))


def grade(folder: Path, names: list[str]) -> bool:
    """Grade what is new or changed, and write marks.csv; return whether everything could be graded."""
    well = True
    for name, submission in [(lesson, place) for lesson in names for place in submissions(folder, lesson)]:
        print(f"{name}: {submission.parent.name}")
        stamp(submission)
        well &= convert(Autograde, folder, name, submission.parent.name)
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", load_settings(folder).CourseDirectory.course_id) as book:
        CsvExportPlugin(to=str(folder / "marks.csv")).export(book)
    return well


def prepare() -> None:
    """Let nbgrader find `alembic`, which is installed beside this Python, and keep its reports to errors of ours."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="nbgrader")


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", metavar="NAME", choices=exercise_names(root), help="one lesson's exercises")
    options = parser.parse_args(arguments)
    folder, names = root / "course", [options.only] if options.only else exercise_names(root)
    prepare()
    if not release(folder, names, root):
        return fail("nbgrader could not make the release; what it says stands above.")
    print(f"To hand out: {folder / 'release'}")
    if not any(submissions(folder, name) for name in names):
        print(
            f"Nothing is handed in yet: put it into {folder / 'submitted'}/STUDENT/NAME/NAME.ipynb, and run this again."
        )
        return 0
    if not grade(folder, names):
        return fail("Some submissions could not be graded; what nbgrader says stands above. The others are done.")
    print(f"Marks: {folder / 'marks.csv'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
