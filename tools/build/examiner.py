"""Run a hand-in in a process of its own, and give its marks in this one, which runs no line of the student's code.

The student's cells run in `tools.build.worker`. The cells with points run *here*, in a namespace that the teacher's
notebook made: they get the student's variables as plain data, and a student's function as a stand-in that sends its
arguments to the worker and brings the result back. So whatever the student's code replaces (`np.allclose`,
`isinstance`, IPython, the worker itself), it changes what is handed in, never how it is marked.
"""

import ast
import base64
import builtins
import io
import json
import linecache
import os
import pickle
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
from nbformat import NotebookNode

from mcvn_utils.datasets.files import DATA_DIR
from tools.build.exercises import blank
from tools.build.lessons import ROOT

WORKER = Path(__file__).with_name("worker.py")
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ", "OMP_NUM_THREADS", "MCVN_FAST")
LONGEST = 60_000_000  # bytes of one reply
ERRORS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, StopIteration | UnicodeError)
}


class Stopped(BaseException):
    """The student's process died, or did not answer in time; no check may catch this."""


class Unreadable(ValueError):
    """The student's process sent what is no answer."""


class Remote:
    """Stands for an object in the student's process; attributes, items and calls are asked for over there."""

    def __init__(self, worker: "Worker", number: int, classes: list[str], name: str):
        self._worker, self._number, self._classes, self.__name__ = worker, number, classes, name or "your function"

    @property
    def __class__(self) -> type:
        """The class that it says it has: a claim, which `isinstance` repeats."""
        for path in self._classes:
            module, _, name = path.rpartition(".")
            kind = getattr(sys.modules.get(module), name, None)
            if module.startswith(("torch.nn.", "mcvn_utils.")) and isinstance(kind, type):
                return kind
        return type(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._worker.use(self._number, "attribute", name)

    def __getitem__(self, key: Any) -> Any:
        return self._worker.use(self._number, "item", key)

    def __array__(self, *_: object, **__: object) -> None:
        """Refuse to become an array item by item."""
        raise TypeError("numbers are wanted, not " + self._classes[0])

    def __len__(self) -> int:
        return self._worker.use(self._number, "length")

    def __iter__(self) -> Iterator:
        return iter(self._worker.use(self._number, "list"))


class RemoteFunction(Remote):
    """Stands for a function in the student's process, or for another object that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there, on copies of the arguments."""
        return self._worker.use(self._number, "call", *args, **kwargs)


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: Any) -> int | None:
        return value._number if type(value) in (Remote, RemoteFunction) else None


