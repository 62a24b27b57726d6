"""Settings for all tests: a busy machine may be slow without being wrong, and what was not tested is said aloud."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

# The same examples each time: no test fails by chance, and no failure is kept in the checkout and replayed for ever.
# To look for more: pytest --hypothesis-profile=search
settings.register_profile(
    "steady", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", settings.get_profile("steady"), derandomize=False, max_examples=1000)
settings.load_profile("steady")
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "mcvn-hypothesis")

ON_CI = os.environ.get("CI", "") not in ("", "0", "false")
LOUD = "NOT TESTED: "
EXTRAS = {
    "matplotlib": "plots",
    "pymatgen": "xenonpy",
    "TINTOlib": "pictures",
    "torch": "train",
    "xenonpy": "xenonpy",
    "xgboost": "baselines",
}
"""Optional packages, and the extra that installs each."""
ALONE = {"TINTOlib"}
"""Packages that cannot be installed beside the others, not in CI either: TINTOlib wants pandas below 3."""
LONGEST = [Path(__file__).parent / name for name in (
    "project/test_fresh.py", "lessons/test_browser.py", "lessons/test_exercises.py", "tools/build/test_course.py"
)]  # fmt: skip
"""Test files of a minute and more: they start first, so that all processes of a run end at about the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order is else as it was."""
    items.sort(key=lambda item: LONGEST.index(item.path) if item.path in LONGEST else len(LONGEST))


def not_tested(reason: str) -> NoReturn:
    """Give up a test because something outside the project is missing: a failure in CI, elsewhere a loud skip."""
    if ON_CI:
        pytest.fail(LOUD + reason, pytrace=False)
    pytest.skip(LOUD + reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Say aloud that a test was given up by ``pytest.importorskip``."""
    return with_loud_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Say aloud that a test module was given up by ``pytest.importorskip``."""
    return with_loud_skip((yield))


def with_loud_skip(report):
    """Give the report of a test without its package the reason and remedy, as ``not_tested`` does."""
    missing = report.skipped and re.search(r"could not import '([\w.]+)'", str(report.longrepr))
    if missing:
        package = missing[1].split(".")[0]
        remedy = f"pip install 'mcvn-tutorial[{EXTRAS[package]}]'" if package in EXTRAS else f"pip install {package}"
        reason = f"{LOUD}what needs {package}, which is not installed: {remedy}"
        if ON_CI and package not in ALONE:
            report.outcome, report.longrepr = "failed", reason
        else:
            report.longrepr = (*report.longrepr[:2], f"Skipped: {reason}")
    return report


def pytest_terminal_summary(terminalreporter):
    """Print the reasons of loud skips at the end, each once."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = {text for report in skipped if LOUD in (text := str(report.longrepr[2]))}
    for reason in sorted(reasons):
        terminalreporter.write_line(reason.removeprefix("Skipped: "), yellow=True, bold=True)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The library as it is installed elsewhere."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))
