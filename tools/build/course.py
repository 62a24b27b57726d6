"""Make the course for nbgrader, and grade what has been handed in; `make course` runs it.

    python -m tools.build.course                                    # release all, then grade what is new
    python -m tools.build.course --only 01_composition_parsing      # one lesson's exercises

In the course's folder (`course/`) stand afterwards

    source/NAME/NAME.ipynb               with solutions and hidden tests: for the teacher alone
    release/NAME/NAME.ipynb              what students get
    submitted/STUDENT/NAME/NAME.ipynb    put there by the teacher; nbgrader adds autograded/ and feedback/
    gradebook.db, grading.json           the marks, and what was graded when
    marks.csv                            the marks again, with the reason wherever there is none

The release, the gradebook and the feedback are nbgrader's. What is handed in is read by `tools.build.handins`, and run
and marked by `tools.build.examiner`; nbgrader gets the outcome. Settings are in `nbgrader_config.py`.
"""

import argparse
import csv
import datetime as dt
import hashlib
import json
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, BaseConverter, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, LimitOutput, OverwriteCells, SaveAutoGrades
from traitlets.config import Config, PyFileConfigLoader

from mcvn_utils.datasets.files import written_whole
from tools.build.examiner import Examiner, examine, sandbox
from tools.build.exercises import exercise_names, read_master
from tools.build.handins import Unusable, left_out, listed, mend
from tools.build.lessons import ROOT, fail, write_notebook

COLUMNS = (
    "assignment",
    "student_id",
    "timestamp",
    "score",
    "max_score",
    "late_submission_penalty",
    "reason",
    "remarks",
)
NOTHING = "nothing was handed in"


@dataclass
class HandIn:
    """What one student handed in for one lesson.

    Attributes
    ----------
    lesson, student : str
        Whose it is; either may be unknown (empty) for a file that lies in a wrong place.
    notebook : NotebookNode or None
        What is to be graded, if there is something.
    path, data : Path and bytes, or None
        The file and what was in it before any hand-in ran.
    key : str
        Changes with the file and with the lesson's tests, so that each of both is graded anew.
    reason : str
        Why there is no mark; empty when there is one, or will be.
    remarks : list of str
        What was mended, and what was left out.
    """

    lesson: str
    student: str
    notebook: NotebookNode | None = None
    path: Path | None = None
    data: bytes | None = None
    key: str = ""
    reason: str = ""
    remarks: list[str] = field(default_factory=list)


def load_settings(folder: Path) -> Config:
    """Return the settings of the course in this folder."""
    config = PyFileConfigLoader("nbgrader_config.py", str(folder)).load_config()
    config.CourseDirectory.root = str(folder)
    return config


def convert(converter: type[BaseConverter], config: Config, name: str, student: str) -> str:
    """Run one of nbgrader's converters for a lesson's exercises; return what went wrong, or nothing."""
    place = CourseDirectory(config=config, assignment_id=name, student_id=student)
    handler, log = logging.Handler(), []
    handler.emit = lambda record: log.append(record.getMessage())
    logging.getLogger("traitlets").addHandler(handler)
    try:
        converter(coursedir=place, config=config, force=True).start()
    except Exception as error:  # one submission that cannot be booked must not keep the others from it
        cause = next((text for text in log if "Traceback" in text), f"{type(error).__name__}: {error}")
        return f"nbgrader says: {cause.strip().splitlines()[-1]}"
    finally:
        logging.getLogger("traitlets").removeHandler(handler)
    return ""


def release(folder: Path, names: list[str], root: Path = ROOT, year: int | None = None) -> bool:
    """Write the sources with everything, and let nbgrader make what is handed out; return whether it went well."""
    problems = []
    for name in names:
        write_notebook(read_master(name, root, year), folder / "source" / name / f"{name}.ipynb")
        problems.append(convert(GenerateAssignment, load_settings(folder), name, "."))
    print(*(f"{name}: {text}" for name, text in zip(names, problems, strict=True) if text), sep="\n", file=sys.stderr)
    return not any(problems)


def stamp(submission: Path) -> None:
    """Write the notebook's time beside it, for nbgrader: late hand-ins are known by it."""
    notebook, stamped = next(submission.glob("*.ipynb")), submission / "timestamp.txt"
    changed = int(notebook.stat().st_mtime)
    if not stamped.exists() or int(stamped.stat().st_mtime) < changed:
        stamped.write_text(f"{dt.datetime.fromtimestamp(changed, dt.UTC):%Y-%m-%d %H:%M:%S} UTC\n", encoding="utf-8")
        os.utime(stamped, (changed, changed))


