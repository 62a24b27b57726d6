"""Pictures: how gray each descriptor is drawn, and what a picture may know of other rows."""

import io
import math
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from mcvn_utils.composition.conversion import as_fractions
from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.descriptors.descriptor import CompositionDescriptor
from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.images.imager import UNDEFINED_GRAY, CompositionImager, as_gray, png_bytes, save_png
from mcvn_utils.images.periodic import PeriodicTableImager
from mcvn_utils.images.templates import ImageTemplate

ALLOYS = [
    "Cu64Zr36",
    "Zr55Cu30Al10Ni5",
    "Fe80B20",
    "Mg65Cu25Y10",
    "Al85Ni10La5",
    "Pd40Ni40P20",
    "Ti50Cu50",
    "La55Al45",
]


PAPER_GRID = """\
en_pauling,atomic_number,period,atomic_radius_rahm,lattice_constant,gs_bandgap,c6_gb
electron_negativity,num_unfilled,num_valance,covalent_radius_slater,atomic_radius,gs_energy,bulk_modulus
en_ghosh,num_s_valence,num_s_unfilled,covalent_radius_cordero,vdw_radius,gs_est_bcc_latcnt,sound_velocity
en_allen,num_d_unfilled,num_d_valence,covalent_radius_pyykko,vdw_radius_uff,gs_est_fcc_latcnt,atomic_weight
electron_affinity,num_p_unfilled,num_p_valence,covalent_radius_pyykko_double,vdw_radius_alvarez,gs_mag_moment,density
mendeleev_number,num_f_unfilled,num_f_valence,covalent_radius_pyykko_triple,vdw_radius_mm3,gs_volume_per,molar_volume
heat_capacity_molar,heat_capacity_mass,first_ion_en,heat_of_formation,boiling_point,dipole_polarizability,icsd_volume
thermal_conductivity,specific_heat,fusion_enthalpy,evaporation_heat,melting_point,Polarizability,atomic_volume
"""


def worked_statistics(amounts, p):
    """The seven statistics of one feature, in plain arithmetic; amounts and p by element."""
    weights = {element: amount / sum(amounts.values()) for element, amount in amounts.items()}
    mean = sum(w * p[e] for e, w in weights.items())
    alone_or_positive = len(weights) == 1 or all(p[e] >= 0 for e in weights)
    return {
        "ave": mean,
        "sum": mean,
        "var": sum(w * (p[e] - mean) ** 2 for e, w in weights.items()),
        "gmean": math.prod(p[e] ** w for e, w in weights.items()) if alone_or_positive else math.nan,
        "hmean": 0.0 if any(p[e] == 0 for e in weights) else 1 / sum(w / p[e] for e, w in weights.items()),
        "max": max(p[e] for e in weights),
        "min": min(p[e] for e in weights),
    }


def test_the_papers_picture_pixel_by_pixel():
    """Three alloys, smallest to largest value, times 255, rounded: each of the 504 pixels worked out here."""
    alloys = {"Cu": {"Cu": 1}, "Cu3Zr1": {"Cu": 3, "Zr": 1}, "Zr": {"Zr": 1}}
    table = element_table()
    expected = np.zeros((3, 24, 21), dtype=int)
    for i, line in enumerate(PAPER_GRID.split()):
        for j, feature in enumerate(line.split(",")):
            p = table[feature].to_dict()
            values = [worked_statistics(amounts, p) for amounts in alloys.values()]
            cell = [["sum", None, "var"], ["gmean", "ave", "hmean"], ["max", None, "min"]]
            for a in range(3):
                for b in range(3):
                    if cell[a][b] is None:
                        continue
                    column = [value[cell[a][b]] for value in values]
                    finite = [v for v in column if math.isfinite(v)]
                    changes = finite and max(finite) - min(finite) > 1e-9 * max(map(abs, finite))
                    for k, value in enumerate(column):
                        gray = 128
                        if changes and math.isfinite(value):
                            gray = round((value - min(finite)) / (max(finite) - min(finite)) * 255)
                        expected[k, 3 * i + a, 3 * j + b] = gray
    pictures = CompositionImager(gray_levels=256).fit_transform(list(alloys))
    np.testing.assert_array_equal(np.round(pictures[:, 0] * 255).astype(int), expected)


