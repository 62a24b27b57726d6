"""The project as a whole: what it needs, what it ships, what it imports, and what it must not carry."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import mcvn_utils

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
REPOSITORY = PROJECT["urls"]["Repository"]


def run_python(code: str, **options) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def tracked_files() -> list[Path]:
    """Return the files that git has or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


# What the project needs

# Conda names that differ from pip's.
CONDA_NAMES = {
    "torch": "pytorch-cpu",
    "xgboost": "py-xgboost-cpu",
    "xgboost-cpu": "py-xgboost-cpu",
    "matplotlib": "matplotlib-base",
    "seaborn": "seaborn-base",
}


def requirements(*extras: str) -> dict[str, str]:
    """Return conda name and bound of each requirement of the bare package and of some extras."""
    listed = [*PROJECT["dependencies"]]
    for extra in extras:
        listed += [r for r in PROJECT["optional-dependencies"][extra] if not r.startswith(PROJECT["name"])]
    pairs = [re.fullmatch(r"([\w-]+)([<>=!~].*)", r.split(";")[0].strip()).groups() for r in listed]
    return {CONDA_NAMES.get(name, name): bound for name, bound in pairs}


def test_conda_environment_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    listed = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    conda = {re.split("[<>=]", entry)[0]: entry[len(re.split("[<>=]", entry)[0]) :] for entry in listed}
    assert conda.pop("python").startswith("=3.") and "pip" in conda
    conda.pop("pip")
    assert conda == requirements("train", "baselines", "plots", "lessons")


def test_conda_environment_installs_the_library_and_xenonpy_and_uses_one_channel():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert [e["pip"] for e in environment["dependencies"] if isinstance(e, dict)] == [["-e .[xenonpy]"]]
    assert environment["channels"] == ["conda-forge", "nodefaults"]


def test_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert mcvn_utils.__version__ == PROJECT["version"] == citation["version"]
    assert citation["repository-code"] == REPOSITORY
    assert citation["license"] == PROJECT["license"]


def test_make_help_lists_every_target():
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split()
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    written = re.findall(r"^([a-z-]+):", text, re.MULTILINE)
    assert re.findall(r"^  make ([a-z-]+) ", listed, re.MULTILINE) == written
    assert sorted(targets) == sorted(written)


# What it ships


