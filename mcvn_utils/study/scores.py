"""Reads ``scores.csv``: one score per fold and model, ours against the others, the paper's table beside ours."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.files import DATA_DIR, data_path
from ..evaluation.splits import PROTOCOLS, get_protocol
from ..evaluation.uncertainty import paired_difference

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
    """Return where a measured table lies, in the clone or in the installed package; None where it is in neither.

    >>> results_path("nothing.csv") is None
    True
    """
    path = DATA_DIR / "results" / name
    return path if path.is_file() else None


def paper_results() -> pd.DataFrame:
    """Return the numbers that the paper's authors printed, on their own rows (see ``data/README.md``).

    >>> len(paper_results())
    43
    """
    return pd.read_csv(data_path("paper_results.csv"))


def fold_scores(scores: pd.DataFrame, table: str, of: str, metric: str) -> pd.DataFrame:
    """Lay out one score of ``scores.csv``: one row per (protocol, fold), one column per (model, features).

    ``of`` is a target or a class; "average" is the mean over the targets of a steel, "macro" that over the classes.
    Raises ``ValueError`` when the file holds nothing of it.

    >>> len(fold_scores(pd.read_csv(results_path("scores.csv")), "nims_steel", "average", "r2"))
    26
    """
    part = scores[scores["table"] == table]
    wanted = part[(part["target"] == of) | (part["class"] == of)]
    if wanted.empty:
        known = [name for column in ("target", "class") for name in part[column].dropna().unique()]
        raise ValueError(f"there is no {of!r} of {table!r}; there are {', '.join(known) or 'no rows of this table'}")
    return wanted.pivot_table(metric, ["protocol", "fold"], ["model", "features"], sort=False).sort_index()


def best_peer(part: pd.DataFrame, smaller_is_better: bool = False) -> tuple[str, str]:
    """Return the model, other than MCVN, and its features with the best mean over the folds of one protocol.

    It is chosen by held-out scores, which favours the peer a little.

    >>> best_peer(pd.DataFrame([[0.9, 0.8, 0.7]], columns=[("MCVN", "all"), ("XGBoost", "O"), ("XGBoost", "E")]))
    ('XGBoost', 'O')
    """
    means = part.loc[:, [not model.startswith("MCVN") for model, _ in part.columns]].dropna(axis=1).mean()
    return means.idxmin() if smaller_is_better else means.idxmax()


def compare(part: pd.DataFrame, ours, other, fewest: int = 2) -> dict[str, object]:
    """Subtract the column ``other`` from the column ``ours`` on the folds of one protocol that both have.

    The index of ``part`` has the level ``protocol``. Returned are ``folds``, ``ahead`` (folds on which ours is higher),
    ``each`` (their differences), ``difference``, and with at least ``fewest`` folds ``low, high, p`` of
    ``evaluation.paired_difference``; nothing where no fold has both.
    """
    pair = part[[ours, other]].dropna() if {ours, other} <= set(part.columns) else part.iloc[:0]
    if pair.empty:
        return {}
    each = pair[ours] - pair[other]
    row = {"folds": len(pair), "ahead": int((each > 0).sum()), "each": tuple(each), "difference": each.mean()}
    if len(pair) < fewest:
        return row
    (protocol,) = pair.index.get_level_values("protocol").unique()
    return row | paired_difference(pair[ours], pair[other], get_protocol(protocol).held_out_share)


def minus_reference(wide: pd.DataFrame, reference: tuple[str, str] | None = None, ours=OURS) -> pd.DataFrame:
    """Subtract each other column from ours on the same folds, with the interval of ``evaluation.paired_difference``.

    ``wide`` is what ``fold_scores`` returns; with ``reference`` only this column is subtracted. Columns are ``protocol,
    model, features``, those of ``compare`` (no interval for a single fold), and ``verdict``: ``"ahead"`` or
    ``"behind"`` where the interval leaves zero out, else ``"not settled"``.

    >>> rows = minus_reference(fold_scores(pd.read_csv(results_path("scores.csv")), "nims_steel", "average", "r2"))
    """
    rows = []
    for protocol, part in wide.groupby("protocol", sort=False):
        for other in [reference] if reference else [name for name in wide.columns if name != ours]:
            if row := compare(part, ours, other):
                rows.append({"protocol": protocol, "model": other[0], "features": other[1]} | row)
    columns = ["protocol", "model", "features", "folds", "ahead", "difference", "low", "high", "p"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(verdict=np.select([table["low"] > 0, table["high"] < 0], ["ahead", "behind"], "not settled"))


CONTESTS = {
    "NIMS, average R²": ("nims_steel", "average", "r2", OURS),
    "glass, macro-F1": ("metallic_glass", "macro", "f1", OURS),
    "glass, CRA recall": ("metallic_glass", "CRA", "recall", ("MCVN, adjusted", "all")),
    "maraging, elongation R²": ("maraging_steel", "elongation", "r2", OURS),
}
"""What is compared with the best peer: table, target or class, metric, and which of our models."""


def against_best_peer(scores: pd.DataFrame) -> pd.DataFrame:
    """Subtract the best peer from ours under each contest and protocol: ``contest``, then as ``minus_reference``.

    >>> rows = against_best_peer(pd.read_csv(results_path("scores.csv")))
    """
    rows = []
    for name, (table, of, metric, ours) in CONTESTS.items():
        for protocol, part in fold_scores(scores, table, of, metric).groupby("protocol"):
            row = minus_reference(part, best_peer(part), ours).drop(columns="protocol")
            row.insert(0, "contest", f"{name}, {protocol}")
            rows.append(row)
    return pd.concat(rows, ignore_index=True)


STEPS = {"E minus O": ("E", "O"), "E&P minus E": ("E&P", "E")}
"""From the original composition to the descriptors, and on to their principal components."""


def feature_steps(wide: pd.DataFrame) -> pd.DataFrame:
    """Compare each peer with itself on the next feature set: the columns of ``minus_reference``, and ``step``.

    Models that were not measured on all three feature sets, and protocols of a single fold, are left out.

    >>> steps = feature_steps(fold_scores(pd.read_csv(results_path("scores.csv")), "nims_steel", "average", "r2"))
    """
    names = [name for name in dict.fromkeys(wide.columns.get_level_values("model")) if (name, "E&P") in wide]
    rows = [
        minus_reference(wide, (name, old), (name, new)).assign(step=step)
        for step, (new, old) in STEPS.items()
        for name in names
    ]
    table = pd.concat(rows, ignore_index=True)
    return table[table["folds"] > 1].reset_index(drop=True)


def paper_beside_ours(scores: pd.DataFrame) -> pd.DataFrame:
    """Lay the paper's printed scores of the glasses beside ours on our 70/30 splits, one row per printed number.

    Columns are ``model, features`` (as the paper names them), ``class, metric, paper, ours, sd``; a gap is NaN.

    >>> len(paper_beside_ours(pd.read_csv(results_path("scores.csv"))))
    115
    """
    metrics = ["precision", "recall", "f1"]
    printed = paper_results().query("table == 'metallic_glass'").rename(columns={"target": "class"})
    printed = printed[printed["model"].isin(list(PAPER_MODELS))].replace({"model": PAPER_MODELS})
    printed = printed.melt(["model", "features", "class"], metrics, "metric", "paper").dropna()
    glass = scores[(scores["table"] == "metallic_glass") & (scores["protocol"] == PROTOCOLS["metallic_glass"][0].name)]
    ours = glass.replace({"features": {OURS[1]: "image+raw"}}).groupby(["model", "features", "class"])[metrics]
    ours = pd.concat({"ours": ours.mean(), "sd": ours.std()}, axis=1).stack(future_stack=True)
    ours = ours.rename_axis(["model", "features", "class", "metric"]).reset_index()
    return printed.merge(ours, "left", ["model", "features", "class", "metric"], sort=False)
