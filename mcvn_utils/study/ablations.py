"""Reads ``ablations.csv``: what MCVN scores with one part changed, and what the part is worth."""

import pandas as pd

from .scores import compare

MAIN = {
    "nims_steel": ("target", "average", "r2", "average R²"),
    "metallic_glass": ("class", "macro", "f1", "macro-F1"),
}
"""The one score of a fold by which variants are compared: column, its value, metric, and words for it."""

PLACES = {"random 5-fold": "NIMS, random", "by heat 5-fold": "NIMS, by heat", "2 x 70/30": "glass, 70/30"}
"""Words for a protocol and its table, in the order in which they are shown."""

WHOLE, BRANCHES = "MCVN", ("picture", "elements", "raw features")
QUESTIONS = {
    "nothing": ["another seed"],
    "branches": [f"no {name}" for name in BRANCHES] + [f"{name} alone" for name in BRANCHES],
    "attention": ["degenerate attention", "no attention"],
    "picture": ["no picture", "periodic table"],
    "scaling": ["scaled on all rows"],
}
"""Question to the variants that answer it beside ``WHOLE``; "nothing" shows what luck alone changes."""


def main_scores(ablations: pd.DataFrame) -> pd.DataFrame:
    """Reduce the file to one row per table, protocol, variant and fold: ``score``, training ``rows``, ``seconds``.

    ``where`` names table and protocol in words, ``label`` what the score is.
    """
    parts = []
    for name, (column, of, metric, label) in MAIN.items():
        part = ablations[ablations["table"] == name]
        part = part[part[column] == of] if of in set(part[column]) else part
        part = part.rename(columns={metric: "score"}).groupby(["table", "protocol", "variant", "fold"], sort=False)
        parts.append(part[["score", "rows", "seconds"]].mean().reset_index().assign(label=label))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(where=pd.Categorical(table["protocol"].map(PLACES), list(PLACES.values()), ordered=True))


def worth(ablations: pd.DataFrame, variants: list[str], reference: str = WHOLE) -> pd.DataFrame:
    """Subtract the reference from each variant on the same folds: ``where, label, variant``, then as ``compare``.

    With fewer than three folds an interval says nothing and is NaN. Variants that the file lacks are left out; a
    reference that it lacks raises ``ValueError``.

    >>> worth(pd.read_csv(results_path("ablations.csv")), ["no picture"])["folds"].tolist()
    [5, 5, 2]
    """
    scores = main_scores(ablations)
    wide = scores.pivot_table("score", ["where", "label", "protocol", "fold"], "variant", observed=True)
    if reference not in wide:
        raise ValueError(f"there is no variant {reference!r}; there are {', '.join(wide.columns)}")
    rows = [
        {"where": where, "label": label, "variant": variant} | row
        for (where, label), part in wide.groupby(["where", "label"], observed=True)
        for variant in variants
        if (row := compare(part, variant, reference, fewest=3))
    ]
    columns = ["where", "label", "variant", "folds", "ahead", "difference", "low", "high", "p", "each"]
    return pd.DataFrame(rows, columns=columns)


def members_curve(ablations: pd.DataFrame) -> pd.DataFrame:
    """Return the score against the number of members: ``where, label, members, fold, score``.

    >>> sorted(set(members_curve(pd.read_csv(results_path("ablations.csv")))["members"]))
    [1, 2, 3, 4, 8, 10, 30]
    """
    scores = main_scores(ablations)
    scores = scores.assign(members=scores["variant"].str.extract(r"^(\d+) members?$")[0].astype(float))
    scores = scores.dropna(subset="members").astype({"members": int})
    return scores.sort_values(["where", "members", "fold"])[["where", "label", "members", "fold", "score"]]


def learning_curve(ablations: pd.DataFrame) -> pd.DataFrame:
    """Return the score against the number of training rows: ``where, label, model, share, rows, fold, score``.

    ``share`` is the part of the training rows, such as 0.25; ``rows`` is their mean number over the folds.

    >>> sorted(set(learning_curve(pd.read_csv(results_path("ablations.csv")))["share"]))
    [0.0625, 0.125, 0.25, 0.5, 1.0]
    """
    scores = main_scores(ablations)
    named = scores["variant"].str.extract(r"^(?P<model>MCVN|XGBoost)(?:, 1/(?P<one_in>\d+) of the rows)?$")
    scores = scores.assign(model=named["model"], share=1 / named["one_in"].astype(float).fillna(1))
    scores = scores.dropna(subset="model")
    curves = scores[scores.groupby(["table", "protocol", "fold"])["share"].transform("min") < 1]
    rows = curves.groupby(["table", "protocol", "share"])["rows"].transform("mean")
    curves = curves.assign(rows=rows.round().astype(int)).sort_values(["where", "model", "rows", "fold"])
    return curves[["where", "label", "model", "share", "rows", "fold", "score"]]
