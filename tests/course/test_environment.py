"""The check at the top of each lesson says what is there, and names a remedy for what is not."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mcvn_utils.course import environment
from mcvn_utils.course.environment import check_environment

ROOT = Path(__file__).resolve().parents[2]


def test_complete_environment_says_ok_and_gives_versions(capsys):
    check_environment()
    text = capsys.readouterr().out
    assert "OK" in text and "To do" not in text
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in text
    for name in ("mcvn_utils", "numpy", "pandas", "scikit-learn", "torch", "Device", "core"):
        assert name in text
    assert str(ROOT) not in text  # the lessons' outputs are committed: no machine's path


@pytest.mark.parametrize(("value", "fast"), [(None, False), ("", False), ("0", False), ("1", True)])
def test_fast_mode_follows_the_variable(monkeypatch, capsys, value, fast):
    monkeypatch.delenv("MCVN_FAST", raising=False)
    if value is not None:
        monkeypatch.setenv("MCVN_FAST", value)
    assert check_environment() is fast
    assert ("Fast mode: on" in capsys.readouterr().out) is fast


@pytest.fixture
def hide(monkeypatch):
    """Make distributions look absent."""

    def hide_names(*names):
        found = environment.metadata.version

        def version(name):
            if name in names:
                raise environment.metadata.PackageNotFoundError(name)
            return found(name)

        monkeypatch.setattr(environment.metadata, "version", version)

    return hide_names


def test_without_torch_names_the_lessons_and_does_not_import_it(hide, monkeypatch, capsys):
    hide("torch")
    monkeypatch.setattr(environment, "find_device", lambda: pytest.fail("torch was asked for a device"))
    check_environment()
    text = capsys.readouterr().out
    assert "torch: not installed" in text and "04 to 07 need it: pip install torch" in text
    assert "OK" not in text and "Device: CPU" in text


def test_missing_packages_come_with_one_command(hide, capsys):
    hide("seaborn", "ipywidgets")
    check_environment()
    assert "pip install seaborn ipywidgets" in capsys.readouterr().out


def test_either_build_of_a_package_will_do(hide, monkeypatch):
    hide("seaborn")
    monkeypatch.setitem(environment.OTHER_NAMES, "seaborn", ("numpy",))  # any distribution that is there
    assert environment.find_problems() == []


def test_old_python_is_named(monkeypatch, capsys):
    monkeypatch.setattr(environment, "PYTHON", (99, 0))
    check_environment()
    text = capsys.readouterr().out
    assert "too old" in text and "99.0" in text


def test_package_lists_agree_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    def names(requirements):
        return {r.split(">")[0] for r in requirements} - {"lazy_loader"}

    extras = project["optional-dependencies"]
    assert set(environment.CORE) == names(project["dependencies"])
    lessons = names([*extras["train"], *extras["plots"]]) - {"torch"}
    assert set(environment.LESSONS) == lessons | {environment.XGBOOST}
    assert environment.XGBOOST in names(extras["baselines"])
    wanted = ".".join(map(str, environment.PYTHON))
    assert project["requires-python"] == f">={wanted}"


def test_import_brings_in_nothing_heavy():
    code = "import sys, mcvn_utils.course.environment; print(*{'torch', 'matplotlib', 'sklearn'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
