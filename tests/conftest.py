"""Settings for all tests: a busy machine may be slow without being wrong, and what was not tested is said aloud."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

ON_CI = os.environ.get("CI", "") not in ("", "0", "false")
LOUD = "NOT TESTED: "


def not_tested(reason: str) -> NoReturn:
    """Give up a test because something outside the project is missing: a failure in CI, elsewhere a loud skip."""
    if ON_CI:
        pytest.fail(LOUD + reason, pytrace=False)
    pytest.skip(LOUD + reason)


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