def test_one_cell_in_numbers():
    """Atomic number in Cu3Zr, on scales from black (smallest of Cu 29, Cu3Zr, Zr 40) to white (largest).

    ave, sum: 0.75 * 29 + 0.25 * 40 = 31.75;      (31.75 - 29) / 11 = 0.250    -> 64
    gmean:    29^0.75 * 40^0.25 = 31.428;         (31.428 - 29) / 11 = 0.221   -> 56
    hmean:    1 / (0.75 / 29 + 0.25 / 40) = 31.141; (31.141 - 29) / 11 = 0.195 -> 50
    var:      0.75 * 0.25 * 11^2 = 22.7, 0 in Cu and in Zr                     -> 255
    max:      40, as in Zr -> 255; min: 29, as in Cu -> 0; two pixels are empty -> 0
    """
    pictures = CompositionImager(gray_levels=256).fit_transform(["Cu", "Cu3Zr1", "Zr"])
    cell = np.round(pictures[1, 0, 0:3, 3:6] * 255).astype(int)
    assert cell.tolist() == [[64, 0, 255], [56, 64, 50], [255, 0, 0]]


def test_formulas_fractions_and_descriptors_give_one_picture():
    imager = CompositionImager().fit(ALLOYS)
    picture = imager.transform(ALLOYS)
    assert picture.shape == (len(ALLOYS), 1, 24, 21) and picture.dtype == np.float32
    descriptor = CompositionDescriptor().fit(ALLOYS)
    values = np.asarray(descriptor.transform(ALLOYS))
    table = pd.DataFrame(values, columns=descriptor.get_feature_names_out())
    shuffled = table[table.columns[::-1]]
    fractions = as_fractions(ALLOYS)
    for X in (pd.Series(ALLOYS), fractions, fractions.to_numpy(), values, table, shuffled):
        np.testing.assert_allclose(imager.transform(X), picture, atol=1e-6)
    with pytest.raises(ValueError, match="lacks 1 descriptors, the first is 'ave:density'"):
        imager.transform(table.drop(columns="ave:density"))


def test_empty_pixels_are_black_and_grays_are_countable():
    pictures = CompositionImager(gray_levels=16).fit_transform(ALLOYS)
    assert not pictures[:, 0, ImageTemplate.expert().pixels == ""].any()
    sixteenths = pictures[pictures != np.float32(UNDEFINED_GRAY)] * 15
    np.testing.assert_allclose(sixteenths, np.round(sixteenths), atol=1e-5)


@pytest.mark.parametrize("scaling", ["minmax", "quantile", "standard"])
def test_unseen_values_are_clipped_and_counted(scaling):
    imager = CompositionImager(scaling=scaling).fit(["Cu64Zr36", "Cu50Zr50", "Cu46Zr46Al8"])
    outside = imager.clipped(["Fe80B20", "Cu60Zr40"])
    picture = imager.transform(["Fe80B20", "Cu60Zr40"])[:, 0]
    assert outside.shape == (2, 24, 21) and outside.dtype == bool
    assert outside[0].sum() > 200 > outside[1].sum()
    assert np.isin(picture[outside], [0, 1]).all()
    row, col = ImageTemplate.expert().pixels_of("ave:atomic_number")[0]
    assert outside[0, row, col] and picture[0, row, col] == 0


def test_minmax_clips_no_training_row():
    assert not CompositionImager().fit(ALLOYS).clipped(ALLOYS).any()


