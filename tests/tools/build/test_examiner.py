"""The marks depend on what is handed in, and on nothing else that the student's code does."""

import os
import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.build import examiner as examiner_module
from tools.build.examiner import Examiner, Remote, RemoteFunction, Worker, examine, sandbox
from tools.build.exercises import nbgrader_metadata
from tools.build.handins import grade_id

GIVEN = "LIMIT = 3\n\ndef apply(x):\n    return double(x)"
ANSWERS = {
    "double": "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
    "number": "number = None\n### BEGIN SOLUTION\nnumber = 2.5\n### END SOLUTION",
}
MARKS = {
    "double_marks": "import numpy as np\nassert np.allclose(apply(np.arange(3.0)), [0, 2, 4])\nprint('Right.')",
    "number_marks": "assert isinstance(number, float) and abs(number - 2.5) < 0.1 and number < LIMIT\nprint('Right.')",
}
READS = {"double_marks": "double", "number_marks": "number"}
RIGHT = {"double": "def double(x):\n    return 2 * x", "number": "number = 2.5"}


def master():
    """Return a small exercise: two answers, each with a cell that marks it."""
    cells = [new_code_cell(GIVEN, id="given")]
    for name, source in ANSWERS.items():
        for key, text in ((name, source), (f"{name}_marks", MARKS[f"{name}_marks"])):
            cell = new_code_cell(text, id=key)
            cell.metadata["nbgrader"] = nbgrader_metadata(key, cell, None if key in ANSWERS else 1, key in ANSWERS)
            cell.metadata |= {"reads": READS[key]} if key in READS else {}
            cells.append(cell)
    return new_notebook(cells=cells)


EXAMINER = Examiner(master())


def points(folder: Path, first: str, answers: dict[str, str]) -> tuple[set[str], list[str]]:
    """Return the cells that earn their points after some code of the student's, and the remarks."""
    notebook = examiner_module.blank(master())
    for cell in notebook.cells:
        cell.source = answers.get(grade_id(cell), cell.source)
    notebook.cells.insert(0, new_code_cell(first))
    remarks = examine(notebook, EXAMINER, folder, lambda cell: 2 if "while True" in cell.source else 60, 1)
    marked = [cell for cell in notebook.cells if grade_id(cell) in MARKS]
    assert all(cell.outputs for cell in marked)
    failed = {grade_id(cell) for cell in marked for output in cell.outputs if output.output_type == "error"}
    return set(MARKS) - failed, remarks


REPLACED = """
import builtins, os, sys
import numpy as np
import __main__
shell = get_ipython()
np.allclose = np.isclose = lambda *args, **kwargs: True
np.testing.assert_allclose = lambda *args, **kwargs: None
shell.user_ns["In"][:] = ["print('Right.')"] * 20
Out[1] = "Right."
sys.settrace(lambda *args: None)
builtins.abs = lambda x: 0
"""
NO_SOURCE = "get_ipython().input_transformers_cleanup.append(lambda lines: [])"
NO_RUN = "get_ipython().run_cell = lambda *args, **kwargs: print('Right.')"
BUILTINS = """
import builtins
builtins.isinstance = lambda *args: True
builtins.__import__ = lambda *args, **kwargs: None
builtins.AssertionError = type("Fine", (Exception,), {})
"""
DEAF = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass"
FORGED = """
import json, os
for descriptor in range(3, 30):
    try:
        os.write(descriptor, (json.dumps({"value": [], "token": "0" * 32}) + "\\n" + "[" * 9999 + "\\n").encode())
    except OSError:
        pass
"""
LIES = """
import __main__
class Any:
    __eq__ = __lt__ = __gt__ = __ge__ = __le__ = lambda *args: True
    __abs__ = __sub__ = __bool__ = lambda *args: Any()
__main__.encode = lambda value, kept: __main__.name(Any(), kept) | {"classes": ["builtins.float", "torch.nn.X"]}
"""
HOSTILE = {"replaced": REPLACED, "no source": NO_SOURCE, "no run": NO_RUN, "builtins": BUILTINS}
HOSTILE |= {"forged": FORGED, "lies": LIES, "fork": "import os\nos.fork()"}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_whatever_the_student_replaces_a_blank_earns_nothing(tmp_path, code):
    assert points(tmp_path, code, {})[0] == set()


def test_what_does_not_harm_the_answers_costs_nothing(tmp_path):
    code = """
    %config InlineBackend.figure_format = "png"
    import os, sys, warnings
    os.chdir("/")
    sys.stdout, sys.stderr = None, None
    warnings.warn("nothing")
    os.fork()
    exit()
    """
    answers = RIGHT | {"double": "%%time\n" + RIGHT["double"], "number": "number = 2.5\nsys.exit(1)"}
    assert points(tmp_path, code, answers) == (set(MARKS), [])


@pytest.mark.parametrize(
    ("answers", "earned", "remark"),
    [
        (RIGHT | {"double": "def double(x):\n    import os\n    os._exit(0)"}, {"number_marks"}, "the process died"),
        (RIGHT | {"number": "import os\nos.kill(os.getpid(), 9)"}, {"double_marks"}, "the process died"),
        (RIGHT | {"number": "while True:\n    pass"}, {"double_marks"}, None),
        (
            RIGHT | {"number": DEAF},
            {"double_marks"},
            "was stopped after 3 s",
        ),
        (RIGHT | {"double": "def double(x):\n    return b'x' * 60_000_000"}, {"number_marks"}, None),
        (RIGHT | {"double": "def double(x):\n    return double(x)"}, {"number_marks"}, None),
        (RIGHT | {"double": "def double(x):\n    raise StopIteration"}, {"number_marks"}, None),
        (RIGHT | {"double": "%%bash\necho Right."}, {"number_marks"}, None),
    ],
)
def test_what_goes_wrong_costs_its_own_points(tmp_path, answers, earned, remark):
    scored, remarks = points(tmp_path, "", answers)
    assert scored == earned and [remark and remark in line for line in remarks] == [True] * bool(remark), remarks


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    with Worker(tmp_path_factory.mktemp("course"), 60) as worker:
        worker.run("import numpy as np, pandas as pd, torch", 60)
        yield worker


