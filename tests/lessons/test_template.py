"""The template of a lesson passes the tests that a lesson must pass, and its code runs."""

import re

import jupytext
import pytest

from tests.lessons import test_notebooks as anatomy
from tools.build.lessons import ROOT
from tools.build.notebooks import lesson_names

NAME = "NN_name"
TEMPLATE = ROOT / "notebooks" / "source" / "template" / f"{NAME}.py"


@pytest.fixture
def template(monkeypatch):
    """The template in the place of all sources."""
    notebook = jupytext.read(TEMPLATE)
    monkeypatch.setattr(anatomy, "NAMES", [NAME])
    monkeypatch.setattr(anatomy, "read_source", lambda name: notebook)
    return notebook


@pytest.mark.parametrize(
    "part",
    [
        anatomy.test_opens_with_title_badges_objectives_and_time,
        anatomy.test_set_up_is_the_third_cell_and_the_same_in_every_lesson,
        anatomy.test_closes_with_summary_questions_exercises_and_the_next_lesson,
        anatomy.test_links_to_other_files_resolve,
    ],
)
def test_template_has_the_parts_of_a_lesson(template, part):
    part(NAME)


def test_template_is_no_lesson_and_has_the_lessons_set_up():
    assert NAME not in lesson_names(ROOT)
    own = jupytext.read(TEMPLATE).cells[2].source
    assert all(anatomy.cells(name)[2].source == own for name in lesson_names(ROOT))


def test_templates_code_runs(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    pytest.importorskip("matplotlib").use("agg")
    code = [cell for cell in jupytext.read(TEMPLATE).cells if cell.cell_type == "code"]
    names = {}
    for cell in code[1:]:  # all but the set-up
        exec(cell.source, names)
    assert names["ax"].get_xlabel() == "zirconium, at%"


def test_contributing_points_at_the_template_and_lists_the_parts():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert f"](notebooks/source/template/{TEMPLATE.name})" in text
    assert len(re.findall(r"^- \[ \] ", text, re.MULTILINE)) >= 12