def test_wheel_carries_the_package_and_the_data_and_no_more(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    modules = {f"mcvn_utils/{path.name}" for path in (ROOT / "mcvn_utils").glob("*.py")}
    data = {f"mcvn_utils/data/{path.name}" for path in (ROOT / "data").iterdir()}
    assert modules | data <= names
    assert {name.split("/")[0] for name in names} == {"mcvn_utils"}


def test_library_from_the_wheel_finds_its_data(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from mcvn_utils.datasets import data_path, load_nims_steel\n"
        "print(len(load_nims_steel().X), data_path('nims_steel.csv'))"
    )
    rows, path = run_python(code, cwd=tmp_path).split(maxsplit=1)
    assert int(rows) == 360
    assert Path(path).is_relative_to(tmp_path)


# What it imports

HEAVY = ("torch", "seaborn", "matplotlib", "ipywidgets", "xgboost", "IPython")
STEPS = ("composition", "elements", "descriptors", "images", "datasets", "environment")


def test_import_is_light_and_quick():
    """The package adds less than numpy and pandas take themselves, or less than 0.3 s."""
    code = (
        "import sys, time\n"
        "start = time.perf_counter(); import numpy, pandas; middle = time.perf_counter()\n"
        "import mcvn_utils; end = time.perf_counter()\n"
        f"print(*{set(HEAVY) | {'sklearn'}} & set(sys.modules))\n"
        "print(end - middle < max(0.3, middle - start))"
    )
    runs = [run_python(code).split("\n") for _ in range(3)]  # the machine may be busy during one of them
    assert all(run[:-1] in ([""], []) for run in runs) and ["True"] in [run[-1:] for run in runs]


def test_steps_one_to_three_work_without_the_heavy_packages():
    imports = "".join(f"import mcvn_utils.{name}\n" for name in STEPS)
    assert run_python(f"import sys\n{imports}print(*{set(HEAVY)} & set(sys.modules))") == ""


# Each room and the rooms that it may build on; what a room's helpers import counts as its own.
ROOMS = {
    "composition": set(),
    "elements": set(),
    "descriptors": {"composition", "elements"},
    "images": {"descriptors"},
    "encoding": set(),
    "inputs": {"composition", "encoding", "images"},
    "datasets": {"composition"},
    "arrangements": {"images"},
    "layers": set(),
    "branches": {"layers"},
    "trees": {"layers"},
    "networks": {"branches", "layers"},
    "batches": set(),
    "training": {"batches"},
    "storage": set(),
    "picture_trial": {"arrangements", "evaluation", "networks", "training"},
    "estimators": {"elements", "inputs", "networks", "storage", "training", "trees"},
    "edrvfl": set(),
    "baselines": {"descriptors", "edrvfl", "inputs", "estimators"},
    "tuning": {"baselines"},
    "evaluation": {"datasets"},
    "intervals": set(),
    "table_results": {"evaluation"},
    "aims": {"table_results"},
    "ablations": {"estimators", "layers"},
    "ablation_results": {"table_results"},
}

# Rooms that are entered only when they are needed, so that the rest of the house works without torch.
LAZY = {"baselines": {"estimators"}, "tuning": {"estimators"}}


def imported_modules(name: str) -> set[str]:
    """Return the modules of the package that one of them imports, anywhere in its text."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "mcvn_utils" / f"{name}.py").read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("mcvn_utils.") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.level or node.module.startswith("mcvn_utils")):
            module = (node.module or "").removeprefix("mcvn_utils").removeprefix(".")
            names = [mcvn_utils._HOME.get(alias.name, alias.name) for alias in node.names]
            found.update([module] if module else names)
    return {module for module in found if (ROOT / "mcvn_utils" / f"{module}.py").exists()}


def closure(start: set[str], step) -> set[str]:
    """Return everything that is reached from `start` by repeating `step`."""
    reached, new = set(), set(start)
    while new:
        reached |= new
        new = {found for name in new for found in step(name)} - reached
    return reached


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_builds_only_on_rooms_before_it(room):
    reached = closure(imported_modules(room), imported_modules)
    assert reached & ROOMS.keys() <= closure(ROOMS[room], lambda name: ROOMS[name])
    assert not reached & {"plots", "widgets", "checks"}


def test_rooms_form_no_ring():
    assert [room for room in ROOMS if room in closure(ROOMS[room], lambda name: ROOMS[name])] == []


@pytest.mark.parametrize("room", LAZY)
def test_a_lazy_room_is_not_entered_at_import(room):
    wanted = {f"mcvn_utils.{name}" for name in LAZY[room]} | set(HEAVY)
    assert run_python(f"import sys, mcvn_utils.{room}; print(*{wanted} & set(sys.modules))") == ""


# What it must not carry

MACHINE_PATH = re.compile(r"(?<![\w+/.:~-])/(?:work|tmp|root|home|Users|opt)/")
REGISTRY_HOST = re.compile(r"\b(?:pypi|pythonhosted|npmjs|anaconda|debian|download\.pytorch)\.(?:org|com)\b")
TEXT = {".py", ".ipynb", ".md", ".toml", ".yml", ".yaml", ".cff", ".cfg", ".csv", ".json", ""}


def test_no_file_names_a_machines_folder_or_a_registry():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked_files()
        if path.suffix in TEXT
        for pattern in (MACHINE_PATH, REGISTRY_HOST)
        if (match := pattern.search(path.read_text("utf-8")))
    ]
    assert found == []


def test_no_file_is_large():
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked_files()}
    assert {name: size for name, size in sizes.items() if size > 600_000} == {}


# What it says

LINK = re.compile(r"(?:\]\(|(?:href|src)=\")([^)#\"\s]+)")


@pytest.mark.parametrize("document", ["README.md", "data/README.md"])
def test_links_inside_the_repository_resolve(document):
    path = ROOT / document
    links = [link for link in LINK.findall(path.read_text("utf-8")) if not re.match(r"[a-z]+:", link)]
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_readme_names_the_two_commands_and_the_lessons():
    text = (ROOT / "README.md").read_text("utf-8")
    for wanted in ("make tutorial", "make test", "make lab", "environment.yml"):
        assert wanted in text
    missing = [path.name for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if path.name not in text]
    assert missing == []
