"""Many members trained as ONE batched model, each with its own start, rows, order of batches and best moment.

The weights of K members are stacked to tensors with a leading axis K, and ``torch.func.vmap`` runs one step for all
of them at once (model ensembling as in torch.func's documentation). Members never mix: the summed loss gives each the
gradient that it would have alone, and AdamW works number by number.
"""

import copy
import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap
from tqdm.auto import tqdm

from .batches import Batches, Rows
from .layers import Inputs, Network
from .settings import check_value

AGAIN = 3.0  # seconds: a Ctrl-C is let through so soon after another, or in a training that began so soon after it
_kept_at = [-math.inf]  # when a Ctrl-C was last answered by keeping what was trained


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train.

    ``steps`` gradient steps in batches of ``batch_size`` rows under a one-cycle schedule that peaks at
    ``learning_rate``. The validation loss is computed ``checks`` times, and each member keeps the weights of its
    smallest one, or with ``keep_best=False`` its last weights. Raises ``ValueError`` for a number out of range.

    >>> Plan(steps=100).batch_size
    256
    """

    steps: int = 600
    batch_size: int = 256
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    checks: int = 25
    keep_best: bool = True

    def __post_init__(self):
        vars(self).update({name: check_value(name, value) for name, value in vars(self).items()})


@dataclass(frozen=True)
class Members:
    """K trained members: a network for its shape, stacked weights, curves (checks, K), and whether Ctrl-C ended it."""

    network: Network
    state: dict[str, Tensor]
    history: dict[str, np.ndarray] = field(default_factory=dict)
    interrupted: bool = False

    def __len__(self) -> int:
        return len(next(iter(self.state.values())))

    @torch.no_grad()
    def predict(self, inputs: Inputs, batch_size: int = 512) -> Tensor:
        """Give the outputs (K, n, n_outputs) of all members for all rows, in batches, on the members' device.

        They are computed in double precision (on MPS in single, for it has no other) and rounded to single, so that a
        row gets the same outputs alone and among others.
        """
        device = next(iter(self.state.values())).device
        precision = torch.float32 if device.type == "mps" else torch.float64
        self.network.eval()

        def precise(tensors: Inputs) -> dict[str, Tensor]:
            return {k: x.to(device, precision if x.is_floating_point() else None) for k, x in tensors.items()}

        run = vmap(lambda state, batch: functional_call(self.network, state, (batch,)), in_dims=(0, None))
        state, n = precise(self.state), len(next(iter(inputs.values())))
        parts = [
            run(state, precise({name: x[k : k + batch_size] for name, x in inputs.items()})).float().cpu()
            for k in range(0, n, batch_size)
        ]
        return torch.cat(parts, 1)

    def to(self, device: str) -> Self:
        """Give the same members on another device; these stay where they are."""
        device = pick_device(device)
        state = {name: value.to(device) for name, value in self.state.items()}
        return replace(self, network=copy.deepcopy(self.network).to(device), state=state)

    def __getstate__(self) -> dict:
        """Pickle the members on the CPU: whoever loads them may have no GPU."""
        return vars(self.to("cpu"))

    def subset(self, index: Sequence[int] | Tensor) -> Self:
        """Give the members whose numbers are in ``index``; nothing is trained."""
        index = torch.as_tensor(index)
        return replace(self, state={name: value[index.to(value.device)] for name, value in self.state.items()})

    def member(self, k: int) -> Network:
        """Give member ``k`` as a network of its own."""
        network = copy.deepcopy(self.network)
        network.load_state_dict({name: value[k] for name, value in self.state.items()})
        return network.eval()


def pick_device(device: str = "auto") -> torch.device:
    """Pick a device: "auto" is CUDA, else Apple's MPS, else the CPU; ``ValueError`` for one that is not available."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return torch.device(next(name for name, is_available in available.items() if is_available))
    try:
        wanted = torch.device(device)
    except (RuntimeError, TypeError):
        raise ValueError(f"device must be 'auto', {', '.join(map(repr, available))}, not {device!r}") from None
    if not available.get(wanted.type):
        raise ValueError(
            f"device {device!r} is not to be had by the torch that is installed here: take 'auto' or 'cpu'"
        )
    return wanted


