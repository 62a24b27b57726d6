"""What all checks share: the verdict, the answers that are none, and the comparison with the right result."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """What a check answers: it shows itself as one line, and is true when the answer is right.

    Examples
    --------
    >>> Verdict(False, "fractions add up to 1.")
    Not yet: fractions add up to 1.
    """

    right: bool
    hint: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "Right." if self.right else f"Not yet: {self.hint}"


RIGHT = Verdict(True)
NOTHING = "nothing is handed in yet."


class _Refused(Exception):
    """Ends a check with its text as the hint."""


def refuse(text: str) -> NoReturn:
    """End the check with a hint; only in a function that ``check`` decorates, or called by one."""
    raise _Refused(text)


def hint(text: str) -> Verdict:
    """Return the verdict on an answer that is not right, with the reason why that may be."""
    return Verdict(False, text)


def check(**missing: str) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
    """Decorate a check, so that a placeholder is answered before the check sees it, and ``refuse`` ends the check.

    A placeholder is None, ``...`` or NotImplemented, also as a part of a list, a tuple or a dict. The answer is the
    first argument of the check.

    Parameters
    ----------
    **missing : str
        Further arguments that the student fills, each with the hint for when it is a placeholder or empty.
    """

    def decorate(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
        signature = inspect.signature(function)
        answer = next(iter(signature.parameters))

        @functools.wraps(function)
        def checked(*args, **kwargs) -> Verdict:
            given = signature.bind(*args, **kwargs).arguments
            for name, text in missing.items():
                if _is_placeholder(given[name]) or (hasattr(given[name], "__len__") and len(given[name]) == 0):
                    return hint(text)
            if _is_placeholder(given[answer]):
                return hint(NOTHING)
            try:
                return function(*args, **kwargs)
            except _Refused as refused:
                return hint(str(refused))

        return checked

    return decorate


def _is_placeholder(answer: Any) -> bool:
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if isinstance(answer, list | tuple):
        return any(map(_is_placeholder, answer))
    return answer is None or answer is ... or answer is NotImplemented


def numbers(answer: Any, wanted: str = "numbers", dtype: type | None = float) -> np.ndarray:
    """Return an answer as an array (tables, tensors and lists too); refuse what is none."""
    try:
        return np.asarray(answer, dtype=dtype)
    except (TypeError, ValueError, RuntimeError):  # text, a ragged list, a tensor that still holds its gradient
        refuse(f"hand in {wanted}, not {type(answer).__name__}.")


def names(answer: Any, otherwise: str) -> list:
    """Return an answer as a list of names, also one name alone; refuse what is none with the hint ``otherwise``."""
    try:
        listed = [answer] if isinstance(answer, str) else list(answer)
        set(listed)
    except TypeError:  # not a sequence, or a sequence of lists
        refuse(otherwise)
    return listed


def named_values(answer: Any, keys: Sequence[str]) -> list:
    """Return the values of a dict in the order of ``keys``; refuse a dict with other keys."""
    if not isinstance(answer, Mapping) or set(answer) != set(keys):
        *first, last = map(repr, keys)
        refuse(f"hand in a dict with the keys {', '.join(first)} and {last}.")
    return [answer[key] for key in keys]


def predictions(y_pred: Any, y_true: Sequence[str]) -> np.ndarray:
    """Return predicted classes as an array; refuse them when there is not one per alloy."""
    called = numbers(y_pred, "predicted classes", dtype=None)
    if called.shape != np.shape(y_true):
        refuse(f"there are predictions of shape {called.shape} for {len(y_true)} alloys.")
    return called.astype(str)


def need_function(answer: Any) -> None:
    """Refuse what is no function."""
    if not callable(answer):
        refuse(f"hand in a function, not {type(answer).__name__}.")


def call(function: Any, *arguments: Any) -> Any:
    """Return what a student's function returns; refuse what is none, fails, or returns nothing."""
    need_function(function)
    name = getattr(function, "__name__", "your function")
    try:
        result = function(*arguments)
    except NotImplementedError:
        refuse(f"{name} is still to be written.")
    except Exception as error:
        refuse(f"{name} fails: {type(error).__name__}: {error}")
    if _is_placeholder(result):
        refuse(f"{name} returns nothing; is there a return?")
    return result


def compare(
    answer: Any, right: Any, mistakes: Mapping[str, Any], otherwise: str, *, tolerance: float = 1e-3
) -> Verdict:
    """Return that an answer is right, or the hint whose mistake gives just this answer, or the hint for any other.

    Parameters
    ----------
    answer, right : float or array-like
    mistakes : mapping of str to float, array-like or function
        A hint to the result of the mistake that it names. A function computes the result when it is needed.
    otherwise : str
        The hint for any other answer.
    tolerance : float
        Relative to the size of each number.
    """
    right = np.asarray(right, dtype=float)
    given = numbers(answer, "a number" if right.ndim == 0 else "numbers")
    if given.shape != right.shape:
        wanted = "one number is" if right.ndim == 0 else f"numbers of shape {right.shape} are"
        return hint(f"{wanted} wanted, yours has the shape {given.shape}.")

    def alike(result: np.ndarray) -> bool:
        return result.shape == given.shape and np.allclose(given, result, rtol=tolerance, atol=1e-9, equal_nan=True)

    if alike(right):
        return RIGHT
    if np.isnan(given).any() and not np.isnan(right).any():
        return hint("there is NaN in your answer. Where does it come from?")
    for text, wrong in mistakes.items():
        if alike(np.asarray(wrong() if callable(wrong) else wrong, dtype=float)):
            return hint(text)
    return hint(otherwise)


def draw(choices: Sequence[Any], year: int) -> Any:
    """Return the course's choice for a year, such as the alloy of an exercise: never that of the year before.

    Parameters
    ----------
    choices : sequence
    year : int

    Raises
    ------
    ValueError
        When there are fewer than two choices.

    Examples
    --------
    >>> draw(["Cu50Zr50", "Fe80B20"], 2026), draw(["Cu50Zr50", "Fe80B20"], 2027)
    ('Cu50Zr50', 'Fe80B20')
    """
    if len(choices) < 2:
        raise ValueError("two or more choices are needed, so that each year differs from the one before")
    return choices[year % len(choices)]
