"""The packaged files, how a file is read, and files that are written whole or not at all."""

import errno
import os
import subprocess
import sys
import time

import pytest

from mcvn_utils.datasets.files import DataError, read_cells, written_whole
from mcvn_utils.datasets.loaders import load_maraging_steel, load_metallic_glass, load_nims_steel, load_srim_steel
from tests.helpers.tables import replace_cell


def test_missing_packaged_file(packaged):
    (packaged / "nims_steel.csv").unlink()
    with pytest.raises(DataError, match=r"nims_steel\.csv is missing.*git checkout -- data/nims_steel\.csv"):
        load_nims_steel()


def test_one_changed_digit_is_noticed(packaged):
    path = packaged / "nims_steel.csv"
    path.write_text(replace_cell(9, "hardness", "999")(path.read_text()))
    with pytest.raises(DataError, match=r"was changed(.|\n)*git checkout(.|\n)*Every cell still fits") as error:
        load_nims_steel()
    assert "nims_steel.csv" in str(error.value)


def test_changed_file_names_the_first_cell_that_fails(packaged):
    path = packaged / "metallic_glass.csv"
    path.write_text(replace_cell(17, "formula", "Zr50Qq50")(path.read_text()))
    with pytest.raises(DataError, match=r"was changed(.|\n)*row 17 .line 18., column formula: 'Zr50Qq50'"):
        load_metallic_glass()


def test_hash_list_missing_or_incomplete(packaged):
    sums = packaged / "SHA256SUMS"
    sums.write_text("")
    with pytest.raises(DataError, match=r"no line for maraging_steel.csv"):
        load_maraging_steel()
    sums.unlink()
    with pytest.raises(DataError, match="SHA256SUMS is missing"):
        load_maraging_steel()


def test_unreadable_files(tmp_path):
    with pytest.raises(DataError, match=r"is missing. Check the path"):
        load_srim_steel(tmp_path / "none.csv")
    (tmp_path / "sheet.csv").write_bytes(b"PK\x03\x04\xff\xfe\x00 a spreadsheet renamed")
    with pytest.raises(DataError, match=r"cannot be read as CSV.*UTF-8"):
        load_srim_steel(tmp_path / "sheet.csv")
    with pytest.raises(DataError, match="cannot be read"):
        load_srim_steel(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path):
    path = tmp_path / "own.csv"
    for mark in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(mark + "c,note\n0.1,größer\n".encode())
        assert read_cells(path) == (["c", "note"], [("row 1 (line 2)", ["0.1", "größer"])])


def test_blank_lines_do_not_shift_the_line_number(copy):
    def edit(text):
        lines = replace_cell(2, "c", "x")(text).splitlines()
        return "\n".join([lines[0], "", "", *lines[1:]])

    with pytest.raises(DataError, match=r"row 2 .line 5."):
        load_nims_steel(copy("nims_steel.csv", edit))


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


WRITE = """
import sys
from mcvn_utils.datasets.files import written_whole
for _ in range(int(sys.argv[3])):
    with written_whole(sys.argv[1]) as part:
        with part.open("w") as file:
            for _ in range(50):
                file.write(sys.argv[2] * 1000)
                file.flush()
"""
KILLED = """
import os, signal, sys
from mcvn_utils.datasets.files import written_whole
with written_whole(sys.argv[1]) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run(code, *arguments):
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)])


def test_two_processes_that_write_one_file_leave_it_whole(tmp_path):
    path = tmp_path / "scores[1].csv"
    writers = [run(WRITE, path, letter, 100) for letter in "ab"]
    read = set()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            read.add(path.read_text())
    assert [writer.returncode for writer in writers] == [0, 0]
    read.add(path.read_text())
    assert read <= {"a" * 50_000, "b" * 50_000} and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_what_a_killed_process_left_is_removed_by_the_next_write(tmp_path):
    path, other = tmp_path / "a.csv", tmp_path / ".b.csv.1.part"
    other.write_text("of another file")
    assert run(KILLED, path).wait() == -9
    assert len(list(tmp_path.glob(".a.csv.*.part"))) == 1
    with written_whole(path) as part:
        part.write_text("whole")
    assert sorted(tmp_path.iterdir()) == sorted([path, other]) and path.read_text() == "whole"


def test_the_part_of_a_living_process_stays_for_a_day(tmp_path):
    path = tmp_path / "a.csv"
    parts = {name: tmp_path / f".a.csv.{name}.part" for name in (str(os.getppid()), "1", "old", "9" * 30, "new")}
    for part in parts.values():
        part.write_text("")
    os.utime(parts["old"], (time.time() - 25 * 3600,) * 2)
    with written_whole(path) as part:
        part.write_text("whole")
    assert {name for name, part in parts.items() if part.exists()} == parts.keys() - {"old"}


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_folder_that_may_only_be_read_gets_a_sentence(tmp_path, monkeypatch, number):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    path = tmp_path / "model.safetensors"
    for place in ("os.replace", "pathlib.Path.mkdir"):
        with monkeypatch.context() as patch:
            patch.setattr(place, refuse)
            with pytest.raises(OSError, match=r"may only be read, .* choose a folder of your own") as error:
                with written_whole(path) as part:
                    part.write_text("")
        assert error.value.errno == number and str(path) in str(error.value) and list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_gets_a_sentence(tmp_path):
    (tmp_path / "folder").write_text("")
    for path in (tmp_path / "folder" / "a.csv", tmp_path / "folder" / "b" / "a.csv"):
        with pytest.raises(OSError, match=r"a\.csv cannot be written; .* choose a folder"), written_whole(path):
            pass
    with pytest.raises(OSError, match="No space"), written_whole(tmp_path / "a.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
