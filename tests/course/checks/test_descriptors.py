"""Checks for lesson 02: the right answer passes, and each plausible mistake has its own hint."""

import numpy as np
from sklearn.metrics import roc_auc_score

from mcvn_utils import CompositionDescriptor, element_table, load_metallic_glass
from mcvn_utils.course.checks.descriptors import check_descriptor, check_mismatch, check_pairs, check_separation
from tests.course.checks.test_verdict import say

GLASS = load_metallic_glass()
DESCRIPTOR = CompositionDescriptor().set_output(transform="pandas")


def test_descriptor_tells_the_mistakes_apart():
    values = CompositionDescriptor().set_output(transform="pandas").fit_transform(["Cu60Zr40"]).iloc[0]
    name = "var:atomic_radius"
    assert check_descriptor(values[name], "Cu60Zr40", name)
    assert "standard deviation" in repr(check_descriptor(values[name] ** 0.5, "Cu60Zr40", name))
    plain = element_table().loc[["Cu", "Zr"], "atomic_radius"].mean()
    assert "each element counts the same" in repr(check_descriptor(plain, "Cu60Zr40", "ave:atomic_radius"))
    assert "that is the max" in repr(check_descriptor(values["max:density"], "Cu60Zr40", "ave:density"))
    assert "write the definition" in repr(check_descriptor(-1.0, "Cu60Zr40", "ave:density"))
    assert "is no descriptor" in repr(check_descriptor(1.0, "Cu60Zr40", "mean:density"))


def test_harmonic_mean_without_its_last_step():
    value = DESCRIPTOR.fit_transform(["Cu60Zr40"]).iloc[0]["hmean:density"]
    assert check_descriptor(value, "Cu60Zr40", "hmean:density")
    assert "mean of 1/p" in say(check_descriptor(1 / value, "Cu60Zr40", "hmean:density"))


def test_pairs():
    formulas = GLASS.X["formula"].iloc[::20]
    averages = DESCRIPTOR.fit_transform(formulas).filter(regex="^ave:")
    r = averages.loc[:, averages.std() > 0].rename(columns=lambda name: name[4:]).corr()
    upper = np.triu(np.ones(r.shape, dtype=bool), k=1)
    best = list(r.abs().where(upper).stack().nlargest(3).index)
    assert check_pairs(best, formulas, 3) and check_pairs([pair[::-1] for pair in best], formulas, 3)
    lowest = list((-r.abs()).where(upper).stack().nlargest(3).index)
    assert "weakest" in say(check_pairs(lowest, formulas, 3))
    assert "with itself" in say(check_pairs([("density", "density")], formulas, 3))
    assert "once in each order" in say(check_pairs([best[0], best[0][::-1]], formulas, 3))
    assert "yours are 2" in say(check_pairs(best[:2], formulas, 3))
    assert "feature names" in say(check_pairs([("density", "nonsense")], formulas, 3))
    assert "2 of 3 are right" in say(check_pairs([*best[:2], ("density", "period")], formulas, 3))


def test_pairs_of_the_strongest_signed_correlations_are_told():
    formulas = ["Fe80B20", "Cu50Zr50", "Al85Ni10La5", "Mg65Cu25Y10"]  # few alloys: some correlations are near -1
    averages = DESCRIPTOR.fit_transform(formulas).filter(regex="^ave:")
    r = averages.loc[:, averages.std() > 0].rename(columns=lambda name: name[4:]).corr()
    signed = list(r.where(np.triu(np.ones(r.shape, dtype=bool), k=1)).stack().nlargest(60).index)
    assert "negative, too" in say(check_pairs(signed, formulas, 60))


def test_mismatch_and_what_it_separates():
    rows = GLASS.X.iloc[::10].index
    formulas, classes = GLASS.X.loc[rows, "formula"], GLASS.y[rows]
    radius = DESCRIPTOR.fit_transform(formulas)
    ave, var = radius["ave:atomic_radius"], radius["var:atomic_radius"]
    delta = np.sqrt(var) / ave
    assert check_mismatch(delta, formulas)
    for hint, answer in {
        "a root missing": delta**2,
        "per cent": 100 * delta,
        "no unit": np.sqrt(var),
        "it should have none": var / ave,
        "expand": delta + 1,
    }.items():
        assert hint in say(check_mismatch(answer, formulas))
    two = classes != "CRA"

    def areas(rows, flip=False):
        scores = {"mismatch": delta, "variance": var}
        return {k: roc_auc_score((classes[rows] == "BMG") ^ flip, s[rows]) for k, s in scores.items()}

    assert check_separation(areas(two), formulas, classes)
    assert "leave the crystalline" in say(check_separation(areas(two | True), formulas, classes))
    assert "positive one" in say(check_separation(areas(two, flip=True), formulas, classes))
    swapped = dict(zip(("mismatch", "variance"), list(areas(two).values())[::-1], strict=True))
    assert "wrong way round" in say(check_separation(swapped, formulas, classes))
    assert "between 0 and 1" in say(check_separation({"mismatch": 66, "variance": 70}, formulas, classes))
