"""The packaged files: where they lie, whether they are the published ones, and how a file is read and written.

A wheel carries the tables in ``mcvn_utils/data``; a clone keeps them in ``data`` beside the library.
"""

import csv
import errno
import glob
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
DATA_DIR = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _PACKAGE.parent / "data"
"""Folder of the packaged files."""


class DataError(ValueError):
    """A table cannot be used as it is; the message names file, row or column, and the remedy.

    Examples
    --------
    >>> str(DataError("steels.csv is missing. Check the path."))
    'steels.csv is missing. Check the path.'
    """


def data_path(name: str) -> Path:
    """Return the path of a file in the data folder.

    Raises ``DataError`` that lists the tables of the folder and says how to get a missing file back.

    >>> data_path("nims_steel.csv").is_file()
    True
    """
    path = DATA_DIR / name
    if not path.is_file():
        tables = ", ".join(sorted(file.name for file in DATA_DIR.glob("*.csv"))) or "none"
        raise DataError(f"{path} is missing. {_remedy(name)} (Tables in this folder: {tables}.)")
    return path


def published_path(name: str, explain: Callable[[Path], str] = lambda path: "") -> Path:
    """Return the path of a packaged file that is byte for byte the one listed in ``data/SHA256SUMS``.

    Raises ``DataError`` for a missing, unlisted or changed file; ``explain`` says what is wrong with a changed one.
    """
    path = data_path(name)
    lines = data_path("SHA256SUMS").read_text(encoding="utf-8").splitlines()
    published = {line.split()[-1]: line.split()[0] for line in lines if line.strip()}
    if name not in published:
        raise DataError(f"{DATA_DIR / 'SHA256SUMS'} has no line for {name}. {_remedy('SHA256SUMS')}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != published[name]:
        message = f"{path} was changed: its SHA-256 is not the one in SHA256SUMS. {_remedy(name)}"
        raise DataError(f"{message}\n{explain(path)}".rstrip())
    return path


def read_cells(path: Path) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Read comma-separated UTF-8 text (with or without a byte-order mark): the header, and of each row place and cells.

    The place names a row in an error: "row 17 (line 18)". Blank lines are skipped. Raises ``DataError`` when the file
    is missing, is no such text, or holds no row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except FileNotFoundError:
        raise DataError(f"{path} is missing. Check the path (a relative one starts at {Path.cwd()}).") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as CSV: {error}. Save it as comma-separated UTF-8.") from None
    if len(lines) < 2:
        raise DataError(f"{path} holds no data rows. It needs a header line and at least one row.")
    header = [cell.strip() for cell in lines[0][1]]
    if len(header) == 1 and (set(header[0]) & set(";\t|")):
        start = header[0][:60]
        raise DataError(f"{path} is not separated by commas: its first line is {start!r}. Save it with commas.")
    return header, [(f"row {i} (line {line})", row) for i, (line, row) in enumerate(lines[1:], start=1)]


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Write a file whole or not at all; its folder is made if it does not exist.

    Yields a temporary file beside ``path``, to write to. It replaces ``path`` when the block ends well. Otherwise it is
    removed, and ``path`` stays as it was. Its name holds the process number: two processes may write at once. What a
    process that was killed has left is removed. A place that may not be written to is an ``OSError`` with the remedy.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
            if not _is_in_use(left):
                left.unlink(missing_ok=True)
        yield part
        os.replace(part, path)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise
        remedy = f"{path.parent} may only be read, or is no folder: choose a folder of your own"
        raise type(error)(error.errno, f"{path} cannot be written; {remedy}") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _is_in_use(part: Path) -> bool:
    """Return whether the process that writes a temporary file may still live; after a day it does not."""
    try:
        if time.time() - part.stat().st_mtime > 24 * 3600:
            return False
        if os.name != "nt":  # Windows would end the process that is asked
            os.kill(int(part.suffixes[-2][1:]), 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    except (OSError, OverflowError, ValueError):  # another user's process, or a name that is not ours
        pass
    return True


def _remedy(name: str) -> str:
    """Say how to get the published file back, in a clone and in an installed package."""
    return f"Restore it with 'git checkout -- data/{name}' in a clone, or reinstall the package."
