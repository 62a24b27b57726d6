"""The picture of the periodic table: fractions and weighted features in each element's place."""

import numpy as np
import pytest
from sklearn.base import clone

from mcvn_utils.composition.periodic_table import POSITIONS
from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.images.periodic import PeriodicTableImager

ALLOYS = ["Cu64Zr36", "Zr55Cu30Al10Ni5", "Fe80B20"]


def test_fractions_and_weighted_features_on_the_periodic_table():
    imager = PeriodicTableImager(features=("en_pauling", "gs_energy"))
    pictures = imager.fit(ALLOYS).transform(ALLOYS)
    assert pictures.shape == (len(ALLOYS), 3, 9, 18) and pictures.dtype == np.float32
    np.testing.assert_allclose(pictures[:, 0].sum(axis=(1, 2)), 1, rtol=1e-6)
    copper = POSITIONS["Cu"]
    table = element_table()
    assert pictures[0, 0, *copper] == pytest.approx(0.64)
    assert pictures[0, 1, *copper] == pytest.approx(0.64 * table.en_pauling["Cu"] / table.en_pauling.max())
    assert -1 <= pictures[0, 2, *copper] < 0
    assert PeriodicTableImager(features=()).transform("Cu64Zr36").shape == (1, 1, 9, 18)
    assert clone(imager).get_params() == imager.get_params()
    with pytest.raises(ValueError, match=r"unknown element features: density\?"):
        PeriodicTableImager(features=["density?"]).fit(ALLOYS)