def train_members(
    make_network: Callable[[], Network],
    inputs: Inputs,
    target: Tensor,
    rows: Sequence[Rows],
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    weight: Tensor | None = None,
    plan: Plan | None = None,
    seed: int = 0,
    device: str = "auto",
    progress: bool = False,
) -> Members:
    """Train one member for each pair in ``rows``, all in one batched model; Ctrl-C keeps the best weights so far.

    Such members are ``interrupted``, and a ``UserWarning`` says how far they came. Where there
    are no weights yet, and for a second Ctrl-C within ``AGAIN`` seconds or in the next training of a loop, it is a
    ``KeyboardInterrupt``.

    Parameters
    ----------
    make_network : callable
        Makes a fresh network with its own random weights.
    inputs, target, weight : Tensors over all n rows
        ``weight`` (n,) weighs rows in the training loss.
    rows : sequence of (ndarray, ndarray)
        For each member the numbers of its training rows and of its validation rows (disjoint). Without validation
        rows (for all members alike) each keeps its last weights.
    loss : callable
        Outputs (b, o) and target (b, ...) to the loss of each row (b,).
    plan, seed, device, progress : Plan, int, str, bool
        The same seed on the same machine gives the same members.

    Raises ``FloatingPointError`` when a loss is not finite; the message says what to do.

    Examples
    --------
    >>> from mcvn_utils.model import AttentionNetwork
    >>> inputs, rows, loss = {"raw": torch.rand(8, 3)}, [(np.r_[:6], np.r_[6:8])] * 2, lambda a, b: (a - b)[:, 0]
    >>> len(train_members(lambda: AttentionNetwork(3), inputs, torch.rand(8, 1), rows, loss, plan=Plan(steps=2)))
    2
    """
    plan, device, began = plan or Plan(), pick_device(device), time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = [make_network() for _ in rows]
    for network, (train, _) in zip(networks, rows, strict=True):
        network.learn_scaling({name: x[train] for name, x in inputs.items()})
    parameters, buffers = stack_module_state(networks)
    parameters = {k: v.detach().to(device).requires_grad_() for k, v in parameters.items()}
    buffers = {k: v.to(device) for k, v in buffers.items()}
    weight = torch.ones(len(target)) if weight is None else weight
    inputs = {name: x.to(device) for name, x in inputs.items()}
    data = Batches([network.to(device) for network in networks], inputs, target.to(device), weight.to(device))
    shape = networks[0]

    def member_loss(parameters, buffers, batch, y, w):
        per_row = loss(functional_call(shape, (parameters, buffers), (batch,), {"prepared": True}), y)
        return (per_row * w).sum() / w.sum()

    step = vmap(member_loss, randomness="different")
    batches = data.batches([train for train, _ in rows], plan.batch_size, seed)
    check = _Check(step, data, [valid for _, valid in rows], plan.keep_best)
    optimizer = torch.optim.AdamW(
        parameters.values(), lr=plan.learning_rate, weight_decay=plan.weight_decay, fused=device.type != "mps"
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.learning_rate, total_steps=max(plan.steps, 10), pct_start=0.2
    )
    every, interrupted = max(1, plan.steps // plan.checks), False
    bar = tqdm(total=plan.steps, desc=f"{len(rows)} members", disable=not progress, leave=False)
    with bar, torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        shape.train()
        try:
            for number in range(1, plan.steps + 1):
                losses = step(parameters, buffers, *next(batches))
                optimizer.zero_grad(set_to_none=True)
                losses.sum().backward()
                optimizer.step()
                schedule.step()
                if number % every == 0 or number == plan.steps:
                    shape.eval()
                    check(parameters, buffers, losses)
                    shape.train()
                    bar.update(number - bar.n)
                    shown = "validation" if check.validates else "training"
                    bar.set_postfix({shown: f"{check.best.mean().item():.4f}"})
        except KeyboardInterrupt:
            if not check.state:
                raise
            done = f"after {number - 1} of {plan.steps} steps"
            keep_what_was_trained(f"{done}; the best weights until then are kept", began)
            interrupted = True
    return Members(shape.eval(), check.state, check.history(), interrupted)


def keep_what_was_trained(what: str, began: float) -> None:
    """Answer a Ctrl-C, where it is caught, by a warning; raise it again where it is the second (see ``AGAIN``)."""
    if began - _kept_at[0] < AGAIN:
        raise
    _kept_at[0] = time.monotonic()
    warnings.warn(f"Ctrl-C stopped the training {what}. Press it again to stop everything.", UserWarning, stacklevel=3)


class _Check:
    """Computes the validation loss of each member, and keeps the weights of its smallest one; else the last weights."""

    def __init__(self, step: Callable, data: Batches, valid: list[np.ndarray], keep_best: bool):
        longest, device = max(map(len, valid)), data.target.device
        self.step, self.validates, self.chooses = step, longest > 0, keep_best and longest > 0
        if self.validates:
            index = torch.tensor(np.stack([np.resize(v, longest) for v in valid]), device=device)
            real = torch.tensor([[k < len(v) for k in range(longest)] for v in valid], device=device)
            inputs, target, weight = data.rows(index)
            self.batch = inputs, target, weight * real
        self.best = torch.full((len(valid),), torch.inf, device=device)
        self.state: dict[str, Tensor] = {}
        self.curves: list[tuple[np.ndarray, np.ndarray]] = []  # of each check the training and the validation losses

    @torch.no_grad()
    def __call__(self, parameters: dict, buffers: dict, losses: Tensor) -> None:
        now = losses.detach()
        if self.validates:
            now = self.step(parameters, buffers, *self.batch)
        if not torch.isfinite(now).all():
            raise FloatingPointError(
                f"the loss of member {int((~torch.isfinite(now)).nonzero()[0])} is not finite: "
                "look for huge values in the raw features, or take a smaller learning_rate"
            )
        better = now < self.best if self.chooses else torch.ones_like(now, dtype=torch.bool)
        state = {k: v.detach().clone() for k, v in {**parameters, **buffers}.items()}
        for k, v in self.state.items():
            state[k][~better] = v[~better]
        curves = [*self.curves, (losses.detach().cpu().numpy(), now.cpu().numpy())]
        # At once, so that Ctrl-C finds the weights of one check, never of two.
        self.state, self.best, self.curves = state, torch.where(better, now, self.best), curves

    def history(self) -> dict[str, np.ndarray]:
        """Give the curves (checks, K), that of the validation loss only where it was computed."""
        curves = dict(zip(("train", "validation"), map(np.stack, zip(*self.curves, strict=True)), strict=True))
        return curves if self.validates else {"train": curves["train"]}