def collect(folder: Path) -> list[HandIn]:
    """Read all hand-ins, of all lessons, before any of them runs; each file among them is graded or has a reason."""
    submitted, lessons = folder / "submitted", sorted(path.name for path in (folder / "release").glob("*"))
    students = sorted(path.name for path in submitted.glob("*") if path.is_dir() and path.name not in lessons)
    outside, hand_ins = left_out(submitted, lessons), []
    for lesson in lessons:
        released = nbformat.read(folder / "release" / lesson / f"{lesson}.ipynb", as_version=4)
        tests, rows = (folder / "source" / lesson / f"{lesson}.ipynb").read_bytes(), []
        for student in students:
            hand_in, others = HandIn(lesson, student), outside.pop((student, lesson), [])
            path = submitted / student / lesson / f"{lesson}.ipynb"
            if set(student) & set("*?["):
                hand_in.reason = (
                    "the student's folder has one of * ? [ in its name, which nbgrader cannot read: rename it"
                )
            elif path.is_file():
                hand_in.path, hand_in.data = path, path.read_bytes()
                hand_in.key = hashlib.sha256(hand_in.data + tests).hexdigest()
                try:
                    hand_in.notebook, hand_in.remarks = mend(released, hand_in.data)
                except Unusable as error:
                    hand_in.reason = str(error)
            elif others:
                hand_in.reason = (
                    f"the file {student}/{lesson}/{lesson}.ipynb is missing: rename or move what was left out"
                )
            else:
                hand_in.reason = NOTHING
            if others:
                hand_in.remarks.append(f"left out: {listed(compared(submitted, path, others))}")
            rows.append(hand_in)
        hand_ins += rows if any(hand_in.reason != NOTHING for hand_in in rows) else []
    for (student, lesson), others in outside.items():
        reason = "it lies in a wrong place: STUDENT/NN_name/NN_name.ipynb is wanted"
        hand_ins.append(HandIn(lesson, student, reason=reason, remarks=[f"left out: {listed(others)}"]))
    return hand_ins


def compared(submitted: Path, graded: Path, others: list[str]) -> list[str]:
    """Return the files that were left out, with how they compare with the one that was graded."""
    lines = []
    for name in others:
        path, note = submitted / name, ""
        if path.is_file() and graded.is_file():
            same = path.read_bytes() == graded.read_bytes()
            newer = path.stat().st_mtime > graded.stat().st_mtime
            note = " (the same content)" if same else " (newer, other content)" if newer else " (other content)"
        lines.append(name + note)
    return lines


