"""Hand-ins are mended where that is certain, and refused with a reason where not; no file is passed over."""

import json

import nbformat
import pytest

from tools.build.exercises import blank, paths, read_master
from tools.build.handins import Unusable, grade_id, left_out, mend

NAME = "02_descriptor_densification"
RELEASED = blank(read_master(NAME))
CODE = [grade_id(cell) for cell in RELEASED.cells if cell.cell_type == "code"]


def handed_in():
    """Return a hand-in with an answer in each answer cell, as a new notebook."""
    notebook = nbformat.read(paths(NAME)[0], as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = f"answer = {grade_id(cell)!r}"
    return notebook


def written(notebook) -> bytes:
    """Return the notebook's file, as it is: without a check."""
    return json.dumps(notebook).encode()


def cell_of(notebook, name: str):
    """Return a cell by nbgrader's name."""
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


EXPECTED, _ = mend(RELEASED, written(handed_in()))


def test_a_good_hand_in_is_taken_as_it_is():
    notebook, remarks = mend(RELEASED, written(handed_in()))
    assert remarks == []
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in handed_in().cells]
    nbformat.validate(notebook)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"{", "broken JSON in line 1"),
        (written(handed_in())[:5000], "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
        (b"\x89PNG\xff", "no text in UTF-8"),
        (b"null", "no list of cells"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 3}', "old format 3"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "cell 1 of the notebook is damaged"),
        (b'{"nbformat": 4, "cells": [7]}', "cell 1 of the notebook is damaged"),
        (b'{"nbformat": 4, "cells": []}', "none of its cells belongs to this exercise"),
        (paths("01_composition_parsing")[0].read_bytes(), "none of its cells belongs to this exercise"),
    ],
)
def test_what_cannot_be_graded_has_a_reason(data, reason):
    with pytest.raises(Unusable, match=reason):
        mend(RELEASED, data)


def without_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata = {}


def resaved_by_colab(notebook):
    notebook.metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    notebook.nbformat_minor = 0
    for number, cell in enumerate(notebook.cells):
        cell.pop("id")
        cell.metadata = {"id": f"x{number}"}
        cell.source = cell.source.splitlines(keepends=True)


def with_tags(notebook):
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
    notebook.metadata = {"kernelspec": {"name": "sh"}, "widgets": {"state": {}}}


def edited(notebook):
    cell_of(notebook, "pairs_marks").source = "print('Right.')"
    cell_of(notebook, "year").source = "YEAR = 1999"


def without_marks(notebook):
    notebook.cells = [cell for cell in notebook.cells if not grade_id(cell).endswith("_marks")]


def with_wrong_types(notebook):
    for name in ("hmean", "hmean_marks"):
        cell_of(notebook, name).cell_type = "raw"
    cell_of(notebook, "pairs_words").cell_type = "code"


@pytest.mark.parametrize(
    ("spoil", "remark"),
    [
        (without_metadata, "metadata was missing in"),
        (resaved_by_colab, "metadata was missing in"),
        (with_tags, None),
        (edited, "put back as they were handed out: year, pairs_marks"),
        (without_marks, "put back: hmean_marks, hmean_all_marks, pairs_marks"),
        (with_wrong_types, "got their type back: hmean, hmean_marks, pairs_words"),
    ],
)
def test_what_is_certain_is_mended_and_said(spoil, remark):
    notebook = handed_in()
    spoil(notebook)
    mended, remarks = mend(RELEASED, written(notebook))
    assert [(c.cell_type, c.source) for c in mended.cells] == [(c.cell_type, c.source) for c in EXPECTED.cells]
    assert [c.metadata for c in mended.cells] == [c.metadata for c in EXPECTED.cells]
    assert mended.metadata == RELEASED.metadata
    assert [remark in line for line in remarks] == [True] if remark else remarks == []


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8-sig", b""), ("utf-16", b"")])
def test_a_byte_order_mark_is_removed(encoding, mark):
    mended, remarks = mend(RELEASED, written(handed_in()).decode().encode(encoding))
    assert mended == EXPECTED and remarks == ["a byte-order mark was removed"]