class Worker:
    """The student's process, for one run of one hand-in; it ends with the `with` block.

    Parameters
    ----------
    hidden : path
        The course's folder, out of sight when there is bubblewrap.
    seconds : float
        How long one question may take; a cell's own time is given to `run`.
    grace : float
        How many seconds later the process is killed, when it does not stop by itself.
    """

    def __init__(self, hidden: Path, seconds: float = 120, grace: float = 10):
        self.seconds, self.grace = seconds, grace
        self.folder = Path(tempfile.mkdtemp(prefix="submission-")).resolve()
        for name in ("home", "tmp", "ipython", "work"):
            (self.folder / name).mkdir()
        command = [sys.executable, str(WORKER)]
        self.process = subprocess.Popen(
            sandboxed(command, self.folder, hidden) if sandbox() else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.folder / "work",
            env=own_environment(self.folder),
            start_new_session=True,
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, seconds: float, **request: Any) -> Any:
        """Send a request, and return the value of its reply, still as plain JSON."""
        token = secrets.token_hex(16)
        line = json.dumps(request | {"token": token, "seconds": seconds}) + "\n"
        try:
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()
            while reply := self.process.stdout.readline(LONGEST):
                with suppress(ValueError, RecursionError, AttributeError):  # a line that the student's code wrote
                    answer = json.loads(reply)
                    if answer.get("token") == token:
                        break
            else:
                raise Stopped("the process died")
        except OSError as error:
            raise Stopped("the process died") from error
        if "error" in answer:
            raise as_exception(answer)
        return answer.get("value")

    def run(self, source: str, seconds: float) -> list[NotebookNode]:
        """Run a cell, and return its outputs."""
        try:
            with at_most(seconds + self.grace):
                outputs = self.ask(seconds, do="run", source=source)
        except Exception as error:  # the student's code has spoilt what runs it
            return [failure(type(error).__name__, str(error))]
        outputs = nbformat.from_dict(json.loads(json.dumps(outputs).encode("utf-8", "replace")))
        cell = nbformat.v4.new_code_cell(outputs=outputs if isinstance(outputs, list) else [])
        try:
            nbformat.validate(cell, ref="code_cell", version=4, version_minor=5)
        except nbformat.ValidationError:
            return []
        return cell.outputs

    def get(self, name: str) -> Any:
        """Return a variable of the student's."""
        return self._decoded(self.ask(self.seconds, do="get", name=name))

    def use(self, number: int, do: str, *args: Any, **kwargs: Any) -> Any:
        """Call an object of the student's, or ask for a part of it."""
        data = io.BytesIO()
        _Pickler(data).dump((args, kwargs))
        sent = base64.b64encode(data.getvalue()).decode()
        return self._decoded(self.ask(self.seconds, do=do, of=number, **{"with": sent}))

    def _decoded(self, value: Any) -> Any:
        try:
            return self._decode(value)
        except Exception as error:
            raise Unreadable(f"the answer cannot be read: {error}") from None

    def _decode(self, value: Any) -> Any:
        decode = self._decode
        if value is None or isinstance(value, bool | int | float | str):
            return value
        match value:
            case {"list": parts}:
                return list(map(decode, parts))
            case {"tuple": parts}:
                return tuple(map(decode, parts))
            case {"set": parts}:
                return set(map(decode, parts))
            case {"dict": pairs}:
                return {decode(key): decode(part) for key, part in pairs}
            case {"array": data, "dtype": str(dtype), "shape": shape} if dtype[1:2] in "biuf":
                return np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()
            case {"objects": parts, "shape": shape}:
                array = np.empty(len(parts), dtype=object)
                array[:] = list(map(decode, parts))
                return array.reshape(shape)
            case {"index": parts}:
                return pd.Index(decode(parts))
            case {"series": values, "rows": rows}:
                return pd.Series(decode(values), decode(rows))
            case {"frame": columns, "rows": rows, "names": names}:
                index = decode(rows)
                table = pd.DataFrame({k: pd.Series(decode(v), index) for k, v in enumerate(columns)}, index)
                return table.set_axis(decode(names), axis=1)
            case {"tensor": array, "learned": bool(learned)}:
                import torch

                return torch.from_numpy(decode(array)).requires_grad_(learned)
            case {"kept": int(number), "classes": list(classes), "callable": bool(called), "name": str(name)}:
                return (RemoteFunction if called else Remote)(self, number, list(map(str, classes)), name)
        raise ValueError("it has an unknown form")


def as_exception(reply: dict) -> Exception:
    """Return the error of a reply, of its own name and of the nearest class that Python itself has."""
    try:
        names, text = [str(name) for name in reply["classes"]], str(reply["error"]["evalue"])
        base = next((ERRORS[name] for name in names if name in ERRORS), RuntimeError)
        return type(names[0], (base,), {})(text)
    except Exception:
        return Unreadable("the answer cannot be read")


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise Stopped in what runs longer."""

    def stop(*_: object) -> None:
        raise Stopped(f"it was stopped after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def own_environment(folder: Path) -> dict[str, str]:
    """Return the variables of a student's process: its own folders, and few of ours."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    home, temporary, ipython = (str(folder / name) for name in ("home", "tmp", "ipython"))
    own = {"HOME": home, "TMPDIR": temporary, "IPYTHONDIR": ipython, "MPLCONFIGDIR": home}
    own |= {"XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "XDG_DATA_HOME": home, "XDG_RUNTIME_DIR": temporary}
    fixed = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "agg"}
    return kept | own | fixed | {"OMP_WAIT_POLICY": "passive"}


