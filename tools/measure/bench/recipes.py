"""How well the plain recipes do that MCVN grew from, on the same folds as MCVN: writes ``data/results/recipes.csv``.

    python -m tools.measure.bench.recipes      # some twenty minutes on two cores

Each is a small MCVN without picture or trees, four members, trained on all training rows to the last step:

- *gates*, for the steels: 16 standardised raw features, a gate for each, a head of 64-64; all rows a batch; 800 steps
  with little dropout for random folds, 400 steps with more dropout and weight decay for folds by heat;
- *tokens*, for the glasses: attention between element tokens of width 48, two blocks, beside the 406 descriptors as
  standard scores, a head of 192-192; batches of 128 rows, 50 epochs;
- *bins*: in place of the tokens, the atomic fractions by 24 pieces and the descriptors by 16; and *tokens and bins*,
  the mean of both.

One row a fold: the recipe's score and MCVN's own from scores.csv; R² averaged over four targets, or macro-F1.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import f1_score, r2_score
from torch import Tensor, nn

from mcvn_utils import CompositionDescriptor, fractions, load_metallic_glass, load_nims_steel
from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.evaluation.splits import PROTOCOLS, Protocol, Split
from mcvn_utils.model.encoding import find_knots, piecewise_linear
from mcvn_utils.model.inputs import NetworkInputs
from mcvn_utils.model.networks import MCVN
from mcvn_utils.model.parts import ElementTokens, RawNumbers
from mcvn_utils.model.training import Plan, train_members
from mcvn_utils.study.trial import standard_scores

RESULTS = Path(__file__).resolve().parents[3] / "data" / "results"
MEMBERS = 4
ALL_ROWS = 10**6  # a batch of more rows than there are
_, RANDOM, BY_HEAT = PROTOCOLS["nims_steel"]
GATES = {  # protocol: dropout, plan
    RANDOM: (0.05, Plan(800, ALL_ROWS, learning_rate=1e-2, weight_decay=0.02)),
    BY_HEAT: (0.1, Plan(400, ALL_ROWS, learning_rate=1e-2, weight_decay=0.3)),
}


def squared_error(outputs: Tensor, target: Tensor) -> Tensor:
    """Loss of each row over four standardised targets."""
    return (outputs - target).square().mean(1)


def train(
    make: Callable, inputs: dict[str, Tensor], target: Tensor, loss: Callable, split: Split, plan: Plan
) -> Tensor:
    """Return outputs (members, n, n_outputs) for all n rows, learned from all training rows of one fold."""
    rows = [(split[0], split[0][:0])] * MEMBERS
    return train_members(make, inputs, target, rows, loss, plan=plan).predict(inputs)


def gates(protocol: Protocol) -> Iterator[dict[str, float]]:
    """Yield R² of each fold of the steels, averaged over the four targets."""
    dropout, plan = GATES[protocol]
    steel = load_nims_steel()
    reader, y = NetworkInputs(**steel.composition, parts=(RawNumbers(),)), steel.y.to_numpy()
    make = partial(MCVN, 4, n_raw=16, image_shape=None, hidden=64, dropout=dropout)
    for learn, held in protocol.splits(steel):
        inputs = {"raw": torch.from_numpy(reader.fit(steel.X.iloc[learn]).transform(steel.X)["raw"])}
        mean, spread = y[learn].mean(0), y[learn].std(0)
        target = torch.tensor((y - mean) / spread, dtype=torch.float32)
        outputs = train(make, inputs, target, squared_error, (learn, held), plan).double().mean(0).numpy()
        yield {"gates": r2_score(y[held], outputs[held] * spread + mean)}


def tokens_and_bins() -> Iterator[dict[str, float]]:
    """Macro-F1 of both recipes and of their mean on each 70/30 split of the glasses."""
    glass = load_metallic_glass()
    read = NetworkInputs(**glass.composition, parts=(ElementTokens(),)).fit_transform(glass.X)
    elements = {name: torch.from_numpy(read[name]) for name in ("elements", "amounts")}
    descriptors = CompositionDescriptor().fit_transform(glass.X["formula"])
    amounts = fractions(glass.X["formula"]).to_numpy()
    classes, y = np.unique(glass.y, return_inverse=True)
    table = torch.tensor(element_table().to_numpy(), dtype=torch.float32)
    make = partial(MCVN, len(classes), n_raw=descriptors.shape[1], image_shape=None, hidden=192, dropout=0.2)
    loss = partial(nn.functional.cross_entropy, reduction="none", label_smoothing=0.05)
    for learn, held in PROTOCOLS["metallic_glass"][0].splits(glass):
        raw = standard_scores(descriptors, learn)
        cut = [(amounts, 24), (raw, 16)]
        fine = np.hstack([piecewise_linear(values, find_knots(values[learn], n)) for values, n in cut])
        ways = {
            "tokens": (partial(make, element_features=table, width=48, n_heads=4, n_blocks=2), elements),
            "bins": (partial(make, n_fine=fine.shape[1], fine_dropout=0.0), {"fine": torch.from_numpy(fine)}),
        }
        plan = Plan(50 * len(learn) // 128, 128, learning_rate=3e-3, weight_decay=0.02)
        likely = {}
        for name, (network, inputs) in ways.items():
            inputs = {"raw": torch.from_numpy(raw), **inputs}
            likely[name] = train(network, inputs, torch.from_numpy(y), loss, (learn, held), plan).softmax(-1).mean(0)
        likely["tokens and bins"] = (likely["tokens"] + likely["bins"]) / 2
        yield {name: f1_score(y[held], p.argmax(-1)[held], average="macro") for name, p in likely.items()}


def main() -> None:
    """Measure all recipes and write the table."""
    ours = pd.read_csv(RESULTS / "scores.csv").query("model == 'MCVN'")
    steel = ours[ours["table"].eq("nims_steel")].groupby(["protocol", "fold"])["r2"].mean()
    glass = ours[ours["table"].eq("metallic_glass") & ours["class"].eq("macro")].set_index(["protocol", "fold"])["f1"]
    jobs = [("nims_steel", protocol.name, gates(protocol), steel) for protocol in GATES]
    rows = []
    for table, protocol, folds, mcvn in [
        *jobs,
        ("metallic_glass", PROTOCOLS["metallic_glass"][0].name, tokens_and_bins(), glass),
    ]:
        for fold, scores in enumerate(folds):
            for recipe, score in scores.items():
                where = {"table": table, "protocol": protocol, "recipe": recipe, "fold": fold}
                rows.append(where | {"score": round(float(score), 4), "MCVN": round(float(mcvn[protocol, fold]), 4)})
                print(rows[-1], flush=True)
    result = pd.DataFrame(rows)
    result.assign(torch=torch.__version__).to_csv(RESULTS / "recipes.csv", index=False)
    print(result.groupby(["table", "protocol", "recipe"], sort=False)[["score", "MCVN"]].mean().round(3).to_string())


if __name__ == "__main__":
    main()