def test_scale_is_learned_on_training_rows_alone():
    train, test = ALLOYS[:5], ALLOYS[5:]
    imager = CompositionImager().fit(train)
    before = imager.transform(train)
    imager.transform(test)
    np.testing.assert_array_equal(imager.transform(train), before)
    whole = CompositionImager(scale_on=ALLOYS).fit(train)
    np.testing.assert_array_equal(whole.transform(train), CompositionImager().fit(ALLOYS).transform(train))
    assert not np.array_equal(whole.transform(train), before)
    assert not whole.clipped(test).any() and imager.clipped(test).any()


@pytest.mark.parametrize("gray_levels", [None, 256])
def test_no_value_or_no_change_is_the_documented_gray(gray_levels):
    names = CompositionDescriptor().fit(ALLOYS).get_feature_names_out()
    table = pd.DataFrame(np.random.default_rng(0).random((4, len(names))), columns=names)
    table["ave:density"] = 7.0
    table.loc[1, "max:density"] = np.nan
    table.loc[2, "min:density"] = np.inf
    table["var:density"] = np.nan
    pictures = CompositionImager(gray_levels=gray_levels).fit_transform(table)[:, 0]
    pixel = {s: ImageTemplate.expert().pixels_of(f"{s}:density")[0] for s in ("ave", "max", "min", "var")}
    gray = np.float32(UNDEFINED_GRAY)
    assert (pictures[:, *pixel["ave"]] == gray).all() and (pictures[:, *pixel["var"]] == gray).all()
    assert pictures[1, *pixel["max"]] == gray and pictures[2, *pixel["min"]] == gray
    others = np.delete(pictures[:, *pixel["min"]], 2)
    assert others.min() == 0 and others.max() == 1
    constant = CompositionImager().fit(table).clipped(table.assign(**{"ave:density": 9.0}))
    assert not constant[:, *pixel["ave"]].any()


def test_rounding_errors_are_not_stretched_to_black_and_white():
    """Ti, Zr, Hf, Al all have two s valence electrons: in no mixture of them may that cell change."""
    alloys = ["Ti30Zr30Hf40", "Ti33Zr33Hf34", "Zr61Al39", "Ti13Zr17Hf29Al41", "Hf7Zr91Ti2"]
    pictures = CompositionImager().fit_transform(alloys)[:, 0]
    for row, col in ImageTemplate.expert().pixels_of("num_s_valence"):
        assert (pictures[:, row, col] == np.float32(UNDEFINED_GRAY)).all()


def test_a_descriptor_that_changes_by_rounding_alone_has_no_scale():
    names = CompositionDescriptor().get_feature_names_out()
    table = pd.DataFrame(np.random.default_rng(0).random((4, len(names))), columns=names)
    table["ave:density"] = 7.0 * (1 + np.array([0, 1, -1, 2]) * np.finfo(float).eps)
    table["max:density"] = -7e-9 * (1 + np.array([0, 1, -1, 2]) * np.finfo(float).eps)  # in whatever unit
    table["min:density"] = 7e-9 * (1 + np.array([0, 1, -1, 2]) * 1e-6)  # this one changes
    imager = CompositionImager().fit(table)
    assert imager.low_[["ave:density", "max:density"]].isna().all()
    assert imager.high_[["ave:density", "max:density"]].isna().all()
    assert imager.low_["min:density"] < imager.high_["min:density"]


def test_each_scaling_has_the_ends_that_it_promises():
    names = CompositionDescriptor().get_feature_names_out()
    table = pd.DataFrame(np.random.default_rng(0).random((400, len(names))), columns=names)
    x = table["ave:density"]
    ends = {
        "minmax": (x.min(), x.max()),
        "quantile": (x.quantile(0.01), x.quantile(0.99)),
        "standard": (x.mean() - 3 * x.std(ddof=0), x.mean() + 3 * x.std(ddof=0)),
    }
    for scaling, wanted in ends.items():
        imager = CompositionImager(scaling=scaling).fit(table)
        assert (imager.low_[x.name], imager.high_[x.name]) == pytest.approx(wanted)


