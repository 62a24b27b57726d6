"""The test suite itself: what was not tested is said aloud, and nothing fails by chance."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LOST = {
    "test_module.py": 'import pytest, sys\nsys.modules["torch"] = None\npytest.importorskip("torch")\n',
    "test_one.py": 'def test_one():\n    import pytest, sys\n    sys.modules["TINTOlib.igtd"] = None\n'
    '    pytest.importorskip("TINTOlib.igtd")\n',
    "test_other.py": "from tests.conftest import not_tested\ndef test_other():\n    not_tested('moon. It is far')\n",
    "test_plain.py": "import pytest\ndef test_plain():\n    pytest.skip('here is a GPU')\n",
}


def run_pytest(folder: Path, *options: str, **env: str) -> subprocess.CompletedProcess:
    """Run pytest on a folder of tests, with the settings of this suite."""
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", folder, "-p", "tests.conftest"]
    kept = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    env = kept | {"PYTHONPATH": str(ROOT)} | env
    return subprocess.run([*command, *options], cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("options", [(), ("-n", "2", "--dist", "loadfile")], ids=["alone", "on two processes"])
def test_what_cannot_be_tested_is_said_aloud_once(options, tmp_path):
    for name, text in LOST.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "test_again.py").write_text(LOST["test_module.py"], "utf-8")
    done = run_pytest(tmp_path, *options)
    assert done.returncode == 0, done.stdout
    said = [line for line in done.stdout.splitlines() if line.startswith("NOT TESTED: ")]
    assert said == [
        "NOT TESTED: moon. It is far",
        "NOT TESTED: what needs TINTOlib, which is not installed: pip install 'mcvn-tutorial[pictures]'",
        "NOT TESTED: what needs torch, which is not installed: pip install 'mcvn-tutorial[train]'",
    ]


def test_in_ci_it_is_a_failure_unless_the_package_cannot_be_had_there(tmp_path):
    for name, text in LOST.items():
        (tmp_path / name).write_text(text, "utf-8")
    done = run_pytest(tmp_path, "-rfEs", "--continue-on-collection-errors", CI="1")
    assert done.returncode == 1, done.stdout
    results = [line.split()[0] for line in done.stdout.split("short test summary info", 1)[1].splitlines()[1:]]
    assert results[:-1] == ["FAILED", "ERROR", "SKIPPED", "SKIPPED"], done.stdout
    assert "1 failed, 2 skipped, 1 error" in done.stdout
    said = [line for line in done.stdout.splitlines() if line.startswith("NOT TESTED: ")]
    assert [word in line for word, line in zip(("torch", "moon", "TINTOlib"), said, strict=True)] == [True] * 3


def test_hypothesis_draws_the_same_examples_each_time_and_leaves_nothing_in_the_checkout(tmp_path):
    code = (
        "from hypothesis import given, strategies as st\n"
        "@given(st.integers())\n"
        "def test_draws(n):\n"
        "    print(n, file=open('drawn', 'a'))\n"
    )
    (tmp_path / "test_draws.py").write_text(code, "utf-8")
    drawn = []
    for _ in range(2):
        assert run_pytest(tmp_path).returncode == 0
        drawn.append((tmp_path / "drawn").read_text())
        (tmp_path / "drawn").unlink()
    assert drawn[0] == drawn[1] and len(drawn[0].split()) > 50
    assert not (tmp_path / ".hypothesis").exists()
