"""The packaged files, how a file is read, and files that are written whole or not at all."""

import os

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
