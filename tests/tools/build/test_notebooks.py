"""The commands that run lessons: they say what failed and where, and never leave half a file."""

import base64
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tools import tutorial as run_tutorial
from tools.build import lessons
from tools.build import notebooks as build_notebooks

GOOD = """# %% [markdown]
# # 05 · A lesson

# %% tags=["one"]
print("hello")

# %%
1 + 1
"""

BAD = """# %% [markdown]
# # 06 · A lesson that fails

# %%
amount = 3

# %%
# Divide by nothing.
amount / 0
"""

SCORES = """# %%
from IPython.display import display

def show(name, records):
    bundle = {"text/plain": name, "application/vnd.mcvn.scores+json": {"name": name, "records": records}}
    display(bundle, raw=True)

show("nims_steel", [
    {"model": model, "target": target, "r2": r2}
    for model, r2 in (("XGBoost", 0.9), ("MCVN", 0.95)) for target in ("fatigue_strength", "hardness")
])
show("metallic_glass", [
    {"model": model, "class": "BMG", "precision": 0.5, "recall": 0.25, "f1": f1}
    for model, f1 in (("XGBoost", 0.3333), ("MCVN", 0.6667))
])
"""


@pytest.fixture
def root(tmp_path) -> Path:
    """A project with no lessons yet."""
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    return tmp_path


def write_source(root: Path, name: str, text: str) -> Path:
    path = root / "notebooks" / "source" / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def write_unrun(root: Path, name: str, text: str) -> None:
    """Write a source and its notebook, not executed."""
    write_source(root, name, text)
    lessons.write_notebook(build_notebooks.read_source(name, root), root / "notebooks" / f"{name}.ipynb")


def files(root: Path) -> list[str]:
    """Return all files, hidden ones too, that are no sources."""
    found = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".py"]
    return sorted(str(path.relative_to(root)) for path in found)


def alter(root: Path, name: str, change) -> None:
    """Change a committed notebook as a careless hand would."""
    path = root / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change(notebook.cells)
    nbformat.write(notebook, path)


def test_build_executes_and_check_agrees(root, capsys):
    write_source(root, "05_good", GOOD)
    assert build_notebooks.main([], root) == 0
    notebook = nbformat.read(root / "notebooks" / "05_good.ipynb", as_version=4)
    assert [cell.id for cell in notebook.cells] == ["05_good-000", "05_good-001", "05_good-002"]
    assert notebook.cells[1].outputs[0].text == "hello\n"
    assert notebook.cells[2].outputs[0].data["text/plain"] == "2"
    assert "version" not in notebook.metadata.language_info
    assert build_notebooks.main(["--check"], root) == 0
    assert files(root) == ["notebooks/05_good.ipynb"]

    executed = (root / "notebooks" / "05_good.ipynb").read_bytes()
    edits = {
        "cell 2 differs from its source": lambda cells: cells[1].update(source="print('changed by hand')"),
        "cell 2 differs": lambda cells: cells[1].metadata.update(tags=["other"]),
        "has 2 cells, its source 3": lambda cells: cells.pop(),
        "not executed once in order": lambda cells: cells[2].update(execution_count=7),
        "In [2] holds an error, ValueError": lambda cells: cells[2].update(
            outputs=[nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])]
        ),
        "over 500": lambda cells: cells[1].outputs[0].update(text="x" * 500_000),
    }
    for defect, change in edits.items():
        (root / "notebooks" / "05_good.ipynb").write_bytes(executed)
        alter(root, "05_good", change)
        capsys.readouterr()
        assert build_notebooks.main(["--check"], root) == 1
        line = capsys.readouterr().out
        assert line.startswith("notebooks/05_good.ipynb: ") and line.count("\n") == 1
        assert defect in line and "make notebooks" in line


def test_check_flags_a_notebook_never_run_one_without_source_and_a_source_without_notebook(root, capsys):
    write_unrun(root, "01_unrun", GOOD)
    write_unrun(root, "02_orphan", GOOD)
    (root / "notebooks" / "source" / "02_orphan.py").unlink()
    write_source(root, "03_source", GOOD)
    assert build_notebooks.main(["--check"], root) == 1
    unrun, orphan, source = capsys.readouterr().out.splitlines()
    assert "01_unrun.ipynb: was not executed" in unrun
    assert "02_orphan.ipynb: has no source" in orphan
    assert "03_source.ipynb: missing" in source


def test_failing_build_names_lesson_cell_and_error_and_leaves_the_notebook_as_it_was(root, capsys):
    write_source(root, "06_bad", BAD)
    (root / "notebooks" / "06_bad.ipynb").write_text("as it was")
    assert build_notebooks.main(["06_bad"], root) == 1
    text = capsys.readouterr().err
    assert "06_bad, cell 3 (In [2]) failed" in text
    assert "# Divide by nothing." in text and "ZeroDivisionError: division by zero" in text
    assert files(root) == ["notebooks/06_bad.ipynb"]
    assert (root / "notebooks" / "06_bad.ipynb").read_text() == "as it was"


def test_build_refuses_an_unknown_lesson(root, capsys):
    write_source(root, "05_good", GOOD)
    with pytest.raises(SystemExit):
        build_notebooks.main(["07_nowhere"], root)
    assert "no source for 07_nowhere; there are 05_good" in capsys.readouterr().err