def book(folder: Path, hand_in: HandIn, notebook: NotebookNode) -> str:
    """Let nbgrader enter a marked hand-in into the gradebook; return what went wrong, or nothing."""
    submission = folder / "submitted" / hand_in.student / hand_in.lesson
    stamp(submission)
    config = load_settings(folder)
    config.Autograde.sanitize_preprocessors = [OverwriteCells, CheckCellMetadata]
    config.Autograde.autograde_preprocessors = [LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
    with tempfile.TemporaryDirectory() as marked:
        place = Path(marked) / hand_in.student / hand_in.lesson
        write_notebook(notebook, place / f"{hand_in.lesson}.ipynb")
        (place / "timestamp.txt").write_bytes((submission / "timestamp.txt").read_bytes())
        config.CourseDirectory.submitted_directory = marked
        return convert(Autograde, config, hand_in.lesson, hand_in.student)


def states(folder: Path) -> dict[Path, tuple[int, ...]]:
    """Return a state of each file of the course that changes when the file does."""
    files = {path: path.lstat() for path in folder.rglob("*") if not path.is_dir()}
    return {path: (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns) for path, state in files.items()}


def grade(folder: Path, names: list[str]) -> bool:
    """Grade what is new or changed, and write marks.csv; return whether everything that was handed in has a mark."""
    config = load_settings(folder).Execute
    seconds: Callable = config.get("timeout_func") or (lambda cell: config.timeout)
    records, hand_ins = read_records(folder), collect(folder)
    wanted = [one for one in hand_ins if one.notebook and one.lesson in names and record_of(one, records) is None]
    sources = {one.lesson: folder / "source" / one.lesson / f"{one.lesson}.ipynb" for one in wanted}
    examiners = {lesson: Examiner(nbformat.read(path, as_version=4)) for lesson, path in sources.items()}
    if wanted:
        print("Hand-ins run in bubblewrap." if sandbox() else "Hand-ins run with your rights: see course/README.md.")
    for one in wanted:
        before, remarks = states(folder), []
        try:
            remarks += examine(one.notebook, examiners[one.lesson], folder, seconds, config.iopub_timeout)
            if touched := {path for path, _ in before.items() ^ states(folder).items()}:
                put_back([other for other in hand_ins if other.path in touched])
                files = listed(sorted(str(path.relative_to(folder)) for path in touched))
                remarks.append(f"while it ran, files of the course changed: {files}")
            one.reason = book(folder, one, one.notebook)
        except Exception as error:  # our own fault, or a hand-in of a kind that nobody thought of
            one.reason = f"it could not be run: {type(error).__name__}: {error}"
        records[f"{one.lesson}/{one.student}"] = {"key": one.key, "reason": one.reason, "remarks": remarks}
        with written_whole(folder / "grading.json") as part:
            part.write_text(json.dumps(records, indent=1), encoding="utf-8")
    rows = marks(folder, hand_ins, records)
    with written_whole(folder / "marks.csv") as part, open(part, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    shown = [row for row in rows if row["assignment"] in ("", *names) and row["reason"] != NOTHING]
    for row in shown:
        mark = f"no mark: {row['reason']}" if row["reason"] else f"{row['score']:g} of {row['max_score']:g}"
        print(f"{row['assignment'] or '?'}, {row['student_id'] or '?'}: {mark}")
        print(*(f"    {remark}\n" for remark in row["remarks"].split("; ") if remark), sep="", end="")
    return not any(row["reason"] for row in shown)


def put_back(hand_ins: Sequence[HandIn]) -> None:
    """Write hand-ins as they were read; what has taken their place is kept beside them, under another name."""
    for one in hand_ins:
        if one.path.exists():
            one.path.replace(one.path.with_name(f"{one.path.name}.changed"))
        one.path.parent.mkdir(parents=True, exist_ok=True)
        one.path.write_bytes(one.data)


def read_records(folder: Path) -> dict[str, dict]:
    """Return what is known of earlier gradings, by lesson and student."""
    with suppress(FileNotFoundError, ValueError):
        return dict(json.loads((folder / "grading.json").read_text("utf-8")))
    return {}


def record_of(hand_in: HandIn, records: dict[str, dict]) -> dict | None:
    """Return what is known of an earlier grading of the same file with the same tests."""
    record = records.get(f"{hand_in.lesson}/{hand_in.student}", {})
    return record if hand_in.key and record.get("key") == hand_in.key else None


def marks(folder: Path, hand_ins: Sequence[HandIn], records: dict[str, dict]) -> list[dict]:
    """Return the rows of marks.csv, one per student and lesson: a mark, or the reason why there is none."""
    rows = []
    settings = load_settings(folder).CourseDirectory
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", settings.course_id) as gradebook:
        for one in hand_ins:
            row, record = dict.fromkeys(COLUMNS, ""), record_of(one, records)
            reason = one.reason or (record["reason"] if record else "it is new or changed, and is still to be graded")
            remarks = one.remarks + (record["remarks"] if record else [])
            row |= {
                "assignment": one.lesson,
                "student_id": one.student,
                "reason": reason,
                "remarks": "; ".join(remarks),
            }
            if not reason:
                entry = gradebook.find_submission(one.lesson, one.student)
                penalty = entry.late_submission_penalty or 0.0
                row |= {"timestamp": entry.timestamp, "score": max(0.0, entry.score - penalty)}
                row |= {"max_score": entry.max_score, "late_submission_penalty": penalty}
            rows.append(row)
    return rows


def prepare() -> None:
    """Let nbgrader find `alembic`, which is installed beside this Python, and keep its reports to errors of ours."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    os.environ.setdefault("MPLBACKEND", "agg")
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
    if not collect(folder):
        print(
            f"Nothing is handed in yet: put it into {folder / 'submitted'}/STUDENT/NAME/NAME.ipynb, and run this again."
        )
        return 0
    well = grade(folder, names)
    print(f"Marks: {folder / 'marks.csv'}")
    return 0 if well else fail("Some hand-ins have no mark; the reasons stand above and in marks.csv.")


if __name__ == "__main__":
    sys.exit(main())
