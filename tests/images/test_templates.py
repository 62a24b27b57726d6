"""Templates: where each descriptor is drawn, looked up both ways, and which templates are refused."""

import numpy as np
import pytest
from sklearn.base import clone

from mcvn_utils.descriptors.descriptor import CompositionDescriptor
from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.images.imager import CompositionImager
from mcvn_utils.images.templates import CELL, ImageTemplate, PixelTemplate, feature_similarity, named_descriptors

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


def neighbour_similarity(template, similarity, features):
    """Mean similarity of cells that touch side by side."""
    index = np.vectorize(features.index)(template.grid)
    pairs = [(index[:, 1:], index[:, :-1]), (index[1:], index[:-1])]
    return np.mean(np.concatenate([similarity[a, b].ravel() for a, b in pairs]))


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


def test_expert_template_is_the_papers():
    template = ImageTemplate.expert()
    assert template.to_frame().to_csv(header=False, index=False, lineterminator="\n") == PAPER_GRID
    assert set(element_table().columns) - set(template.features) == {"hhi_p", "hhi_r"}
    assert template == ImageTemplate.expert() and hash(template) == hash(ImageTemplate.expert())


def test_a_cell_has_the_papers_statistics():
    pixels = ImageTemplate.expert().pixels[12:15, 18:21]
    assert [[name.partition(":")[0] for name in row] for row in pixels] == [
        ["sum", "", "var"],
        ["gmean", "ave", "hmean"],
        ["max", "", "min"],
    ]
    assert {name.partition(":")[2] for name in pixels.ravel() if name} == {"density"}


def test_every_pixel_is_found_again_both_ways():
    template = ImageTemplate.random(3)
    drawn = [(r, c) for r in range(24) for c in range(21) if template.descriptor_at(r, c)]
    assert len(drawn) == 56 * 7
    assert all(template.pixels_of(template.descriptor_at(r, c)) == [(r, c)] for r, c in drawn)
    assert len(template.pixels_of("density")) == 7
    row, col = template.pixels_of("ave:density")[0]
    assert template.grid[row // 3, col // 3] == "density" and CELL[row % 3][col % 3] == "ave"


def test_look_ups_outside_the_picture_say_so():
    template = ImageTemplate.expert()
    with pytest.raises(IndexError, match="24 rows and 21"):
        template.descriptor_at(24, 0)
    with pytest.raises(IndexError):
        template.descriptor_at(-1, 0)
    with pytest.raises(ValueError, match="did you mean 'density'"):
        template.pixels_of("densitty")
    with pytest.raises(ValueError, match="not drawn"):
        template.pixels_of("")


def test_own_template_from_frame_and_csv(tmp_path):
    frame = ImageTemplate.expert().to_frame()
    frame.iloc[0, 0], frame.iloc[7, 6] = "hhi_p", None
    template = ImageTemplate.from_frame(frame)
    assert template.grid[0, 0] == "hhi_p" and len(template.features) == 55
    assert not CompositionImager(template).fit_transform(ALLOYS)[:, 0, 21:, 18:].any()
    template.to_frame().to_csv(tmp_path / "own.csv", header=False, index=False)
    assert ImageTemplate.from_csv(tmp_path / "own.csv") == template


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.iloc[:7], "8 rows of 7"),
        (lambda f: f.iloc[:, :6], "8 rows of 7"),
        (lambda f: f.replace("density", "densty"), "row 4, column 6.*did you mean 'density'"),
        (lambda f: f.replace("density", "period"), "doubled: period"),
    ],
)
def test_a_wrong_template_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        ImageTemplate.from_frame(change(ImageTemplate.expert().to_frame()))


def test_csv_with_header_is_refused_with_the_remedy(tmp_path):
    ImageTemplate.expert().to_frame().to_csv(tmp_path / "own.csv")
    with pytest.raises(ValueError, match="without header"):
        ImageTemplate.from_csv(tmp_path / "own.csv")


def test_pixel_template_puts_any_descriptor_anywhere():
    template = PixelTemplate.place(["ave:density", "var:hhi_p"], [0, 23], [20, 3])
    assert template.descriptor_at(0, 20) == "ave:density" and template.descriptor_at(5, 5) == ""
    assert template.pixels_of("hhi_p") == [(23, 3)] and template.pixels.shape == (24, 21)
    assert template == PixelTemplate(template.pixels) and hash(template) == hash(PixelTemplate(template.pixels))
    imager = CompositionImager(template).fit(ALLOYS)
    pictures = imager.transform(ALLOYS)[:, 0]
    assert set(zip(*np.nonzero(pictures.any(axis=0)), strict=True)) == {(0, 20), (23, 3)}
    assert clone(imager).fit(ALLOYS).transform(ALLOYS).tolist() == imager.transform(ALLOYS).tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PixelTemplate([["ave:density"] * 21] * 23), "24 rows of 21"),
        (lambda: PixelTemplate([["ave:density"] * 20] * 24), "24 rows of 21"),
        (lambda: PixelTemplate.place(["ave:densitty"], [0], [0]), "unknown descriptor 'ave:densitty'"),
        (lambda: PixelTemplate.place(["ave:density"] * 2, [0, 1], [0, 1]), "doubled: ave:density"),
        (lambda: PixelTemplate.place(["ave:density", "max:density"], [3, 3], [4, 4]), "at one pixel"),
        (lambda: PixelTemplate.random(0).pixels_of("densitty"), "did you mean 'density'"),
    ],
)
def test_a_wrong_pixel_template_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_random_template_shuffles_the_same_features():
    assert ImageTemplate.random(1) == ImageTemplate.random(1) != ImageTemplate.random(2)
    assert sorted(ImageTemplate.random(1).features) == sorted(ImageTemplate.expert().features)


def test_correlation_template_makes_relatives_neighbours():
    features = list(ImageTemplate.expert().features)
    similarity = feature_similarity(ALLOYS, features)
    assert np.all((similarity >= 0) & (similarity <= 1)) and np.allclose(similarity, similarity.T)
    template = ImageTemplate.correlation(ALLOYS)
    assert sorted(template.features) == sorted(features)
    score = neighbour_similarity(template, similarity, features)
    others = [ImageTemplate.expert(), *map(ImageTemplate.random, range(5))]
    assert score > max(neighbour_similarity(other, similarity, features) for other in others)
    snake = template.grid.copy()
    snake[1::2] = snake[1::2, ::-1]

    def along(line):
        index = np.vectorize(features.index)(line.ravel())
        return similarity[index[:-1], index[1:]].sum()

    assert along(snake) > along(template.grid) + 1  # at the end of a row the line turns, and does not jump back
    with pytest.raises(ValueError, match="at least three"):
        ImageTemplate.correlation(ALLOYS[:2])


def test_features_that_fall_as_others_rise_are_relatives():
    alkali = ["Li", "Na", "K", "Rb", "Cs"]  # from above down: larger, and less electronegative
    assert feature_similarity(alkali, ["vdw_radius", "en_pauling"])[0, 1] > 0.8


def test_named_descriptors_come_in_the_order_asked_for():
    names = ["var:density", "ave:period", "min:hhi_p"]
    descriptor = CompositionDescriptor().set_output(transform="pandas")
    table = descriptor.transform(ALLOYS)
    for X in (ALLOYS, table, table.to_numpy(), table[table.columns[::-1]]):
        np.testing.assert_array_equal(named_descriptors(X, names), table[names])
