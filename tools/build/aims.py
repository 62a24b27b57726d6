"""The aims of MCVN, written down before it was measured, beside what it reached; README's last table of results."""

from dataclasses import dataclass

import pandas as pd

from mcvn_utils.evaluation.splits import PROTOCOLS
from mcvn_utils.study.scores import OURS, best_peer, fold_scores

ADJUSTED = ("MCVN, adjusted", "all")
PAPER, RANDOM, BY_HEAT = (protocol.name for protocol in PROTOCOLS["nims_steel"])
SPLITS, BY_SYSTEM = (protocol.name for protocol in PROTOCOLS["metallic_glass"])
(MARAGING,) = (protocol.name for protocol in PROTOCOLS["maraging_steel"])


@dataclass(frozen=True)
class Aim:
    """One score that MCVN was to reach; ``ours`` is the column that is measured by it."""

    what: str
    table: str
    protocol: str
    of: str
    metric: str
    aim: float
    ours: tuple[str, str] = OURS


AIMS = (
    Aim("NIMS, paper's split, average R²", "nims_steel", PAPER, "average", "r2", 0.975),
    Aim("NIMS, random folds, average R²", "nims_steel", RANDOM, "average", "r2", 0.975),
    Aim("NIMS, by heat, average R²", "nims_steel", BY_HEAT, "average", "r2", 0.950),
    Aim("glass, 70/30, macro-F1", "metallic_glass", SPLITS, "macro", "f1", 0.895),
    Aim("glass, 70/30, CRA recall, adjusted", "metallic_glass", SPLITS, "CRA", "recall", 0.81, ADJUSTED),
    Aim("glass, by system, macro-F1", "metallic_glass", BY_SYSTEM, "macro", "f1", 0.78),
    Aim("maraging, elongation R²", "maraging_steel", MARAGING, "elongation", "r2", 0.54),
    Aim("maraging, yield strength MAE, MPa", "maraging_steel", MARAGING, "yield_strength", "mae", 78.0),
)
"""The aims, in the order in which they are shown."""


def aims(scores: pd.DataFrame) -> pd.DataFrame:
    """Lay each aim beside what was reached, as a mean over the folds, and beside the best peer.

    Columns are ``what, aim, reached, sd, missed by, met, best peer, its score``: ``missed by`` is above 0 where an aim
    is missed, in the score's own unit. Aims of which the file holds nothing are left out.
    """
    rows = []
    for aim in AIMS:
        wide = fold_scores(scores, aim.table, aim.of, aim.metric)
        if aim.ours not in wide or aim.protocol not in wide.index:
            continue
        part, is_error = wide.loc[aim.protocol], aim.metric == "mae"
        reached, best = part[aim.ours].mean(), best_peer(part, is_error)
        short = round(reached - aim.aim if is_error else aim.aim - reached, 6)  # the file's own digits
        rows.append(
            {"what": aim.what, "aim": aim.aim, "reached": reached, "sd": part[aim.ours].std(ddof=1), "missed by": short,
             "met": short <= 0, "best peer": " ".join(best), "its score": part[best].mean()}
        )  # fmt: skip
    return pd.DataFrame(rows)
