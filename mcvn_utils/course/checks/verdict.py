"""What a check answers, and the comparison that all checks share: the right result, then one result per mistake."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """What a check found; shows itself as one line, and is true when the answer is right."""

    right: bool
    hint: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "Right." if self.right else f"Not yet: {self.hint}"


RIGHT = Verdict(True)
NOTHING_YET = Verdict(False, "nothing is handed in yet.")


def hint(text: str) -> Verdict:
    """An answer that is not right, and why that may be."""
    return Verdict(False, text)


def numbers(answer) -> np.ndarray | None:
    """An answer as an array of floats (tables, tensors and lists too), or None when it is none."""
    try:
        return np.asarray(answer, dtype=float)
    except (TypeError, ValueError, RuntimeError):  # text, a ragged list, a tensor that still holds its gradient
        return None


def compare(answer, right, mistakes: Mapping[str, object], otherwise: str, *, tolerance: float = 1e-3) -> Verdict:
    """Right, or the hint whose mistake gives just this answer, or the hint for any other answer.

    Parameters
    ----------
    answer, right : a number or an array.
    mistakes : hint to the result of the mistake that it names, an array or a function that computes one. Functions are
        called only when they are needed.
    tolerance : relative, of each number's size.
    """
    if answer is None or (isinstance(answer, list | tuple) and any(part is None for part in answer)):
        return NOTHING_YET
    given, right = numbers(answer), np.asarray(right, dtype=float)
    if given is None:
        return hint(f"hand in {'a number' if right.ndim == 0 else 'numbers'}, not {type(answer).__name__}.")
    if given.shape != right.shape:
        wanted = "one number" if right.ndim == 0 else f"numbers of shape {right.shape}"
        return hint(f"{wanted} is wanted, yours has the shape {given.shape}.")
    if np.allclose(given, right, rtol=tolerance, atol=1e-9, equal_nan=True):
        return RIGHT
    if np.isnan(given).any() and not np.isnan(right).any():
        return hint("there is NaN in your answer. Where does it come from?")
    for text, wrong in mistakes.items():
        wrong = np.asarray(wrong() if callable(wrong) else wrong, dtype=float)
        if wrong.shape == given.shape and np.allclose(given, wrong, rtol=tolerance, atol=1e-9, equal_nan=True):
            return hint(text)
    return hint(otherwise)


def call(function, *arguments):
    """What a student's function returns, or a hint that it is none, fails, or returns nothing."""
    name = getattr(function, "__name__", "your function")
    if not callable(function):
        return hint(f"hand in a function, not {type(function).__name__}.")
    try:
        result = function(*arguments)
    except NotImplementedError:
        return hint(f"{name} is still to be written.")
    except Exception as error:
        return hint(f"{name} fails: {type(error).__name__}: {error}")
    return hint(f"{name} returns nothing; is there a return?") if result is None else result
