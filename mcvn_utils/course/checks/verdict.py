"""What all checks share: the verdict, the answers that are none, and the comparison with the right result."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

NOTHING = "nothing is handed in yet."


@dataclass(frozen=True)
class Verdict:
    """The answer of a check: it shows itself as one line, and is true when the student's answer is right."""

    right: bool
    hint: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "Right." if self.right else f"Not yet: {self.hint}"


class _Ended(Exception):
    """Ends a check with its verdict."""


def accept_if(condition: bool) -> None:
    """End the check when the answer is right; like ``refuse``, only within a function that ``check`` decorates."""
    if condition:
        raise _Ended(Verdict(True))


def refuse(text: str) -> NoReturn:
    """End the check with a hint."""
    raise _Ended(Verdict(False, text))


def refuse_if(condition: bool, text: str) -> None:
    """End the check with a hint when the condition holds."""
    if condition:
        refuse(text)


def check(**missing: str) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
    """Decorate a check, so that a placeholder is answered before the check sees it, and ``refuse`` ends the check.

    A placeholder is None, ``...`` or NotImplemented, also as a part of a list, a tuple or a dict. The answer is the
    first argument of the check. ``missing`` names further arguments that the student fills, each with the hint for
    when it is a placeholder or empty. Whatever the check cannot work with is a hint too, never an error.
    """

    def decorate(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args, **kwargs) -> Verdict:
            given = signature.bind(*args, **kwargs).arguments
            try:
                for name, text in missing.items():
                    is_empty = hasattr(given[name], "__len__") and len(given[name]) == 0
                    refuse_if(is_empty or _is_placeholder(given[name]), text)
                refuse_if(_is_placeholder(next(iter(given.values()))), NOTHING)
                for name, value in given.items():
                    refuse_if(value is None, f"{name} is None: fill in the cells above, and run them.")
                return function(*args, **kwargs)
            except _Ended as ended:
                return ended.args[0]
            except (Exception, SystemExit) as error:
                why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
                return Verdict(False, f"this cannot be checked. Look at the types and the shapes ({why}).")

        return checked

    return decorate


def _is_placeholder(answer: Any) -> bool:
    parts = list(answer.values()) if isinstance(answer, Mapping) else answer
    if isinstance(parts, list | tuple):
        return any(map(_is_placeholder, parts))
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
        return listed
    except TypeError:  # not a sequence, or a sequence of lists
        refuse(otherwise)


def named_values(answer: Any, keys: Sequence[str]) -> list:
    """Return the values of a dict in the order of ``keys``; refuse a dict with other keys."""
    if not isinstance(answer, Mapping) or set(answer) != set(keys):
        *first, last = map(repr, keys)
        refuse(f"hand in a dict with the keys {', '.join(first)} and {last}.")
    return [answer[key] for key in keys]


def predictions(y_true: Sequence[str], y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return true and predicted classes as arrays; refuse predictions when there is not one per alloy."""
    called = numbers(y_pred, "predicted classes", dtype=None)
    wrong_shape = f"there are predictions of shape {called.shape} for {len(y_true)} alloys."
    refuse_if(called.shape != np.shape(y_true), wrong_shape)
    return np.asarray(y_true), called.astype(str)


def call(function: Any, *arguments: Any) -> Any:
    """Return what a student's function returns; refuse what is none, fails, or returns nothing."""
    refuse_if(not callable(function), f"hand in a function, not {type(function).__name__}.")
    name = getattr(function, "__name__", "your function")
    try:
        result = function(*arguments)
    except NotImplementedError:
        refuse(f"{name} is still to be written.")
    except (Exception, SystemExit) as error:
        refuse(f"{name} fails: {type(error).__name__}: {error}")
    refuse_if(_is_placeholder(result), f"{name} returns nothing; is there a return?")
    return result


def compare(
    answer: Any, right: Any, mistakes: Mapping[str, Any], otherwise: str, *, tolerance: float = 1e-3
) -> NoReturn:
    """End the check: the answer is right, or is just what one of the mistakes gives, or is another one.

    ``mistakes`` maps each hint to the result of the mistake that it names, or to a function that computes the result
    when it is needed. The ``tolerance`` is relative to the size of each number.
    """
    right = np.asarray(right, dtype=float)
    given = numbers(answer, "numbers" if right.ndim else "a number")
    wanted = f"numbers of shape {right.shape} are" if right.ndim else "one number is"
    refuse_if(given.shape != right.shape, f"{wanted} wanted, yours has the shape {given.shape}.")

    def alike(result: Any) -> bool:
        result = np.asarray(result() if callable(result) else result, dtype=float)
        return result.shape == given.shape and np.allclose(given, result, rtol=tolerance, atol=1e-9, equal_nan=True)

    accept_if(alike(right))
    has_nan = np.isnan(given).any() and not np.isnan(right).any()
    refuse_if(has_nan, "there is NaN in your answer. Where does it come from?")
    for text, wrong in mistakes.items():
        refuse_if(alike(wrong), text)
    refuse(otherwise)


def draw(choices: Sequence[Any], year: int) -> Any:
    """Return the course's choice for a year, such as the alloy of an exercise: never that of the year before.

    >>> draw(["Cu50Zr50", "Fe80B20"], 2026), draw(["Cu50Zr50", "Fe80B20"], 2027)
    ('Cu50Zr50', 'Fe80B20')
    """
    if len(choices) < 2:
        raise ValueError("two or more choices are needed, so that each year differs from the one before")
    return choices[year % len(choices)]
