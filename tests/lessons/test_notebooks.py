"""Every lesson is in step with its source, was run in order, and has the parts that a reader relies on."""

import re
import statistics
import tomllib

import nbformat
import pytest

from tools.build.lessons import ROOT
from tools.build.notebooks import check, lesson_names, names_to_check, read_source

NAMES = lesson_names(ROOT)
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]
OWNER_AND_NAME = REPOSITORY.removeprefix("https://github.com/")
ROAD = (
    "00_start_here",
    "01_composition_parsing",
    "02_descriptor_densification",
    "03_image_mapping",
    "04_building_mcvn",
    "05_steel_regression",
    "06_amorphous_classification",
    "07_honest_tables",
)

every_lesson = pytest.mark.parametrize("name", NAMES)


def cells(name: str, kind: str | None = None) -> list[nbformat.NotebookNode]:
    """Return the cells of a lesson's source, of one kind or of both."""
    return [cell for cell in read_source(name).cells if kind in (None, cell.cell_type)]


def prose(name: str) -> str:
    """Return all prose of a lesson."""
    return "\n\n".join(cell.source for cell in cells(name, "markdown"))


def section(name: str, heading: str) -> str:
    """Return the prose from one level-2 heading to the next; empty when there is no such heading."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", prose(name), re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def lines(cell: nbformat.NotebookNode) -> int:
    """Count the lines of a cell that are not blank."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def test_the_road_is_complete():
    assert set(ROAD) <= set(NAMES)


@pytest.mark.parametrize("name", names_to_check(ROOT))
def test_notebook_is_in_step_with_its_source_and_was_run_in_order(name):
    assert check(name) == []


@pytest.mark.parametrize("name", names_to_check(ROOT))
def test_notebook_is_valid_and_keeps_no_times_of_day(name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == [f"{name}-{n:03d}" for n in range(len(notebook.cells))]
    assert not any("execution" in cell.metadata for cell in notebook.cells)


@every_lesson
def test_opens_with_title_badges_objectives_and_time(name):
    title, opening = (cell.source for cell in cells(name)[:2])
    assert re.match(rf"# {name[:2]} · \S.*\n", title)
    colab = f"https://colab.research.google.com/github/{OWNER_AND_NAME}/blob/main/notebooks/{name}.ipynb"
    binder = f"https://mybinder.org/v2/gh/{OWNER_AND_NAME}/main?urlpath=lab/tree/notebooks/{name}.ipynb"
    assert f"]({colab})" in title and f"]({binder})" in title
    assert opening.startswith("## Objectives\n")
    assert "**Before you start**" in opening
    assert re.search(r"\*\*Time\*\*:? \d+", opening)


@every_lesson
def test_set_up_is_the_third_cell_and_the_same_in_every_lesson(name):
    cell = cells(name)[2]
    assert cell.cell_type == "code"
    assert cell.source == cells(NAMES[0])[2].source
    assert {"setup", "nbval-ignore-output"} <= set(cell.metadata["tags"])
    assert re.findall(r'"git\+([^"]*)"', cell.source) == [REPOSITORY]


@every_lesson
def test_closes_with_summary_questions_exercises_and_the_next_lesson(name):
    headings = re.findall(r"^## (.*)$", prose(name), re.MULTILINE)
    assert headings[-3:] == ["What we have seen", "Check yourself", "Exercises"]
    questions = section(name, "Check yourself")
    assert questions.count("<details>") == questions.count("</details>") == 5
    assert section(name, "What we have seen").strip() and section(name, "Exercises").strip()
    later = NAMES[NAMES.index(name) + 1 :]
    if later:
        assert f"]({later[0]}.ipynb)" in cells(name, "markdown")[-1].source


@every_lesson
def test_is_of_a_length_that_a_reader_can_take(name):
    code = [lines(cell) for cell in cells(name, "code")]
    assert 35 <= len(cells(name)) <= 60
    assert 0.45 <= len(cells(name, "markdown")) / len(cells(name)) <= 0.70
    assert statistics.median(code) <= 6
    assert max(code) <= 20


@every_lesson
def test_links_to_other_files_resolve(name):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(name))
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (ROOT / "notebooks" / target).exists()] == []


@every_lesson
def test_shows_a_figure(name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@every_lesson
def test_readme_gives_the_lessons_minutes(name):
    minutes = re.search(r"\*\*Time\*\*:? (\d+)", prose(name)).group(1)
    assert re.search(rf"\(notebooks/{name}\.ipynb\) \| {minutes} \|", (ROOT / "README.md").read_text("utf-8"))