def test_widgets_are_named_by_their_order():
    names = ["c0ffee" * 5 + "00", "0dd" * 10 + "ff"]
    notebook = nbformat.v4.new_notebook()
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": names[0]}}
    notebook.cells = [nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", view)])]
    state = {names[0]: {"state": {"layout": f"IPY_MODEL_{names[1]}"}}, names[1]: {"state": {}}}
    notebook.metadata.widgets = {build_notebooks.WIDGET_STATE: {"state": state}}
    text = nbformat.writes(build_notebooks.name_widgets_in_order(notebook))
    assert not any(name in text for name in names)
    assert f"IPY_MODEL_{1:032x}" in text and text.count(f"{0:032x}") == 2


def test_tutorial_prints_the_scores_that_lessons_displayed(root, capsys):
    write_unrun(root, "05_steel", SCORES)
    write_unrun(root, "08_beyond", BAD)  # no part of the tutorial
    assert run_tutorial.main([], root) == 0
    text = capsys.readouterr().out
    rows = {line.split("  ")[0]: line.split() for line in text.splitlines() if line}
    assert rows["fatigue strength"][2:] == ["0.900", "0.950"]
    assert rows["BMG"][1:] == ["0.500", "0.250", "0.333", "0.500", "0.250", "0.667"]
    assert "make lab" in text
    copy = nbformat.read(root / "build" / "tutorial" / "05_steel.ipynb", as_version=4)
    assert copy.cells[0].execution_count == 1


def test_tutorial_says_when_no_lesson_displayed_scores(root, capsys):
    write_unrun(root, "05_good", GOOD)
    assert run_tutorial.main(["--fast"], root) == 1
    assert "metallic_glass, nims_steel" in capsys.readouterr().err


def test_failing_lesson_is_explained_and_leaves_no_copy_even_of_an_earlier_run(root, capsys):
    write_unrun(root, "06_bad", BAD)
    copy = root / "build" / "tutorial" / "06_bad.ipynb"
    copy.parent.mkdir(parents=True)
    copy.write_text("of an earlier run")
    assert run_tutorial.main([], root) == 1
    text = capsys.readouterr().err
    assert "06_bad, cell 3 (In [2]) failed" in text and "ZeroDivisionError" in text
    assert "make lab" in text and "make install" in text
    assert files(root) == ["notebooks/06_bad.ipynb"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_interrupted_tutorial_leaves_no_copy_and_no_kernel(root):
    wait = "# %%\nimport os, time\n_ = open('pid', 'w').write(f'{os.getpid()}.')\ntime.sleep(60)\n"
    write_unrun(root, "05_long", wait)
    # A shell starts its background jobs with Ctrl-C ignored, and a test run may be one of them.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    tutorial = f"import sys, pathlib; from tools.tutorial import main; sys.exit(main([], pathlib.Path({str(root)!r})))"
    code = f"{listen}; {tutorial}"
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, cwd=lessons.ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    pid = root / "notebooks" / "pid"
    deadline = time.monotonic() + 60
    while not (pid.exists() and pid.read_text().endswith(".")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, text = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped." in text and "Traceback" not in text
    assert files(root) == ["notebooks/05_long.ipynb", "notebooks/pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text().strip(".")), 0)


def test_kernel_may_use_all_cores_shows_figures_and_follows_the_mode(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MPLBACKEND", "agg")  # with it a lesson would be built without its figures
    monkeypatch.setenv("MCVN_FAST", "1")
    assert {"OMP_NUM_THREADS", "MPLBACKEND"}.isdisjoint(lessons.kernel_environment())
    modes = [lessons.kernel_environment(fast)["MCVN_FAST"] for fast in (None, True, False)]
    assert modes == ["1", "1", "0"]


def test_scores_keep_the_order_of_models_and_rows():
    records = pd.DataFrame({"model": ["Z", "Z", "A", "A"], "target": ["q", "b", "q", "b"], "r2": [0.1, 0.2, 0.3, 0.4]})
    head, *rows = run_tutorial.format_scores(records, "target", ["r2"]).splitlines()
    assert head.split() == ["Z", "A"]
    assert [row.split() for row in rows] == [["q", "0.100", "0.300"], ["b", "0.200", "0.400"]]


def test_pictures_are_stored_small_and_look_the_same():
    shades = np.linspace(0, 255, 300).astype(np.uint8)
    picture = Image.fromarray(np.stack([np.tile(shades, (200, 1))] * 3 + [np.full((200, 300), 255, np.uint8)], axis=-1))
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=0)
    data = {"image/png": base64.b64encode(buffer.getvalue()).decode()}
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data)])
    stored = (
        build_notebooks.shrink_pictures(nbformat.v4.new_notebook(cells=[cell])).cells[0].outputs[0].data["image/png"]
    )
    small = Image.open(io.BytesIO(base64.b64decode(stored)))
    assert len(stored) < len(data["image/png"]) / 10 and small.size == picture.size
    difference = np.asarray(small.convert("RGB"), int) - np.asarray(picture.convert("RGB"), int)
    assert np.abs(difference).max() <= 4
