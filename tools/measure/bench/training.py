"""What training and prediction cost: members as one batched model against one after another, fits, a million alloys.

    python -m tools.measure.bench.training             # batched against a loop: data/results/batching.csv; some minutes
    python -m tools.measure.bench.training --fits      # default fits on the steels and the glasses; five minutes
    python -m tools.measure.bench.training --million   # predict one million formulas: seconds and memory; five minutes
    python -m tools.measure.bench.training --cost      # against rows, members and targets: training_cost.csv, .png

A time is the best of several runs; batched and one by one take turns in the same run, and only their ratio is claimed.
"""

import argparse
import itertools
import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from mcvn_utils import MCVNClassifier, MCVNRegressor, load_metallic_glass, load_nims_steel
from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.model.ensemble import NETWORK_SIZES
from mcvn_utils.model.inputs import NetworkInputs
from mcvn_utils.model.networks import MCVN, PublishedMCVN
from mcvn_utils.model.parts import ElementTokens, Picture, Pieces, RawNumbers
from mcvn_utils.model.presets import SMALL
from mcvn_utils.model.training import Plan, train_members
from tools.measure.bench.timing import best_time

RESULTS = Path(__file__).resolve().parents[3] / "data" / "results"
STEPS = 100


def squared_error(outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Loss of each row."""
    return (outputs - target).square().mean(1)


def networks(n_fine: int) -> dict[str, tuple[Callable[[], torch.nn.Module], tuple[str, ...]]]:
    """Networks for the steels, and what each reads; "raw and picture" is what a default fit trains."""
    sizes = {name: getattr(SMALL, name) for name in NETWORK_SIZES} | {"n_raw": 16, "n_fine": n_fine}
    table = torch.tensor(element_table().to_numpy(), dtype=torch.float32)
    numbers = ("raw", "fine")
    return {
        "published": (lambda: PublishedMCVN(16, 4), ("raw", "image")),
        "MCVN, raw features": (lambda: MCVN(4, image_shape=None, **sizes), numbers),
        "MCVN, raw and picture": (lambda: MCVN(4, **sizes), (*numbers, "image")),
        "MCVN, all branches": (
            lambda: MCVN(4, element_features=table, **sizes), (*numbers, "image", "elements", "amounts"),
        ),
    }  # fmt: skip


def ordinary_loop(make: Callable, inputs: dict, target: torch.Tensor, rows: list, batch_size: int) -> None:
    """Train the same members one after another, as one would write it for a single network."""
    for train, _ in rows:
        network = make()
        network.learn_scaling({name: x[train] for name, x in inputs.items()})
        optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=STEPS)
        left = torch.empty(0, dtype=torch.long)
        for _ in range(STEPS):
            if len(left) < batch_size:
                left = torch.from_numpy(train)[torch.randperm(len(train))]
            batch, left = left[:batch_size], left[batch_size:]
            loss = squared_error(network({name: x[batch] for name, x in inputs.items()}), target[batch]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def batching(rounds: int) -> None:
    """Time members in one batch and one after another, on 288 of the 360 steels; write ``data/results/batching.csv``.

    8 members are a default fit; 40 are those of five folds.
    """
    steel = load_nims_steel()
    parts = (Picture(), ElementTokens(), RawNumbers(), Pieces())
    reader = NetworkInputs(**steel.composition, parts=parts).fit(steel.X)
    everything = {name: torch.from_numpy(x) for name, x in reader.transform(steel.X).items()}
    target = torch.tensor(((steel.y - steel.y.mean()) / steel.y.std()).to_numpy(), dtype=torch.float32)
    table = []
    for name, (make, read) in networks(reader.shapes_["fine"][0]).items():
        inputs = {what: everything[what] for what in read}
        for batch_size, members in itertools.product((288, 32), (8, 40)):
            order = np.random.default_rng(0)
            rows = [(p[:288], p[:0]) for p in (order.permutation(360) for _ in range(members))]
            work = [
                partial(ordinary_loop, make, inputs, target, rows, batch_size),
                partial(
                    train_members, make, inputs, target, rows, squared_error, plan=Plan(STEPS, batch_size, checks=1)
                ),
            ]
            loop, batched = (
                np.min([[best_time(run, 1) for run in work] for _ in range(rounds)], axis=0).round(3).tolist()
            )
            table.append(
                {"network": name, "batch_rows": batch_size, "members": members, "one_after_another_s": loop,
                 "batched_s": batched, "ratio": round(loop / batched, 2)}
            )  # fmt: skip
            print(table[-1], flush=True)
    table = pd.DataFrame(table).assign(steps=STEPS, threads=torch.get_num_threads(), torch=torch.__version__)
    table.to_csv(RESULTS / "batching.csv", index=False)


def fits() -> None:
    """Time the default fits, with the soft trees beside the networks; write ``data/results/fits.csv``."""
    table = []
    for estimator, data in ((MCVNRegressor, load_nims_steel()), (MCVNClassifier, load_metallic_glass())):
        model = estimator(**data.composition)
        seconds = best_time(lambda model=model, data=data: model.fit(data.X, data.y), 1)
        table.append({"table": data.name, "rows": len(data.X), "seconds": round(seconds)})
        print(table[-1], flush=True)
    table = pd.DataFrame(table).assign(threads=torch.get_num_threads(), torch=torch.__version__)
    table.to_csv(RESULTS / "fits.csv", index=False)


def million() -> None:
    """Print seconds and memory of predicting one million formulas with the saved model."""
    random = np.random.default_rng(0)
    a, b = random.integers(5, 60, (2, 1_000_000))
    X = pd.DataFrame(
        {"formula": [f"Zr{i}Cu{j}Al{100 - i - j}" if i + j < 100 else "Zr50Cu50" for i, j in zip(a, b, strict=True)]}
    )
    model = MCVNClassifier.load(Path(__file__).resolve().parents[3] / "data" / "glass_mcvn.safetensors")
    model.predict_proba(X.head(1000))
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    taken = best_time(lambda: model.predict_proba(X), 1)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    print(
        f"one million formulas, {len(model.members_)} member: {taken:.0f} s; "
        f"memory {before:.2f} GB before, at most {after:.2f} GB"
    )


def cost() -> None:
    """Measure fits of 100 steps against rows, members and targets; write the table and the picture."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    glass, random = load_metallic_glass(), np.random.default_rng(0)
    Y = random.normal(size=(len(glass.X), 16))
    rows = []
    for what, values in {
        "rows": (300, 600, 1200, 2400, 4800),
        "members": (1, 2, 4, 8, 16, 32),
        "targets": (1, 2, 4, 8, 16),
    }.items():
        for value in values:
            now = {"rows": 1000, "members": 2, "targets": 1, what: value}
            model = MCVNRegressor(trees=False, n_members=now["members"], steps="auto" if what == "rows" else 100)
            X, y = glass.X.iloc[: now["rows"]], Y[: now["rows"], : now["targets"]]
            best = best_time(lambda m=model, X=X, y=y: m.fit(X, y), 1 if what == "rows" else 2)
            rows.append({"against": what, "value": value, "seconds": round(best, 3)})
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    table.to_csv(RESULTS / "training_cost.csv", index=False)
    titles = {"rows": "2 members, default steps", "members": "1000 rows, 100 steps", "targets": "2 members, 100 steps"}
    figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), layout="constrained")
    for ax, (what, part) in zip(axes, table.groupby("against", sort=False), strict=True):
        _ = ax.plot(part.value, part.seconds, "o-", color="black")
        _ = ax.set(xlabel=what, ylabel="seconds", ylim=(0, None), xlim=(0, None), title=titles[what])
    figure.savefig(RESULTS.parents[1] / "docs" / "pictures" / "training_cost.png", dpi=110)


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2, help="how often one by one and batched take turns")
    for name in ("fits", "million", "cost"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    if options.fits:
        fits()
    if options.million:
        million()
    if options.cost:
        cost()
    if not (options.fits or options.million or options.cost):
        batching(options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
