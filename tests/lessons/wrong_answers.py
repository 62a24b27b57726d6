"""Wrong answers of every kind, made from the right ones: what an exercise's visible check and its marks say of each."""

from collections.abc import Collection, Iterator
from pathlib import Path

from nbformat import NotebookNode

from tools.build.examiner import Examiner, Worker, reads
from tools.build.exercises import blank

HIDDEN, MARKER = "### BEGIN HIDDEN TESTS", "the visible part ends"

# Runs in the student's process: a wrong answer of each kind that an answer's type allows.
VARIANTS = '''
def _through(change, x):
    """Change a number, or each number of a dict, a list or an array, or what a function returns."""
    import torch
    if isinstance(x, torch.nn.Module):
        raise TypeError
    if callable(x):
        return lambda *args, **kwargs: _through(change, x(*args, **kwargs))
    if isinstance(x, dict):
        return {key: _through(change, part) for key, part in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(_through(change, part) for part in x)
    if x is None or isinstance(x, (str, bool)):
        raise TypeError
    return change(x)

def _rows(change):
    """Make a change that only arrays allow."""
    return lambda n: change(n) if getattr(n, "ndim", 0) else 1 / 0

def _swap(x):
    if callable(x):
        return lambda first, second, *rest, **kwargs: x(second, first, *rest, **kwargs)
    if isinstance(x, dict):
        if all(isinstance(part, tuple) for part in x.values()):
            return {key: part[::-1] for key, part in x.items()}
        return dict(zip(x, list(x.values())[::-1], strict=True))
    return x.T if getattr(x, "ndim", 0) == 2 else x[::-1]

def _first(x):
    if callable(x) or isinstance(x, (dict, str)):
        raise TypeError
    return x[:1]

def _same(x):
    results = []
    def always(*args, **kwargs):
        results.append(x(*args, **kwargs))
        return results[0]
    return always if callable(x) else {key: list(x.values())[0] for key in x}

def _with_nan(x):
    y = x.copy() * 1.0
    (y.iloc if hasattr(y, "iloc") else y)[0] = float("nan")
    return y

_VARIANTS = {
    "nothing": lambda x: None,
    "a function that returns nothing": lambda x: (lambda *args, **kwargs: None) if callable(x) else 1 / 0,
    "zero": lambda x: _through(lambda n: 0 * n, x),
    "one": lambda x: _through(lambda n: 0 * n + 1, x),
    "off by one": lambda x: _through(lambda n: n + 1, x),
    "off by one hundredth": lambda x: _through(lambda n: n * 1.01, x),
    "negative": lambda x: _through(lambda n: -n, x),
    "squared": lambda x: _through(lambda n: n**2, x),
    "its root": lambda x: _through(lambda n: abs(n) ** 0.5, x),
    "doubled": lambda x: _through(lambda n: 2 * n, x),
    "halved": lambda x: _through(lambda n: n / 2, x),
    "in per cent": lambda x: _through(lambda n: 100 * n, x),
    "as a share": lambda x: _through(lambda n: n / 100, x),
    "its complement": lambda x: _through(lambda n: 1 - n, x),
    "its inverse": lambda x: _through(lambda n: 1 / n, x),
    "not a number": lambda x: _through(lambda n: float("nan") * n, x),
    "one that is no number": lambda x: _through(_with_nan, x),
    "the mean for all": lambda x: _through(_rows(lambda n: 0 * n + n.mean()), x),
    "the mean": lambda x: _through(_rows(lambda n: n.mean()), x),
    "the sum": lambda x: _through(_rows(lambda n: n.sum()), x),
    "without the first": lambda x: _through(lambda n: n[1:], x),
    "shifted by one": lambda x: _through(_rows(lambda n: __import__("numpy").roll(n, 1)), x),
    "flat": lambda x: _through(_rows(lambda n: n.ravel()), x),
    "swapped": _swap,
    "the same for all": _same,
    "a key less": lambda x: {key: x[key] for key in list(x)[1:]} if isinstance(x, dict) else 1 / 0,
    "a key more": lambda x: x | {"another": list(x.values())[0]} if isinstance(x, dict) else 1 / 0,
    "empty": lambda x: {} if isinstance(x, dict) else x[:0],
    "one element": _first,
    "all but the last": lambda x: x[:-1] if not isinstance(x, dict) else 1 / 0,
    "the last twice": lambda x: [*x, x[-1]] if isinstance(x, list) else 1 / 0,
    "the last one replaced": lambda x: [*x[:-1], x[0]] if isinstance(x, list) else 1 / 0,
    "inverted": lambda x: ~x,
    "text": lambda x: "text",
}
'''


def accepted(outputs: list[NotebookNode]) -> tuple[bool, bool]:
    """Return whether the visible part of a cell with points calls the answer right, and whether it has its points."""
    text = "".join(output.text for output in outputs if output.output_type == "stream")
    visible, marker, _ = text.partition(MARKER)
    return bool(marker) and "Not yet" not in visible, not any(output.output_type == "error" for output in outputs)


def outcomes(master: NotebookNode, folder: Path, wanted: Collection[str] | None = None) -> Iterator[tuple]:
    """Yield cell, variable, kind of answer, and whether visible check and marks accept it; the right one first.

    ``wanted`` names the kinds of wrong answers; all when it is None.
    """
    for cell in master.cells:
        if "reads" in cell.metadata:  # what is hidden begins with a line that says so
            cell.source = cell.source.replace(HIDDEN, f"print({MARKER!r})\n{HIDDEN}")
            cell.source += "" if HIDDEN in cell.source else f"\nprint({MARKER!r})"
    examiner = Examiner(master)
    with Worker(folder, 120) as worker:

        def judge(grade_id: str, name: str, kind: str) -> tuple:
            return grade_id, name, kind, *accepted(examiner.mark(grade_id, worker.get))

        def runs(source: str) -> bool:
            return not any(output.output_type == "error" for output in worker.run(source, 120))

        assert runs(VARIANTS + f"_WANTED = {wanted and list(wanted)!r} or list(_VARIANTS)")
        for cell, given in zip(master.cells, blank(master).cells, strict=True):
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if cell.cell_type == "code" and grade_id not in examiner.cells:
                assert runs(cell.source), f"a cell of the solution fails:\n{cell.source}"
            elif cell.cell_type == "code":
                runs(given.source)
                yield judge(grade_id, "", "right")
                for name in reads(cell):
                    for kind in worker.get("_WANTED"):
                        if runs(f"_right = {name}\n{name} = _VARIANTS[{kind!r}](_right)"):
                            yield judge(grade_id, name, kind)
                        runs(f"{name} = _right")
