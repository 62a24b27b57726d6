"""Every link inside the repository leads somewhere: README, the other pages, lessons, exercises and solutions."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mistune
import nbformat
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]
OWNER_AND_NAME = REPOSITORY.removeprefix("https://github.com/")
# Addresses outside that name a file of this repository: GitHub's own pages, Colab's and Binder's.
OURS = re.compile(
    rf"(?:github\.com/{OWNER_AND_NAME}|colab\.research\.google\.com/github/{OWNER_AND_NAME})/(?:blob|tree)/main/([^?#]+)"
    rf"|mybinder\.org/v2/gh/{OWNER_AND_NAME}/main\?urlpath=lab/tree/([^&#]+)"
)


def documents() -> list[Path]:
    """Return all Markdown pages and notebooks that git has or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md", "*.ipynb"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = ["README.md", "CONTRIBUTING.md", "course/README.md", "data/README.md", "docs/glossary.md"]
    return sorted(path for name in listed if name and (path := ROOT / name).is_file())


@cache
def page(path: Path) -> BeautifulSoup:
    """Return a page's, or a notebook's, prose as HTML."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return BeautifulSoup(mistune.html(text), "html.parser")


def anchors(path: Path) -> set[str]:
    """Return what a link to this page may name behind #: tags' names, headings as GitHub or Jupyter spell them."""
    found = {tag[key] for tag in page(path).find_all(True) for key in ("id", "name") if tag.has_attr(key)}
    for heading in page(path).find_all(re.compile("^h[1-6]$")):
        text = heading.get_text().strip()
        found |= {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-"), text.replace(" ", "-")}
    return found


def links(path: Path) -> list[str]:
    """Return all addresses that a page links to or shows."""
    tags = page(path).find_all(["a", "img"])
    return [tag[key] for tag in tags for key in ("href", "src") if tag.has_attr(key)]


def defects(path: Path) -> list[str]:
    """Return the links of a page that lead nowhere inside the repository."""
    dead = []
    for link in links(path):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            ours = OURS.search(link)
            target = ROOT / unquote(ours.group(1) or ours.group(2)) if ours else path
        else:
            target = (path.parent / unquote(parts.path)) if parts.path else path
            if parts.fragment and target.is_file() and unquote(parts.fragment) not in anchors(target.resolve()):
                dead.append(link)
        if not target.exists() or not target.resolve().is_relative_to(ROOT.resolve()):
            dead.append(link)
    return dead


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(path):
    assert defects(path) == []


def test_the_pages_that_a_reader_needs_are_linked_from_readme():
    linked = set(links(ROOT / "README.md"))
    for wanted in ("CONTRIBUTING.md", "course/README.md", "docs/glossary.md", "data/README.md", "notebooks/solutions"):
        assert wanted in linked


def test_glossary_explains_the_lessons_words_and_names_their_lesson():
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    entries = re.findall(r'^<a id="([\w-]+)"></a>\*\*.+?\*\*: .+ Lesson \[\d\d\]\(\S+\)\.$', text, re.MULTILINE)
    assert len(entries) == text.count("<a id=") == len(set(entries)) >= 50
    wanted = "heat bmg rmg cra descriptor fold atomic-fraction chemical-system macro-f1 r2 ensemble token attention"
    assert set(wanted.split()) <= set(entries)


@pytest.mark.parametrize(
    "text",
    [
        "[x](nowhere.md)",
        "[x](README.md#no-such-heading)",
        "[x](#no-such-heading)",
        '<a href="nowhere.md">x</a>',
        "![x](nowhere.png)",
        f"[x](https://colab.research.google.com/github/{OWNER_AND_NAME}/blob/main/notebooks/99_none.ipynb)",
        f"[x]({REPOSITORY}/blob/main/nowhere.md)",
        "[x](../outside.md)",
    ],
)
def test_a_dead_link_is_found(text, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.project.test_links.ROOT", tmp_path)
    (tmp_path / "README.md").write_text("# A title, with `code`\n\n## Part 1\n", encoding="utf-8")
    (tmp_path.parent / "outside.md").touch()
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert len(defects(tmp_path / "page.md")) == 1
    good = "[a](README.md#part-1) [b](README.md#a-title-with-code) [c](https://example.org) <a id='here'></a>[d](#here)"
    (tmp_path / "good.md").write_text(good, encoding="utf-8")
    assert defects(tmp_path / "good.md") == []
