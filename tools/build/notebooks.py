"""Build the executed lessons `notebooks/NAME.ipynb` from their sources `notebooks/source/NAME.py`.

    python -m tools.build.notebooks                     # all lessons
    python -m tools.build.notebooks 03_image_mapping    # these
    python -m tools.build.notebooks --check             # executes nothing: is each notebook in step?

A lesson is edited in its source only. The same source on the same versions gives the same notebook, byte for
byte, as far as its outputs do: cell names count from 000, and no times of day or random names are kept.
"""

import argparse
import base64
import io
import signal
import sys
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from PIL import Image
from tqdm import tqdm

from tools.build.lessons import ROOT, LessonError, fail, kernel_environment, run_lesson, write_notebook

SIZE_LIMIT = 500_000  # bytes; a larger notebook is slow to open and GitHub may not show it
REMEDY = "make notebooks"
LANGUAGE = {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"}
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


def source_path(name: str, root: Path) -> Path:
    """Return where a lesson's source lies."""
    return root / "notebooks" / "source" / f"{name}.py"


def notebook_path(name: str, root: Path) -> Path:
    """Return where a lesson's executed notebook lies."""
    return root / "notebooks" / f"{name}.ipynb"


def lesson_names(root: Path) -> list[str]:
    """Return the names of all sources, in the order of the lessons."""
    return sorted(path.stem for path in (root / "notebooks" / "source").glob("*.py"))


def read_source(name: str, root: Path = ROOT) -> NotebookNode:
    """Turn a lesson's source into a notebook without outputs, its cells named NAME-000 and so on."""
    notebook = jupytext.read(source_path(name, root))
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{name}-{number:03d}"
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def name_widgets_in_order(notebook: NotebookNode) -> NotebookNode:
    """Replace the widgets' random names by numbers, in the order in which they were made."""
    text = nbformat.writes(notebook)
    state = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for number, random_name in enumerate(state):
        text = text.replace(random_name, f"{number:032x}")
    return nbformat.reads(text, as_version=4)


def shrink_pictures(notebook: NotebookNode) -> NotebookNode:
    """Store each PNG with a palette of 256 colours: to the eye the same, in less than half the bytes."""
    for output in (o for cell in notebook.cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})):
        with Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))) as picture:
            small, buffer = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE), io.BytesIO()
        small.save(buffer, format="PNG", optimize=True)
        output.data["image/png"] = base64.b64encode(buffer.getvalue()).decode() + "\n"
    return notebook


def build(name: str, root: Path = ROOT, on_cell=lambda number: None) -> Path:
    """Execute one lesson from its source and write the notebook, whole or not at all.

    Raises
    ------
    LessonError
        If a cell fails; the notebook that was there stays as it was.
    """
    notebook = read_source(name, root)
    env = kernel_environment(fast=False) | {"PYTHONPATH": str(ROOT)}
    options = ["--IPKernelApp.extra_extensions=tools.build.figure_alt"]
    run_lesson(notebook, name, root / "notebooks", env, on_cell, options=options)
    path = notebook_path(name, root)
    write_notebook(shrink_pictures(name_widgets_in_order(notebook)), path)
    return path


def gist(cell: NotebookNode) -> tuple[str, str, list[str]]:
    """Return what source and notebook must share of a cell: type, text, tags."""
    return cell.cell_type, cell.source.strip(), list(cell.metadata.get("tags", []))


def first_difference(source: NotebookNode, notebook: NotebookNode) -> str | None:
    """Say where a notebook leaves its source, or return None when it does not."""
    for number, (ours, theirs) in enumerate(zip(source.cells, notebook.cells, strict=False), start=1):
        if gist(ours) != gist(theirs):
            return f"cell {number} differs from its source"
    if len(source.cells) != len(notebook.cells):
        return f"has {len(notebook.cells)} cells, its source {len(source.cells)}"
    return None


def execution_defects(notebook: NotebookNode) -> list[str]:
    """Say whether a notebook was not run once from top to bottom, or holds an error."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in code]
    defects = []
    if counts != list(range(1, len(code) + 1)):
        defects.append("was not executed once in order, from the first cell to the last")
    for count, cell in enumerate(code, start=1):
        defects += [
            f"In [{count}] holds an error, {output.ename}"
            for output in cell.outputs
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", [])
        ]
    return defects


def check(name: str, root: Path = ROOT) -> list[str]:
    """Return one line for each defect of a lesson's committed notebook; an empty list when it is in step."""
    path = notebook_path(name, root)
    if not path.exists():
        return [f"{path.relative_to(root)}: missing. Remedy: {REMEDY}"]
    if not source_path(name, root).exists():
        source = source_path(name, root).relative_to(root)
        return [f"{path.relative_to(root)}: has no source. Remedy: write {source}, or delete the notebook"]
    notebook = nbformat.read(path, as_version=4)
    difference = first_difference(read_source(name, root), notebook)
    defects = ([difference] if difference else []) + execution_defects(notebook)
    if (size := path.stat().st_size) > SIZE_LIMIT:
        defects.append(f"is {size // 1000} kB, over {SIZE_LIMIT // 1000}: make its pictures smaller")
    return [f"{path.relative_to(root)}: {defect}. Remedy: {REMEDY}" for defect in defects]


def names_to_check(root: Path = ROOT) -> list[str]:
    """Return the names of all sources and all notebooks, so that neither goes without the other."""
    return sorted({path.stem for path in (root / "notebooks").glob("*.ipynb")}.union(lesson_names(root)))


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="lessons to build; all when none is named")
    parser.add_argument("--check", action="store_true", help="execute nothing; list defects of the notebooks")
    options = parser.parse_args(arguments)
    sources = lesson_names(root)
    if unknown := sorted(set(options.names).difference(sources)):
        parser.error(f"no source for {', '.join(unknown)}; there are {', '.join(sources) or 'none'}")
    if options.check:
        names = options.names or names_to_check(root)
        defects = [line for name in names for line in check(name, root)]
        print(*(defects or [f"{len(names)} notebooks are in step with their sources"]), sep="\n")
        return 1 if defects else 0
    try:
        for name in options.names or sources:
            cells = len(read_source(name, root).cells)
            with tqdm(total=cells, desc=name, unit="cell") as bar:
                path = build(name, root, on_cell=lambda number, bar=bar: bar.update(number - bar.n))
            tqdm.write(f"{path.relative_to(root)}: {path.stat().st_size // 1000} kB")
    except LessonError as error:
        return fail(f"{error}\n\nThe notebook was left as it was. Mend notebooks/source/{error.lesson}.py.")
    except KeyboardInterrupt:
        return fail("Stopped. The notebook of the lesson under way was left as it was.", code=130)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the kernel with us then, too
    sys.exit(main())
