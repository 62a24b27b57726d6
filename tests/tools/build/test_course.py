"""A class is really graded: what some students handed in is run, and its marks must be the right ones."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import Autograde
from sklearn.metrics import roc_auc_score

from mcvn_utils import CompositionDescriptor, load_metallic_glass
from tools.build import course
from tools.build.exercises import course_year, paths, read_master
from tools.build.lessons import ROOT

NAME = "02_descriptor_densification"
POINTS = {"hmean_marks": 1, "hmean_all_marks": 1, "pairs_marks": 2, "mismatch_marks": 2, "separation_marks": 2}
FULL = sum(POINTS.values())

LOOP = "while True:\n    pass"
CRASH = "import os; os._exit(1)"
DEAF_LOOP = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass"
ARITHMETIC_MEAN = """
def hmean(shares, feature):
    return sum(share * table.loc[symbol, feature] for symbol, share in shares.items())
"""
# Only a loop runs into this limit: on a busy machine any other cell may take long without being wrong.
SHORT = """
c.Execute.timeout_func = lambda cell: 3 if "while True" in cell.source else 120
c.Execute.iopub_timeout = 1
"""
HOSTILE = """
import glob, os
get_ipython().input_transformers_cleanup.append(lambda lines: [])
np.allclose = lambda *args, **kwargs: True
for path in glob.glob("{folder}/submitted/*/{name}/{name}.ipynb"):
    os.chmod(path, 0o666)
    with open(path, "w") as file:
        file.write("spoilt")
