"""Feedback on the exercises of lessons 01 to 07: the right answer passes, each plausible mistake has its own hint."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, f1_score, precision_score, r2_score, recall_score, roc_auc_score

from mcvn_utils import (
    CompositionDescriptor,
    CompositionImager,
    ImageTemplate,
    checks,
    fractions,
    load_metallic_glass,
    load_nims_steel,
)
from mcvn_utils.composition.errors import FormulaError
from mcvn_utils.composition.formulas import parse_formula

GLASS = load_metallic_glass()
DESCRIPTOR = CompositionDescriptor().set_output(transform="pandas")


def say(verdict) -> str:
    """What a verdict shows; a right one says nothing else."""
    assert bool(verdict) == (repr(verdict) == "Right.")
    return repr(verdict)


def test_every_check_is_listed_and_documented():
    listed = {name for name in checks.__all__ if name.startswith("check_")}
    folder = Path(checks.__file__).parent / "course" / "checks"
    written = {name for path in folder.glob("*.py") for name in re.findall(r"^def (check_\w+)", path.read_text(), re.M)}
    assert listed == written
    assert all(getattr(checks, name).__doc__ for name in listed)


@pytest.mark.parametrize("answer", [None, "half", [1, 2], np.nan, object()])
def test_an_answer_of_the_wrong_kind_gets_a_hint_and_no_error(answer):
    assert say(checks.check_descriptor(answer, "Cu60Zr40", "ave:density")).startswith("Not yet: ")
    assert say(checks.check_bonus(answer, pd.Series({0.0: 2.0}), pd.Series({0.0: 2.0}))).startswith("Not yet: ")


def test_an_untouched_answer_is_no_error():
    """What a blank holds before the student has written anything, run all the same."""
    none, one = pd.Series(dtype=object), pd.Series({"a": 1.0})
    for verdict in (
        checks.check_mismatch(None, ["Cu50Zr50"]),
        checks.check_misread_error({"read right": None, "misread": None}, 3, n_trees=1),
        checks.check_r2(None, [[1.0], [2.0]], None),
        checks.check_wrong_side([], pd.DataFrame({"BMG": [0.9]}, ["a"]), pd.Series({"a": "CRA"})),
    ):
        assert say(verdict) == "Not yet: nothing is handed in yet."
    assert "no predictions" in say(checks.check_class_f1(None, none, none, "BMG"))
    assert "come first" in say(checks.check_largest([], None)) and "yours are 0" in say(checks.check_largest([], one))


def test_each_year_draws_another_choice():
    for n in (2, 3, 4):
        drawn = [checks.draw(list(range(n)), year) for year in range(2025, 2045)]
        assert all(a != b for a, b in pairwise(drawn)) and set(drawn) == set(range(n))
    with pytest.raises(ValueError, match="two or more"):
        checks.draw(["Cu50Zr50"], 2026)


# Lesson 01


def test_chemical_fractions_tell_the_alloy_reading():
    formula = "(CaCu)70Mg30"
    assert checks.check_fractions(parse_formula(formula, "chemical"), formula, "chemical")
    assert "chemist's bracket multiplies" in say(
        checks.check_fractions(parse_formula(formula, "alloy"), formula, "chemical")
    )
    assert "count in all" in say(checks.check_fractions({"Ca": 0.2, "Cu": 0.3, "Mg": 0.5}, formula, "chemical"))


def strict(formula: str, alloy: bool) -> dict:
    """The library's own parser refuses what a student's should."""
    return parse_formula(formula, "alloy")


def changed(formula: str, result):
    """A parser that is strict, but for one formula."""

    def read(text, alloy):
        if text != formula:
            return strict(text, alloy)
        if isinstance(result, Exception):
            raise result
        return result

    return read


@pytest.mark.parametrize(
    ("read", "hint"),
    [
        (changed("(Fe75Co25", {}), "a bracket is left open"),
        (changed("Fe75Co25)83P17", IndexError("pop from empty list")), "a IndexError escapes"),
        (changed("Fe75xCo25", {"Fe": 75.0}), "no part covers the x"),
        (changed("CoCrFeMnNi", FormulaError("CoCrFeMnNi", 0, "no")), "a good formula, and your parser fails"),
        (changed("CoCrFeMnNi", {"Co": 1.0}), "no longer reads it right"),
    ],
)
def test_a_parser_that_does_not_refuse_is_told_what_it_accepts(read, hint):
    assert checks.check_refusal(strict)
    assert hint in say(checks.check_refusal(read))


def test_accepted_formulas():
    bad = ["Al40Cu60T", "Fe75xCo25", "(Fe75Co25", "Сu50Zr50"]
    assert checks.check_accepted(["Al40Cu60T"], bad) and checks.check_accepted("Al40Cu60T", bad)
    assert "one of them passes" in say(checks.check_accepted([], bad))
    assert "too many" in say(checks.check_accepted(bad, bad))
    assert "brackets closed" in say(checks.check_accepted(["(Fe75Co25"], bad))
    assert "copy them" in say(checks.check_accepted(["Al40"], bad))


def test_misread_error_tells_training_on_the_asked_rows():
    right, wrong = (fractions(GLASS.X["formula"], convention=c) for c in ("auto", "chemical"))
    trapped = (right - wrong).abs().sum(axis=1) > 1e-6

    def errors(rows):
        forest = RandomForestClassifier(5, random_state=3).fit(right[rows], GLASS.y[rows])
        asked = {"read right": right, "misread": wrong}
        return {name: 100 * (forest.predict(x[trapped]) != GLASS.y[trapped]).mean() for name, x in asked.items()}

    honest = errors(~trapped)
    answers = {
        "Right": honest,
        "it has seen what it is asked": errors(trapped | ~trapped),
        "the wrong way round": dict(zip(honest, list(honest.values())[::-1], strict=True)),
        "those are shares": {name: value / 100 for name, value in honest.items()},
        "those are the hits": {name: 100 - value for name, value in honest.items()},
        "random_state=3": {"read right": 50.0, "misread": 60.0},
        "the keys": {"right": 1},
    }
    for hint, answer in answers.items():
        assert hint in say(checks.check_misread_error(answer, 3, n_trees=5))


# Lesson 02


def test_harmonic_mean_without_its_last_step():
    value = DESCRIPTOR.fit_transform(["Cu60Zr40"]).iloc[0]["hmean:density"]
    assert checks.check_descriptor(value, "Cu60Zr40", "hmean:density")
    assert "mean of 1/p" in say(checks.check_descriptor(1 / value, "Cu60Zr40", "hmean:density"))


def test_pairs():
    formulas = GLASS.X["formula"].iloc[::20]
    averages = DESCRIPTOR.fit_transform(formulas).filter(regex="^ave:")
    r = averages.loc[:, averages.std() > 0].rename(columns=lambda name: name[4:]).corr()
    upper = np.triu(np.ones(r.shape, dtype=bool), k=1)
    best = list(r.abs().where(upper).stack().nlargest(3).index)
    assert checks.check_pairs(best, formulas, 3) and checks.check_pairs([pair[::-1] for pair in best], formulas, 3)
    lowest = list((-r.abs()).where(upper).stack().nlargest(3).index)
    assert "weakest" in say(checks.check_pairs(lowest, formulas, 3))
    assert "with itself" in say(checks.check_pairs([("density", "density")], formulas, 3))
    assert "once in each order" in say(checks.check_pairs([best[0], best[0][::-1]], formulas, 3))
    assert "yours are 2" in say(checks.check_pairs(best[:2], formulas, 3))
    assert "feature names" in say(checks.check_pairs([("density", "nonsense")], formulas, 3))
    assert "2 of 3 are right" in say(checks.check_pairs([*best[:2], ("density", "period")], formulas, 3))


def test_pairs_of_the_strongest_signed_correlations_are_told():
    formulas = ["Fe80B20", "Cu50Zr50", "Al85Ni10La5", "Mg65Cu25Y10"]  # few alloys: some correlations are near -1
    averages = DESCRIPTOR.fit_transform(formulas).filter(regex="^ave:")
    r = averages.loc[:, averages.std() > 0].rename(columns=lambda name: name[4:]).corr()
    signed = list(r.where(np.triu(np.ones(r.shape, dtype=bool), k=1)).stack().nlargest(60).index)
    assert "negative, too" in say(checks.check_pairs(signed, formulas, 60))


def test_mismatch_and_what_it_separates():
    rows = GLASS.X.iloc[::10].index
    formulas, classes = GLASS.X.loc[rows, "formula"], GLASS.y[rows]
    radius = DESCRIPTOR.fit_transform(formulas)
    ave, var = radius["ave:atomic_radius"], radius["var:atomic_radius"]
    delta = np.sqrt(var) / ave
    assert checks.check_mismatch(delta, formulas)
    for hint, answer in {
        "a root missing": delta**2,
        "per cent": 100 * delta,
        "no unit": np.sqrt(var),
        "it should have none": var / ave,
        "expand": delta + 1,
    }.items():
        assert hint in say(checks.check_mismatch(answer, formulas))
    two = classes != "CRA"

    def areas(rows, flip=False):
        scores = {"mismatch": delta, "variance": var}
        return {k: roc_auc_score((classes[rows] == "BMG") ^ flip, s[rows]) for k, s in scores.items()}

    assert checks.check_separation(areas(two), formulas, classes)
    assert "leave the crystalline" in say(checks.check_separation(areas(two | True), formulas, classes))
    assert "positive one" in say(checks.check_separation(areas(two, flip=True), formulas, classes))
    swapped = dict(zip(("mismatch", "variance"), list(areas(two).values())[::-1], strict=True))
    assert "wrong way round" in say(checks.check_separation(swapped, formulas, classes))
    assert "between 0 and 1" in say(checks.check_separation({"mismatch": 66, "variance": 70}, formulas, classes))


# Lesson 03


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("Cu70Zr30", "Right"),
        ("CuZr", "that is Cu50Zr50 itself"),
        ("Cu", "an element is gone"),
        ("Cu40Zr40Cs20", "further element"),
        ("Ni50Nb50", "largest and smallest"),
        ("Cu50Zz50", "hand in a formula"),
        (None, "hand in a formula"),
    ],
)
def test_twin(answer, hint):
    assert hint in say(checks.check_twin(answer, "Cu50Zr50"))


def test_template():
    frame = ImageTemplate.expert().to_frame()
    moved = frame.replace({"c6_gb": "density", "density": "hhi_p"})
    for hint, answer in {
        "Right": frame.replace("c6_gb", "hhi_p"),
        "still the experts'": frame,
        "c6_gb is still drawn": frame.replace("density", "hhi_p"),
        "hhi_p is not drawn": frame.replace("c6_gb", ""),
        "not where c6_gb was": moved,
        "another cell": frame.replace({"c6_gb": "hhi_p", "density": ""}),
    }.items():
        assert hint in say(checks.check_template(ImageTemplate.from_frame(answer), "c6_gb", "hhi_p"))
    assert "from_frame makes one" in say(checks.check_template(frame, "c6_gb", "hhi_p"))


def test_clipped_tells_a_scale_that_knows_the_test_alloys():
    rows = DESCRIPTOR.fit_transform(GLASS.X["formula"].iloc[::40])
    train, test = rows.iloc[::2], rows.iloc[1::2]
    clipped = CompositionImager().fit(train).clipped(test)
    counts = pd.Series(clipped.sum(axis=(1, 2)), test.index)
    assert counts.max() > 1
    for hint, answer in {
        "Right": counts[::-1],  # a Series is matched by its index
        "learned on the test alloys": counts * 0,
        "counts are asked for": counts / 392,
        "how many has each": counts > 0,
        "that are no test alloys": counts.rename(index={test.index[0]: "nobody"}),
        "Sum over what": counts + 1,
    }.items():
        assert hint in say(checks.check_clipped(answer, train, test))


def test_largest():
    values = pd.Series({"a": 3, "b": 2, "c": 2, "d": 0})
    assert checks.check_largest(["a", "b"], values, 2) and checks.check_largest(["c", "a"], values, 2)
    assert "smallest" in say(checks.check_largest(["d", "c"], values, 2))
    assert "rows with more" in say(checks.check_largest(["b", "c"], values, 2))
    assert "yours are 1" in say(checks.check_largest(["a", "a"], values, 2))
    assert "row names" in say(checks.check_largest([0, 1], values, 2))


# Lesson 04


def test_halfway():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.SiLU(), torch.nn.Linear(8, 4)).requires_grad_(False)
    a, b = torch.randn(2, 1, 3)

    def gap(layers, a, b):
        return (layers((a + b) / 2) - (layers(a) + layers(b)) / 2).abs().max().item()

    assert checks.check_halfway(gap, layers, a, b) and checks.check_halfway(gap, layers[0], a, b)
    for hint, wrong in {
        "is their mean": lambda f, a, b: (f((a + b) / 2) - (f(a) + f(b))).abs().max().item(),
        "not the one halfway": lambda f, a, b: (f(a + b) - (f(a) + f(b)) / 2).abs().max().item(),
        "the largest is asked for": lambda f, a, b: (f((a + b) / 2) - (f(a) + f(b)) / 2).abs().mean().item(),
        "returns nothing": lambda f, a, b: None,
        "fails: TypeError": lambda f: 0,
        "one number is wanted": lambda f, a, b: f(a),
    }.items():
        assert hint in say(checks.check_halfway(wrong, layers, a, b))
    assert "hand in a function" in say(checks.check_halfway(0.0, layers, a, b))


def test_attention():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4))

    def attend(query, key, axis=1, scale=1.0):
        e = np.exp(scale * query @ key.T / np.sqrt(query.shape[1]))
        return e / e.sum(axis=axis, keepdims=True)

    two = x[:, :2]
    assert checks.check_attention(attend(two, two), x) and checks.check_attention(attend(10 * two, two), x, 10)
    assert "opposite" in say(checks.check_attention(attend(two, -two), x))
    assert "all numbers of a token" in say(checks.check_attention(attend(x, x), x))
    assert "which axis" in say(checks.check_attention(attend(two, two, axis=0), x))
    assert "multiply them first" in say(checks.check_attention(attend(two, two), x, 10))
    assert "both multiplied" in say(checks.check_attention(attend(10 * two, 10 * two), x, 10))
    assert "root" in say(checks.check_attention(attend(two, two, scale=2**0.5), x))
    assert "Hand in the second" in say(checks.check_attention((two, attend(two, two)), x))


def test_weight_counts():
    torch = pytest.importorskip("torch")
    networks = {"small": torch.nn.BatchNorm1d(2), "large": torch.nn.Linear(3, 4)}
    assert checks.check_weight_counts({"small": 4, "large": 16}, networks)
    assert "those are the tensors" in say(checks.check_weight_counts({"small": 2, "large": 2}, networks))
    assert "not learned" in say(checks.check_weight_counts({"small": 9, "large": 16}, networks))
    assert "the keys" in say(checks.check_weight_counts({"small": 4}, networks))


# Lessons 05 and 06


def test_r2():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(40, 2)) * [1, 5] + [0, 50]
    p = 0.6 * y + rng.normal(size=y.shape) * 0.3 + 1
    correlation = np.mean([np.corrcoef(y[:, k], p[:, k])[0, 1] ** 2 for k in (0, 1)])
    for hint, answer in {
        "Right": r2_score(y, p),
        "wrong way round": r2_score(p, y),
        "squared correlation": correlation,
        "thrown together": r2_score(y.ravel(), p.ravel()),
        "weighted by their variance": r2_score(y, p, multioutput="variance_weighted"),
        "1 minus it": 1 - r2_score(y, p),
        "of these rows": 0.123,
    }.items():
        assert hint in say(checks.check_r2(answer, y, p))
    assert "are (39, 2) predictions" in say(checks.check_r2(0, y, p[1:]))


def test_share_within_tells_a_spread_mistaken():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(300, 2)) * 3
    p, s = np.zeros_like(y), np.abs(rng.normal(size=y.shape)) * 2 + 0.3
    for hint, wrong in {
        "Right": lambda y, p, s, k: (np.abs(y - p) < k * s).mean(),
        "without the absolute value": lambda y, p, s, k: (y - p < k * s).mean(),
        "the share outside": lambda y, p, s, k: (np.abs(y - p) >= k * s).mean(),
        "the k is not used": lambda y, p, s, k: (np.abs(y - p) < s).mean(),
        "do not square it": lambda y, p, s, k: (np.abs(y - p) < k * s**2).mean(),
        "for a variance": lambda y, p, s, k: (np.abs(y - p) < k * s**0.5).mean(),
        "each prediction has its own": lambda y, p, s, k: (np.abs(y - p) < k * s.mean()).mean(),
        "to either side": lambda y, p, s, k: (np.abs(y - p) < k * s / 2).mean(),
        "in per cent": lambda y, p, s, k: 100 * (np.abs(y - p) < k * s).mean(),
        "count how often": lambda y, p, s, k: 0.0,
    }.items():
        assert hint in say(checks.check_share_within(wrong, y, p, s))


def test_half_width_tells_a_leak():
    rng = np.random.default_rng(0)
    errors, fold, hot = rng.normal(size=60) + 0.5, np.arange(60) % 3, np.arange(60) % 2 == 0
    errors[hot] *= 3

    def widths(source, of=np.abs, q=0.9):
        return [np.quantile(of(errors[source(k, h)]), q) for k, h in zip(fold, hot, strict=True)]

    def fair(k, h):
        return (fold != k) & (hot == h)

    for hint, answer in {
        "Right": widths(fair),
        "one half-width for both": widths(lambda k, h: fold != k),
        "own fold": widths(lambda k, h: hot == h),
        "keep their sign": widths(fair, of=lambda e: e),
        "nine of ten": widths(fair, q=0.95),
        "swapped": widths(lambda k, h: (fold != k) & (hot != h)),
        "NaN": np.full(60, np.nan),
        "shape": [1.0, 2.0],
        "for each fold and group": np.ones(60),
    }.items():
        assert hint in say(checks.check_half_width(answer, errors, fold, hot))


def test_limits():
    X, limits = load_nims_steel().X, {"Mo": 0.15, "Ni": 1.0, "Cr": 1.0}
    above = pd.DataFrame({name: X[name] > limit for name, limit in limits.items()})
    for hint, answer in {
        "Right": above.any(axis=1),
        "one of them is enough": above.all(axis=1),
        "those are the others": ~above.any(axis=1),
        "Cr alone": above["Cr"],
        "booleans": np.flatnonzero(above.any(axis=1)),
        "marked wrong": np.arange(len(X)) % 2 == 0,
    }.items():
        assert hint in say(checks.check_any_above(answer, X, limits))


def test_wrong_side_tells_the_order_of_the_classes():
    rng = np.random.default_rng(0)
    rows = GLASS.X.index[:300]
    p = pd.DataFrame(rng.dirichlet([1, 1, 1], 300), rows, ["BMG", "CRA", "RMG"])
    truth = pd.Series(rng.choice(["BMG", "CRA", "RMG"], 300), rows)
    bulk = truth == "BMG"
    for hint, answer in {
        "Right": (p["BMG"] > 0.5) != bulk,
        "the probability of CRA": (p["CRA"] > 0.5) != bulk,
        "the right side": (p["BMG"] > 0.5) == bulk,
        "that the map misses": (p["BMG"] <= 0.5) & bulk,
        "and are none": (p["BMG"] > 0.5) & ~bulk,
        "another most probable class": p.idxmax(axis=1) != truth,
        "two yes-or-no questions": bulk | True,
    }.items():
        assert hint in say(checks.check_wrong_side(rows[answer], p, truth))
    assert "row names" in say(checks.check_wrong_side([3, 4], p, truth))


def test_f1_tells_accuracy_and_its_relatives():
    rng = np.random.default_rng(0)
    y = np.repeat(["BMG", "RMG", "CRA"], [30, 60, 10])
    p = np.where(rng.random(100) < 0.6, y, rng.choice(["BMG", "RMG", "CRA"], 100))
    for hint, answer in {
        "Right": f1_score(y, p, average="macro"),
        "accuracy": accuracy_score(y, p),
        "weighted by their size": f1_score(y, p, average="weighted"),
        "macro recall": recall_score(y, p, average="macro"),
        "macro precision": precision_score(y, p, average="macro"),
        "plain mean": 0.5,
    }.items():
        assert hint in say(checks.check_macro_f1(answer, y, p))
    one = {"labels": ["CRA"], "average": None}
    for hint, answer in {
        "Right": f1_score(y, p, **one)[0],
        "recall of CRA": recall_score(y, p, **one)[0],
        "precision of CRA": precision_score(y, p, **one)[0],
        "F1 of RMG": f1_score(y, p, labels=["RMG"], average=None)[0],
        "macro-F1": f1_score(y, p, average="macro"),
        "accuracy": accuracy_score(y, p),
    }.items():
        assert hint in say(checks.check_class_f1(answer, y, p, "CRA"))


def test_hours_and_bonus():
    y = np.repeat(["BMG", "RMG", "CRA"], [20, 40, 15])
    p = np.concatenate(
        [np.repeat(["BMG", "RMG", "CRA"], [13, 5, 2]), ["RMG"] * 33, ["CRA"] * 7, ["CRA"] * 11, ["RMG"] * 4]
    )
    missed, alarms, errors = 4, 9, (y != p).sum()
    assert ((y == "CRA") & (p != "CRA")).sum() == missed and ((y != "CRA") & (p == "CRA")).sum() == alarms
    for hint, hours in {
        "Right": 5 * missed + alarms,
        "wrong way round": missed + 5 * alarms,
        "the false alarms cost nothing": 5 * missed,
        "the missed ones cost nothing": alarms,
        "it is a glass all the same": 4 * missed + errors,
        "number of errors": errors,
        "hours an alloy": (5 * missed + alarms) / len(y),
        "each count times its hours": 1000,
    }.items():
        assert hint in say(checks.check_hours(lambda y, p, hours=hours: hours, y, p))
    valid, test = pd.Series({0.0: 9.0, 0.5: 7.0, 1.0: 8.0}), pd.Series({0.0: 9.0, 0.5: 8.0, 1.0: 6.0})
    for hint, answer in {"Right": 0.5, "on the test rows": 1.0, "dearest": 0.0, "not on the grid": 0.3}.items():
        assert hint in say(checks.check_bonus(answer, valid, test))


# Lesson 07


def precision_at(precision, recall, share, new_share):
    alarms = recall * share * (1 - precision) / precision / (1 - share)
    return recall * new_share / (recall * new_share + alarms * (1 - new_share))


def test_precision_at_another_share():
    """By hand: of 100 alloys 20 are of the class, 10 are found, and 2.5 of the other 80 called; then 40 and 60."""
    p, r, s, new = 0.8, 0.5, 0.2, 0.4
    right = 20 / (20 + 60 * 2.5 / 80)
    for hint, answer in {
        "Right": right,
        "the old precision": p,
        "wrong way round": precision_at(p, r, new, s),
        "keep their number": r * new / (r * new + r * s * (1 - p) / p),
        "is no count": p * new / s,
        "no share of the calls": r * new / (r * new + (1 - p) * (1 - new)),
        "1 minus it": 1 - right,
        "first the rate": 0.123,
        "nothing is handed in": None,
    }.items():
        assert hint in say(checks.check_precision_at(answer, p, r, s, new))
    assert checks.check_precision_at(precision_at, p, r, s, new)
    assert "fails: TypeError" in say(checks.check_precision_at(lambda: 0, p, r, s, new))


def test_interval_tells_which_part_is_missing():
    a, b, share = np.array([0.9, 0.8, 0.95, 0.7]), np.array([0.85, 0.7, 0.97, 0.6]), 0.4
    d = a - b
    n, spread, mean = 4, d.std(ddof=1), d.mean()

    def ends(spread=spread, factor=1 / n + share, t=3.182446305, middle=mean):
        return middle - t * factor**0.5 * spread, middle + t * factor**0.5 * spread

    unpaired = (a.var(ddof=1) + b.var(ddof=1)) ** 0.5
    for hint, answer in {
        "Right": ends(),
        "the textbook's interval": ends(factor=1 / n),
        "not paired": ends(spread=unpaired),
        "neither paired nor": ends(spread=unpaired, factor=1 / n),
        "1.96": ends(t=1.96),
        "ddof=1": ends(spread=d.std()),
        "90 %": ends(t=2.353363435),
        "b minus a": ends(middle=-d.mean()),
        "wrong way round": ends()[::-1],
        "root of the sum": ends(factor=(1 / n + share) ** 2),
        "mean of a - b": (0.0, 1.0),
        "shape": 0.5,
    }.items():
        assert hint in say(checks.check_interval(lambda a, b, share, answer=answer: answer, a, b, share))


def test_selection_tells_the_leak():
    random = np.random.default_rng(1)
    X, y = random.normal(size=(60, 80)), random.normal(size=60)
    folds = [(np.flatnonzero(np.arange(60) % 4 != k), np.flatnonzero(np.arange(60) % 4 == k)) for k in range(4)]

    def strongest(rows):
        return np.argsort([-abs(np.corrcoef(X[rows, j], y[rows])[0, 1]) for j in range(80)], kind="stable")[:10]

    def mean_r2(choose, scored=1):
        scores = []
        for split in folds:
            c, (train, _) = choose(split), split
            model, rows = LinearRegression().fit(X[train][:, c], y[train]), split[scored]
            scores.append(model.score(X[rows][:, c], y[rows]))
        return np.mean(scores)

    leaky, honest = mean_r2(lambda _: strongest(np.arange(60))), mean_r2(lambda split: strongest(split[0]))
    assert leaky > 0.1 > honest
    for hint, answer in {
        "Right": honest,
        "the leak itself": leaky,
        "on the held-out rows": mean_r2(lambda split: strongest(split[1])),
        "of the training rows": mean_r2(lambda split: strongest(split[0]), scored=0),
        "all columns": mean_r2(lambda _: np.arange(80)),
        "first ten": mean_r2(lambda _: np.arange(10)),
        "anew on each fold": 0.5,
        "nothing is handed in": None,
    }.items():
        assert hint in say(checks.check_selection(answer, X, y, folds))
    assert checks.check_selection(leaky, X, y, folds, leaky=True)
    assert "here the leak is asked for" in say(checks.check_selection(honest, X, y, folds, leaky=True))
