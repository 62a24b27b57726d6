"""MCVN with one part changed: the part is changed, and nothing else."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

import torch

from mcvn_utils import MCVNRegressor, load_nims_steel
from mcvn_utils.model.layers import Attention
from mcvn_utils.model.networks import MCVN
from tools.measure.variants import (
    AblatedClassifier,
    AblatedRegressor,
    OwnTokenOnly,
    change_attention,
    smaller_ensembles,
)

STEEL = load_nims_steel()
QUICK = {"n_members": 2, "steps": 12, "elements": True}
ROWS = np.arange(0, 360, 4)


def small_mcvn() -> MCVN:
    torch.manual_seed(0)
    table = torch.randn(94, 5)
    return MCVN(2, image_shape=None, element_features=table, width=8, n_heads=2, n_blocks=2, hidden=8).eval()


def alloys() -> dict[str, torch.Tensor]:
    elements = torch.tensor([[26, 6, 24], [29, 40, 0]])
    return {"elements": elements, "amounts": torch.tensor([[0.7, 0.2, 0.1], [0.5, 0.5, 0.0]])}


def test_a_token_that_sees_itself_alone_has_the_weight_1():
    torch.manual_seed(0)
    attention, tokens = Attention(8, 2), torch.randn(3, 4, 8)
    bias = torch.randn(3, 1, 1, 4)
    seen, weights = OwnTokenOnly(attention)(tokens, bias)
    torch.testing.assert_close(weights, torch.eye(4).expand(3, 2, 4, 4))
    alone = torch.stack([attention(tokens[:, k : k + 1])[0][:, 0] for k in range(4)], 1)
    torch.testing.assert_close(seen, alone)  # as if each token were the only one


def test_degenerate_attention_lets_no_element_know_of_another():
    network, inputs = change_attention(small_mcvn(), "degenerate"), alloys()
    _, attention = network(inputs, return_attention=True)
    for weights in attention["elements"]:
        torch.testing.assert_close(weights, torch.eye(4).expand_as(weights))
    assert sum(isinstance(part, OwnTokenOnly) for part in network.modules()) == 2


def test_absent_attention_leaves_a_mean_of_tokens_and_real_leaves_all():
    network, inputs = small_mcvn(), alloys()
    before = network(inputs)
    assert not torch.equal(before, change_attention(small_mcvn(), "absent")(inputs))
    assert not any(isinstance(part, Attention) for part in change_attention(small_mcvn(), "absent").modules())
    torch.testing.assert_close(change_attention(network, "real")(inputs), before)
    with pytest.raises(ValueError, match=r"real, degenerate, absent, not 'none'"):
        change_attention(network, "none")


def test_a_changed_network_is_trained_and_the_change_makes_a_difference():
    X, y = STEEL.X.iloc[ROWS], STEEL.y.iloc[ROWS]
    found = {}
    for attention in ("real", "degenerate", "absent"):
        model = AblatedRegressor(**STEEL.composition, **QUICK, attention=attention)
        found[attention] = model.fit(X, y).predict(X)
        assert found[attention].shape == y.shape and np.isfinite(found[attention]).all()
    plain = MCVNRegressor(**STEEL.composition, **QUICK).fit(X, y).predict(X)
    np.testing.assert_allclose(found["real"], plain)
    assert not np.allclose(found["degenerate"], plain) and not np.allclose(found["absent"], plain)
    whole = AblatedRegressor(**STEEL.composition, **QUICK, fine_dropout=0.0).fit(X, y).predict(X)
    assert not np.allclose(whole, plain)


@pytest.mark.parametrize("network", ["attending", "published"])
def test_scales_are_learned_from_the_rows_that_are_named(network):
    X, y = STEEL.X.iloc[ROWS], STEEL.y.iloc[ROWS]
    far = pd.concat([X, STEEL.X.iloc[1:2].assign(normalizing_temperature=2000.0, C=3.0)])
    settings = {**STEEL.composition, **QUICK, "network": network, "elements": "auto"}
    honest, leaky = AblatedRegressor(**settings).fit(X, y), AblatedRegressor(**settings, scale_on=far).fit(X, y)
    same = AblatedRegressor(**settings, scale_on=X).fit(X, y)
    assert leaky.inputs_.imager_.high_.max() != honest.inputs_.imager_.high_.max()
    # The networks' own scaling, too: all members have that of the rows that were named, not each that of its own.
    scales = {name: value for name, value in leaky.members_.state.items() if name.endswith("scaling.mean")}
    assert scales and all(torch.equal(value[0], value[1]) for value in scales.values())
    own = [value for name, value in honest.members_.state.items() if name in scales]
    assert any(not torch.equal(value[0], value[1]) for value in own)
    assert not np.allclose(leaky.predict(X), same.predict(X))


def test_smaller_ensembles_are_made_of_the_members_and_leave_the_model_alone():
    X, y = STEEL.X.iloc[ROWS], STEEL.y.iloc[ROWS]
    model = MCVNRegressor(**STEEL.composition, n_members=3, steps=12, elements=False).fit(X, y)
    before = model.predict(X)
    ones = [one.predict(X) for one in smaller_ensembles(model, 1, repeats=12)]
    assert len({one.tobytes() for one in ones}) == 3
    np.testing.assert_allclose(np.mean(list({one.tobytes(): one for one in ones}.values()), axis=0), before, rtol=1e-5)
    (whole,) = smaller_ensembles(model, 3)
    np.testing.assert_allclose(whole.predict(X), before)
    np.testing.assert_array_equal(model.predict(X), before)
    with pytest.raises(ValueError, match="between 1 and the 3 members of the model, not 4"):
        next(smaller_ensembles(model, 4))


def test_the_classifier_has_the_same_settings():
    assert {"attention", "scale_on"} <= AblatedClassifier().get_params().keys()
