"""Planted defects: the list fits the code, a defect is planted and judged, and (slow) every one is noticed."""

from pathlib import Path

import pytest

from tools.build.lessons import ROOT
from tools.measure import mutants
from tools.measure.mutants import BROKEN, GONE, KILLED, SURVIVED, Mutant, copy_project, outcome, outcomes, read_mutants

MUTANTS = read_mutants()


@pytest.mark.parametrize("file", sorted({mutant.file for mutant in MUTANTS}))
def test_each_old_text_stands_once_in_its_file_and_the_new_one_can_be_compiled(file):
    text = (ROOT / "mcvn_utils" / file).read_text("utf-8")
    of_file = [mutant for mutant in MUTANTS if mutant.file == file]
    assert [mutant.words for mutant in of_file if mutant.planted(text) is None] == []
    for mutant in of_file:
        assert mutant.planted(text) != text
        compile(mutant.planted(text), file, "exec")
        assert (ROOT / mutant.tests).is_file()


def test_no_defect_is_listed_twice_and_every_package_has_some():
    assert len({(mutant.file, mutant.words) for mutant in MUTANTS}) == len(MUTANTS) >= 60
    packages = {path.parent.name for path in (ROOT / "mcvn_utils").glob("*/__init__.py")}
    assert {mutant.file.split("/")[0] for mutant in MUTANTS} == packages


@pytest.mark.parametrize(
    "entry", ["a/b.py: no lines", "a/b.py: one line\n- old", "no file\n- old\n+ new", "a.py: x\nold"]
)
def test_an_entry_that_does_not_fit_the_pattern_is_an_error(entry, tmp_path):
    path = tmp_path / "mutants.txt"
    path.write_text(f"# a comment\n\n{entry}\n", "utf-8")
    with pytest.raises(ValueError, match=r"mutants\.txt: an entry is"):
        read_mutants(path)


def test_lines_of_an_entry_keep_their_indentation(tmp_path):
    path = tmp_path / "mutants.txt"
    path.write_text("# a comment\na/b.py: words: more\n- if x:\n-     y()\n+ if x:\n+     z()\n", "utf-8")
    (mutant,) = read_mutants(path)
    assert mutant == Mutant("a/b.py", "words: more", "if x:\n    y()", "if x:\n    z()")
    assert mutant.tests == "tests/a/test_b.py"
    assert mutant.planted("if x:\n    y()\n") == "if x:\n    z()\n"
    assert mutant.planted("if x:\n    y()\n" * 2) is None


@pytest.fixture
def small(tmp_path) -> Path:
    """A project with one module of the library, and with tests that look at half of it."""
    files = {
        "mcvn_utils/__init__.py": "",
        "mcvn_utils/one/__init__.py": "",
        "mcvn_utils/one/two.py": "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    return x / 2\n",
        "mcvn_utils/one/red.py": "ONE = 1\n",
        "tests/one/test_two.py": "from mcvn_utils.one.two import double\n\ndef test_2():\n    assert double(3) == 6\n",
        "tests/one/test_red.py": "def test_red():\n    assert False\n",
        "tools/__init__.py": "",
        "conftest.py": "",
        "pyproject.toml": "[tool.pytest.ini_options]\nmarkers = ['slow']\n",
    }
    for name, text in files.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(text, "utf-8")
    return tmp_path / "root"


def test_a_defect_is_killed_or_survives_or_is_gone_and_failing_tests_say_nothing(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mutants, "copy_project", lambda folder: copy_project(folder, small))
    cases = {
        Mutant("one/two.py", "thrice", "2 * x", "3 * x"): KILLED,
        Mutant("one/two.py", "a third", "x / 2", "x / 3"): SURVIVED,
        Mutant("one/two.py", "not in the file", "x // 2", "x // 3"): GONE,
        Mutant("one/red.py", "red already", "ONE = 1", "ONE = 2"): BROKEN,
    }
    assert outcomes(list(cases), tmp_path) == cases
    assert "SURVIVED: one/two.py: a third" in capsys.readouterr().out
    assert "2 * x" in (small / "mcvn_utils/one/two.py").read_text()
    assert "2 * x" in (tmp_path / "0" / "mcvn_utils/one/two.py").read_text()


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.mark.slow
@pytest.mark.mutants
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.words}")
def test_every_planted_defect_is_noticed(mutant, project):
    assert outcome(mutant, project) == KILLED
