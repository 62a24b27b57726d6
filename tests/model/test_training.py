"""Batched training: members do not mix, seeds repeat, the best moment is kept."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from mcvn_utils.model import training
from mcvn_utils.model.networks import MCVN, PublishedMCVN
from mcvn_utils.model.training import Plan, pick_device, train_members

PLAN = Plan(steps=40, batch_size=32, learning_rate=1e-2, checks=8)


def squared_error(outputs, target):
    return (outputs - target).square().mean(1)


def small_network():
    return MCVN(1, n_raw=4, image_shape=None, hidden=16, dropout=0.0)


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    x = random.normal(size=(120, 4))
    y = (x[:, 0] * x[:, 1] + x[:, 2])[:, None]
    rows = []
    for _ in range(3):
        order = random.permutation(120)
        rows.append((order[:96], order[96:]))
    return {"raw": torch.tensor(x, dtype=torch.float32)}, torch.tensor(y, dtype=torch.float32), rows


def train(data, rows=None, make=small_network, **settings):
    inputs, target, all_rows = data
    settings = {"plan": PLAN, "seed": 7, "device": "cpu", **settings}
    return train_members(make, inputs, target, all_rows if rows is None else rows, squared_error, **settings)


def test_the_same_seed_gives_the_same_members_and_another_does_not(data):
    first, again, other = train(data), train(data), train(data, seed=8)
    assert torch.equal(first.predict(data[0]), again.predict(data[0]))
    assert not torch.allclose(first.predict(data[0]), other.predict(data[0]))


def test_training_leaves_the_global_random_state_alone(data):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    train(data)
    assert torch.equal(torch.rand(3), expected)


def test_the_first_member_is_the_same_with_and_without_the_others(data):
    alone, together = train(data, rows=data[2][:1]), train(data)
    assert torch.allclose(alone.predict(data[0])[0], together.predict(data[0])[0], atol=1e-4)


def test_batched_agrees_with_an_ordinary_training_loop(data):
    inputs, target, rows = data
    members = train(data, rows=rows[:1], plan=Plan(40, 96, 1e-2, 0.02, checks=1))
    torch.manual_seed(7)
    network = small_network()
    network.learn_scaling({"raw": inputs["raw"][rows[0][0]]})
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=40, pct_start=0.2)
    for _ in range(40):
        optimizer.zero_grad()
        squared_error(network({"raw": inputs["raw"][rows[0][0]]}), target[rows[0][0]]).mean().backward()
        optimizer.step()
        schedule.step()
    assert torch.allclose(members.predict(inputs)[0], network.eval()(inputs), atol=1e-3)


def test_training_learns_and_keeps_the_best_moment(data):
    members = train(data, plan=Plan(300, 96, 1e-2))
    curve = members.history["validation"]
    inputs, target, rows = data
    for k, (_, valid) in enumerate(rows):
        now = squared_error(members.predict(inputs)[k][valid], target[valid]).mean().item()
        assert now == pytest.approx(curve[:, k].min(), rel=1e-4)
        assert now < 0.2 * target.var().item()


def test_without_validation_rows_the_last_weights_are_kept(data):
    inputs, _, rows = data
    nothing = np.empty(0, dtype=int)
    plan = Plan(30, 96, 1e-2, checks=3)
    members = train(data, rows=[(rows[0][0], nothing)], plan=plan)
    last = train(data, rows=rows[:1], plan=Plan(30, 96, 1e-2, checks=1))  # one check, at the end
    assert torch.equal(members.predict(inputs), last.predict(inputs))
    assert set(members.history) == {"train"} and len(members.history["train"]) == 3


def test_the_last_weights_are_kept_where_the_plan_says_so_and_the_curve_is_watched_all_the_same(data):
    best, last = (train(data, plan=Plan(60, 32, 5e-2, keep_best=keep)) for keep in (True, False))
    inputs, target, rows = data
    assert np.array_equal(best.history["validation"], last.history["validation"])
    for k, (_, valid) in enumerate(rows):
        now = squared_error(last.predict(inputs)[k][valid], target[valid]).mean().item()
        assert now == pytest.approx(last.history["validation"][-1, k], rel=1e-4)
    assert not torch.equal(best.predict(inputs), last.predict(inputs))


@pytest.mark.parametrize("steps", [1, 3, 7])
def test_a_few_steps_are_a_training_too(data, steps):
    assert train(data, plan=Plan(steps=steps, batch_size=32)).predict(data[0]).isfinite().all()


def test_validation_rows_are_not_trained_on(data):
    inputs, target, rows = data
    spoiled = target.clone()
    spoiled[rows[0][1]] += 1000.0
    plan = Plan(30, 96, 1e-2, checks=1)  # one check: the end is kept whatever the validation rows say
    honest = train(data, rows=rows[:1], plan=plan).predict(inputs)
    assert torch.equal(honest, train((inputs, spoiled, rows[:1]), plan=plan).predict(inputs))


def test_rows_of_weight_zero_do_not_count(data):
    inputs, target, rows = data
    weight, spoiled = torch.ones(len(target)), target.clone()
    weight[rows[0][0][:20]], spoiled[rows[0][0][:20]] = 0.0, 1000.0
    plan = Plan(30, 96, 1e-2, checks=1)
    one = train((inputs, target, rows[:1]), weight=weight, plan=plan).predict(inputs)
    two = train((inputs, spoiled, rows[:1]), weight=weight, plan=plan).predict(inputs)
    assert torch.allclose(one, two, atol=1e-6)


def test_members_may_have_different_numbers_of_rows(data):
    rows = [(np.arange(50), np.arange(50, 60)), (np.arange(90), np.arange(90, 120))]
    assert train(data, rows=rows).predict(data[0]).shape == (2, 120, 1)


def test_each_member_is_a_network_of_its_own(data):
    members = train(data)
    networks = [members.member(k) for k in range(3)]
    for network, outputs in zip(networks, members.predict(data[0]), strict=True):
        assert torch.allclose(network(data[0]), outputs, atol=1e-6) and not network.training
    with torch.no_grad():
        for parameter in networks[0].parameters():
            parameter.zero_()
    assert torch.allclose(members.member(0)(data[0]), members.predict(data[0])[0], atol=1e-6)
    assert torch.allclose(networks[1](data[0]), members.predict(data[0])[1], atol=1e-6)


def test_members_on_another_device_are_a_copy_that_says_all_the_same(data):
    members = replace(train(data), interrupted=True)
    other = members.to("cpu")
    assert other.interrupted and other.history is members.history and other.network is not members.network
    assert torch.equal(other.predict(data[0]), members.predict(data[0]))


class Elsewhere(torch.Tensor):
    """A tensor that stands for one on a GPU: ``to("cpu")`` gives a plain one."""

    def to(self, device):
        assert str(device) == "cpu"
        return self.as_subclass(torch.Tensor).clone()


def test_members_are_pickled_on_the_cpu(data):
    members = train(data)
    far = replace(members, state={name: value.as_subclass(Elsewhere) for name, value in members.state.items()})
    for again in (pickle.loads(pickle.dumps(far)), copy.deepcopy(far)):
        assert {type(value) for value in again.state.values()} == {torch.Tensor}
        assert torch.equal(again.predict(data[0]), members.predict(data[0]))
    assert all(type(value) is Elsewhere for value in far.state.values())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="here is no GPU")
def test_members_of_a_gpu_are_pickled_on_the_cpu(data):
    members = train(data, device="cuda")
    again = pickle.loads(pickle.dumps(members))
    assert {value.device.type for value in [*again.state.values(), *again.network.parameters()]} == {"cpu"}
    assert (
        members.state["head.0.weight"].device.type == "cuda"
        and members.member(0)({"raw": data[0]["raw"].cuda()}).is_cuda
    )
    assert torch.allclose(again.predict(data[0]), members.predict(data[0]), atol=1e-5)


def test_outputs_are_computed_in_double_precision(data):
    members = train(data, plan=Plan(steps=2, checks=1))
    exact = members.member(0).double()({"raw": data[0]["raw"].double()})
    assert torch.equal(members.predict(data[0])[0], exact.float())
    assert not torch.equal(members.member(0)(data[0]), exact.float())


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"batch_size": 0}, {"learning_rate": "0.1"}, {"checks": 0}, {"weight_decay": -1}]
)
def test_a_plan_with_a_number_out_of_range_is_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} must be a .*number"):
        Plan(**wrong)
    assert Plan(steps=np.int64(3), keep_best=np.True_) == Plan(steps=3)


def test_batch_norm_statistics_belong_to_each_member(data):
    inputs = {"raw": data[0]["raw"], "image": torch.rand(120, 1, 24, 21)}
    members = train((inputs, data[1], data[2]), make=lambda: PublishedMCVN(4))
    means = members.state["head.0.running_mean"]
    assert means.abs().sum() > 0 and not torch.allclose(means[0], means[1])


def test_a_loss_that_is_not_finite_is_an_error(data):
    target = data[1].clone()
    target[data[2][0][1][0]] = torch.inf
    with pytest.raises(FloatingPointError, match="member 0 is not finite"):
        train((data[0], target, data[2]))


def stopping(*at):
    """A loss that is interrupted at some of its calls, one per step or check."""
    calls = []

    def loss(outputs, target):
        calls.append(1)
        if len(calls) in at:
            raise KeyboardInterrupt
        return squared_error(outputs, target)

    return loss


def test_ctrl_c_keeps_the_best_so_far_and_says_so(data):
    inputs, target, rows = data
    settings = {"plan": PLAN, "seed": 7, "device": "cpu"}
    with pytest.warns(UserWarning, match="after 17 of 40 steps; the best weights until then are kept"):
        members = train_members(small_network, inputs, target, rows, stopping(21), **settings)
    assert members.interrupted and len(members.history["validation"]) == 3
    assert not train(data).interrupted
    curve = train(data).history
    for name in ("train", "validation"):
        assert np.array_equal(members.history[name], curve[name][:3])


def test_ctrl_c_in_the_middle_of_a_check_leaves_the_weights_of_one_check(data, monkeypatch):
    inputs, target, rows = data
    whole, clone = train(data, plan=replace(PLAN, keep_best=False)), torch.Tensor.clone
    clones, n = [], len(whole.state)

    def interrupted(tensor, *args, **settings):
        clones.append(1)
        if len(clones) == n + n // 2:  # in the second check, when half of the weights are cloned
            raise KeyboardInterrupt
        return clone(tensor, *args, **settings)

    first = train(data, plan=Plan(40, 32, 1e-2, checks=8, keep_best=False))
    monkeypatch.setattr(torch.Tensor, "clone", interrupted)
    with pytest.warns(UserWarning, match="Ctrl-C"):
        stopped = train(data, plan=replace(PLAN, keep_best=False))
    monkeypatch.undo()
    assert len(stopped.history["train"]) == 1 and torch.equal(first.predict(inputs), whole.predict(inputs))
    loss = squared_error(stopped.predict(inputs)[0][rows[0][1]], target[rows[0][1]]).mean().item()
    assert loss == pytest.approx(stopped.history["validation"][0, 0], rel=1e-4)


def test_ctrl_c_before_there_are_weights_or_twice_goes_through(data, monkeypatch):
    inputs, target, rows = data
    monkeypatch.setattr(training, "AGAIN", 1e9)
    settings = {"plan": PLAN, "device": "cpu"}
    with pytest.raises(KeyboardInterrupt):
        train_members(small_network, inputs, target, rows, stopping(3), **settings)
    with pytest.warns(UserWarning, match="Press it again"):
        train_members(small_network, inputs, target, rows, stopping(21), **settings)
    with pytest.raises(KeyboardInterrupt):  # another training, so soon after: as within one cross-validation
        train_members(small_network, inputs, target, rows, stopping(21), **settings)
    training._kept_at[0] -= training.AGAIN
    with pytest.warns(UserWarning, match="Ctrl-C"):
        train_members(small_network, inputs, target, rows, stopping(21), **settings)


def test_ctrl_c_late_in_the_next_training_of_a_loop_goes_through_and_in_a_later_one_does_not(data, monkeypatch):
    inputs, target, rows = data
    settings, clock = {"plan": PLAN, "device": "cpu"}, [0.0]
    monkeypatch.setattr(training.time, "monotonic", lambda: clock[0])

    def interrupted_after_20_steps():
        stop = stopping(21)

        def loss(outputs, target):
            clock[0] += 1.0  # a second per step
            return stop(outputs, target)

        return train_members(small_network, inputs, target, rows, loss, **settings)

    with pytest.warns(UserWarning, match="Ctrl-C"):
        interrupted_after_20_steps()
    clock[0] += 1.0  # the next fold
    with pytest.raises(KeyboardInterrupt):
        interrupted_after_20_steps()
    clock[0] += 60.0  # another cell, started by hand
    with pytest.warns(UserWarning, match="Ctrl-C"):
        interrupted_after_20_steps()


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "meta", None, 1.5])
def test_what_is_no_device_here_is_a_value_error(device):
    with pytest.raises(ValueError, match="device"):
        pick_device(device)


def test_pick_device_takes_what_is_named():
    assert pick_device("cpu").type == "cpu"
    assert pick_device("auto").type in {"cpu", "cuda", "mps"}
