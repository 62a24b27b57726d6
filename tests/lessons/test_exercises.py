"""Every exercise notebook is in step with its one source, keeps its solutions to itself, and says what it asks."""

import re

import nbformat
import pytest

from tests.lessons.wrong_answers import outcomes
from tools.build import exercises as build_exercises
from tools.build.exercises import HOW_TO, blank, check, course_year, exercise_names, paths, read_master, solution
from tools.build.lessons import ROOT
from tools.build.notebooks import lesson_names, read_source

NAMES = exercise_names()

# Changes that leave an answer right: the order does not matter, it stays within the tolerance, or it adds to it.
RIGHT_AS_WELL = {
    ("halfway_gap", "off by one hundredth"),
    ("predictions", "off by one"),
    ("predictions", "a key more"),
    ("r2", "a key more"),
    ("pairs", "swapped"),
    ("twin", "all but the last"),
    ("n_clipped", "swapped"),
    ("worst", "swapped"),
    ("still_accepted", "swapped"),
    ("still_accepted", "one element"),
    ("still_accepted", "the last twice"),
    ("still_accepted", "the last one replaced"),
    ("share_within", "swapped"),
    ("alloyed", "flat"),
    ("splits", "flat"),
    ("splits", "shifted by one"),
    ("splits", "a key more"),
    ("wrong_side", "swapped"),
    ("wrong_side", "the last twice"),
    ("few_pred", "swapped"),
    ("few_pred", "without the first"),
    ("few_pred", "all but the last"),
    ("macro_f1", "a key more"),
    ("chosen", "off by one hundredth"),
}
# Cells that call a function once, or whose function returns nothing.
ONE_CASE = {("bent_marks", "halfway_gap"), ("refuse_marks", "refuse")}

every_exercise = pytest.mark.parametrize("name", NAMES)


def prose(notebook) -> str:
    """Return all prose of a notebook."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def graded(notebook) -> dict[str, float]:
    """Return the points of each cell that is marked by the program."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    metas = [cell.metadata.get("nbgrader", {}) for cell in cells]
    return {meta["grade_id"]: meta["points"] for meta in metas if meta.get("grade")}


def test_the_teachers_page_gives_the_points():
    """Points of each lesson's three exercises, and their sum, as in the table of course/README.md."""
    page = (ROOT / "course" / "README.md").read_text("utf-8")
    for name in NAMES:
        text = ""
        for cell in read_master(name).cells:
            points = cell.metadata.get("nbgrader", {}).get("points", 0)
            text += f"{cell.source}\n" if cell.cell_type == "markdown" else f"POINTS {points}\n"
        parts = re.split(r"^## \d\.", text, flags=re.MULTILINE)[1:]
        points = [sum(map(int, re.findall(r"^POINTS (\d+)$", part, re.MULTILINE))) for part in parts]
        assert f"| {name[:2]} | {' | '.join(map(str, [*points, sum(points)]))} |" in page


def test_lessons_01_to_07_have_exercises():
    assert NAMES == [name for name in lesson_names(ROOT) if "01" <= name[:2] <= "07"]


@every_exercise
def test_both_notebooks_are_in_step_with_the_source(name):
    assert check(name) == []


@every_exercise
def test_notebooks_are_valid_and_their_cells_have_fixed_names(name):
    for path in paths(name):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert [cell.id for cell in notebook.cells] == [
            f"{name[:2]}-exercise-{k:03d}" for k in range(len(notebook.cells))
        ]
        assert path.stat().st_size < 100_000


@every_exercise
def test_a_blank_holds_no_solution_and_no_hidden_test(name):
    master, handed_out = read_master(name), nbformat.read(paths(name)[0], as_version=4)
    text = "\n".join(cell.source for cell in handed_out.cells)
    assert "SOLUTION" not in text and "HIDDEN" not in text
    assert not any(cell.get("outputs") for cell in handed_out.cells)
    for whole, cell in zip(master.cells, handed_out.cells, strict=True):
        if whole.metadata.get("nbgrader", {}).get("solution"):
            assert ("raise NotImplementedError()" if cell.cell_type == "code" else "YOUR ANSWER HERE") in cell.source
            secret = re.search(r"BEGIN SOLUTION\n(.*?)\s*### END", whole.source, re.DOTALL)
            assert (secret.group(1) if secret else whole.source) not in text
        if hidden := re.search(r"BEGIN HIDDEN TESTS\n(.*?)### END", whole.source, re.DOTALL):
            assert hidden.group(1) not in cell.source


@every_exercise
def test_a_solution_shows_no_marks(name):
    text = "\n".join(cell.source for cell in nbformat.read(paths(name)[1], as_version=4).cells)
    assert not re.search("BEGIN|END|NotImplementedError|YOUR", text.replace("NIMS", ""))
    assert text.startswith(f"# Solutions {name[:2]} · ")


