"""Reads ``scores.csv``: a score a fold and model, ours against the others, the paper's table beside ours."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.files import DATA_DIR
from ..evaluation.scores import paired_difference, paper_results

OURS = ("MCVN", "all")
PUBLISHED = "MCVN as published"
PAPER_MODELS = {
    "RF": "random forest",
    "XGBoost": "XGBoost",
    "Attention Network": "attention network",
    "edRVFL": "edRVFL",
    "MCVN": "MCVN",
}
"""The paper's names of models to ours."""


def results_path(name: str) -> Path | None:
    """Where a measured table lies, such as ``results_path("scores.csv")``: in the clone, or in the installed package.

    None when it is in neither.
    """
    path = DATA_DIR / "results" / name
    return path if path.is_file() else None


def held_out_share(protocol: str) -> float:
    """Held-out rows divided by training rows, from a protocol's name: 1/4 in 5-fold, 3/7 in 70/30, 2/8 in the paper.

    Raises ``ValueError`` for a name that tells none of these.
    """
    for words, share in {"5-fold": 1 / 4, "70/30": 3 / 7, "paper split": 2 / 8}.items():
        if words in protocol:
            return share
    raise ValueError(f"the protocol {protocol!r} does not say how many rows it holds out: 5-fold, 70/30, paper split")


def fold_scores(scores: pd.DataFrame, table: str, of: str, metric: str) -> pd.DataFrame:
    """One row a protocol and fold, one column a (model, features).

    Parameters
    ----------
    scores : the columns of ``data/results/scores.csv``.
    table, of, metric : such as ``"nims_steel", "average", "r2"`` or ``"metallic_glass", "macro", "f1"``; ``of`` is a
        target or a class, ``"average"`` the mean over the targets of a steel.

    Raises ``ValueError`` when the file holds nothing of it.
    """
    part = scores[scores["table"] == table]
    wanted = part[(part["target"] == of) | (part["class"] == of)]
    if wanted.empty:
        known = [name for column in ("target", "class") for name in part[column].dropna().unique()]
        raise ValueError(f"there is no {of!r} of {table!r}; there are {', '.join(known) or 'no rows of this table'}")
    return wanted.pivot_table(metric, ["protocol", "fold"], ["model", "features"], sort=False).sort_index()


def peers(wide: pd.DataFrame) -> pd.DataFrame:
    """The columns of other models: not MCVN, adjusted or as published."""
    return wide.loc[:, [not str(model).startswith("MCVN") for model, _ in wide.columns]]


def best_peer(part: pd.DataFrame, smaller_is_better: bool = False) -> tuple[str, str]:
    """The peer, model and features, with the best mean over the folds of one protocol.

    It is chosen by held-out scores, which flatters the peer a little: whoever is ahead of it is ahead in earnest.
    """
    means = peers(part).dropna(axis=1).mean()
    return means.idxmin() if smaller_is_better else means.idxmax()


def minus_reference(wide: pd.DataFrame, reference: tuple[str, str] | None = None, ours=OURS) -> pd.DataFrame:
    """Ours minus each other column on the same folds, with the 95 % interval of ``evaluation.paired_difference``.

    Parameters
    ----------
    wide : what ``fold_scores`` returns.
    reference : a column to compare with alone; every other column by default.
    ours : the column from which the others are taken.

    Returns
    -------
    DataFrame with ``protocol, model, features, folds, ahead`` (folds on which ours is higher), ``difference, low, high,
    p`` and ``verdict``. The interval is NaN for a single fold. Folds that one of the two lacks are left out.
    """
    rows = []
    for protocol, part in wide.groupby("protocol", sort=False):
        for other in [reference] if reference else [name for name in wide.columns if name != ours]:
            pair = part[[ours, other]].dropna() if {ours, other} <= set(wide.columns) else part.iloc[:0, :2]
            if not len(pair):
                continue
            difference = pair[ours] - pair[other]
            test = {"difference": difference.mean()}
            if len(pair) > 1:
                test = paired_difference(pair[ours], pair[other], held_out_share(protocol))
            told = {"protocol": protocol, "model": other[0], "features": other[1]}
            rows.append(told | {"folds": len(pair), "ahead": int((difference > 0).sum())} | test)
    columns = ["protocol", "model", "features", "folds", "ahead", "difference", "low", "high", "p"]
    found = pd.DataFrame(rows, columns=columns)
    return found.assign(verdict=verdicts(found))


