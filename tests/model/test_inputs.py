"""From a user's table to tensors: what is composition, what is a raw feature, and what is refused and why."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from mcvn_utils import ImageTemplate, load_metallic_glass, load_nims_steel
from mcvn_utils.composition.alloy_table import split_table
from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.images.imager import CompositionImager
from mcvn_utils.model.inputs import NetworkInputs
from mcvn_utils.model.parts import (
    ElementTokens,
    PeriodicPicture,
    Picture,
    PictureCells,
    Pieces,
    Ranks,
    RawNumbers,
    element_tokens,
)

STEELS = pd.DataFrame(
    {"C": [0.1, 0.4, 0.2, 0.3], "Cr": [1.0, 0.0, 12.0, 5.0], "temperature": [850.0, 900.0, 870.0, 880.0]},
    index=["S1", "S2", "S3", "S4"],
)
STEEL = {"composition": ["C", "Cr"], "unit": "wt%", "balance": "Fe"}
GLASSES = pd.DataFrame(
    {"formula": ["Cu50Zr50", "Fe80B20", "Al85Ni10La5", "Zr41Ti14Cu12.5Ni10Be22.5"], "rate": [1e2, 1e6, 1e5, 1.0]}
)


@pytest.fixture(scope="module")
def nims():
    return load_nims_steel()


@pytest.fixture(scope="module")
def nims_inputs(nims):
    return NetworkInputs(**nims.composition).fit(nims.X[::3])


# What a user may get wrong


def with_cell(table: pd.DataFrame, row: int, column: str, value) -> pd.DataFrame:
    spoiled = table.astype({column: object})
    spoiled.iloc[row, spoiled.columns.get_loc(column)] = value
    return spoiled


def many_glasses(formula: str) -> pd.DataFrame:
    return pd.DataFrame({"formula": [formula if row == 17 else "Cu50Zr50" for row in range(30)]})


MISTAKES = {
    "an array": (STEELS.to_numpy(), STEEL, ["must be a DataFrame", "composition=None"]),
    "a missing element": (STEELS.drop(columns="Cr"), STEEL, ["no column 'Cr'", "C, temperature", "rename"]),
    "a missing formula": (STEELS, {"composition": "formula"}, ["no column 'formula'", "set composition="]),
    "a gap": (with_cell(STEELS, 1, "temperature", np.nan), STEEL, ["'temperature'", "'S2'", "1 such", "drop the rows"]),
    "infinity": (with_cell(STEELS, 2, "temperature", np.inf), STEEL, ["'temperature'", "'S3'", "inf", "no finite"]),
    "text": (STEELS.assign(maker=list("abcd")), STEEL, ["'maker'", "'a'", "4 such rows", "drop the column"]),
    "a date": (STEELS.assign(day=pd.date_range("2020", periods=4)), STEEL, ["'day'", "'S1'", "no finite number"]),
    "a gap in wt%": (with_cell(STEELS, 1, "C", np.nan), STEEL, ["row 'S2'", "C = nan", "write 0"]),
    "a negative wt%": (with_cell(STEELS, 3, "C", -0.1), STEEL, ["row 'S4'", "C = -0.1", "negative"]),
    "over 100 wt%": (with_cell(STEELS, 2, "Cr", 99.9), STEEL, ["row 'S3'", "100.1 %", "at most 100"]),
    "a doubled element": (pd.concat([STEELS, STEELS[["C"]]], axis=1), STEEL, ["'C'", "stands twice"]),
    "a doubled feature": (STEELS.iloc[:, [0, 1, 2, 2]], STEEL, ["'temperature'", "stands twice", "rename or drop"]),
    "doubled formulas": (GLASSES.iloc[:, [0, 0]], {"composition": "formula"}, ["'formula'", "stands twice"]),
    "no element": (STEELS, {"composition": ["C", "temperature"]}, ["'temperature'", "is no element symbol"]),
    "a wrong unit": (STEELS, {**STEEL, "unit": "mol%"}, ["'wt%' or 'at%'", "'mol%'"]),
    "a bad formula": (many_glasses("Fe80Xx20"), {"composition": "formula"}, ["row 17", "'Fe80Xx20'", "Xe?", "mend"]),
    "beyond plutonium": (many_glasses("Am80Fe20"), {"composition": "formula"}, ["row 17", "'Am'", "plutonium"]),
    "an empty formula": (many_glasses(None), {"composition": "formula"}, ["row 17", "empty cell", "leave them out"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_a_value_error_that_names_place_and_remedy(mistake):
    table, how, words = MISTAKES[mistake]
    for use in (lambda: split_table(table, **how), lambda: NetworkInputs(**how).fit(table)):
        with pytest.raises(ValueError) as caught:
            use()
        assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda X: X.drop(columns="Cr"), ["lacks the column 'Cr'", "was trained on C, Cr, temperature"]),
        (lambda X: X.assign(remark=1.0), ["has the column 'remark'", "unknown to the model"]),
        (lambda X: X.rename(columns={"temperature": "Temperature"}), ["lacks the column 'temperature'"]),
        (lambda X: X.iloc[:, [0, 1, 2, 0]], ["'C' stands twice"]),
        (lambda X: X.to_numpy(), ["must be a DataFrame"]),
        (lambda X: X.iloc[:0], ["no rows"]),
    ],
)
def test_other_columns_than_in_training_are_an_error(change, words):
    inputs = NetworkInputs(**STEEL).fit(STEELS)
    with pytest.raises(ValueError) as caught:
        inputs.transform(change(STEELS))
    assert [word for word in words if word not in str(caught.value)] == []


def test_an_array_of_another_width_is_an_error():
    inputs = NetworkInputs(composition=None).fit(STEELS.to_numpy())
    with pytest.raises(ValueError, match=r"X has 2 features, but .* 3 features"):
        inputs.transform(STEELS.to_numpy()[:, :2])


def test_nothing_is_drawn_before_fit():
    with pytest.raises(NotFittedError):
        NetworkInputs(**STEEL).transform(STEELS)


# What the networks get


def test_shapes_and_types_of_the_arrays(nims, nims_inputs):
    arrays = nims_inputs.transform(nims.X)
    assert {name: (array.shape, array.dtype.kind) for name, array in arrays.items()} == {
        "image": ((360, 1, 24, 21), "f"),
        "elements": ((360, 10), "i"),
        "amounts": ((360, 10), "f"),
        "raw": ((360, 16), "f"),
    }
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert all(array.dtype == np.float32 for name, array in arrays.items() if name != "elements")


def test_the_picture_is_the_imagers_own():
    amounts, _ = split_table(GLASSES, "formula")
    picture = NetworkInputs().fit(GLASSES).transform(GLASSES)["image"]
    assert np.array_equal(picture, CompositionImager().fit_transform(amounts))


@pytest.mark.parametrize("off", [Picture, ElementTokens, RawNumbers])
def test_each_part_can_be_left_out_and_the_others_stay(off):
    names = {Picture: {"image"}, ElementTokens: {"elements", "amounts"}, RawNumbers: {"raw"}}
    parts = [part() for part in names if part is not off]
    full, part = NetworkInputs().fit(GLASSES), NetworkInputs(parts=parts).fit(GLASSES)
    whole, rest = full.transform(GLASSES), part.transform(GLASSES)
    assert set(whole) - set(rest) == names[off]
    assert set(full.without(off).transform(GLASSES)) == set(rest)
    assert all(np.array_equal(rest[name], whole[name]) for name in rest)


def test_without_a_composition_there_are_raw_features_only():
    assert set(NetworkInputs(composition=None).fit(STEELS).transform(STEELS)) == {"raw"}


def test_a_second_fit_forgets_the_first():
    inputs = NetworkInputs().fit(GLASSES).set_params(parts=[ElementTokens(), RawNumbers()]).fit(GLASSES)
    assert set(inputs.transform(GLASSES)) == {"elements", "amounts", "raw"}
    assert set(clone(inputs).fit(GLASSES).transform(GLASSES)) == {"elements", "amounts", "raw"}


def test_element_tokens_by_hand():
    amounts = np.zeros((3, 94))
    amounts[0, [28, 39]] = 0.36, 0.64  # Cu36Zr64
    amounts[1, 25] = 1.0  # Fe
    amounts[2, [25, 27, 4, 12]] = 0.4, 0.4, 0.15, 0.05  # Fe40Ni40B15Al5: beyond three tokens aluminium is left out
    numbers, shares = element_tokens(amounts, 3)
    assert numbers.tolist() == [[40, 29, 0], [26, 0, 0], [26, 28, 5]]
    assert np.allclose(shares, [[0.64, 0.36, 0], [1, 0, 0], [0.4, 0.4, 0.15]])


def test_tokens_say_what_the_fractions_say(nims, nims_inputs):
    amounts, _ = split_table(nims.X, **nims.composition)
    arrays = nims_inputs.transform(nims.X)
    rebuilt = np.zeros((360, 95), dtype=np.float32)
    np.put_along_axis(rebuilt, arrays["elements"], arrays["amounts"], axis=1)
    assert np.allclose(rebuilt[:, 1:], amounts, atol=1e-7)
    assert (np.diff(arrays["amounts"], axis=1) <= 0).all()


def test_there_are_as_many_tokens_as_the_richest_training_alloy_has_elements():
    glass = load_metallic_glass().X.iloc[:400]
    inputs = NetworkInputs().fit(glass)
    assert inputs.shapes_["elements"][0] == (split_table(glass, "formula")[0] > 0).sum(axis=1).max()
    assert NetworkInputs().fit(GLASSES[:2][["formula"]]).transform(GLASSES[["formula"]])["elements"].shape == (4, 2)


# What is learned, and from which rows


def test_raw_features_are_straightened_and_standardised_over_the_training_rows(nims, nims_inputs):
    raw = nims_inputs.transform(nims.X[::3])["raw"].astype(float)
    constant = nims.X[::3].nunique().to_numpy() == 1
    assert np.allclose(raw.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(raw.std(axis=0), np.where(constant, 0, 1), atol=1e-3)


def test_straightening_tames_a_long_tail_and_keeps_the_order():
    rates = pd.DataFrame({"rate": np.geomspace(1, 1e6, 200)})
    raw = NetworkInputs(composition=None).fit(rates).transform(rates)["raw"][:, 0]
    assert (np.diff(raw) > 0).all()
    assert abs(np.median(raw)) < 0.1  # plain standardising would put it at -0.4
    assert np.abs(raw).max() < 2.5


@pytest.mark.parametrize("scale", [1e-10, 1e-6, 1e6])
def test_the_unit_of_a_feature_does_not_mute_it(scale):
    values = scale * np.linspace(1, 2, 50)[:, None]
    raw = NetworkInputs(composition=None).fit(values).transform(values)["raw"]
    assert raw.std() == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("origin", [0, 273.15, 1000, 1e6])
def test_the_origin_of_a_feature_does_not_mute_it(origin):
    values = origin + np.random.default_rng(0).lognormal(size=(200, 1))
    raw = NetworkInputs(composition=None).fit(values).transform(values)["raw"][:, 0]
    assert raw.std() == pytest.approx(1, rel=1e-3)
    assert (np.diff(raw[values[:, 0].argsort()]) > 0).all()


def test_a_feature_that_was_constant_in_training_is_muted():
    inputs = NetworkInputs(**STEEL).fit(STEELS.assign(temperature=870.0))
    assert (inputs.transform(STEELS)["raw"][:, 2] == 0).all()


def test_a_wild_value_is_held_to_eight_spreads():
    raw = NetworkInputs(**STEEL).fit(STEELS).transform(STEELS.assign(temperature=[-1e9, 1e9, 1e30, 870]))["raw"][:, 2]
    assert raw[:3].tolist() == [-8, 8, 8] and abs(raw[3]) < 1


def test_other_rows_change_nothing_that_was_learned(nims, nims_inputs):
    alone, _ = NetworkInputs(**nims.composition).fit(nims.X[::3]).state()
    nims_inputs.transform(nims.X[1::3])
    assert all(np.array_equal(alone[name], array, equal_nan=True) for name, array in nims_inputs.state()[0].items())


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.integers(0, 359), min_size=1, max_size=8))
def test_a_row_comes_out_the_same_in_whatever_company(nims, nims_inputs, rows):
    together = nims_inputs.transform(nims.X)
    for name, array in nims_inputs.transform(nims.X.iloc[rows]).items():
        assert np.allclose(array, together[name][rows], atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_order_of_the_columns_does_not_matter(nims, nims_inputs, data):
    columns = data.draw(st.permutations(list(nims.X.columns)))
    X = nims.X.iloc[::60]
    turned, straight = nims_inputs.transform(X[columns]), nims_inputs.transform(X)
    assert all(np.array_equal(turned[name], straight[name]) for name in straight)


# What is saved


@pytest.mark.parametrize(
    ("table", "how"),
    [
        (STEELS, STEEL),
        (STEELS, {"composition": None}),
        (GLASSES, {}),
        (GLASSES, {"parts": [Picture()]}),
        (GLASSES, {"parts": [PictureCells(4), PeriodicPicture(), Pieces(4)]}),
        (GLASSES[["formula"]], {"parts": [ElementTokens(), RawNumbers()]}),
    ],
)
def test_state_goes_through_arrays_and_json_and_back_without_loss(table, how):
    inputs = NetworkInputs(**how).fit(table)
    arrays, facts = inputs.state()
    assert all(isinstance(array, np.ndarray) and array.dtype.kind == "f" for array in arrays.values())
    back = NetworkInputs.from_state(arrays, json.loads(json.dumps(facts)))
    assert [(type(p), p.get_params()) for p in back.parts_ if not isinstance(p, Picture)] == [
        (type(p), p.get_params()) for p in inputs.parts_ if not isinstance(p, Picture)
    ]
    expected, found = inputs.transform(table), back.transform(table)
    assert expected.keys() == found.keys()
    assert all(np.array_equal(expected[name], found[name]) for name in expected)
    again, same_facts = back.state()
    assert json.dumps(same_facts) == json.dumps(facts) and again.keys() == arrays.keys()


def test_the_saved_template_is_the_one_that_was_drawn():
    parts = dict(NetworkInputs().fit(GLASSES).state()[1]["parts"])
    assert ImageTemplate(parts["Picture"]["template"]) == ImageTemplate.expert()


def test_element_numbers_are_atomic_numbers():
    numbers, _ = element_tokens(np.eye(94), 1)
    assert [ELEMENTS[z - 1] for z in numbers[:, 0]] == list(ELEMENTS)


# Ranks, for trees


def test_of_formulas_raw_features_and_pixels_are_ranked_and_of_element_columns_the_features_alone():
    formulas = NetworkInputs("formula", parts=[Picture(), Ranks()]).fit(GLASSES)
    assert formulas.shapes_["ranks"] == (1 + 392,)
    arrays = formulas.transform(GLASSES)
    assert arrays["ranks"].shape == (4, 393) and arrays["ranks"].dtype == np.float32
    assert arrays["ranks"][:, 0].argsort().tolist() == GLASSES["rate"].argsort().tolist()
    drawn = arrays["image"].reshape(4, -1)[:, formulas.imager_.drawn()[0]]
    for pixel, rank in zip(drawn.T, arrays["ranks"].T[1:], strict=True):
        assert (np.diff(rank[np.argsort(pixel, kind="stable")]) >= 0).all()
    assert NetworkInputs(**STEEL, parts=[Ranks()]).fit(STEELS).shapes_ == {"ranks": (len(STEELS.columns),)}
    assert NetworkInputs("formula", parts=[Ranks(pixels=False)]).fit(GLASSES).shapes_ == {"ranks": (1,)}
    assert NetworkInputs("formula", parts=[Ranks(raw=False, pixels=False)]).fit(GLASSES).shapes_ == {}
    assert "ranks" not in NetworkInputs("formula").fit(GLASSES).transform(GLASSES)


def test_ranks_are_learned_from_the_training_rows_and_kept_in_the_state():
    reader = NetworkInputs("formula", parts=[RawNumbers(), Ranks()]).fit(GLASSES[:3])
    arrays, facts = reader.state()
    again = NetworkInputs.from_state(arrays, json.loads(json.dumps(facts)))
    np.testing.assert_array_equal(again.transform(GLASSES)["ranks"], reader.transform(GLASSES)["ranks"])
    assert abs(reader.transform(GLASSES)["ranks"]).max() <= np.sqrt(3) + 1e-6  # beyond the training rows: the end
    less = reader.without(Ranks)
    assert set(less.transform(GLASSES)) == {"raw"} and not any("Ranks" in name for name in less.state()[0])
