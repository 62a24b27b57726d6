"""Read what students handed in: mend what can be mended for certain, and say what cannot be graded, and why.

A hand-in is laid beside the notebook that was handed out. Each of its cells is recognised by nbgrader's name for it,
by its id, by its text or by its place between two such cells. All cells stay in the student's order, without the
student's metadata; locked cells are put back as they were handed out.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
NO_HAND_IN = {".DS_Store", "Thumbs.db", "desktop.ini", "timestamp.txt"}


class Unusable(ValueError):
    """A hand-in cannot be graded; the message is the reason, for the teacher."""


def parse(data: bytes) -> tuple[list[NotebookNode], list[str]]:
    """Return type, text and metadata of each cell of a notebook file of any format, and what had to be mended."""
    if not data.strip():
        raise Unusable("the file is empty")
    mended, encoding = [], "utf-8"
    for mark, name in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            encoding = name
            mended.append("a byte-order mark was removed")
    try:
        text = data.decode(encoding)
        notebook = json.loads(text)
    except UnicodeDecodeError as error:
        raise Unusable(f"the file is no text in UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise Unusable(f"the file is no notebook: broken JSON in line {error.lineno}, {error.msg}") from None
    except (RecursionError, ValueError):
        raise Unusable("the file is no notebook: broken JSON") from None
    form = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if isinstance(form, int) and form < 4:
        try:
            notebook = nbformat.convert(nbformat.reader.reads(text), 4)
        except Exception as error:
            raise Unusable(f"the notebook has the old format {form} and cannot be converted: {error}") from None
        mended.append(f"the old notebook format {form} was converted")
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise Unusable("the file is no notebook: it has no list of cells")
    return [_plain(cell, number) for number, cell in enumerate(cells, start=1)], mended


def _plain(cell: object, number: int) -> NotebookNode:
    try:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        kind = {"code": "code", "raw": "raw"}.get(cell["cell_type"], "markdown")
        meta = cell.get("metadata")
    except (KeyError, TypeError, AttributeError):
        raise Unusable(f"cell {number} of the notebook is damaged: it has no type or no text") from None
    meta = meta.get("nbgrader") if isinstance(meta, dict) else None
    grade_id = meta.get("grade_id") if isinstance(meta, dict) else None
    source = source.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
    pictures = cell.get("attachments") if kind == "markdown" else None
    return NotebookNode(kind=kind, source=source, grade_id=str(grade_id), id=str(cell.get("id")), pictures=pictures)


def grade_id(cell: NotebookNode) -> str:
    """Return nbgrader's name of a cell, or nothing."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def is_answer(cell: NotebookNode) -> bool:
    """Return whether a student fills the cell in."""
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def is_marked(cell: NotebookNode) -> bool:
    """Return whether the program marks the cell."""
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def recognise(
    released: Sequence[NotebookNode], handed_in: Sequence[NotebookNode]
) -> tuple[list[int | None], list[str]]:
    """Return, for each cell handed in, the number of the released cell that it is, or None; and what was mended."""
    names = {name: k for k, cell in enumerate(released) if (name := grade_id(cell))}
    ids = {cell.id: k for k, cell in enumerate(released)}
    texts: dict[str, list[int]] = {}
    for k, cell in enumerate(released):
        texts.setdefault("".join(cell.source.split()), []).append(k)
    texts = {text: places[0] for text, places in texts.items() if len(places) == 1}
    by_name = [names.get(cell.grade_id) for cell in handed_in]
    place = [
        next((k for k in (named, ids.get(cell.id), texts.get("".join(cell.source.split()))) if k is not None), None)
        for named, cell in zip(by_name, handed_in, strict=True)
    ]
    if not any(k is not None and (is_answer(released[k]) or is_marked(released[k])) for k in place):
        raise Unusable("none of its cells belongs to this exercise; is it another notebook under this name?")
    gaps: dict[tuple[int, int, str], list[int]] = {}
    for k in sorted(set(range(len(released))).difference(place)):
        before = max((j for j, known in enumerate(place) if known is not None and known < k), default=-1)
        after = min((j for j, known in enumerate(place) if known is not None and known > k), default=len(place))
        gaps.setdefault((before, after, released[k].cell_type), []).append(k)
    for (before, after, kind), missing in gaps.items():
        free = [j for j in range(before + 1, after) if place[j] is None and handed_in[j].kind == kind]
        if len(free) == len(missing):  # one for each, between the same two neighbours
            for j, k in zip(free, missing, strict=True):
                place[j] = k
    both = zip(place, by_name, strict=True)
    nameless = sum(k is not None and named is None and bool(grade_id(released[k])) for k, named in both)
    text = f"nbgrader's metadata was missing in {nameless} cells, which were recognised by their id, text or place"
    return place, [text] if nameless else []


