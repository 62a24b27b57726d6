"""Copies of the packaged tables, for tests to damage."""

import shutil

import pytest

from mcvn_utils.datasets import files as _data
from mcvn_utils.datasets.files import data_path


@pytest.fixture
def copy(tmp_path):
    """A user's own copy of a packaged table, to be edited: ``copy(name, edit)`` returns its path."""

    def make(name, edit=lambda text: text):
        path = tmp_path / name
        path.write_text(edit(data_path(name).read_text(encoding="utf-8")), encoding="utf-8")
        return path

    return make


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """The data folder, copied, so that a test can damage it."""
    folder = shutil.copytree(_data.DATA_DIR, tmp_path / "data")
    monkeypatch.setattr(_data, "DATA_DIR", folder)
    return folder
