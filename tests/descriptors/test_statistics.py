"""The seven statistics: what one works out by hand, and what means must obey."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.descriptors.descriptor import CompositionDescriptor
from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.descriptors.statistics import STATISTICS, describe


def test_each_statistic_by_hand():
    # Fe80B20; periods 4 and 2, so 4 = 2², and the geometric mean is 2^(2 * 0.8 + 0.2).
    found = CompositionDescriptor(features=["period"]).transform(["Fe80B20"])[0]
    by_hand = {
        "ave": 0.8 * 4 + 0.2 * 2,
        "sum": 3.6,
        "var": 0.8 * 0.4**2 + 0.2 * 1.6**2,
        "gmean": 2**1.8,
        "hmean": 1 / (0.8 / 4 + 0.2 / 2),
        "max": 4,
        "min": 2,
    }
    np.testing.assert_allclose(found, [by_hand[s] for s in STATISTICS], rtol=1e-14)


def test_many_alloys_at_once_are_what_each_is_alone():
    """Alloys of 1 to 5 elements in any order, more than fit into one block of 256."""
    random = np.random.default_rng(0)
    weights = np.zeros((600, 94))
    for row, n in zip(weights, random.integers(1, 6, 600), strict=True):
        row[random.choice(94, n, replace=False)] = random.dirichlet(np.ones(n))
    values = element_table()[["period", "density"]].to_numpy()
    one_by_one = []
    for w in weights:
        p, w = values[w > 0], w[w > 0][:, None]
        ave = (w * p).sum(axis=0)
        var = (w * (p - ave) ** 2).sum(axis=0)
        one_by_one.append([*ave, *(100 * ave), *var, *p.max(axis=0), *p.min(axis=0)])
    wanted = ("ave", "sum", "var", "max", "min")
    together = describe(weights, values, wanted, 100.0, np.dtype(float))
    np.testing.assert_allclose(together, one_by_one, rtol=1e-9, atol=1e-9)


def test_a_variance_near_zero_is_exact():
    """Two elements whose values differ little against their size, where Σ w p² - ave² keeps no digit."""
    table = element_table()
    for formula, a, b, w in [
        ("Fe99.9999Co0.0001", "Fe", "Co", 1e-6),
        ("Pt99.9999Au0.0001", "Pt", "Au", 1e-6),
    ]:
        found = CompositionDescriptor(["var"]).transform([formula])[0]
        exact = w * (1 - w) * (table.loc[a] - table.loc[b]) ** 2
        np.testing.assert_allclose(found, exact, rtol=1e-9)


def test_pure_elements_are_their_own_means():
    table = element_table()
    found = CompositionDescriptor().set_output(transform="pandas").transform(np.eye(94))
    for statistic in STATISTICS:
        part = found.filter(regex=f"^{statistic}:").to_numpy()
        expected = np.zeros_like(table) if statistic == "var" else table.to_numpy()
        np.testing.assert_allclose(part, expected, rtol=1e-15 if statistic != "hmean" else 1e-14)


# two elements or more: one alone, with another amount than 1 or 100, is refused as a word
amounts = st.dictionaries(st.sampled_from(ELEMENTS), st.floats(1e-4, 1.0), min_size=2, max_size=12)


invariants = settings(deadline=None, max_examples=60, derandomize=True)


@invariants
@given(amounts, st.randoms(use_true_random=False))
def test_the_order_of_elements_does_not_matter(alloy, random):
    pairs = list(alloy.items())
    random.shuffle(pairs)
    written = ["".join(f"{e}{x:.6f}" for e, x in order) for order in (alloy.items(), pairs)]
    a, b = CompositionDescriptor().transform(written)
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@invariants
@given(amounts, st.sampled_from([0.01, 3.0, 100.0]))
def test_the_scale_of_amounts_does_not_matter(alloy, scale):
    written = ["".join(f"{e}{x * s:.9f}" for e, x in alloy.items()) for s in (1.0, scale)]
    a, b = CompositionDescriptor().transform(written)
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-9)


@invariants
@given(amounts)
def test_means_are_ordered(alloy):
    row = pd.DataFrame([alloy]).reindex(columns=list(ELEMENTS)).fillna(0.0)
    table = element_table()
    positive = list(table.columns[(table > 0).all()])
    found = CompositionDescriptor(features=positive).transform(row / row.sum(axis=1).iloc[0])[0]
    ave, total, var, gmean, hmean, largest, smallest = found.reshape(7, -1)
    slack = 1 + 1e-12
    assert (smallest <= hmean * slack).all() and (hmean <= gmean * slack).all()
    assert (gmean <= ave * slack).all() and (ave <= largest * slack).all()
    assert (var >= 0).all() and (var <= (largest - smallest) ** 2 / 4 * slack).all()
    np.testing.assert_array_equal(total, ave)
