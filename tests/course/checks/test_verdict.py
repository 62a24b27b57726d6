"""What all checks share: no placeholder or nonsense crashes one, every check is listed, and each year draws anew."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mcvn_utils import CompositionDescriptor, checks
from mcvn_utils.course.checks import verdict
from mcvn_utils.course.checks.verdict import Verdict, call, check, compare, draw, names, numbers, refuse


def say(answer) -> str:
    """What a verdict shows; a right one says nothing else."""
    assert isinstance(answer, Verdict) and bool(answer) == (repr(answer) == "Right.")
    return repr(answer)


def test_every_check_is_listed_and_documented():
    listed = {name for name in checks.__all__ if name.startswith("check_")}
    folder = Path(verdict.__file__).parent
    written = {name for path in folder.glob("*.py") for name in re.findall(r"^def (check_\w+)", path.read_text(), re.M)}
    assert listed == written and {"Verdict", "draw"} <= set(checks.__all__)
    assert all(getattr(checks, name).__doc__ for name in listed)


FORMULAS, CLASSES = ["Cu50Zr50", "Fe80B20", "Al85Ni10La5"], ["BMG", "RMG", "CRA"]
CURVE = pd.Series({0.0: 2.0, 0.5: 1.0})
ROWS = CompositionDescriptor().set_output(transform="pandas").fit_transform(FORMULAS)
FOLDS = [(np.arange(10), np.arange(10, 15)), (np.arange(5, 15), np.arange(5))]
X, Y = np.random.default_rng(0).normal(size=(15, 12)), np.arange(15.0)
CLASS_TABLE = pd.DataFrame(np.eye(3), FORMULAS, CLASSES)
TRUTH = pd.Series(CLASSES[::-1], FORMULAS)
STEEL = pd.DataFrame({"C": [0.4, 0.2]})
# One call of each check, by the name of the answer; ANSWER stands where the student's answer goes.
ANSWER = object()
CALLS = {
    "check_fractions": [(ANSWER, "Cu50Zr50")],
    "check_weight_percent": [(ANSWER, STEEL)],
    "check_refusal": [(ANSWER,)],
    "check_accepted": [(ANSWER, FORMULAS)],
    "check_misread_error": [(ANSWER, 1, 1), ({"read right": ANSWER, "misread": 1.0}, 1, 1)],
    "check_descriptor": [(ANSWER, "Cu60Zr40", "ave:density")],
    "check_pairs": [(ANSWER, FORMULAS), ([ANSWER], FORMULAS), ([("density", ANSWER)], FORMULAS)],
    "check_mismatch": [(ANSWER, FORMULAS)],
    "check_separation": [(ANSWER, FORMULAS, CLASSES), ({"mismatch": ANSWER, "variance": 0.5}, FORMULAS, CLASSES)],
    "check_twin": [(ANSWER, "Cu50Zr50")],
    "check_template": [(ANSWER, "c6_gb", "hhi_p")],
    "check_scaling": [(ANSWER, FORMULAS, FORMULAS)],
    "check_clipped": [(ANSWER, ROWS[:2], ROWS[2:])],
    "check_largest": [(ANSWER, CURVE, 1), ([0.0], ANSWER, 1), ([ANSWER], CURVE, 1)],
    "check_halfway": [(ANSWER, None, None, None)],
    "check_attention": [(ANSWER, np.eye(3))],
    "check_weight_counts": [(ANSWER, {"small": None})],
    "check_r2": [(ANSWER, np.eye(3), np.eye(3)), (0.1, np.eye(3), ANSWER)],
    "check_share_within": [(ANSWER, Y, Y, Y), (lambda *_: ANSWER, Y, Y, Y)],
    "check_half_width": [(ANSWER, Y, np.arange(15) % 2, np.arange(15) % 3 == 0)],
    "check_any_above": [(ANSWER, STEEL, {"C": 0.3})],
    "check_split": [(ANSWER, [0], ["a", "b"]), ([0], ANSWER, ["a", "b"])],
    "check_wrong_side": [(ANSWER, CLASS_TABLE, TRUTH), ([ANSWER], CLASS_TABLE, TRUTH)],
    "check_hours": [(ANSWER, TRUTH, TRUTH), (lambda *_: 0, TRUTH, ANSWER), (lambda *_: ANSWER, TRUTH, TRUTH[::-1])],
    "check_bonus": [(ANSWER, CURVE, CURVE)],
    "check_macro_f1": [(ANSWER, TRUTH, TRUTH), (0.1, TRUTH, ANSWER)],
    "check_class_f1": [(ANSWER, TRUTH, TRUTH, "BMG"), (0.1, TRUTH, ANSWER, "BMG")],
    "check_precision_at": [(ANSWER, 0.8, 0.5, 0.2, 0.4), (lambda *_: ANSWER, 0.8, 0.5, 0.2, 0.4)],
    "check_interval": [(ANSWER, [0.1, 0.3], [0.2, 0.1], 0.25), (lambda *_: ANSWER, [0.1, 0.3], [0.2, 0.1], 0.25)],
    "check_selection": [(ANSWER, X, Y, FOLDS)],
}
NOTHING = [None, ..., NotImplemented]
WRONG = {"text": "text", "empty": [], "nan": np.nan, "object": object(), "list of lists": [[1], [2, 3]]}


def put(part, answer):
    """Put an answer where ANSWER stands, also inside a list, a dict or a function."""
    if part is ANSWER:
        return answer
    if isinstance(part, list | tuple):
        return type(part)(put(one, answer) for one in part)
    if isinstance(part, dict):
        return {key: put(one, answer) for key, one in part.items()}
    if callable(part) and part() is ANSWER:
        return lambda *_: answer
    return part


def test_every_check_is_tried():
    assert set(CALLS) == {name for name in checks.__all__ if name.startswith("check_")}


@pytest.mark.parametrize("answer", [*NOTHING, *WRONG.values()], ids=["None", "...", "NotImplemented", *WRONG])
@pytest.mark.parametrize("name", CALLS)
def test_no_placeholder_and_no_nonsense_crashes_a_check(name, answer):
    for arguments in CALLS[name]:
        assert say(getattr(checks, name)(*put(arguments, answer))).startswith("Not yet: ")


@pytest.mark.parametrize("name", CALLS)
def test_a_placeholder_is_nothing_handed_in(name):
    for answer in NOTHING:
        assert say(getattr(checks, name)(*put(CALLS[name][0], answer))) == "Not yet: nothing is handed in yet."


def test_an_untouched_answer_is_no_error():
    """What a blank holds before the student has written anything, run all the same."""
    none, one = pd.Series(dtype=object), pd.Series({"a": 1.0})
    for answer in (
        checks.check_mismatch(None, ["Cu50Zr50"]),
        checks.check_misread_error({"read right": None, "misread": None}, 3, n_trees=1),
        checks.check_r2(None, [[1.0], [2.0]], None),
        checks.check_wrong_side([], pd.DataFrame({"BMG": [0.9]}, ["a"]), pd.Series({"a": "CRA"})),
    ):
        assert say(answer) == "Not yet: nothing is handed in yet."
    assert "no predictions" in say(checks.check_class_f1(None, none, none, "BMG"))
    assert "come first" in say(checks.check_largest([], None)) and "yours are 0" in say(checks.check_largest([], one))


def test_each_year_draws_another_choice():
    assert checks.draw is draw
    for n in (2, 3, 4):
        drawn = [draw(list(range(n)), year) for year in range(2025, 2045)]
        assert all(a != b for a, b in pairwise(drawn)) and set(drawn) == set(range(n))
    with pytest.raises(ValueError, match="two or more"):
        draw(["Cu50Zr50"], 2026)


def test_a_decorated_check_keeps_its_name_and_ends_with_the_hint_of_a_helper():
    @check(rows="there are no rows.")
    def check_sum(answer, rows):
        """Check a sum."""
        return compare(answer, np.sum(numbers(rows)), {"twice.": lambda: 2 * np.sum(rows)}, "add them up.")

    assert (check_sum.__name__, check_sum.__doc__) == ("check_sum", "Check a sum.")
    for text, arguments in {
        "Right.": (3, [1, 2]),
        "Not yet: twice.": (6, [1, 2]),
        "Not yet: add them up.": (5, [1, 2]),
        "Not yet: there are no rows.": (3, []),
        "Not yet: hand in numbers, not str.": (3, "text"),
        "Not yet: hand in a number, not str.": ("text", [1, 2]),
        "Not yet: there is NaN in your answer. Where does it come from?": (np.nan, [1, 2]),
        "Not yet: one number is wanted, yours has the shape (2,).": ([1, 2], [1, 2]),
    }.items():
        assert say(check_sum(*arguments)) == text
    assert say(check_sum(answer=3, rows=[3])) == "Right."


def test_functions_and_names_are_read_with_a_hint():
    def empty():
        raise NotImplementedError

    @check()
    def answer_of(function):
        refuse(f"it returns {call(function)} and {names('a', '')}")

    assert "it returns 1 and ['a']" in say(answer_of(lambda: 1))
    for text, function in {
        "empty is still to be written": empty,
        "fails: ZeroDivisionError": lambda: 1 / 0,
        "returns nothing": lambda: None,
        "hand in a function, not float": 1.0,
    }.items():
        assert text in say(answer_of(function))
    with pytest.raises(verdict._Ended, match="row names"):
        names(3, "row names")
    with pytest.raises(verdict._Ended):
        refuse("no")


class Broken:
    """An object that fails whatever is asked of it."""

    def __array__(self, *_, **__):
        raise RuntimeError("no array")

    def __len__(self):
        raise RuntimeError("no length")


def fail(*_):
    raise KeyError("Cu")


def leave(*_):
    raise SystemExit(3)


def call_itself(*arguments):
    return call_itself(*arguments)


INSIDE_ITSELF: list = []
INSIDE_ITSELF.append(INSIDE_ITSELF)
ODD = {
    "empty text": "", "empty array": np.array([]), "no columns": np.empty((0, 3)), "empty table": pd.DataFrame(),
    "empty Series": pd.Series(dtype=float), "NaN": np.full(3, np.nan), "NaN table": pd.DataFrame({"Cu": [np.nan] * 3}),
    "infinite": np.inf, "huge": 10**400, "complex": 1j, "date": pd.Timestamp("2020"), "bytes": b"x", "a set": {"a"},
    "a dict": {"a": 1}, "dict of NaN": {"Cu": np.nan, "Zr": np.nan}, 
    "dict of dicts": {"read right": {}, "misread": []},
    "pairs": [("a",)], "triples": [[[]]], "mixed": [1, "a", None], "objects": np.array([None, 1, "x"], dtype=object),
    "other rows": [99, -5], "zeros": np.zeros(15), "three axes": np.zeros((2, 3, 4)), 
    "table": pd.DataFrame({"a": [1, 2]}),
    "levels": pd.Series([1.0], pd.MultiIndex.from_tuples([("a", 1)])), "dict class": dict, "number class": int,
    "table class": pd.DataFrame, "its own class": Verdict, "type": type, "fails": fail, "leaves": leave,
    "calls itself": call_itself, "generator": (x for x in [1]), "no arguments": lambda: None, 
    "gives NaN": lambda *_: np.nan,
    "gives text": lambda *_: "x", "gives pictures": lambda *_: np.zeros((2, 3, 4)), "broken": Broken(),
    "inside itself": INSIDE_ITSELF,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("odd", ODD)
def test_no_odd_answer_crashes_a_check_or_is_right(odd):
    for name, calls in CALLS.items():
        for arguments in calls:
            assert say(getattr(checks, name)(*put(arguments, ODD[odd]))).startswith("Not yet: "), name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_no_argument_that_is_missing_crashes_a_check(name):
    first = put(CALLS[name][0], 0.5)
    for k in range(1, len(first)):
        for value in (None, [], pd.DataFrame(), "text", np.nan):
            say(getattr(checks, name)(*first[:k], value, *first[k + 1 :]))


def test_a_cell_that_was_not_run_is_named():
    assert say(checks.check_interval(lambda *_: 0, None, [1.0], 0.2)) == (
        "Not yet: a is None: fill in the cells above, and run them."
    )
    assert "this cannot be checked" in say(checks.check_interval(lambda *_: 0, [1.0], "b", 0.2))
    assert "your parser fails: SystemExit: 3" in say(checks.check_refusal(leave))
    assert "leave fails: SystemExit: 3" in say(checks.check_interval(leave, [1.0, 2.0], [1.0, 3.0], 0.2))


def test_rows_of_a_split_are_counted_from_zero():
    assert say(checks.check_split([1], [-1], ["a", "b"])) == "Not yet: there is no row [-1]: the rows are 0 to 1."
    assert "no row [2]" in say(checks.check_split([0], [2], ["a", "b"]))
    assert "hand in row numbers" in say(checks.check_split([[0]], [1], ["a", "b"]))


@pytest.mark.parametrize("answer", [[1.0, None], (..., 1.0), {"a": 1.0, "b": NotImplemented}, [[1.0], [2.0, None]]])
def test_an_answer_with_one_gap_is_not_handed_in_yet(answer):
    @check()
    def check_anything(answer):
        return Verdict(True)

    assert say(check_anything(answer)) == f"Not yet: {verdict.NOTHING}"


def test_an_answer_may_be_rounded_to_four_digits_and_no_further():
    @check()
    def check_number(answer):
        compare(answer, 200.0, {}, "no")

    assert say(check_number(200.1)) == "Right." and say(check_number(199.9)) == "Right."
    assert say(check_number(201.0)) == say(check_number(199.0)) == "Not yet: no"
