"""What MCVN was to reach, written down before it was measured, beside what it reached."""

from dataclasses import dataclass

import pandas as pd

from .scores import best_peer, fold_scores


@dataclass(frozen=True)
class Aim:
    """What MCVN was to reach, written down before it was measured."""

    what: str
    table: str
    protocol: str
    of: str
    metric: str
    aim: float
    peer: str
    ours: str = "MCVN"

    @property
    def smaller_is_better(self) -> bool:
        """Whether the score is an error."""
        return self.metric in ("mae", "rmse")


AIMS = (
    Aim("NIMS, paper's split, average R²", "nims_steel", "paper split", "average", "r2", 0.975, "O"),
    Aim("NIMS, random folds, average R²", "nims_steel", "random", "average", "r2", 0.975, "O"),
    Aim("NIMS, by heat, average R²", "nims_steel", "by heat", "average", "r2", 0.950, "O"),
    Aim("glass, 70/30, macro-F1", "metallic_glass", "70/30", "macro", "f1", 0.895, "E"),
    Aim("glass, 70/30, CRA recall, adjusted", "metallic_glass", "70/30", "CRA", "recall", 0.81, "E", "MCVN, adjusted"),
    Aim("glass, by system, macro-F1", "metallic_glass", "by system", "macro", "f1", 0.78, "E"),
    Aim("maraging, elongation R²", "maraging_steel", "random", "elongation", "r2", 0.54, "O"),
    Aim("maraging, yield strength MAE, MPa", "maraging_steel", "random", "yield_strength", "mae", 78.0, "O"),
)
"""The aims, in the order in which they are shown; ``protocol`` is a part of a protocol's name."""


def aims(scores: pd.DataFrame) -> pd.DataFrame:
    """Each aim beside what was reached, as a mean over the folds, and beside XGBoost and the best peer there.

    Returns
    -------
    DataFrame with ``what, aim, reached, sd, missed by, met, XGBoost, best peer, its score``: ``missed by`` is above 0
    where an aim is missed, in the score's own unit. Aims of which the file holds nothing are left out.
    """
    rows = []
    for aim in AIMS:
        try:
            wide = fold_scores(scores, aim.table, aim.of, aim.metric)
        except ValueError:
            continue
        names = [name for name in wide.index.get_level_values("protocol").unique() if aim.protocol in name]
        ours = next((column for column in wide.columns if column[0] == aim.ours), None)
        if not names or ours is None:
            continue
        part = wide.loc[names[0]]
        reached, best = part[ours].mean(), best_peer(part, aim.smaller_is_better)
        short = round(reached - aim.aim if aim.smaller_is_better else aim.aim - reached, 6)  # the file's own digits
        xgboost = part.get(("XGBoost", aim.peer), pd.Series(dtype=float)).mean()
        rows.append(
            {"what": aim.what, "aim": aim.aim, "reached": reached, "sd": part[ours].std(ddof=1), "missed by": short,
             "met": short <= 0, "XGBoost": xgboost, "best peer": " ".join(best), "its score": part[best].mean()}
        )  # fmt: skip
    return pd.DataFrame(rows)