def mend(released: NotebookNode, data: bytes) -> tuple[NotebookNode, list[str]]:
    """Return the hand-in as it is to be graded, and what had to be mended; raise Unusable when that cannot be done."""
    handed_in, mended = parse(data)
    place, lost = recognise(released.cells, handed_in)
    last = {k: j for j, k in enumerate(place) if k is not None}
    cells, changed, twice, typed = [], [], [], []
    gone = [k for k in range(len(released.cells)) if k not in last]
    back = [k for k in gone if released.cells[k].cell_type == "code" or is_answer(released.cells[k])]
    back = [k for k in back if not (is_answer(released.cells[k]) and released.cells[k].cell_type == "code")]
    before = {
        k: min((j for j, known in enumerate(place) if known is not None and known > k), default=len(place))
        for k in back
    }
    for j in range(len(place) + 1):
        cells += [nbformat.from_dict(released.cells[k]) for k in back if before[k] == j]
        if j == len(place):
            break
        cell = nbformat.from_dict(released.cells[place[j]]) if place[j] is not None else None
        if cell is None or last[place[j]] != j:
            if cell is not None:
                twice.append(grade_id(cell))
                if is_marked(cell):
                    continue
            cells.append(_own(handed_in[j], f"own-cell-{j}"))
            continue
        name = grade_id(cell)
        if name and handed_in[j].kind != cell.cell_type:
            typed.append(name)
        if name and not is_answer(cell):
            if "".join(cell.source.split()) != "".join(handed_in[j].source.split()):
                changed.append(name)
        elif name or handed_in[j].kind == cell.cell_type:
            cell.source = handed_in[j].source
        else:
            cell = _own(handed_in[j], cell.id)
        if cell.cell_type == "markdown" and isinstance(handed_in[j].pictures, dict):
            cell.attachments = handed_in[j].pictures
        cells.append(cell)
    absent = [grade_id(released.cells[k]) for k in gone if is_answer(released.cells[k])]
    put_back = [grade_id(released.cells[k]) or "a given cell" for k in back if not is_answer(released.cells[k])]
    for names, text in (
        (twice, "cells that stand more than once were all run, in the student's order: {}"),
        (typed, "cells got their type back: {}"),
        (changed, "locked cells were put back as they were handed out: {}"),
        (put_back, "cells that were missing were put back: {}"),
        (absent, "the cells for these answers are missing: {}"),
    ):
        if names := list(dict.fromkeys(filter(None, names))):
            lost.append(text.format(listed(names)))
    notebook = nbformat.from_dict({**released, "cells": cells})
    return notebook, mended + lost


def _own(cell: NotebookNode, cell_id: str) -> NotebookNode:
    """Return a cell of the student's own, without its metadata and outputs."""
    new = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}.get(
        cell.kind, nbformat.v4.new_markdown_cell
    )
    return new(cell.source, id=cell_id)


def listed(names: Iterable[str], most: int = 10) -> str:
    """Return names as text, at most ten of them."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def left_out(folder: Path, lessons: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Return what lies among the hand-ins and is not graded, by student and by lesson (both may be unknown: "")."""
    files: dict[tuple[str, str], list[str]] = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.name in NO_HAND_IN or ".ipynb_checkpoints" in parts or (path.is_dir() and path.suffix != ".ipynb"):
            continue
        if len(parts) == 3 and parts[1] in lessons and parts[2] == f"{parts[1]}.ipynb" and path.is_file():
            continue
        text = "/".join(parts).casefold()
        lesson = next((name for name in lessons if name in text), "")
        student = parts[0] if len(parts) > 1 and parts[0] not in lessons else ""
        files.setdefault((student, lesson), []).append("/".join(parts))
    return files
