"""The project as a whole: what it needs, what it ships, what it must not carry, and what README says of it."""

import importlib
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
LIBRARY = ROOT / "mcvn_utils"
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
    modules = {f"mcvn_utils/{path.relative_to(LIBRARY)}" for path in LIBRARY.rglob("*.py*") if path.suffix != ".pyc"}
    data = {
        f"mcvn_utils/data/{path.relative_to(ROOT / 'data')}" for path in (ROOT / "data").rglob("*") if path.is_file()
    }
    assert modules | data | {"mcvn_utils/py.typed"} <= names
    assert {"mcvn_utils/__init__.pyi", "mcvn_utils/composition/__init__.pyi"} <= modules
    assert "mcvn_utils/data/results/scores.csv" in data
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


ROAD = re.compile(r"^- `([a-z_/]+)`: (.+)$", re.MULTILINE)


def test_readme_and_the_library_list_the_same_twelve_files_in_the_same_words():
    """The files that a learner reads, in the order of the packages."""
    listed = ROAD.findall(mcvn_utils.__doc__.replace("``", "`"))
    section = (ROOT / "README.md").read_text("utf-8").split("\n### The twelve files", 1)[1].split("\n#", 1)[0]
    assert ROAD.findall(section) == listed and len(listed) == 12
    assert [name for name, _ in listed if not (LIBRARY / f"{name}.py").is_file()] == []
    packages = [name.split("/")[0] for name, _ in listed]
    assert packages == sorted(packages, key=package_order().index)


def package_order() -> list[str]:
    """Return the packages from the lowest to the highest, as import-linter's contract has them."""
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    return [package for layer in reversed(layers) for package in layer.split(" | ") if package != "checks"]


def test_readme_lists_each_package_in_order_with_names_that_it_has():
    text = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z]+)` \| .+ \| .+ \| (.+) \|$", text, re.MULTILINE)
    assert [package for package, _ in rows] == package_order()
    for package, names in rows:
        module = importlib.import_module(f"mcvn_utils.{package}")
        assert [name for name in re.findall(r"`(\w+)`", names) if not hasattr(module, name)] == []
