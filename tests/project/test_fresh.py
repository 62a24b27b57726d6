"""The set-up cell in environments that lack us: it installs the library with its data, and leaves the rest alone.

The first has what Colab has, with the packages of this environment, and no index to download from. The others have
another Python and no torch; what they start with, and what the set-up cell adds, comes from the package index.
"""

import subprocess
from pathlib import Path

import pytest

from tests.conftest import not_tested
from tests.helpers.fresh import (
    COLAB,
    WITHOUT_TORCH,
    find_python,
    give_packages,
    installed,
    lone_kernel,
    make_environment,
    run_with,
    without_torch,
)
from tools.build.notebooks import read_source

pytestmark = pytest.mark.fresh
LESSONS = ("01_composition_parsing", "02_descriptor_densification", "03_image_mapping")


def added(before: dict[str, list], after: dict[str, list]) -> set[str]:
    """Return the packages that were added, having made sure that none of those before was changed or written anew."""
    assert {name: after.get(name) for name in before} == before
    return after.keys() - before.keys()


def test_set_up_in_colab_adds_us_and_nothing_else_and_lessons_run(wheel, tmp_path):
    python = make_environment(find_python("3.11") or pytest.fail("no Python 3.11"), tmp_path / "colab")
    give_packages(python, COLAB)
    before = installed(python)
    assert set(COLAB) <= before.keys() and not {"xenonpy", "mcvn-tutorial"} & before.keys()
    env = lone_kernel(wheel, PIP_NO_INDEX="1")
    seconds = [run_with(python, name, read_source(name), tmp_path / name, env) for name in ("00_start_here", *LESSONS)]
    assert added(before, installed(python)) == {"mcvn-tutorial"}
    assert max(seconds) < 60
    print(f"set-up cell: {seconds[0]:.0f} s")


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_library_and_lessons_01_to_03_run_from_the_wheel_without_torch(version, wheel, tmp_path):
    found = find_python(version) or not_tested(f"the lessons with Python {version}. There is none here")
    python = make_environment(found, tmp_path / "new")
    install(python, WITHOUT_TORCH)
    before = installed(python)
    seconds = [run_part(python, name, tmp_path / name, lone_kernel(wheel)) for name in LESSONS]
    new = added(before, installed(python))
    ours = {"mcvn-tutorial", "lazy-loader", "scikit-learn", "scipy"}
    assert ours <= new and not new & {"torch", "xenonpy", "matplotlib", "jupyterlab"}
    assert len(new - ours) <= 4  # what scikit-learn needs
    print(f"Python {version}, set-up cell: {seconds[0]:.0f} s, added {sorted(new)}")


def install(python: Path, names: list[str]) -> None:
    """Install packages from the index; say so when it cannot be reached."""
    quick = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--no-compile"]
    command = [python, "-m", "pip", "install", *quick, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        not_tested(
            f"the lessons in a fresh environment. pip could not install {', '.join(names)}:\n{done.stderr[-600:]}"
        )


def run_part(python: Path, name: str, folder: Path, env: dict[str, str]) -> float:
    """Run what a lesson can do without torch, which is most of it; return the seconds of the set-up cell."""
    notebook, kept, left_out = without_torch(name)
    assert left_out <= (0.1 * kept if name == LESSONS[-1] else 0)
    return run_with(python, name, notebook, folder, env)
