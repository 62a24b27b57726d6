"""Batches: each member gets its own rows, all of them in each pass, prepared once or as they are taken."""

import numpy as np
import pytest
import torch

from mcvn_utils.model.batches import Batches, shuffled
from mcvn_utils.model.networks import AttentionNetwork

RAW, TARGET = torch.rand(12, 3), torch.arange(12.0)
ROWS = [np.arange(8), np.arange(4, 12)]


@pytest.fixture(params=[0, 10**6])
def batches(request, monkeypatch) -> Batches:
    monkeypatch.setattr("mcvn_utils.model.batches.FEW", request.param)
    networks = [AttentionNetwork(3) for _ in ROWS]
    for network, rows in zip(networks, ROWS, strict=True):
        network.learn_scaling({"raw": RAW[rows]})
    return Batches(networks, {"raw": RAW}, TARGET, torch.ones(12))


@pytest.mark.parametrize("size", [3, 4, 8, 100])
def test_each_member_gets_its_own_rows_prepared_by_its_own_network(batches, size):
    endless, met = batches.batches(ROWS, size, seed=0), [[], []]
    for _ in range(24 // min(size, 8)):
        inputs, target, weight = next(endless)
        assert target.shape == weight.shape == (2, min(size, 8)) and inputs["raw"].shape == (2, min(size, 8), 3)
        for k, network in enumerate(batches.networks):
            raw = network.prepare({"raw": RAW[target[k].long()]})["raw"]
            assert torch.equal(inputs["raw"][k], raw)
            met[k] += target[k].tolist()
    assert [sorted(rows) for rows in met] == [sorted(3 * rows.tolist()) for rows in ROWS]  # three passes over all rows


def test_each_pass_is_shuffled_anew_by_seed_and_member():
    first, again, other = (shuffled(np.arange(50), 50, seed, member) for seed, member in ((0, 0), (0, 0), (0, 1)))
    one, two = next(first), next(first)
    assert sorted(one) == sorted(two) == list(range(50)) and not np.array_equal(one, two)
    assert np.array_equal(one, next(again)) and not np.array_equal(one, next(other))
