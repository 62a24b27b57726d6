"""Run one lesson in a fresh kernel, and write its notebook whole or not at all.

Shared by `tools.build.notebooks` (from sources to executed notebooks) and `tools.tutorial` (a learner's run from
lesson 00 to 07).
"""

import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from mcvn_utils.datasets.files import written_whole

ROOT = Path(__file__).resolve().parents[2]
CELL_TIMEOUT = 1800  # seconds; generous, so that only a cell that hangs is stopped
ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class LessonError(Exception):
    """A cell of a lesson failed.

    Attributes
    ----------
    lesson : str
        Name of the lesson, such as ``03_image_mapping``.
    cell : int
        Number of the cell, counted from 1 over prose and code.
    count : int
        Number of the code cell, counted from 1: what JupyterLab shows in brackets.
    source : str
        The cell's source.
    error : str
        The last lines of the error, its message last.
    """

    def __init__(self, lesson: str, cell: int, count: int, source: str, error: str):
        self.lesson, self.cell, self.count, self.source, self.error = lesson, cell, count, source, error
        head = "\n".join(f"    {line}" for line in source.splitlines()[:6])
        tail = "\n".join(f"    {line}" for line in error.splitlines())
        super().__init__(f"{lesson}, cell {cell} (In [{count}]) failed:\n\n{head}\n\n{tail}")


class OnePython(KernelSpecManager):
    """Starts kernels with one Python, whatever kernels the user has registered."""

    def __init__(self, python: str):
        super().__init__()
        self.python = python

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel of that Python, by whatever name."""
        settings = get_kernel_dict()
        settings["argv"] = [self.python, *settings["argv"][1:]]
        return KernelSpec(resource_dir=RESOURCES, **settings)


def installed_versions(*packages: str) -> str:
    """Return the packages with their versions in one field; those that are not installed are left out."""
    versions = []
    for name in packages:
        with suppress(PackageNotFoundError):
            versions.append(f"{name} {version(name)}")
    return " ".join(versions)


def kernel_environment(fast: bool | None = None) -> dict[str, str]:
    """Return a kernel's variables: ours, but with all cores and figures in the notebook.

    The fast mode is on, off, or (None) as it is.
    """
    env = {name: value for name, value in os.environ.items() if name not in ("OMP_NUM_THREADS", "MPLBACKEND")}
    env.setdefault("OMP_WAIT_POLICY", "passive")  # waiting threads that spin slow a busy machine down tenfold
    return env if fast is None else env | {"MCVN_FAST": str(int(fast))}


def run_lesson(
    notebook: NotebookNode,
    name: str,
    folder: Path,
    env: dict[str, str],
    on_cell: Callable[[int], object] = lambda number: None,
    python: str = sys.executable,
    options: Sequence[str] = (),
) -> NotebookNode:
    """Execute a notebook in place, in order, in a fresh kernel.

    Parameters
    ----------
    notebook, name : NotebookNode, str
        The notebook, whose outputs are replaced, and the lesson's name for messages.
    folder : Path
        The folder in which the kernel works.
    env : dict
        The kernel's environment variables.
    on_cell : callable
        Called with each cell's number, from 1, before the cell runs.
    python : str
        The Python that runs the kernel; by default the one that runs this program.
    options : sequence of str
        More options for the kernel's command line.

    Raises
    ------
    LessonError
        If a cell raises, runs longer than CELL_TIMEOUT, or its kernel dies. The kernel is shut down in any
        case, also at an interrupt from the keyboard.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    manager = AsyncKernelManager(kernel_spec_manager=OnePython(python))
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=CELL_TIMEOUT,
        coalesce_streams=True,
        record_timing=False,
        extra_arguments=["--log-level=ERROR", *options],
        shutdown_kernel="immediate",  # it has nothing to save
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel(cleanup_kc=True, env=env):
        for index, cell in enumerate(notebook.cells):
            on_cell(index + 1)
            try:
                client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                raise LessonError(name, index + 1, client.code_cells_executed, cell.source, describe(error)) from None
        client.set_widgets_metadata()
    return notebook


def describe(error: Exception) -> str:
    """Return the last lines of what went wrong in a cell, without terminal colours."""
    if isinstance(error, CellExecutionError):
        trace = ANSI_COLOUR.sub("", error.traceback).strip().splitlines()
        message = f"{error.ename}: {ANSI_COLOUR.sub('', error.evalue)}".strip()
        tail = trace[-8:]
        return "\n".join(tail) if message in "\n".join(tail) else "\n".join([*tail, message])
    if isinstance(error, CellTimeoutError):
        return f"The cell was still running after {CELL_TIMEOUT} s."
    return "The kernel died: the computer may have run out of memory."


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook to `path`, whole or not at all."""
    with written_whole(path) as part:
        part.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def fail(message: str, code: int = 1) -> int:
    """Say on standard error why a command stops, and return its exit code."""
    print(f"\n{message}", file=sys.stderr)
    return code
