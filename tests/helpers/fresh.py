"""Help for tests in fresh environments: other Pythons, what Colab has, and lessons run there from the wheel alone."""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from functools import cache
from importlib import metadata
from pathlib import Path

import nbformat
from packaging.requirements import Requirement

from tools.build.lessons import kernel_environment, run_lesson
from tools.build.notebooks import read_source

ROOT = Path(__file__).resolve().parents[2]
# Of what Colab has, what the lessons use; it has no XenonPy, and not us.
COLAB = "numpy pandas scipy scikit-learn torch matplotlib seaborn pillow tqdm safetensors jsonschema".split()
COLAB += ["ipywidgets", "ipykernel", "lazy-loader", "xgboost" if sys.platform == "darwin" else "xgboost-cpu"]
WITHOUT_TORCH = ["numpy", "pandas", "matplotlib", "seaborn", "pillow", "ipywidgets", "ipykernel"]

LIST_PACKAGES = """
import json
from importlib import metadata
def written(package):
    return [file.locate().stat().st_mtime_ns for file in package.files or [] if file.name == "RECORD"]
print(json.dumps({package.name.lower().replace("_", "-"): [package.version, written(package)]
    for package in metadata.distributions()}))
"""

# Makes a fresh interpreter one in which torch is not installed.
HIDE_TORCH = """
from importlib.machinery import PathFinder
find_spec = PathFinder.find_spec
PathFinder.find_spec = lambda name, *others: None if name in ("torch", "safetensors") else find_spec(name, *others)
"""
TRY_WITHOUT_TORCH = f"""{HIDE_TORCH}
import importlib, json, pkgutil
import mcvn_utils
need = []
for module in pkgutil.walk_packages(mcvn_utils.__path__, "mcvn_utils."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "safetensors"):
            raise
        need.append(module.name)
print(json.dumps(need))
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

    The files, compiled ones among them, are linked where that is possible: pip and Python replace a file by writing a
    new one, so ours stay as they are.
    """
    target = site_packages(python)
    for name in with_requirements(names):
        for file in metadata.distribution(name).files or []:
            source, place = Path(file.locate()), target / file
            if ".." in file.parts or not source.is_file():
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


@cache
def torch_modules() -> frozenset[str]:
    """Return the modules of the library that cannot be imported without torch, which one process tries."""
    return frozenset(json.loads(subprocess.check_output([sys.executable, "-c", TRY_WITHOUT_TORCH], cwd=ROOT)))


@cache
def faces() -> dict[tuple[str, str], str]:
    """Return the module that defines each name of the packages' faces, by package and name."""
    homes = {}
    for path in (ROOT / "mcvn_utils").rglob("__init__.pyi"):
        package = ".".join(path.parent.relative_to(ROOT).parts)
        for node in ast.parse(path.read_text("utf-8")).body:
            homes |= {(package, alias.name): f"{package}.{node.module}" for alias in node.names}
    return homes


def needs_torch(statement: ast.stmt, alias: ast.alias) -> bool:
    """Return whether a name that a statement imports is torch, is of it, or is ours and needs it."""
    if isinstance(statement, ast.Import):
        homes = {alias.name}
    else:
        module = statement.module
        homes = {faces()[module, alias.name]} if (module, alias.name) in faces() else {module, f"{module}.{alias.name}"}
    return any(home in torch_modules() or home.split(".")[0] in ("torch", "safetensors") for home in homes)


def without_torch(name: str) -> tuple[nbformat.NotebookNode, int, int]:
    """Return a lesson less its statements that need torch or what such a statement made, and how many stay and go."""
    notebook = read_source(name)
    gone: set[str] = set()
    counts = [0, 0]
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        kept = []
        for statement in ast.parse(cell.source).body:
            imports = [node for node in ast.walk(statement) if isinstance(node, ast.Import | ast.ImportFrom)]
            heavy = [alias for node in imports for alias in node.names if needs_torch(node, alias)]
            if heavy and imports[0] is statement:  # what else it imports stays
                gone |= {alias.asname or alias.name for alias in heavy}
                statement.names = [alias for alias in statement.names if alias not in heavy]
                heavy = not statement.names
            if heavy or gone & names(statement, ast.Load):
                gone |= names(statement, ast.Store)
                counts[1] += 1
            else:
                gone -= names(statement, ast.Store)
                counts[0] += 1
                kept.append(statement)
        cell.source = "\n".join(map(ast.unparse, kept))
    return notebook, *counts


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
