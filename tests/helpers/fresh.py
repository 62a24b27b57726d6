"""Help for tests in fresh environments: other Pythons, what Colab has, and lessons run there from the wheel alone."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import nbformat
from packaging.requirements import Requirement

from tools.build.lessons import kernel_environment, run_lesson
from tools.build.notebooks import read_source

ROOT = Path(__file__).resolve().parents[2]
# Of what Colab has, what the lessons use; it has no XenonPy, and not us.
COLAB = "numpy pandas scipy scikit-learn torch matplotlib seaborn pillow tqdm safetensors ipywidgets ipykernel".split()
COLAB += ["xgboost" if sys.platform == "darwin" else "xgboost-cpu"]
WITHOUT_TORCH = ["numpy", "pandas", "matplotlib", "seaborn", "pillow", "ipywidgets", "ipykernel"]

LIST_PACKAGES = """
import json
from importlib import metadata
def written(package):
    return [file.locate().stat().st_mtime_ns for file in package.files or [] if file.name == "RECORD"]
print(json.dumps({package.name.lower().replace("_", "-"): [package.version, written(package)]
    for package in metadata.distributions()}))
"""


def find_python(version: str) -> str | None:
    """Return a working Python of this version, such as ``3.12``: this one, one on PATH, or pyenv's."""
    if "{}.{}".format(*sys.version_info) == version:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)]
    for python in filter(None, candidates):
        tried = subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False)
        if tried.returncode == 0:
            return str(python)
    return None


def make_environment(python: str, folder: Path) -> Path:
    """Make an environment that has pip and nothing else; return its Python."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True, capture_output=True)
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def site_packages(python: Path) -> Path:
    """Return the folder in which an environment's packages lie."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip())


def with_requirements(names: list[str]) -> set[str]:
    """Return the names of packages installed here and of all that they need."""
    found, new = set(), set(names)
    while new:
        name = new.pop()
        found.add(name)
        for text in metadata.requires(name) or []:
            requirement = Requirement(text)
            if requirement.name not in found and (not requirement.marker or requirement.marker.evaluate({"extra": ""})):
                new.add(requirement.name)
    return found


def give_packages(python: Path, names: list[str]) -> None:
    """Put packages that are installed here into another environment, as pip would, with what they need.

    The files are linked where that is possible: pip replaces a file by writing a new one, so ours stay as they are.
    """
    target = site_packages(python)
    for name in with_requirements(names):
        for file in metadata.distribution(name).files or []:
            source, place = Path(file.locate()), target / file
            if ".." in file.parts or "__pycache__" in file.parts or not source.is_file():
                continue  # a command in bin, which no lesson calls
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                link_or_copy(source, place)


def link_or_copy(source: Path, place: Path) -> None:
    """Give a file a second name; between file systems, copy it."""
    try:
        os.link(source, place)
    except OSError:
        shutil.copy2(source, place)


def installed(python: Path) -> dict[str, list]:
    """Return version, and the time of its list of files, of each package of an environment."""
    return json.loads(subprocess.run([python, "-c", LIST_PACKAGES], capture_output=True, text=True, check=True).stdout)


def lone_kernel(wheel: Path, **more: str) -> dict[str, str]:
    """Return a kernel's variables: fast mode, the wheel as the library's source, and no way to this clone."""
    env = {name: value for name, value in kernel_environment(fast=True).items() if name != "PYTHONPATH"}
    return env | {"MCVN_SOURCE": str(wheel), "OMP_NUM_THREADS": "1", "PYTHONNOUSERSITE": "1"} | more


def run_with(python: Path, name: str, notebook: nbformat.NotebookNode, folder: Path, env: dict[str, str]) -> float:
    """Run a lesson with another Python in an empty folder; return the seconds of its set-up cell.

    Raises
    ------
    LessonError
        If a cell fails.
    """
    folder.mkdir()
    began: dict[int, float] = {}
    run_lesson(notebook, name, folder, env, lambda cell: began.setdefault(cell, time.monotonic()), str(python))
    return began[4] - began[3]


def torch_modules() -> set[str]:
    """Return torch, and the modules of the library that import it or one that does, as lessons write them."""
    texts = {path.stem: path.read_text("utf-8") for path in (ROOT / "mcvn_utils").glob("*.py")}
    found = {name for name, text in texts.items() if re.search(r"^(?:import|from) torch\b", text, re.MULTILINE)}
    for _ in texts:
        direct = re.compile(rf"^from \.({'|'.join(found)}) import", re.MULTILINE)
        found |= {name for name, text in texts.items() if direct.search(text)}
    return {"torch"} | {f"mcvn_utils.{name}" for name in found}


def without_torch(name: str) -> tuple[nbformat.NotebookNode, int, int]:
    """Return a lesson less its statements that need torch or what such a statement made, and how many stay and go."""
    notebook, heavy = read_source(name), torch_modules()
    gone: set[str] = set()
    counts = [0, 0]
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        kept = []
        for statement in ast.parse(cell.source).body:
            needs = set(imported(statement)) & heavy or any(
                part.split(".")[0] == "torch" for part in imported(statement)
            )
            if isinstance(statement, ast.Import) and needs:
                gone |= {"torch"}
                statement.names = [alias for alias in statement.names if alias.name.split(".")[0] != "torch"]
                needs = not statement.names
            if needs or gone & names(statement, ast.Load):
                gone |= names(statement, ast.Store)
                counts[1] += 1
            else:
                gone -= names(statement, ast.Store)
                counts[0] += 1
                kept.append(statement)
        cell.source = "\n".join(map(ast.unparse, kept))
    return notebook, *counts


def imported(statement: ast.stmt) -> Iterator[str]:
    """Yield the modules that a statement imports, anywhere in it."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def names(statement: ast.stmt, context: type[ast.expr_context]) -> set[str]:
    """Return the names that a statement reads (Load), or makes or changes (Store)."""
    found = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    if context is ast.Store:
        nodes = list(ast.walk(statement))
        changed = [node.value for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
        found |= {value.id for value in changed if isinstance(value, ast.Name)}
        imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        found |= {(alias.asname or alias.name) for node in imports for alias in node.names}
    return found