@every_exercise
def test_says_what_it_asks_and_how_long_it_takes(name):
    text = prose(read_master(name))
    sections = re.findall(r"^## (\d)\. .* \((\d+) minutes\)$", text, re.MULTILINE)
    numbers, minutes = ([int(part) for part in parts] for parts in zip(*sections, strict=True))
    assert numbers == [1, 2, 3] and minutes == sorted(minutes)
    assert f"**Time**: {sum(minutes)} minutes" in text
    assert text.startswith(f"# Exercises {name[:2]} · ") and HOW_TO.format(name=name) in text


@every_exercise
def test_asks_what_the_lesson_asks(name):
    """The lesson names the same number of exercises with the same minutes, and links to the notebook."""
    lesson = prose(read_source(name)).split("## Exercises")[1]
    ours = re.findall(r"^## \d\. .* \((\d+) minutes\)$", prose(read_master(name)), re.MULTILINE)
    assert re.findall(r"^\d\. \*?\((\d+) minutes\)", lesson, re.MULTILINE) == ours
    assert f"](exercises/{name}.ipynb)" in lesson


@every_exercise
def test_set_up_is_that_of_the_lessons_one_folder_deeper(name):
    lesson = next(c for c in read_source(name).cells if "setup" in c.metadata.get("tags", []))
    ours = next(c for c in read_master(name).cells if "setup" in c.metadata.get("tags", []))
    assert ours.source.replace("../..", "..") == lesson.source != ours.source
    assert {"setup", "nbval-ignore-output"} <= set(ours.metadata["tags"])


@every_exercise
def test_what_is_graded_is_locked_and_has_points(name):
    master = read_master(name)
    points = graded(master)
    assert len(points) >= 5 and all(value > 0 for value in points.values())
    assert all(grade_id.endswith("_marks") for grade_id in points)
    locked = [c for c in blank(master).cells if c.metadata.get("nbgrader", {}).get("locked")]
    assert len(locked) == len(points) + 2 and all(cell.metadata["editable"] is False for cell in locked)


@every_exercise
def test_each_answer_is_checked_at_once_or_is_prose(name):
    cells = read_master(name).cells
    answers = [k for k, c in enumerate(cells) if c.metadata.get("nbgrader", {}).get("solution")]
    for k in answers:
        if cells[k].cell_type == "code":
            later = [c.metadata.get("nbgrader", {}) for c in cells[k + 1 : k + 4]]
            assert any(meta.get("grade") for meta in later)
    assert any(cells[k].cell_type == "markdown" for k in answers)


@every_exercise
def test_another_year_changes_the_year_and_nothing_else(name):
    ours, next_year = read_master(name), read_master(name, year=2031)
    changed = [b.source for a, b in zip(ours.cells, next_year.cells, strict=True) if a.source != b.source]
    assert len(changed) == 1 and re.search(r"^YEAR = 2031$", changed[0], re.MULTILINE)
    uses = [cell.source for cell in ours.cells if cell.cell_type == "code" and "YEAR" in cell.source]
    assert len(uses) >= 3  # it is set, and drawn from more than once


@every_exercise
def test_building_twice_gives_the_same(name):
    assert blank(read_master(name)) == blank(read_master(name))
    assert solution(read_master(name), name) == solution(read_master(name), name)


def assert_that_check_and_marks_agree(name, folder, kinds=None):
    """Run the solution for other alloys, rows and seeds than those of this year, and wrong answers made from it."""
    count = 0
    for cell, variable, kind, visible, has_points in outcomes(read_master(name, year=course_year() + 1), folder, kinds):
        count += 1
        case = f"{cell}: {variable}, {kind}"
        if kind == "right" or (variable, kind) in RIGHT_AS_WELL:
            assert visible and has_points, case
        elif variable == "called_bulk":  # a share of which only the range is known
            assert visible == has_points, case
        elif kind == "the same for all":  # the number that the visible check wants, whatever the arguments
            assert not has_points or (cell, variable) in ONE_CASE, case
        else:
            assert not visible and not has_points, case
    assert count > 2 * len(graded(read_master(name)))


@every_exercise
def test_solution_earns_all_points_next_year_and_wrong_answers_none(name, tmp_path, monkeypatch):
    monkeypatch.setenv("MCVN_FAST", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert_that_check_and_marks_agree(name, tmp_path, ["nothing", "zero", "squared"])


@pytest.mark.slow
@every_exercise
def test_visible_checks_and_marks_agree_on_wrong_answers_of_every_kind(name, tmp_path, monkeypatch):
    monkeypatch.setenv("MCVN_FAST", "1")
    assert_that_check_and_marks_agree(name, tmp_path)


def test_check_tells_an_edited_blank(tmp_path, monkeypatch):
    name = NAMES[0]
    edited = nbformat.read(paths(name)[0], as_version=4)
    edited.cells[-1].source += " my answer"
    for path in paths(name, tmp_path):
        path.parent.mkdir(parents=True)
    nbformat.write(edited, paths(name, tmp_path)[0])
    master = read_master(name)
    monkeypatch.setattr(build_exercises, "read_master", lambda name, root: master)
    first, second = check(name, tmp_path)
    assert "differs from its source" in first and "missing" in second and first.endswith("make exercises")
