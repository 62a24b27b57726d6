"""What networks are made of: scaling, dropout, attention and branches, each against a computation by hand."""

import torch

from mcvn_utils.model.layers import (
    ElementBranch,
    PictureBranch,
    PieceBranch,
    Standardise,
)


def test_the_sum_of_the_picture_is_its_cells_read_one_by_one_and_mixed():
    torch.manual_seed(0)
    branch = PictureBranch(5, (24, 21))
    torch.nn.init.normal_(branch.place)
    cells = branch.prepare(torch.rand(3, 1, 24, 21))
    one_by_one = torch.stack([branch.stem(cells[:, k]) + branch.place[k] for k in range(56)], 1)
    assert torch.allclose(branch(cells), branch.mix(one_by_one.flatten(1)), atol=1e-5)


def test_a_place_without_an_element_is_not_attended_to_and_changes_nothing():
    torch.manual_seed(0)
    branch = ElementBranch(torch.rand(94, 5), width=8, n_heads=2, n_blocks=2, dropout=0.0).eval()
    iron = torch.tensor([[26, 5]]), torch.tensor([[0.8, 0.2]])
    longer = torch.tensor([[26, 5, 0]]), torch.tensor([[0.8, 0.2, 0.0]])
    (alone, _), (padded, weights) = branch(*iron), branch(*longer)
    assert torch.allclose(alone, padded, atol=1e-6)
    assert all(not block[..., 3].any() and torch.allclose(block.sum(-1), torch.ones(())) for block in weights)


def test_standardise_learns_the_rows_and_mutes_a_constant():
    x = torch.tensor([[1.0, 850.0], [3.0, 850.0]])
    scaling = Standardise(2)
    scaling.learn(x)
    assert torch.allclose(scaling(x), torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))
    assert scaling(torch.tensor([[1e9, 900.0]])).tolist() == [[6.0, 0.0]]


def test_the_periodic_table_branch_sees_neighbours_and_no_further():
    from mcvn_utils.model.layers import PeriodicTableBranch

    torch.manual_seed(0)
    branch = PeriodicTableBranch(4, (3, 9, 18))
    picture = torch.zeros(1, 3, 9, 18, requires_grad=True)
    patches = torch.nn.functional.unfold(picture, 3, padding=1).transpose(1, 2)
    branch.stem(patches)[0, 4 * 18 + 5].sum().backward()
    seen = picture.grad[0].abs().sum(0).nonzero().tolist()
    assert seen == [[r, c] for r in (3, 4, 5) for c in (4, 5, 6)]
    assert branch(torch.rand(7, 3, 9, 18)).shape == (7, 4)


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


def test_each_cell_has_a_stem_of_its_own_and_they_do_not_mix():
    torch.manual_seed(0)
    branch = PieceBranch(3, 5, dropout=0.0, per_cell=2)
    read = torch.randn(4, 3, 5)
    by_hand = torch.stack([read[:, k] @ branch.stem[k] + branch.place[k] for k in range(3)], 1)
    assert branch.n_out == 6 and torch.allclose(branch(read), by_hand.flatten(1), atol=1e-6)