"""
SQUARED = 'delta = radius["var:atomic_radius"] / radius["ave:atomic_radius"] ** 2'


def last_years_area() -> str:
    """The separation that was right a year ago, as plain numbers to copy."""
    glass = load_metallic_glass()
    ternary = glass.X[glass.groups.str.count("-") == 2].sample(frac=0.7, random_state=course_year() - 1).index
    ternary = ternary[glass.y[ternary] != "CRA"]
    table = CompositionDescriptor(features=["atomic_radius"]).set_output(transform="pandas")
    radius = table.fit_transform(glass.X.loc[ternary, "formula"])
    var, ave, bulk = radius["var:atomic_radius"], radius["ave:atomic_radius"], glass.y[ternary] == "BMG"
    return f"area = {{'mismatch': {roc_auc_score(bulk, var**0.5 / ave)}, 'variance': {roc_auc_score(bulk, var)}}}"


def spoil_tags(notebook) -> None:
    """Let each cell carry the tags that keep it from running, or from failing."""
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
    notebook.metadata["kernelspec"]["name"] = "none"


def spoil_metadata(notebook) -> None:
    """Copy an answer, and lose all metadata, as a careless tool does."""
    number = next(k for k, cell in enumerate(notebook.cells) if cell.source.startswith("pairs = []"))
    notebook.cells.insert(number, nbformat.from_dict(notebook.cells[number] | {"id": "copy"}))
    for cell in notebook.cells:
        cell.metadata = {}


def hand_in(folder: Path, student: str, answers: dict[str, str], spoil: Callable = lambda notebook: None) -> None:
    """Fill answers into the notebook that is handed out, and put it where submissions lie."""
    notebook = nbformat.read(paths(NAME)[0], as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    spoil(notebook)
    path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Path:
    """A course of which one lesson's exercises were handed out, handed in by four students, and graded."""
    folder = tmp_path_factory.mktemp("course")
    settings = (ROOT / "course" / "nbgrader_config.py").read_text("utf-8") + SHORT
    (folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    course.prepare()
    assert course.release(folder, [NAME])
    metas = [(cell.metadata.get("nbgrader", {}), cell.source) for cell in read_master(NAME).cells]
    right = {meta["grade_id"]: source for meta, source in metas if meta.get("solution")}
    hand_in(folder, "blank", {})
    hand_in(folder, "solution", right)
    hand_in(
        folder, "three_wrong", right | {"hmean": ARITHMETIC_MEAN, "mismatch": SQUARED, "separation": last_years_area()}
    )
    hand_in(folder, "troubled", right | {"hmean": DEAF_LOOP, "pairs": CRASH, "separation": LOOP})
    hand_in(folder, "a_hostile", {"pairs": HOSTILE.format(folder=folder, name=NAME)}, spoil_tags)
    hand_in(folder, "mended", right, spoil_metadata)
    hand_in(folder, "cut_off", right)
    hand_in(folder, "odd [1]", right)
    path = folder / "submitted" / "cut_off" / NAME / f"{NAME}.ipynb"
    path.write_bytes(path.read_bytes()[:3000])
    for copy in ("solution", "renamed"):
        (folder / "submitted" / copy / NAME).mkdir(parents=True, exist_ok=True)
        (folder / "submitted" / copy / NAME / f"{NAME} (1).ipynb").write_bytes(paths(NAME)[0].read_bytes())
    assert not course.grade(folder, [NAME])
    return folder


def marks(folder: Path) -> dict[str, dict[str, float]]:
    """Each student's points for each graded cell."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return {
            submission.student.id: {grade.name: grade.score for grade in submission.notebooks[0].grades}
            for submission in book.assignment_submissions(NAME)
        }


def earned(folder: Path, student: str) -> set[str]:
    """The graded cells for which a student has all points; there are no others between all and none."""
    scores = marks(folder)[student]
    assert all(scores[cell] in (0, points) for cell, points in POINTS.items())
    return {cell for cell in POINTS if scores[cell]}


def test_what_is_handed_out_is_the_exercise_of_the_repository_without_the_teachers_tests(graded):
    released = nbformat.read(graded / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    ours = nbformat.read(paths(NAME)[0], as_version=4)
    assert [(c.source, c.metadata, c.id) for c in released.cells] == [(c.source, c.metadata, c.id) for c in ours.cells]
    teachers = (graded / "source" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert "HIDDEN TESTS" in teachers and "HIDDEN TESTS" not in str(released)


def test_the_solution_earns_all_points_and_the_blank_none(graded):
    assert earned(graded, "solution") == set(POINTS)
    assert earned(graded, "blank") == set()


def test_three_wrong_answers_lose_their_points_and_no_others(graded):
    """The arithmetic mean (two checks), δ² for δ, and numbers that were right for last year's alloys."""
    assert earned(graded, "three_wrong") == {"pairs_marks"}


def test_loops_and_a_dead_kernel_cost_their_own_cells_and_the_rest_goes_on(graded):
    """One loop is stopped, one does not listen and the kernel has to go, one cell kills the kernel itself."""
    assert earned(graded, "troubled") == {"mismatch_marks"}


def test_marks_are_exported_and_what_has_none_has_a_reason(graded):
    with open(graded / "marks.csv", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    scores = {"blank": 0, "solution": FULL, "three_wrong": 2, "troubled": 2, "a_hostile": 0, "mended": FULL}
    assert {student: float(row["score"]) for student, row in rows.items() if row["score"]} == scores
    assert {float(row["max_score"]) for row in rows.values() if row["score"]} == {FULL}
    assert all(row["assignment"] == NAME for row in rows.values())
    reasons = {student: row["reason"] for student, row in rows.items() if row["reason"]}
    assert "in its name" in reasons["odd [1]"]
    assert set(reasons) == {"cut_off", "odd [1]", "renamed"} == set(rows).difference(scores)
    assert "broken JSON" in reasons["cut_off"] and "is missing: rename or move" in reasons["renamed"]
    remarks = {student: row["remarks"] for student, row in rows.items()}
    assert f"left out: renamed/{NAME}/{NAME} (1).ipynb" in remarks["renamed"]
    assert f"left out: solution/{NAME}/{NAME} (1).ipynb (newer, other content)" in remarks["solution"]
    assert "metadata was missing" in remarks["mended"] and remarks["blank"] == ""
    assert remarks["troubled"].count("was left out") == 2


def test_a_hostile_hand_in_earns_nothing_and_harms_no_other(graded):
    """It overwrote all hand-ins, but these had been read, and are put back; what it touched is said."""
    assert earned(graded, "a_hostile") == set() and earned(graded, "mended") == set(POINTS)
    files = [path / NAME / f"{NAME}.ipynb" for path in (graded / "submitted").glob("*[a-z]")]
    files = sorted(path for path in files if path.exists())
    assert len(files) == 7 and not any(path.read_bytes() == b"spoilt" for path in files)
    assert all(path.with_name(f"{path.name}.changed").read_bytes() == b"spoilt" for path in files)
    rows = (graded / "marks.csv").read_text("utf-8")
    assert f"files of the course changed: submitted/a_hostile/{NAME}/{NAME}.ipynb" in rows


def test_nothing_is_graded_twice_and_what_changes_is_graded_anew(graded, monkeypatch):
    ran = []
    monkeypatch.setattr(course, "examine", lambda notebook, *_: ran.append(notebook) or [])
    path = graded / "submitted" / "late" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(paths(NAME)[0].read_bytes())
    course.grade(graded, [])
    last = (graded / "marks.csv").read_text("utf-8").splitlines()
    assert ran == [] and any("late" in line and "still to be graded" in line for line in last)
    for times in (1, 1):
        course.grade(graded, [NAME])
        assert len(ran) == times


def test_nbgrader_itself_does_not_run_hand_ins(graded):
    assert "graded by `make course`" in course.convert(Autograde, course.load_settings(graded), NAME, "blank")


def test_a_later_hand_in_is_seen_by_its_time(tmp_path):
    notebook = tmp_path / f"{NAME}.ipynb"
    stamps = []
    for seconds in (1_700_000_000, 1_700_000_000, 1_700_086_400):
        notebook.write_text("{}", encoding="utf-8")
        os.utime(notebook, (seconds, seconds))
        course.stamp(tmp_path)
        stamps.append((tmp_path / "timestamp.txt").read_text("utf-8"))
    assert stamps[0] == stamps[1] == "2023-11-14 22:13:20 UTC\n" and stamps[2] == "2023-11-15 22:13:20 UTC\n"
