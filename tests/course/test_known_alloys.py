"""A new alloy among the known ones: the nearest in atoms, and the descriptors that are most unusual."""

import numpy as np
import pandas as pd
import pytest

from mcvn_utils import CompositionDescriptor, load_metallic_glass
from mcvn_utils.composition.conversion import as_fractions
from mcvn_utils.course.known_alloys import KnownAlloys


@pytest.fixture(scope="module")
def known():
    return KnownAlloys(load_metallic_glass())


def test_nearest_alloys_are_counted_in_atoms_that_differ(known):
    near = known.nearest(as_fractions(["Cu50Zr50"]), n=6470)
    assert near["distance"].is_monotonic_increasing and near["distance"].iloc[0] == 0
    by_formula = near.drop_duplicates("formula").set_index("formula")
    glass = load_metallic_glass()
    assert by_formula.loc["Cu45Zr48Al7", "distance"] == pytest.approx(7)
    assert by_formula.loc["Cu45Zr48Al7", "class"] == glass.y[glass.X["formula"] == "Cu45Zr48Al7"].iloc[0]
    assert near["distance"].max() == pytest.approx(100)


def test_descriptors_are_found_by_words_and_placed_among_the_known_alloys(known):
    glass, alloy = load_metallic_glass(), as_fractions(["Zr50Cu40Al10"])
    shown = known.descriptors(alloy, "max radius", n=50).set_index("descriptor")
    assert all(name.startswith("max:") and "radius" in name for name in shown.index)
    name = "max:atomic_radius_rahm"
    values = CompositionDescriptor().set_output(transform="pandas").transform(glass.X["formula"])[name]
    assert shown.loc[name, "value"] == 268 and shown.loc[name, "unit"] == "pm"
    assert shown.loc[name, "place"] == pytest.approx(100 * (values < 268).mean())
    assert known.descriptors(alloy, "no such word").empty


def test_the_most_unusual_descriptors_come_first(known):
    first = known.descriptors(as_fractions(["Au"]), n=3)["descriptor"]
    table = CompositionDescriptor().set_output(transform="pandas").transform(load_metallic_glass().X["formula"])
    gold = CompositionDescriptor().set_output(transform="pandas").transform(["Au"]).iloc[0]
    away = ((gold - table.mean()).abs() / table.std()).replace(np.inf, np.nan)
    assert list(first) == list(away.sort_values(ascending=False).index[:3])
    assert isinstance(first, pd.Series)