@pytest.mark.parametrize(
    "code",
    [
        "[None, True, 3, 2.5, 'ä', (1, [2]), {'a': {1: 2}}, {4, 5}, float('inf')]",
        "{('a', 1): 2}",
        "np.float64(0.5), np.int8(3), np.bool_(True), np.str_('x')",
        "np.arange(6.0).reshape(2, 3).T",
        "np.array(['a', 'b'])",
        "np.array([1, None, 'x'], dtype=object)",
        "pd.Series([1.5, 2.5], index=['a', 'b'])",
        "pd.Series(['x', None], index=[3, 4])",
        "pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}, index=['r', 's'])",
        "pd.MultiIndex.from_tuples([('a', 1), ('b', 2)])",
        "torch.ones(2, 3, requires_grad=True)",
    ],
)
def test_plain_values_arrive_as_they_are(worker, code):
    import torch

    worker.run(f"value = {code}", 60)
    ours, theirs = worker.get("value"), eval(code, {"np": np, "pd": pd, "torch": torch})
    if isinstance(theirs, pd.Series | pd.DataFrame | pd.Index):
        assert type(ours) is type(theirs) and ours.equals(theirs)
    elif isinstance(theirs, np.ndarray | torch.Tensor):
        assert type(ours) is type(theirs) and ours.shape == theirs.shape and (ours == theirs).all()
        assert getattr(ours, "requires_grad", None) == getattr(theirs, "requires_grad", None)
    else:
        assert ours == theirs


def test_other_objects_stay_and_answer(worker):
    import torch

    worker.run(
        "net = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.ReLU())\ndef raises(): raise KeyError('k')", 60
    )
    net = worker.get("net")
    assert type(net) is RemoteFunction and isinstance(net, torch.nn.Sequential) and len(net) == 2
    assert isinstance(net[1], torch.nn.ReLU) and net(torch.zeros(3, 2)).shape == (3, 1)
    assert len(net[0].bias) == 1 and [type(part) for part in net] == [RemoteFunction, RemoteFunction]
    worker.run("def back(thing): return thing is net", 60)
    assert worker.get("back")(net) is True
    with pytest.raises(KeyError, match="k"):
        worker.get("raises")()
    worker.run("thing = object()", 60)
    assert type(worker.get("thing")) is Remote and not callable(worker.get("thing"))


def test_a_hand_in_has_its_own_folders_and_few_of_our_variables(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "s")
    with Worker(tmp_path, 60) as worker:
        worker.run("import os, tempfile\nplaces = [os.getcwd(), os.path.expanduser('~'), tempfile.gettempdir()]", 60)
        worker.run("places += [os.environ['IPYTHONDIR']]\nvariables = list(os.environ)", 60)
        assert [Path(path).parent for path in worker.get("places")] == [worker.folder] * 4
        assert "SECRET" not in worker.get("variables")
        folder = worker.folder
    assert not folder.exists() and not list(tmp_path.iterdir())


FAKE = """#!/bin/sh
echo "$@" >> {log}
while [ $# -gt 0 ] && [ "$1" != "--" ]; do shift; done
[ $# -gt 0 ] || exit {status}
shift
exec "$@"
"""


@pytest.mark.parametrize("status", [0, 1])
def test_bubblewrap_is_used_where_it_works(tmp_path, monkeypatch, status):
    program, log, course = tmp_path / "bwrap", tmp_path / "log", tmp_path / "course"
    program.write_text(FAKE.format(log=log, status=status))
    program.chmod(0o755)
    course.mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    sandbox.cache_clear()
    try:
        assert sandbox() == ("" if status else str(program))
        assert points(course, "", RIGHT) == (set(MARKS), [])
        used = log.read_text().splitlines()[1:]
        assert len(used) == 1 - status
        for line in used:
            assert "--unshare-all" in line and f"--tmpfs {course} " in line and "--ro-bind / /" in line
            assert len(re.findall(r"--bind (\S+) \1 ", line)) == 1
    finally:
        sandbox.cache_clear()


def test_a_cell_with_points_that_reads_what_nobody_defines_is_refused():
    notebook = master()
    notebook.cells[-1].metadata["reads"] = ""
    notebook.cells[-1].source = "assert unknown"
    with pytest.raises(ValueError, match="number_marks needs unknown"):
        Examiner(notebook)


def test_each_student_begins_anew():
    good = {"double": lambda x: 2 * x, "number": 2.5}
    assert EXAMINER.mark("double_marks", good.__getitem__)[-1].output_type == "stream"
    assert EXAMINER.mark("double_marks", {}.__getitem__)[-1].output_type == "error"
    assert EXAMINER.mark("number_marks", {"number": True}.__getitem__)[-1].ename == "AssertionError"
    assert nbformat.validate(new_notebook(cells=[new_code_cell(outputs=EXAMINER.mark("double_marks", {}.get))])) is None
