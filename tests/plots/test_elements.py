"""Figures of elements and compositions show each element at its place, and absent ones in white or gray."""

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.composition.conversion import fractions
from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.plots.elements import plot_periodic_table, plot_sparse_dense, plot_sparsity


def test_the_periodic_table_shows_one_feature():
    ax = plot_periodic_table(element_table().density, label="density (g/cm³)")
    assert {text.get_text() for text in ax.texts} == set(ELEMENTS)
    assert ax.figure.axes[1].get_ylabel() == "density (g/cm³)"
    sparse = plot_periodic_table({"Fe": 10, "Zr": 1}, log=True)
    faces = [patch.get_facecolor() for patch in sparse.patches]
    assert len(faces) == 94 and faces.count((0.93, 0.93, 0.93, 1)) == 92


def test_what_is_no_element_or_has_no_value_is_named():
    with pytest.raises(ValueError, match="Xx"):
        plot_periodic_table({"Fe": 1, "Xx": 2})
    with pytest.raises(ValueError, match="no element has a value"):
        plot_periodic_table({"Fe": float("nan")})


def test_sparsity_leaves_absent_elements_white():
    ax = plot_sparsity(fractions(["Fe80B20", "Al2O3"]), title="two alloys")
    shown = ax.images[0].get_array()
    assert shown.shape == (2, 94) and shown.mask.sum() == 2 * 94 - 4
    assert shown[0, ELEMENTS.index("Fe")] == pytest.approx(80) and ax.get_title() == "two alloys"


def test_sparse_and_dense_tables_stand_side_by_side_and_zeros_are_white():
    fractions_ = pd.DataFrame({"Cu": [0.5, 0.0], "Zr": [0.5, 1.0]})
    descriptors = pd.DataFrame({"ave:density": [7.7, 6.5], "ave:period": [4.5, 5.0], "var:density": [1.5, 0.0]})
    left, right = plot_sparse_dense(fractions_, descriptors, title="two alloys").axes
    np.testing.assert_array_equal(left.images[0].get_array().filled(np.nan), [[0.5, 0.5], [np.nan, 1.0]])
    np.testing.assert_array_equal(right.images[0].get_array().filled(np.nan), [[1, 0, 1], [0, 1, np.nan]])
    assert [tick.get_text() for tick in right.get_xticklabels()] == ["ave", "var"]
