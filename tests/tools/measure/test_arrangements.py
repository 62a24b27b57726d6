"""Arrangements: one descriptor a pixel, learned on training rows alone, and a clear word where a package is missing."""

import sys
import types

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.datasets.loaders import load_metallic_glass
from mcvn_utils.descriptors.descriptor import CompositionDescriptor
from mcvn_utils.images.imager import CompositionImager
from mcvn_utils.images.templates import ImageTemplate, PixelTemplate
from tools.measure import arrangements
from tools.measure.arrangements import ARRANGEMENTS, deepinsight, igtd

EXPERT = ImageTemplate.expert()


@pytest.fixture(scope="module")
def descriptors() -> np.ndarray:
    return np.asarray(CompositionDescriptor().fit_transform(load_metallic_glass().X["formula"].iloc[::130]))


def names_of(template) -> set[str]:
    return set(template.pixels.ravel()) - {""}


@pytest.mark.parametrize("name", ["expert", "random", "correlation", "shuffled pixels"])
def test_our_arrangements_draw_the_same_grays_elsewhere(name, descriptors):
    """Whatever is compared under two arrangements differs in places alone."""
    template = ARRANGEMENTS[name](descriptors, 5)
    assert names_of(template) == names_of(EXPERT)
    here = CompositionImager(template).fit_transform(descriptors)[:, 0]
    there = CompositionImager().fit_transform(descriptors)[:, 0]
    for descriptor in ("ave:density", "min:en_pauling", "var:melting_point"):
        place, expert = template.pixels_of(descriptor)[0], EXPERT.pixels_of(descriptor)[0]
        np.testing.assert_array_equal(here[:, *place], there[:, *expert])


def test_shuffled_pixels_tear_the_cells_and_random_does_not():
    def features_in_a_window(template):
        features = np.vectorize(lambda name: name.partition(":")[2], otypes=[object])(template.pixels)
        windows = features.reshape(8, 3, 7, 3).swapaxes(1, 2).reshape(56, 9)
        return np.mean([len(set(window) - {""}) for window in windows])

    assert features_in_a_window(ImageTemplate.random(0)) == 1
    assert features_in_a_window(PixelTemplate.random(0)) > 6
    assert PixelTemplate.random(0) == PixelTemplate.random(0) != PixelTemplate.random(1)


class Backwards:
    """In place of TINTOlib's mappers: lays descriptors from the last to the first, row by row."""

    def __init__(self, *args, scale=(0, 0), **settings):
        self.side = args[0] if args else scale[0]

    def fit(self, grays: pd.DataFrame) -> None:
        self.seen = grays
        k = grays.shape[1]
        self.index, self.min_id = np.arange(k)[None, ::-1], 0
        self._features_positions = np.column_stack(np.divmod(np.arange(k)[::-1], self.side))


@pytest.fixture
def backwards(monkeypatch) -> list[Backwards]:
    made = []

    def make(*args, **settings):
        made.append(Backwards(*args, **settings))
        return made[-1]

    module = types.SimpleNamespace(IGTD=make, DeepInsight=make)
    monkeypatch.setattr(arrangements, "_tintolib", lambda name: module)
    return made


@pytest.mark.parametrize("arrange", [igtd, deepinsight])
def test_a_peers_places_are_read_as_it_means_them(arrange, backwards, descriptors):
    template = arrange(descriptors)
    grays = backwards[0].seen
    side = backwards[0].side
    assert side**2 >= grays.shape[1] > (side - 1) ** 2
    top, left = (24 - side) // 2, (21 - side) // 2
    assert template.descriptor_at(top, left) == grays.columns[-1]
    assert template.descriptor_at(top, left + 1) == grays.columns[-2]
    assert template.descriptor_at(top + 1, left) == grays.columns[-1 - side]


@pytest.mark.parametrize("arrange", [igtd, deepinsight])
def test_what_never_changes_in_the_training_rows_is_not_placed(arrange, backwards, descriptors):
    template = arrange(descriptors)
    low = CompositionImager().fit(descriptors).low_
    assert names_of(template) == set(low.index[low.notna()])
    assert (backwards[0].seen.std() > 0).all() and backwards[0].seen.to_numpy().min() >= 0


@pytest.mark.parametrize("arrange", [igtd, deepinsight])
def test_a_missing_extra_names_its_remedy(arrange, monkeypatch, descriptors):
    monkeypatch.setitem(sys.modules, "TINTOlib", None)
    for module in ("TINTOlib.igtd", "TINTOlib.deepInsight"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"pip install 'mcvn-tutorial\[pictures\]'"):
        arrange(descriptors)


@pytest.mark.parametrize("arrange", [igtd, deepinsight])
def test_tintolib_draws_each_descriptor_where_we_say(arrange, descriptors, monkeypatch, tmp_path):
    """TINTOlib's own picture of an alloy, read back from its file, is ours without the frame."""
    pytest.importorskip("TINTOlib")
    from TINTOlib.deepInsight import DeepInsight
    from TINTOlib.igtd import IGTD

    monkeypatch.setattr(arrangements, "IGTD_STEPS", 60)
    template = arrange(descriptors, seed=3)
    grays, side = arrangements._changing_grays(descriptors)
    common = {"problem": "regression", "random_seed": 3, "format": "npy"}  # without a target it cannot draw
    if arrange is igtd:
        mapper = IGTD(scale=[side, side], max_step=60, **common)
    else:
        mapper = DeepInsight(side, algorithm_rd="t-SNE", assignment_method="pixel_centroids_assigner", **common)
    table = grays.assign(target=0.0)
    mapper.fit(table)
    mapper.transform(table.iloc[:6], str(tmp_path))
    theirs = np.load(sorted(tmp_path.rglob("*.npy"))[3]).squeeze().astype(float)
    top, left = (24 - side) // 2, (21 - side) // 2
    names = template.pixels[top : top + side, left : left + side]
    drawn = names != ""
    ours = grays.iloc[3][names[drawn]].to_numpy()
    assert abs(np.corrcoef(theirs[drawn], ours)[0, 1]) > 0.999  # IGTD's files are negatives


@pytest.mark.parametrize("arrange", [igtd, deepinsight])
def test_tintolib_arrangements_are_repeatable_and_smoother_than_chance(arrange, descriptors, monkeypatch):
    pytest.importorskip("TINTOlib")
    monkeypatch.setattr(arrangements, "IGTD_STEPS", 200)
    template = arrange(descriptors, seed=1)
    assert arrange(descriptors, seed=1) == template
    grays = arrangements._changing_grays(descriptors)[0]
    similarity = np.abs(grays.corr())

    def touching(template):
        pixels = template.pixels
        pairs = [*zip(pixels[:, 1:].ravel(), pixels[:, :-1].ravel(), strict=True)]
        return np.mean([similarity.at[a, b] for a, b in pairs if a in similarity and b in similarity])

    assert touching(template) > touching(PixelTemplate.random(0)) + 0.05