def verdicts(rows: pd.DataFrame) -> np.ndarray:
    """``"ahead"`` or ``"behind"`` where the interval, ``low`` to ``high``, leaves zero out, else ``"not settled"``."""
    return np.select([rows["low"] > 0, rows["high"] < 0], ["ahead", "behind"], "not settled")


CONTESTS = {
    "NIMS, average R²": ("nims_steel", "average", "r2", OURS),
    "glass, macro-F1": ("metallic_glass", "macro", "f1", OURS),
    "glass, CRA recall": ("metallic_glass", "CRA", "recall", ("MCVN, adjusted", "all")),
    "maraging, elongation R²": ("maraging_steel", "elongation", "r2", OURS),
}
"""What is compared with the best peer: table, target or class, metric, and which of our models."""


def against_best_peer(scores: pd.DataFrame) -> pd.DataFrame:
    """Ours minus the best peer of each contest and protocol, the columns of ``minus_reference`` after ``contest``."""
    rows = []
    for name, (table, of, metric, ours) in CONTESTS.items():
        for protocol, part in fold_scores(scores, table, of, metric).groupby("protocol"):
            rows.append(minus_reference(part, best_peer(part), ours).assign(contest=f"{name}, {protocol}"))
    found = pd.concat(rows, ignore_index=True)
    return found[["contest", *(column for column in found.columns if column not in ("contest", "protocol"))]]


STEPS = {"E minus O": ("E", "O"), "E&P minus E": ("E&P", "E")}
"""From the original composition to the descriptors, and on to their principal components."""


def feature_steps(wide: pd.DataFrame) -> pd.DataFrame:
    """What each peer gains by each step of ``STEPS``: the columns of ``minus_reference``, and ``step``.

    Models that were not measured on all three feature sets, and protocols of a single fold, are left out.
    """
    names = [name for name in dict.fromkeys(wide.columns.get_level_values("model")) if (name, "E&P") in wide]
    rows = [
        minus_reference(wide, (name, old), (name, new)).assign(step=step)
        for step, (new, old) in STEPS.items()
        for name in names
    ]
    found = pd.concat(rows, ignore_index=True)
    return found[found["folds"] > 1].reset_index(drop=True)


def paper_beside_ours(scores: pd.DataFrame) -> pd.DataFrame:
    """The paper's printed scores of the glasses, and ours on our 70/30 splits, cell by cell.

    Returns
    -------
    DataFrame with ``model, features, class, metric, paper, ours, sd``: a row a printed number; ``features`` is as the
    paper names it. What one of the two lacks is NaN.
    """
    printed = paper_results().query("table == 'metallic_glass'")
    printed = printed[printed["model"].isin(list(PAPER_MODELS))]
    printed = printed.melt(["model", "features", "target"], ["precision", "recall", "f1"], "metric", "paper").dropna()
    glass = scores[(scores["table"] == "metallic_glass") & scores["protocol"].str.contains("70/30")]
    ours = glass.melt(["model", "features", "class", "fold"], ["precision", "recall", "f1"], "metric", "ours")
    ours = ours.groupby(["model", "features", "class", "metric"])["ours"].agg(["mean", "std"]).reset_index()
    ours = ours.rename(columns={"mean": "ours", "std": "sd"}).replace({"features": {OURS[1]: "image+raw"}})
    printed = printed.replace({"model": PAPER_MODELS}).rename(columns={"target": "class"})
    return printed.merge(ours, "left", ["model", "features", "class", "metric"], sort=False)