def test_long_tails_cost_the_robust_scales_less():
    names = CompositionDescriptor().fit(ALLOYS).get_feature_names_out()
    table = pd.DataFrame(np.random.default_rng(0).random((400, len(names))), columns=names)
    table.loc[0, "ave:density"] = 1000.0
    row, col = ImageTemplate.expert().pixels_of("ave:density")[0]
    spread = {}
    for scaling in ("minmax", "quantile", "standard"):
        pictures = CompositionImager(scaling=scaling).fit_transform(table)[:, 0]
        spread[scaling] = np.ptp(pictures[1:, row, col])
        assert pictures[0, row, col] == 1
    assert spread["minmax"] < 0.002 < spread["standard"] < spread["quantile"]


def test_quantiles_that_coincide_fall_back_to_the_whole_range():
    names = CompositionDescriptor().fit(ALLOYS).get_feature_names_out()
    table = pd.DataFrame(np.random.default_rng(0).random((400, len(names))), columns=names)
    table["ave:density"] = 0.0
    table.loc[7, "ave:density"] = 1.0
    row, col = ImageTemplate.expert().pixels_of("ave:density")[0]
    pictures = CompositionImager(scaling="quantile").fit_transform(table)[:, 0]
    assert pictures[7, row, col] == 1 and not np.delete(pictures[:, row, col], 7).any()


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"scaling": "log"}, "minmax, quantile, standard"),
        ({"gray_levels": 1}, "gray_levels"),
        ({"scale_on": "all"}, "scale_on must be 'train' or the rows"),
        ({"template": "expert"}, "template must be an ImageTemplate"),
    ],
)
def test_wrong_settings_are_named(settings_, message):
    with pytest.raises(ValueError, match=message):
        CompositionImager(**settings_).fit(ALLOYS)


def test_no_rows_cannot_set_a_scale():
    with pytest.raises(ValueError, match="no rows"):
        CompositionImager().fit(np.empty((0, 406)))


def test_scikit_learn_manners():
    imager = CompositionImager(ImageTemplate.random(0), scaling="quantile", scale_on=as_fractions(ALLOYS))
    twin = clone(imager)
    assert twin.get_params()["template"] == imager.template and not hasattr(twin, "low_")
    picture = imager.fit(ALLOYS[:4]).transform(ALLOYS)
    np.testing.assert_array_equal(twin.fit(ALLOYS[:4]).transform(ALLOYS), picture)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(imager)).transform(ALLOYS), picture)
    assert twin.set_params(scaling="minmax").scaling == "minmax"
    flat = make_pipeline(CompositionImager(), FunctionTransformer(lambda X: X.reshape(len(X), -1)))
    assert flat.fit_transform(ALLOYS).shape == (len(ALLOYS), 504)


compositions = arrays(float, (5, len(ELEMENTS)), elements=st.sampled_from([0, 0, 0, 0.02, 0.1, 0.5, 1.0])).map(
    lambda w: (w + np.eye(5, 94)) / (w + np.eye(5, 94)).sum(axis=1, keepdims=True)
)


@settings(deadline=None, max_examples=25)
@given(compositions, st.sampled_from(["minmax", "quantile", "standard"]))
def test_any_composition_gives_a_finite_picture(weights, scaling):
    imager = CompositionImager(scaling=scaling).fit(weights[:4])
    pictures = imager.transform(weights)
    assert np.isfinite(pictures).all() and pictures.min() >= 0 and pictures.max() <= 1
    np.testing.assert_allclose(imager.transform(weights[::-1])[::-1], pictures, atol=1e-5)
    np.testing.assert_allclose(imager.transform(100 * weights[2:3]), pictures[2:3], atol=1e-5)
    if scaling == "minmax":
        scaled = pictures[:4, 0, np.isin(ImageTemplate.expert().pixels, imager.low_.dropna().index)]
        assert (scaled.min(axis=0) == 0).all() and (scaled.max(axis=0) == 1).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_another_template_draws_the_same_grays_elsewhere(seed):
    template = ImageTemplate.random(seed)
    expert = CompositionImager().fit(ALLOYS).transform(ALLOYS[:1])[0, 0]
    other = CompositionImager(template).fit(ALLOYS).transform(ALLOYS[:1])[0, 0]
    moved = CompositionImager().fit(ALLOYS).set_params(template=template).transform(ALLOYS[:1])[0, 0]
    np.testing.assert_array_equal(moved, other)
    grays = dict(zip(ImageTemplate.expert().pixels.ravel(), expert.ravel(), strict=True))
    assert all(grays[name] == gray for name, gray in zip(template.pixels.ravel(), other.ravel(), strict=True))


