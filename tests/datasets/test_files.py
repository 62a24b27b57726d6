"""The packaged files, and files that are written whole or not at all."""

import os

import pytest

from mcvn_utils.datasets.files import written_whole


def test_a_file_appears_when_the_block_ends_and_its_folder_is_made(tmp_path):
    path = tmp_path / "new" / "scores.csv"
    with written_whole(path) as part:
        part.write_text("1")
        assert not path.exists() and part.parent == path.parent
        assert part.name == f".scores.csv.{os.getpid()}.part"
    assert path.read_text() == "1"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_stays_as_it_was_when_the_block_fails(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), written_whole(str(path)) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
