"""The networks: published shapes and the attention that is always 1; the attending network's own promises."""

import pytest
import torch

from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.model.networks import MCVN, AttentionNetwork, PublishedMCVN

TABLE = torch.tensor(element_table().to_numpy(), dtype=torch.float32)


@pytest.fixture
def inputs():
    random = torch.Generator().manual_seed(0)
    amounts = torch.tensor([[0.6, 0.4, 0.0], [0.5, 0.3, 0.2], [1.0, 0.0, 0.0], [0.8, 0.1, 0.1]])
    return {
        "image": torch.rand(4, 1, 24, 21, generator=random),
        "raw": torch.randn(4, 16, generator=random),
        "elements": torch.tensor([[29, 40, 0], [26, 28, 5], [29, 0, 0], [13, 28, 57]]),
        "amounts": amounts,
    }


def attending(**settings):
    torch.manual_seed(0)
    return MCVN(3, **{"n_raw": 16, "element_features": TABLE, **settings}).eval()


def test_scales_are_those_of_the_training_rows(inputs):
    network = attending(image_shape=(24, 21))
    network.learn_scaling({name: x[:3] for name, x in inputs.items()})
    assert torch.allclose(network.raw_scaling.mean, inputs["raw"][:3].mean(0))
    ready = network.prepare({name: x[:3] for name, x in inputs.items()})
    for name in ("raw", "image"):
        flat = ready[name].flatten(1)
        assert torch.allclose(flat.mean(0), torch.zeros(()), atol=1e-5)
        assert torch.allclose(flat.std(0, unbiased=False), torch.ones(()), atol=1e-4)


def test_published_image_branch_has_the_papers_shapes(inputs):
    shapes, x = [], inputs["image"]
    for layer in PublishedMCVN(16).image:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes == [(3, 8, 7), (8, 6, 5), (4, 4, 3), (1, 3, 2), (6,), (4,), (4,)]


def test_published_parameter_count_by_hand():
    convolutions = (9 + 1) * 3 + (27 + 1) * 8 + (72 + 1) * 4 + (16 + 1) * 1
    image = convolutions + (6 + 1) * 4
    attention = 4 * 16 * (16 + 1)  # query, key, value, output
    raw = attention + 2 * 16 + (16 + 1) * 8
    joint = 4 * 12 * (12 + 1) + 2 * 12
    head = 2 * 12 + (12 + 1) * 8 + (8 + 1) * 4 + (4 + 1) * 1
    assert sum(p.numel() for p in PublishedMCVN(16).parameters()) == image + raw + joint + head


def test_published_attention_sees_one_token_so_its_weights_are_all_one(inputs):
    _, attention = PublishedMCVN(16, 4).eval()(inputs, return_attention=True)
    for weights in attention.values():
        assert weights.shape == (4, 2, 1, 1)
        assert torch.equal(weights, torch.ones_like(weights))


def test_published_network_refuses_an_odd_number_of_raw_features():
    with pytest.raises(ValueError, match="must be even, not 15"):
        PublishedMCVN(15)


def test_attention_network_attends_between_features(inputs):
    torch.manual_seed(0)
    out, attention = AttentionNetwork(16, 2)(inputs, return_attention=True)
    assert out.shape == (4, 2) and attention["raw"].shape == (4, 2, 16, 16)
    assert torch.allclose(attention["raw"].sum(-1), torch.ones(4, 2, 16))
    assert attention["raw"].std() > 0


@pytest.mark.parametrize(
    "off", [{}, {"n_raw": 0}, {"image_shape": None}, {"element_features": None}, {"n_raw": 0, "image_shape": None}]
)
def test_each_branch_can_be_left_out(inputs, off):
    assert attending(**off)(inputs).shape == (4, 3)


def test_all_branches_left_out_is_an_error():
    with pytest.raises(ValueError, match="all branches are left out"):
        MCVN(1, image_shape=None)


def test_absent_elements_get_no_attention_and_change_nothing(inputs):
    network = attending()
    out, attention = network(inputs, return_attention=True)
    for weights in attention["elements"]:
        assert weights.shape == (4, 4, 4, 4)
        assert torch.allclose(weights.sum(-1), torch.ones(4, 4, 4))
        assert weights[0, :, :, 3].abs().max() == 0 and weights[2, :, :, 2:].abs().max() == 0
    wider = dict(inputs)
    wider["elements"] = torch.nn.functional.pad(inputs["elements"], (0, 2))
    wider["amounts"] = torch.nn.functional.pad(inputs["amounts"], (0, 2))
    assert torch.allclose(network(wider), out, atol=1e-5)


def test_the_order_of_the_elements_does_not_matter(inputs):
    network, turned = attending(), dict(inputs)
    turned["elements"], turned["amounts"] = inputs["elements"].flip(1), inputs["amounts"].flip(1)
    assert torch.allclose(network(turned), network(inputs), atol=1e-5)


def test_the_stem_reads_one_cell_a_step(inputs):
    cells = attending().picture.cells(inputs["image"]).reshape(4, 8, 7, 3, 3)
    assert torch.equal(cells[1, 2, 5], inputs["image"][1, 0, 6:9, 15:18])


def test_the_periodic_table_takes_the_place_of_the_picture(inputs):
    network = attending(image_shape=(3, 9, 18))
    assert network({**inputs, "image": torch.rand(4, 3, 9, 18)}).shape == (4, 3)


def test_the_network_reads_cells_and_drops_some_of_what_they_say():
    torch.manual_seed(0)
    network, read = MCVN(2, cells_shape=(56, 54), dropout=0.5), {"cells": torch.randn(6, 56, 54)}
    assert network.eval()(read).shape == (6, 2)
    assert not torch.equal(network.train()(read), network(read))
