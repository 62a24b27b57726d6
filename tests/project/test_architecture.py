"""The library's packages: which module may import which, what each face lists, how large a module is, and its tests.

The order of the packages and what they may reach are contracts of import-linter, in pyproject.toml. Here they are run,
and each is shown to refuse a wrong import. The other rules of the house are tested here alone.
"""

import ast
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import mcvn_utils
from tests.helpers.fresh import HIDE_TORCH, faces, torch_modules

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "mcvn_utils"
MODULES = sorted(path for path in LIBRARY.rglob("*.py") if path.name != "__init__.py")
FACES = sorted(LIBRARY.rglob("__init__.pyi"))
# These two gather names on purpose: all checks stand under one name, which has a short form.
GATHERING = {LIBRARY / "checks.py", LIBRARY / "course" / "checks" / "__init__.py"}


def relative(path: Path) -> str:
    """Return a file's path inside the library."""
    return str(path.relative_to(LIBRARY))


def module_name(path: Path) -> str:
    """Return the dotted name of a module of the library, or of the package to which an ``__init__`` file belongs."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parsed(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


def face(path: Path) -> dict[str, str]:
    """Return each name that a face lists, and the dotted name of the module from which it comes."""
    own = module_name(path.with_suffix(".py"))
    return {name: home for (package, name), home in faces().items() if package == own}


# What a module may import


def lint(folder: Path) -> subprocess.CompletedProcess:
    """Run import-linter on the library and the tools in a folder, with the contracts of this project."""
    code = "import sys; from importlinter.cli import lint_imports; exit(lint_imports(sys.argv[1], no_cache=True))"
    command = [sys.executable, "-c", code, str(ROOT / "pyproject.toml")]
    env = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_all_import_contracts_are_kept():
    done = lint(ROOT)
    assert done.returncode == 0 and "0 broken" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("contract", "module", "wrong"),
    [
        ("The packages stand on one another", "composition/formulas.py", "from ..datasets import files"),
        ("The packages stand on one another", "plots/pictures.py", "from ..model import networks"),
        ("need no torch", "composition/formulas.py", "import torch"),
        ("need no torch", "evaluation/scores.py", "from ..model import storage"),
        ("Only plots draw", "evaluation/scores.py", "import matplotlib.pyplot"),
        ("Only the course has widgets", "plots/pictures.py", "import ipywidgets"),
        ("Inside model", "model/encoding.py", "from . import networks"),
        ("The library knows nothing of the tools", "course/environment.py", "import tools.app"),
    ],
)
def test_a_wrong_import_is_refused(contract, module, wrong, tmp_path):
    for package in ("mcvn_utils", "tools"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "mcvn_utils" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{wrong}\n")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^[^\n]*{contract}[^\n]* BROKEN", done.stdout, re.MULTILINE)


def defined_names(path: Path) -> set[str]:
    """Return the names that a module defines itself, at its top level."""
    names = set()
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return names


def passed_on(path: Path) -> list[str]:
    """Return the imports of a module that are not relative, or take a name from a module that does not define it."""
    wrong = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            wrong += [alias.name for alias in node.names if alias.name.split(".")[0] == "mcvn_utils"]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            wrong += [node.module] * (node.module.split(".")[0] == "mcvn_utils")
        elif isinstance(node, ast.ImportFrom):
            home = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            source = file if (file := home.with_suffix(".py")).exists() else home / "__init__.py"
            for alias in node.names:
                is_module = (home / f"{alias.name}.py").exists() or (home / alias.name / "__init__.py").exists()
                if not is_module and alias.name not in defined_names(source):
                    wrong.append(f"{node.module}: {alias.name}")
    return wrong


@pytest.mark.parametrize("path", [path for path in MODULES if path not in GATHERING], ids=relative)
def test_a_module_imports_relatively_and_from_where_a_name_is_defined(path):
    assert passed_on(path) == []


def test_a_name_that_is_passed_on_is_noticed(tmp_path):
    (tmp_path / "one.py").write_text("import os\nfrom .two import b\n\nNUMBER: int = 1\n", "utf-8")
    (tmp_path / "two.py").write_text(
        "from .one import NUMBER, os\nimport mcvn_utils.checks\n\n\ndef b(): ...\n", "utf-8"
    )
    assert passed_on(tmp_path / "one.py") == []
    assert passed_on(tmp_path / "two.py") == ["one: os", "mcvn_utils.checks"]


# What a package shows


@pytest.mark.parametrize("path", FACES, ids=relative)
def test_a_face_lists_names_that_load_are_defined_where_it_says_and_have_a_docstring(path):
    package = importlib.import_module(module_name(path.with_suffix(".py")))
    names = face(path)
    assert sorted(names) == package.__all__
    for name, home in names.items():
        value = getattr(package, name)
        source = importlib.import_module(home)
        assert value is getattr(source, name) and not isinstance(value, ModuleType)
        assert name in defined_names(Path(source.__file__))
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__module__ == home and inspect.getdoc(value)


@pytest.mark.parametrize("path", [path for path in FACES if path.parent.name != "checks"], ids=relative)
def test_what_a_face_lists_has_an_example(path):
    """Constants, errors and warnings need none, nor do the checks: the exercises are their examples."""
    package = importlib.import_module(module_name(path.with_suffix(".py")))
    values = {name: getattr(package, name) for name in face(path)}
    called = {name: v for name, v in values.items() if inspect.isroutine(v) or inspect.isclass(v)}
    documented = {name for name, v in called.items() if ">>> " in inspect.getdoc(v)}
    raised = {name for name, v in called.items() if inspect.isclass(v) and issubclass(v, Exception)}
    assert called.keys() - documented - raised == set()


@pytest.mark.parametrize("path", FACES, ids=relative)
def test_a_face_lists_no_name_of_a_module(path):
    """Importing such a module would put it in the place of the name."""
    assert face(path).keys() & {other.stem for other in path.parent.iterdir()} == set()


def test_every_package_has_a_face_or_gathers():
    packages = {path.parent for path in LIBRARY.rglob("*.py")}
    assert packages == {path.parent for path in [*FACES, *GATHERING]}


# What it costs to import it, with and without torch


def run_python(code: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_is_light_and_takes_less_than_three_tenths_of_a_second():
    code = (
        "import sys, time\n"
        "start = time.process_time()\n"
        "import mcvn_utils\n"
        "print(time.process_time() - start)\n"
        "print(*{'torch', 'sklearn', 'matplotlib', 'pandas', 'IPython'} & set(sys.modules))"
    )
    seconds, *heavy = run_python(code).split("\n")
    assert float(seconds) < 0.3 and heavy == []


def test_steps_one_to_three_load_none_of_the_heavy_packages():
    heavy = {"torch", "seaborn", "matplotlib", "ipywidgets", "xgboost", "IPython"}
    names = [
        module_name(path)
        for path in MODULES
        if relative(path).split("/")[0] in ("composition", "datasets", "descriptors", "images")
    ]
    assert run_python(f"import sys, {', '.join(names)}\nprint(*{heavy} & set(sys.modules))") == ""


def test_without_torch_all_names_are_there_and_say_what_to_install():
    code = (
        f"{HIDE_TORCH}\n"
        "import pydoc\n"
        "import mcvn_utils\n"
        "from mcvn_utils import *\n"
        "assert all(hasattr(mcvn_utils, name) for name in mcvn_utils.__all__)\n"
        "assert not hasattr(mcvn_utils, 'nothing')\n"
        "assert 'MCVNRegressor' in pydoc.render_doc(mcvn_utils, renderer=pydoc.plaintext)\n"
        "assert set(parse_formula('CuZr')) == {'Cu', 'Zr'}\n"
        "for use in (MCVNRegressor, MCVNRegressor.load, MCVNClassifier, MCVN, PublishedMCVN):\n"
        "    try:\n"
        "        use('formula')\n"
        "    except ImportError as error:\n"
        "        print(error)"
    )
    said = run_python(code).split("\n")
    remedy = "needs PyTorch, which is not installed: pip install 'mcvn-tutorial[train]'"
    names = ["MCVNRegressor", "MCVNRegressor", "MCVNClassifier", "MCVN", "PublishedMCVN"]
    assert said == [f"mcvn_utils.{name} {remedy}" for name in names]


def test_the_modules_that_need_torch_are_those_of_the_networks():
    networks = {"mcvn_utils.model.networks", "mcvn_utils.model.estimators", faces()["mcvn_utils.study", "trial_scores"]}
    assert networks <= torch_modules()
    assert not torch_modules() & {"mcvn_utils.images.imager", "mcvn_utils.evaluation.baselines", "mcvn_utils.checks"}


def test_an_error_of_another_package_is_not_hidden(monkeypatch):
    monkeypatch.setitem(sys.modules, "mcvn_utils.model.networks", None)
    with pytest.raises(ModuleNotFoundError, match=r"mcvn_utils\.model\.networks"):
        mcvn_utils.__getattr__("MCVN")


# How large it is, and how it is tested


def lines(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text("utf-8").splitlines())


def test_no_module_has_more_than_300_lines():
    assert {relative(path): lines(path) for path in MODULES if lines(path) > 300} == {}


def test_the_library_has_at_most_8406_lines():
    assert sum(lines(path) for path in LIBRARY.rglob("*.py")) <= 8406


def own_tests(path: Path) -> Path:
    """Return where the tests of a library module lie."""
    return ROOT / "tests" / path.relative_to(LIBRARY).with_name(f"test_{path.name}")


def imported_modules(path: Path) -> set[str]:
    """Return the modules that a test imports, or from which it imports a name, also through a face."""
    modules = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [alias.name for alias in node.names]
            modules |= {node.module, *(faces().get((node.module, name), f"{node.module}.{name}") for name in names)}
    return modules


def test_every_module_has_a_test_module_that_imports_it():
    tested = {
        path for path in MODULES if own_tests(path).exists() and module_name(path) in imported_modules(own_tests(path))
    }
    missing = {relative(path) for path in MODULES if path not in GATHERING} - {relative(path) for path in tested}
    assert missing == set()
