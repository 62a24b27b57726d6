"""The 406 descriptors: equal to XenonPy's, named, and as a scikit-learn transformer."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mcvn_utils.composition.conversion import as_fractions
from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.datasets.loaders import load_metallic_glass
from mcvn_utils.descriptors.descriptor import CompositionDescriptor, special_values
from mcvn_utils.descriptors.elements import element_table, feature_info
from mcvn_utils.descriptors.statistics import STATISTICS


def mixtures(n: int, seed: int = 0, elements: int = 94) -> pd.DataFrame:
    """Random alloys of 1 to `elements` elements, most of them of few; fractions from 1e-6 up."""
    rng = np.random.default_rng(seed)
    matrix = np.zeros((n, len(ELEMENTS)))
    for row in matrix:
        k = min(elements, int(rng.geometric(0.2)) if rng.random() < 0.9 else int(rng.integers(1, 95)))
        row[rng.choice(94, k, replace=False)] = rng.dirichlet(np.full(k, 0.7)) + 1e-6
    return pd.DataFrame(matrix / matrix.sum(axis=1, keepdims=True), columns=list(ELEMENTS))


def glasses() -> pd.DataFrame:
    table = load_metallic_glass()
    return as_fractions(table.X["formula"])


def edge_cases() -> pd.DataFrame:
    """All 94 pure elements, near pure ones, equal features, zeros, negative features of both signs."""
    formulas = [
        "Fe99.9999C0.0001",
        "Pd50Ag50",
        "He50Ne50",
        "YbBe",
        "LaCe",
        "PrNd",
        "FeCo",
        "NiFeCoCr",
        "Pd99Si1",
    ]
    formulas += ["".join(ELEMENTS), "CuZn", "H50He50", "N99.999Xe0.001", "Zr1C99"]
    return pd.concat([pd.DataFrame(np.eye(94), columns=list(ELEMENTS)), as_fractions(formulas)], ignore_index=True)


def assert_as_xenonpy(fractions: pd.DataFrame) -> None:
    pytest.importorskip("xenonpy", reason="XenonPy is not installed: pip install -e '.[xenonpy]'")
    from tests.helpers.xenonpy_reference import xenonpy_describe

    table = element_table()
    theirs = xenonpy_describe(fractions, table)
    ours = CompositionDescriptor().set_output(transform="pandas").transform(fractions)
    assert list(ours.columns) == list(theirs.columns)
    pd.testing.assert_frame_equal(ours.isna(), theirs.isna())
    pd.testing.assert_frame_equal(np.isinf(ours), np.isinf(theirs))
    # Where all values are equal the variance is 0; XenonPy's rounding leaves about (epsilon * value)².
    rounding = np.zeros(406)
    rounding[2 * 58 : 3 * 58] = 100 * (np.finfo(float).eps * table.abs().max()) ** 2
    with np.errstate(invalid="ignore"):
        excess = (ours - theirs).abs() - 1e-9 * theirs.abs() - rounding
    assert not (excess > 0).any(axis=None), excess.max().nlargest(5)


@pytest.mark.filterwarnings("ignore")
def test_parity_with_xenonpy_on_a_sample_and_on_edge_cases():
    sample = glasses().sample(200, random_state=0)
    assert_as_xenonpy(pd.concat([sample, mixtures(200), edge_cases()], ignore_index=True))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_parity_with_xenonpy_on_all_glasses_and_2000_mixtures():
    assert_as_xenonpy(pd.concat([glasses(), mixtures(2000, seed=1), edge_cases()], ignore_index=True))


def test_names_are_in_xenonpys_order():
    names = CompositionDescriptor().get_feature_names_out()
    features = list(element_table().columns)
    assert len(names) == 406 == len(set(names))
    assert list(names[:58]) == [f"ave:{f}" for f in features]
    assert list(names) == [f"{s}:{f}" for s in STATISTICS for f in features]


amounts = st.dictionaries(st.sampled_from(ELEMENTS), st.floats(1e-4, 1.0), min_size=1, max_size=12)


invariants = settings(deadline=None, max_examples=60, derandomize=True)


@invariants
@given(amounts)
def test_nothing_is_undefined_but_what_special_values_lists(alloy):
    row = pd.DataFrame([alloy]).reindex(columns=list(ELEMENTS)).fillna(0.0)
    found = CompositionDescriptor().set_output(transform="pandas").transform(row / row.sum(axis=1).iloc[0])
    special = special_values()
    listed = special.index[special["value"].isna()]
    undefined = found.columns[~np.isfinite(found.iloc[0])]
    expected = [name for name in listed if len(alloy) > 1 and set(special.loc[name, "elements"].split()) & set(alloy)]
    assert list(undefined) == expected
    zero = special.index[special["value"] == 0]
    zero = [name for name in zero if set(special.loc[name, "elements"].split()) & set(alloy)]
    assert (found[zero].iloc[0] == 0).all()


def test_a_row_does_not_depend_on_its_neighbours():
    many = mixtures(700)
    descriptor = CompositionDescriptor()
    together = descriptor.transform(many)
    backwards = descriptor.transform(many.iloc[::-1])[::-1]
    alone = np.vstack([descriptor.transform(many.iloc[[i]]) for i in range(0, 700, 50)])
    np.testing.assert_allclose(together, backwards, rtol=1e-14)
    np.testing.assert_allclose(together[::50], alone, rtol=1e-14)


def test_the_result_does_not_depend_on_the_kind_of_input():
    table = mixtures(500)
    descriptor = CompositionDescriptor()
    whole = descriptor.transform(table)
    for X in (table.to_numpy(), np.asfortranarray(table)):
        np.testing.assert_allclose(descriptor.transform(X), whole, rtol=1e-14)
        np.testing.assert_allclose(descriptor.transform(X[137:274]), whole[137:274], rtol=1e-14)


def test_settings_choose_columns_amounts_and_type():
    X = ["Fe80B20", "Zr50Cu40Al10"]
    full = CompositionDescriptor().set_output(transform="pandas").transform(X)
    for statistics in [("ave",), ("min", "gmean"), ("hmean",), ("sum", "var")]:
        part = CompositionDescriptor(statistics, ["density", "period"]).set_output(transform="pandas").transform(X)
        pd.testing.assert_frame_equal(part, full[[f"{s}:{f}" for s in statistics for f in ("density", "period")]])
    percent = CompositionDescriptor(amounts="percent").set_output(transform="pandas").transform(X)
    changed = [c for c in full if not np.allclose(percent[c], full[c], equal_nan=True)]
    assert changed == [c for c in full if c.startswith("sum:") and (full[c] != 0).any()]
    np.testing.assert_allclose(percent.filter(regex="^sum"), 100 * full.filter(regex="^sum"))
    small = CompositionDescriptor(dtype="float32").transform(X)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, full.to_numpy(), rtol=1e-6)


def test_features_may_be_asked_for_by_group():
    info = feature_info()
    group = info["group"].iloc[0]
    members = list(info.index[info["group"] == group])

    def described(features) -> list[str]:
        names = CompositionDescriptor(["ave"], features).get_feature_names_out()
        return [name.removeprefix("ave:") for name in names]

    assert described([group]) == described(group) == members
    assert described([group, members[0]]) == members
    assert described([members[1], "period", group]) == list(dict.fromkeys([members[1], "period", *members]))
    assert described(["density", "c6_gb", "atomic_number"]) == ["density", "c6_gb", "atomic_number"]
    assert described(None) == list(element_table().columns)


def test_it_is_a_scikit_learn_transformer():
    X = load_metallic_glass().X[["formula"]].iloc[::500]
    descriptor = CompositionDescriptor(["ave", "max"], amounts="percent")
    again = clone(descriptor)
    assert again.get_params() == descriptor.get_params()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(descriptor)).transform(X), again.fit_transform(X))
    road = make_pipeline(descriptor, StandardScaler()).set_output(transform="pandas")
    scaled = road.fit_transform(X)
    assert scaled.index.equals(X.index)
    assert list(scaled.columns) == list(descriptor.get_feature_names_out())


def test_names_and_index_come_with_a_table():
    X = load_metallic_glass().X["formula"].iloc[5:8]
    found = CompositionDescriptor().set_output(transform="pandas").transform(X)
    assert found.index.equals(X.index)
    assert CompositionDescriptor().transform([]).shape == (0, 406)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"statistics": ["mean"]}, "unknown statistic 'mean'"),
        ({"statistics": []}, "at least one"),
        ({"statistics": ["ave", "ave"]}, "twice"),
        ({"features": ["densty"]}, "'densty'.*did you mean 'density'"),
        ({"amounts": "wt%"}, "'fraction' or 'percent'"),
        ({"dtype": "float16"}, "'float64' or 'float32'"),
    ],
)
def test_a_wrong_setting_is_named(setting, message):
    with pytest.raises(ValueError, match=message):
        CompositionDescriptor(**setting).fit(["Fe"])


def test_bad_rows_are_errors_that_name_the_row():
    good = pd.DataFrame({"Fe": [0.8, 0.5, 0.5], "B": [0.2, 0.5, 0.5]}, index=["a", "b", "c"])
    for value in (np.nan, -0.5, np.inf):
        bad = good.copy()
        bad.loc["b", "B"] = value
        with pytest.raises(ValueError, match="b"):
            CompositionDescriptor().transform(bad)
    bad = good.copy()
    bad.loc["c"] = 0.0
    with pytest.raises(ValueError, match="c"):
        CompositionDescriptor().transform(bad)
    for formula in ("Fe80Xx20", "Am50Fe50", "", None):
        with pytest.raises(ValueError, match="1"):
            CompositionDescriptor().transform(["Fe80B20", formula])
    grid = mixtures(30).to_numpy(copy=True)
    grid[25, 3] = np.nan
    with pytest.raises(ValueError, match="25"):
        CompositionDescriptor().transform(grid)


def test_no_torch_and_no_plots_are_imported():
    code = (
        "import sys, mcvn_utils.descriptors; "
        "print([m for m in ('torch', 'matplotlib', 'seaborn', 'ipywidgets', 'xenonpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
