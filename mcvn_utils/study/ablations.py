"""Reads ``data/results/ablations.csv``: what MCVN scores with one part changed, and what the part is worth."""

import pandas as pd

from ..evaluation.scores import paired_difference
from .scores import held_out_share

MAIN = {"nims_steel": ("target", "average", "r2"), "metallic_glass": ("class", "macro", "f1")}
"""The one score of a fold by which variants are compared: average R² of the four targets, macro-F1."""

LABELS = {"nims_steel": "average R²", "metallic_glass": "macro-F1"}
PLACES = {
    ("nims_steel", "random 5-fold"): "NIMS, random",
    ("nims_steel", "by heat 5-fold"): "NIMS, by heat",
    ("metallic_glass", "2 x 70/30"): "glass, 70/30",
}
"""Words for a table and protocol, in the order in which they are shown."""

WHOLE = "MCVN"
QUESTIONS = {
    "nothing": ["another seed"],
    "branches": [
        "no picture",
        "no elements",
        "no raw features",
        "picture alone",
        "elements alone",
        "raw features alone",
    ],
    "attention": ["degenerate attention", "no attention"],
    "picture": ["no picture", "periodic table"],
    "scaling": ["scaled on all rows"],
}
"""Question to the variants that answer it beside ``WHOLE``; "nothing" is the yardstick: luck alone changes."""


def main_scores(ablations: pd.DataFrame) -> pd.DataFrame:
    """One row a table, protocol, variant and fold: its ``score``, the number of training ``rows`` and ``seconds``.

    ``where`` tells table and protocol in words, ``label`` what the score is.

    Parameters
    ----------
    ablations : the file that ``make ablations`` writes.
    """
    key = ["table", "protocol", "variant", "fold"]
    parts = []
    for name, (column, of, metric) in MAIN.items():
        part = ablations[ablations["table"] == name]
        part = part[part[column] == of] if of in set(part[column]) else part
        part = part.rename(columns={metric: "score"}).groupby(key, sort=False)[["score", "rows", "seconds"]]
        parts.append(part.mean().reset_index().assign(label=LABELS[name]))
    found = pd.concat(parts, ignore_index=True)
    where = list(map(PLACES.get, zip(found["table"], found["protocol"], strict=True)))
    return found.assign(where=pd.Categorical(where, list(PLACES.values()), ordered=True))


def worth(ablations: pd.DataFrame, variants: list[str], reference: str = WHOLE) -> pd.DataFrame:
    """Each variant minus the reference on the same folds, with the 95 % interval of ``evaluation.paired_difference``.

    Returns
    -------
    DataFrame with ``where, label, variant, folds, ahead, difference, low, high, p`` and ``each``, the tuple of the
    folds' differences. With fewer than three folds an interval says nothing and is NaN. Variants and folds that the
    file lacks are left out. Raises ``ValueError`` for a reference that it does not hold.
    """
    found = main_scores(ablations)
    wide = found.pivot_table("score", ["where", "label", "protocol", "fold"], "variant", observed=True)
    if reference not in wide:
        raise ValueError(f"there is no variant {reference!r}; there are {', '.join(wide.columns)}")
    rows = []
    for (where, label, protocol), part in wide.groupby(["where", "label", "protocol"], observed=True):
        for variant in variants:
            pair = part[[variant, reference]].dropna() if variant in part else part.iloc[:0]
            if not len(pair):
                continue
            each = pair[variant] - pair[reference]
            test = {"difference": each.mean()}
            if len(pair) > 2:
                test = paired_difference(pair[variant], pair[reference], held_out_share(protocol))
            told = {"where": where, "label": label, "variant": variant, "each": tuple(each)}
            rows.append(told | {"folds": len(pair), "ahead": int((each > 0).sum())} | test)
    columns = ["where", "label", "variant", "folds", "ahead", "difference", "low", "high", "p", "each"]
    return pd.DataFrame(rows, columns=columns)


def members_curve(ablations: pd.DataFrame) -> pd.DataFrame:
    """Score against the number of members: ``where, label, members, fold, score``."""
    found = main_scores(ablations)
    found = found.assign(members=found["variant"].str.extract(r"^(\d+) members?$")[0].astype(float))
    found = found.dropna(subset="members").astype({"members": int})
    return found.sort_values(["where", "members", "fold"])[["where", "label", "members", "fold", "score"]]


def learning_curve(ablations: pd.DataFrame) -> pd.DataFrame:
    """Score against the number of training rows: ``where, label, model, share, rows, fold, score``.

    ``share`` is the part of the training rows, such as 0.25; ``rows`` is their mean number over the folds.
    """
    found = main_scores(ablations)
    named = found["variant"].str.extract(r"^(?P<model>MCVN|XGBoost)(?:, 1/(?P<one_in>\d+) of the rows)?$")
    found = found.assign(model=named["model"], share=1 / named["one_in"].astype(float).fillna(1)).dropna(subset="model")
    curves = found[found.groupby(["table", "protocol", "fold"])["share"].transform("min") < 1]
    rows = curves.groupby(["table", "protocol", "share"])["rows"].transform("mean")
    curves = curves.assign(rows=rows.round().astype(int)).sort_values(["where", "model", "rows", "fold"])
    return curves[["where", "label", "model", "share", "rows", "fold", "score"]]
