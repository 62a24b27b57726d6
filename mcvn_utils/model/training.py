"""Many members trained as ONE batched model: each with its own start, rows, batch order and best moment.

The weights of K members are stacked to tensors with a leading axis K, and ``torch.func.vmap`` runs one step for all
of them at once (model ensembling as in torch.func's documentation). Members never mix: the summed loss gives each the
gradient that it would have alone, and AdamW works number by number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from tqdm.auto import tqdm

from .batches import MemberBatches

Inputs = Mapping[str, Tensor]
Rows = tuple[np.ndarray, np.ndarray]
"""Training rows and validation rows of one member."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train.

    ``steps`` gradient steps in batches of ``batch_size`` rows under a one-cycle schedule that peaks at
    ``learning_rate``; ``checks`` times the validation loss is looked at, and each member keeps its best weights, or
    with ``keep_best=False`` its last.
    """

    steps: int = 600
    batch_size: int = 256
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    checks: int = 25
    keep_best: bool = True


@dataclass(frozen=True)
class Members:
    """K trained members: a network for its shape, stacked weights, curves (checks, K), and whether Ctrl-C ended it."""

    network: nn.Module
    state: dict[str, Tensor]
    history: dict[str, np.ndarray] = field(default_factory=dict)
    interrupted: bool = False

    def __len__(self) -> int:
        return len(next(iter(self.state.values())))

    @torch.no_grad()
    def predict(self, inputs: Inputs, batch_size: int = 512) -> Tensor:
        """Outputs (K, n, n_outputs) of all members for all rows, in batches, on the members' device.

        Worked out in double precision (on MPS in single, for it has no other) and then rounded to single, so that a
        row is predicted alike alone and among others.
        """
        device = next(iter(self.state.values())).device
        precision = torch.float32 if device.type == "mps" else torch.float64
        self.network.eval()

        def precise(tensors: Inputs) -> dict[str, Tensor]:
            return {k: x.to(device, precision if x.is_floating_point() else None) for k, x in tensors.items()}

        state = precise(self.state)
        run = vmap(lambda state, batch: functional_call(self.network, state, (batch,)), in_dims=(0, None))
        n = len(next(iter(inputs.values())))
        parts = [
            run(state, precise({name: x[k : k + batch_size] for name, x in inputs.items()})).float().cpu()
            for k in range(0, n, batch_size)
        ]
        return torch.cat(parts, 1)

    def to(self, device: str) -> "Members":
        """The same members on another device."""
        device = pick_device(device)
        state = {name: value.to(device) for name, value in self.state.items()}
        return Members(self.network.to(device), state, self.history)

    def subset(self, index: np.ndarray) -> "Members":
        """Return the members whose numbers are in ``index``."""
        return replace(self, state={name: value[index] for name, value in self.state.items()})

    def member(self, k: int) -> nn.Module:
        """Member ``k`` with its own weights in the one network at hand; asking for another member replaces it."""
        self.network.load_state_dict({name: value[k] for name, value in self.state.items()})
        return self.network.eval()


def pick_device(device: str = "auto") -> torch.device:
    """``"auto"``: CUDA where there is one, then Apple's MPS, else the CPU; or the device that is named.

    Raises ``ValueError`` for a device that is not known, or not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return torch.device(next(name for name, found in there.items() if found))
    try:
        wanted = torch.device(device)
    except RuntimeError:
        raise ValueError(f"device must be 'auto', {', '.join(map(repr, there))}, not {device!r}") from None
    if not there.get(wanted.type):
        raise ValueError(
            f"device {device!r} is not to be had by the torch that is installed here: take 'auto' or 'cpu'"
        )
    return wanted


def train_members(
    make_network: Callable[[], nn.Module],
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
    """Train one member for each pair in ``rows``, all in one batched model.

    Parameters
    ----------
    make_network : makes a fresh network with its own random weights; called once a member.
    inputs, target, weight : tensors over all n rows; ``weight`` (n,) weighs rows in the training loss.
    rows : for each member, the numbers of its training rows and of its validation rows (disjoint). With no validation
        rows (for all members alike) each keeps its last weights.
    loss : (outputs (b, o), target (b, ...)) to the loss of each row (b,).
    seed : the same seed on the same machine gives the same members.
    progress : show a bar with the mean best validation loss.

    Ctrl-C ends training early and keeps each member's best weights so far. A loss that is not finite raises
    ``FloatingPointError`` with the remedy.
    """
    plan, device = plan or Plan(), pick_device(device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = [make_network() for _ in rows]
    for network, (train, _) in zip(networks, rows, strict=True):
        network.learn_scaling({name: x[train] for name, x in inputs.items()})
    parameters, buffers = stack_module_state(networks)
    parameters = {k: v.detach().to(device).requires_grad_() for k, v in parameters.items()}
    buffers = {k: v.to(device) for k, v in buffers.items()}
    inputs = {name: x.to(device) for name, x in inputs.items()}
    target = target.to(device)
    weight = torch.ones(len(target), device=device) if weight is None else weight.to(device)
    shape = networks[0].to(device)

    told = {"prepared": True} if hasattr(shape, "prepare") else {}

    def member_loss(parameters, buffers, batch, y, w):
        per_row = loss(functional_call(shape, (parameters, buffers), (batch,), told), y)
        return (per_row * w).sum() / w.sum()

    step = vmap(member_loss, randomness="different")
    data = MemberBatches([network.to(device) for network in networks], inputs, target, weight)
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
            interrupted = True
    return Members(shape.eval(), check.state, check.history(), interrupted)


class _Check:
    """Looks at the validation loss of each member and keeps the weights of its best moment; else the last weights."""

    def __init__(self, step: Callable, data: MemberBatches, valid: list[np.ndarray], keep_best: bool):
        longest, device = max(map(len, valid)), data.target.device
        self.step, self.validates, self.chooses = step, longest > 0, keep_best and longest > 0
        if self.validates:
            index = torch.tensor(np.stack([np.resize(v, longest) for v in valid]), device=device)
            real = torch.tensor([[k < len(v) for k in range(longest)] for v in valid], device=device)
            inputs, target, weight = data.rows(index)
            self.batch = inputs, target, weight * real
        self.best = torch.full((len(valid),), torch.inf, device=device)
        self.state: dict[str, Tensor] = {}
        self.train_curve: list[np.ndarray] = []
        self.valid_curve: list[np.ndarray] = []

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
        state = {k: v.detach() for k, v in {**parameters, **buffers}.items()}
        if not self.state:
            self.state = {k: v.clone() for k, v in state.items()}
        better = now < self.best if self.chooses else torch.ones_like(now, dtype=torch.bool)
        for k, v in state.items():
            self.state[k][better] = v[better]
        self.best = torch.where(better, now, self.best)
        self.train_curve.append(losses.detach().cpu().numpy())
        if self.validates:
            self.valid_curve.append(now.cpu().numpy())

    def history(self) -> dict[str, np.ndarray]:
        curves = {"train": self.train_curve, "validation": self.valid_curve}
        return {name: np.stack(curve) for name, curve in curves.items() if curve}