def test_png_holds_the_grays_exactly(tmp_path):
    from PIL import Image

    picture = CompositionImager(gray_levels=256).fit_transform(ALLOYS)[0]
    path = save_png(picture, tmp_path / "alloy.png", scale=4)
    read = np.asarray(Image.open(path))
    assert read.shape == (96, 84) and list(tmp_path.iterdir()) == [path]
    np.testing.assert_array_equal(read[::4, ::4], np.round(picture[0] * 255))
    assert Image.open(io.BytesIO(png_bytes(picture[0], scale=1))).size == (21, 24)
    with pytest.raises(ValueError, match="one gray picture"):
        png_bytes(PeriodicTableImager().transform("Cu64Zr36")[0])


def test_an_interrupted_export_leaves_the_old_file(tmp_path, monkeypatch):
    path = save_png(np.zeros((24, 21)), tmp_path / "alloy.png")
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        save_png(np.ones((24, 21)), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_pictures_need_neither_torch_nor_matplotlib():
    heavy = {"torch", "matplotlib", "PIL", "ipywidgets"}
    code = f"import sys, mcvn_utils.images; print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


GRAYS = np.linspace(0, 255, 6).round().astype(np.uint8).reshape(2, 3)


@pytest.mark.parametrize(
    "image",
    [
        GRAYS,
        GRAYS[None],
        GRAYS / 255,
        (GRAYS / 255).astype(np.float32),
        (GRAYS / 255).tolist(),
        GRAYS / 255 + 1e-8,
    ],
)
@pytest.mark.parametrize("scale", [1, 3, np.int64(2)])
def test_grays_are_the_same_in_every_type(image, scale, tmp_path):
    from PIL import Image

    read = np.asarray(Image.open(save_png(image, tmp_path / "a.png", scale)))
    np.testing.assert_array_equal(read, GRAYS.repeat(scale, axis=0).repeat(scale, axis=1))


def test_booleans_are_black_and_white():
    assert as_gray(np.array([[True, False]])).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((2, 2), np.nan), r"pixel \(0, 0\) is nan: a gray lies between 0 and 1"),
        (np.array([[0.5, np.inf]]), r"pixel \(0, 1\) is inf"),
        (np.array([[0.5], [1.001]]), r"pixel \(1, 0\) is 1.001"),
        (np.array([[-0.001]]), r"pixel \(0, 0\) is -0.001"),
        (GRAYS.astype(float), "pixel .* is 51: .* scale it first"),
        (GRAYS.astype(int), "not int64 of shape"),
        (GRAYS.astype(np.uint16), "not uint16"),
        (GRAYS.astype(complex), "not complex128"),
        (np.array([["a"]]), "not <U1"),
        (np.array([[None]]), "not object"),
        (np.zeros(504), "one gray picture"),
        (np.zeros((2, 1, 24, 21)), r"of shape \(2, 1, 24, 21\)"),
        (np.zeros((3, 24, 21)), "one gray picture"),
        (np.zeros((0, 21)), "one gray picture"),
        (0.5, "one gray picture"),
    ],
)
def test_what_is_no_gray_picture_is_refused_and_no_file_is_written(image, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        save_png(image, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scale", [0, -1, 1.5, "10", None])
def test_a_pixel_is_a_whole_number_wide(scale):
    with pytest.raises(ValueError, match="scale must be a whole number"):
        png_bytes(np.zeros((2, 2)), scale)