@cache
def sandbox() -> str:
    """Return the path of bubblewrap, or nothing where it is missing or may not work (as in many containers)."""
    program = shutil.which("bwrap")
    command = [program or "", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-all", "true"]
    works = program and subprocess.run(command, capture_output=True, check=False).returncode == 0
    return program if works else ""


def sandboxed(command: list[str], folder: Path, hidden: Path) -> list[str]:
    """Return a command that runs in bubblewrap: no network, no other process, and of the files only what it needs.

    The system is read-only. Out of sight are the homes, the temporary files, the tutorial with its solutions, and the
    course; put back, read-only, are Python, the library, its data and the worker. It may write in its own folder alone.
    """
    homes = [Path("/home"), Path("/root"), Path.home(), Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    hide = {str(path.resolve()) for path in [*homes, ROOT, hidden] if path.is_dir()} - {"/"}
    prefixes = {str(Path(p).resolve()) for p in (sys.prefix, sys.base_prefix)} - {"/", "/usr", "/usr/local"}
    show = sorted(prefixes) + [str(path) for path in (ROOT / "mcvn_utils", DATA_DIR, WORKER)]
    options = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for path in sorted(hide, key=len):
        options += ["--tmpfs", path]
    for path in show:
        options += ["--ro-bind", path, path]
    own = ["--bind", str(folder), str(folder), "--chdir", str(folder / "work")]
    return [sandbox(), *options, *own, "--", *command]


class Examiner:
    """The teacher's side of one lesson's exercises: all cells with points, and the namespace in which they run.

    Parameters
    ----------
    master : NotebookNode
        The notebook with hidden tests; a cell with points says in its metadata which of the student's variables it
        `reads`.
    """

    def __init__(self, master: NotebookNode):
        self.cells: dict[str, NotebookNode] = {}
        self.namespace: dict[str, Any] = {"__name__": "examiner"}
        self.start: dict[str, dict[str, Any]] = {}  # what is known where each cell with points stands
        handed_out = blank(master)
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for cell, given in zip(master.cells, handed_out.cells, strict=True):
                meta = cell.metadata.get("nbgrader", {})
                if "points" in meta and cell.cell_type == "code":
                    self.cells[meta["grade_id"]], self.start[meta["grade_id"]] = cell, dict(self.namespace)
                elif cell.cell_type == "code" and meta.get("grade_id") != "setup":
                    with suppress(Exception):  # a blank raises, and so does what shows a missing answer
                        exec(compile(given.source, f"<{cell.id}>", "exec"), self.namespace)
        for grade_id in self.cells:
            if missing := self._missing(grade_id):
                raise ValueError(f"the cell {grade_id} needs {', '.join(sorted(missing))}, which no given cell defines")

    def _missing(self, grade_id: str) -> set[str]:
        nodes = list(ast.walk(ast.parse(self.cells[grade_id].source)))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        known = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | set(self.start[grade_id])
        known |= {alias.asname or alias.name for alias in nodes if isinstance(alias, ast.alias)}
        return {node.id for node in names} - known - set(reads(self.cells[grade_id])) - set(dir(builtins))

    def mark(self, grade_id: str, get: Callable[[str], Any]) -> list[NotebookNode]:
        """Run a cell with points, on the variables that `get` brings; return its outputs, an error when it failed."""
        cell, printed, outputs = self.cells[grade_id], io.StringIO(), []
        place = f"<{cell.id}>"
        self.namespace.clear()  # the functions of given cells look their names up in this very dict
        self.namespace.update(self.start[grade_id])
        linecache.cache[place] = (len(cell.source), None, cell.source.splitlines(keepends=True), place)
        try:
            with redirect_stdout(printed), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for name in reads(cell):
                    self.namespace.pop(name, None)
                    with suppress(KeyError):  # it does not exist over there, nor here
                        self.namespace[name] = get(name)
                exec(compile(cell.source, place, "exec"), self.namespace)
        except Exception as error:
            outputs = [failure(type(error).__name__, str(error), traceback.format_exception(error)[-6:])]
        text = readable(printed.getvalue())
        return ([nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []) + outputs


def reads(cell: NotebookNode) -> list[str]:
    """Return the names of the student's variables that a cell with points reads."""
    return cell.metadata.get("reads", "").split()


def readable(text: str) -> str:
    """Return a text that can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def failure(name: str, text: str, lines: list[str] | None = None) -> NotebookNode:
    """Return the output that costs a cell its points."""
    trace = [readable(line) for line in lines or [f"{name}: {text}"]]
    return nbformat.v4.new_output("error", ename=name, evalue=readable(text), traceback=trace)


def examine(
    notebook: NotebookNode, examiner: Examiner, hidden: Path, seconds: Callable[[NotebookNode], float], grace: float
) -> list[str]:
    """Run a hand-in from top to bottom and mark it, in place; return a remark for each cell that had to be left out.

    A cell that takes its process down, or does not end, costs what depends on it: the hand-in is run again without it.
    """
    left_out: dict[int, str] = {}
    code = [(k, cell) for k, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    while True:
        with Worker(hidden, max(seconds(cell) for _, cell in code), grace) as worker:
            try:
                for current, cell in code:
                    if current in left_out:
                        continue
                    cell.outputs = worker.run(cell.source, seconds(cell))
                    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
                    if grade_id in examiner.cells:
                        cell.outputs = [failure("NotMarked", "this cell was not marked")]
                        with at_most(worker.seconds + grace):
                            cell.outputs = examiner.mark(grade_id, worker.get)
                break
            except Stopped as error:
                left_out[current] = str(error)
                cell.outputs = [failure("Stopped", f"{error}; this cell was left out")]
    return [f"cell {k + 1} was left out: {error}" for k, error in left_out.items()]
