"""The networks: published shapes and the attention that is always 1; the attending network's own promises."""

import pytest

torch = pytest.importorskip("torch")

from mcvn_utils.descriptors.elements import element_table  # noqa: E402
from mcvn_utils.model.branches import PictureBranch  # noqa: E402
from mcvn_utils.model.layers import Standardise  # noqa: E402
from mcvn_utils.model.networks import MCVN, AttentionNetwork, PublishedMCVN  # noqa: E402

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


def test_the_sum_of_the_picture_is_its_cells_read_one_by_one_and_mixed():
    torch.manual_seed(0)
    branch = PictureBranch(5, (24, 21))
    torch.nn.init.normal_(branch.place)
    cells = branch.prepare(torch.rand(3, 1, 24, 21))
    one_by_one = torch.stack([branch.stem(cells[:, k]) + branch.place[k] for k in range(56)], 1)
    assert torch.allclose(branch(cells), branch.mix(one_by_one.flatten(1)), atol=1e-5)


def test_standardise_learns_the_rows_and_mutes_a_constant():
    x = torch.tensor([[1.0, 850.0], [3.0, 850.0]])
    scaling = Standardise(2)
    scaling.learn(x)
    assert torch.allclose(scaling(x), torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))
    assert scaling(torch.tensor([[1e9, 900.0]])).tolist() == [[6.0, 0.0]]


def test_the_periodic_table_branch_sees_neighbours_and_no_further():
    from mcvn_utils.model.branches import PeriodicTableBranch

    torch.manual_seed(0)
    branch = PeriodicTableBranch(4, (3, 9, 18))
    picture = torch.zeros(1, 3, 9, 18, requires_grad=True)
    patches = torch.nn.functional.unfold(picture, 3, padding=1).transpose(1, 2)
    branch.stem(patches)[0, 4 * 18 + 5].sum().backward()
    seen = picture.grad[0].abs().sum(0).nonzero().tolist()
    assert seen == [[r, c] for r in (3, 4, 5) for c in (4, 5, 6)]
    assert branch(torch.rand(7, 3, 9, 18)).shape == (7, 4)


def test_the_periodic_table_takes_the_place_of_the_picture(inputs):
    network = attending(image_shape=(3, 9, 18))
    assert network({**inputs, "image": torch.rand(4, 3, 9, 18)}).shape == (4, 3)


def test_dropout_drops_its_share_and_keeps_the_mean():
    from mcvn_utils.model.layers import Dropout

    torch.manual_seed(0)
    layer, ones = Dropout(0.2), torch.ones(100_000)
    out = layer.train()(ones)
    assert set(out.unique().tolist()) == {0.0, 1.25} and abs((out == 0).float().mean() - 0.2) < 0.01
    assert torch.equal(layer.eval()(ones), ones)


def test_each_member_of_a_batched_model_drops_numbers_of_its_own():
    from mcvn_utils.model.layers import Dropout

    torch.manual_seed(0)
    dropped = torch.func.vmap(Dropout(0.5).train(), randomness="different")(torch.ones(3, 40, 7)) == 0
    agree = torch.stack([dropped[a] == dropped[b] for a, b in ((0, 1), (0, 2), (1, 2))]).float().mean((1, 2))
    assert ((agree > 0.35) & (agree < 0.65)).all()


def test_attention_is_the_textbooks_formula():
    from mcvn_utils.model.layers import Attention

    torch.manual_seed(0)
    layer, theirs = Attention(8, 2), torch.nn.MultiheadAttention(8, 2, batch_first=True)
    theirs.load_state_dict(
        {
            "in_proj_weight": layer.qkv.weight,
            "in_proj_bias": layer.qkv.bias,
            "out_proj.weight": layer.out.weight,
            "out_proj.bias": layer.out.bias,
        }
    )
    x = torch.randn(3, 5, 8)
    out, weights = layer(x)
    expected, expected_weights = theirs(x, x, x, average_attn_weights=False)
    assert torch.allclose(out, expected, atol=1e-6) and torch.allclose(weights, expected_weights, atol=1e-6)
