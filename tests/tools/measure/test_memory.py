"""What lessons take: measured in the kernel, committed, and little enough for Binder."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tools.build.lessons import ROOT
from tools.build.notebooks import lesson_names
from tools.measure import memory as measure_memory

BINDER = 2000  # MB
SERVER = 200  # MB, for JupyterLab's own process

LESSON = """# %%
block = bytearray({size} * 10**6)
del block
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured on Linux")


@pytest.fixture
def root(tmp_path) -> Path:
    folder = tmp_path / "notebooks" / "source"
    folder.mkdir(parents=True)
    (folder / "01_small.py").write_text(LESSON.format(size=1), encoding="utf-8")
    (folder / "02_large.py").write_text(LESSON.format(size=400), encoding="utf-8")
    return tmp_path


def table(root: Path) -> pd.DataFrame:
    return pd.read_csv(root / "data" / "results" / "memory.csv", index_col="lesson")


def test_every_lesson_fits_into_binder():
    measured = table(ROOT)
    assert list(measured.index) == lesson_names(ROOT)
    assert measured["peak_mb"].between(50, BINDER - SERVER).all()


def test_readme_gives_the_largest_peak():
    text = (ROOT / "README.md").read_text("utf-8")
    (given,) = re.findall(r"hungriest lesson takes (\d\.\d) GB", text)
    assert float(given) == round(table(ROOT)["peak_mb"].max() / 1000, 1)


def test_the_peak_is_that_of_memory_given_back_too_and_other_rows_stay(root):
    assert measure_memory.main([], root) == 0
    small, large = table(root)["peak_mb"]
    assert 390 < large - small < 420
    (root / "notebooks" / "source" / "03_new.py").write_text(LESSON.format(size=200), encoding="utf-8")
    assert measure_memory.main(["03_new"], root) == 0
    assert list(table(root)["peak_mb"][:2]) == [small, large] and len(table(root)) == 3


def test_a_lesson_that_fails_and_one_that_is_unknown_are_named(root, capsys):
    (root / "notebooks" / "source" / "01_small.py").write_text("# %%\n1 / 0\n", encoding="utf-8")
    assert measure_memory.main(["01_small"], root) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        measure_memory.main(["07_none"], root)
    assert "no source for 07_none" in capsys.readouterr().err