@pytest.mark.parametrize("minor", [0, 4])
def test_old_formats_are_read(minor):
    old = handed_in()
    for cell in old.cells:
        cell.pop("id")
    old.nbformat_minor = minor
    assert mend(RELEASED, written(old))[0] == EXPECTED
    old.nbformat, old.nbformat_minor = 3, 0
    for cell in old.cells:
        if cell.cell_type == "code":
            cell |= {"input": cell.pop("source"), "language": "python", "prompt_number": 1}
    old.worksheets = [{"cells": old.pop("cells"), "metadata": {}}]
    old.metadata = {"name": ""}
    mended, remarks = mend(RELEASED, written(old))
    assert [cell.source for cell in mended.cells] == [cell.source for cell in EXPECTED.cells]
    assert remarks[0] == "the old notebook format 3 was converted"


def test_a_copied_answer_stays_in_its_place_and_the_last_one_has_the_name():
    notebook = handed_in()
    number = notebook.cells.index(cell_of(notebook, "hmean"))
    notebook.cells.insert(number, nbformat.from_dict(notebook.cells[number] | {"source": "first = 1", "id": "copy"}))
    mended, remarks = mend(RELEASED, written(notebook))
    assert [cell.source for cell in mended.cells[number : number + 2]] == ["first = 1", "answer = 'hmean'"]
    assert "nbgrader" not in mended.cells[number].metadata and grade_id(mended.cells[number + 1]) == "hmean"
    assert remarks == ["cells that stand more than once were all run, in the student's order: hmean"]
    nbformat.validate(mended)


def test_a_copied_cell_with_points_is_marked_once():
    notebook = handed_in()
    notebook.cells.append(nbformat.from_dict(cell_of(notebook, "pairs_marks") | {"id": "copy"}))
    mended, _ = mend(RELEASED, written(notebook))
    assert [grade_id(cell) for cell in mended.cells].count("pairs_marks") == 1
    assert grade_id(mended.cells[-1]) == "pairs_marks"


def test_own_cells_stay_and_an_answer_that_is_missing_is_named():
    notebook = handed_in()
    number = notebook.cells.index(cell_of(notebook, "pairs"))
    notebook.cells[number : number + 1] = map(nbformat.v4.new_code_cell, ("mine = 1", "pairs = []"))
    mended, remarks = mend(RELEASED, written(notebook))
    assert [cell.source for cell in mended.cells[number : number + 2]] == ["mine = 1", "pairs = []"]
    assert grade_id(mended.cells[number + 2]) == "pairs_marks"
    assert remarks == ["the cells for these answers are missing: pairs"]


def test_text_that_utf_8_cannot_hold_is_replaced_and_pictures_stay():
    notebook = handed_in()
    cell_of(notebook, "pairs").source = "a = '\ud800'"
    cell_of(notebook, "pairs_words").attachments = {"a.png": {"image/png": "AAAA"}}
    mended, _ = mend(RELEASED, written(notebook))
    assert cell_of(mended, "pairs").source == "a = '?'"
    assert cell_of(mended, "pairs_words").attachments == {"a.png": {"image/png": "AAAA"}}


def test_no_file_is_passed_over(tmp_path):
    lessons = ["01_composition_parsing", NAME]
    for path in (
        f"ada/{NAME}/{NAME}.ipynb",
        f"ada/{NAME}/timestamp.txt",
        f"ada/{NAME}/{NAME} (1).ipynb",
        f"ada/{NAME}/{NAME}-Copy1.ipynb",
        f"ada/{NAME}/.ipynb_checkpoints/{NAME}-checkpoint.ipynb",
        f"ada/{NAME}.ipynb",
        f"ada/01_composition_parsing/{NAME}.ipynb",
        f"bob/{NAME.upper()}.IPYNB",
        f"bob/{NAME}/{NAME}.ipynb.txt",
        f"{NAME}/carl.ipynb",
        "dora/homework.zip",
        "stray.ipynb",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "emma" / NAME / f"{NAME}.ipynb").mkdir(parents=True)
    first = f"ada/01_composition_parsing/{NAME}.ipynb"
    assert {whose: sorted(files) for whose, files in left_out(tmp_path, lessons).items()} == {
        ("ada", "01_composition_parsing"): [first],
        ("ada", NAME): [f"ada/{NAME}.ipynb", f"ada/{NAME}/{NAME} (1).ipynb", f"ada/{NAME}/{NAME}-Copy1.ipynb"],
        ("bob", NAME): [f"bob/{NAME.upper()}.IPYNB", f"bob/{NAME}/{NAME}.ipynb.txt"],
        ("", NAME): [f"{NAME}/carl.ipynb"],
        ("dora", ""): ["dora/homework.zip"],
        ("emma", NAME): [f"emma/{NAME}/{NAME}.ipynb"],
        ("", ""): ["stray.ipynb"],
    }
