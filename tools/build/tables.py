"""README's tables of results, worked out from ``data/results/scores.csv``: scores, feature sets, the best peer, the aims."""

import pandas as pd

from mcvn_utils.study.aims import aims
from mcvn_utils.evaluation.scores import summarise
from mcvn_utils.study.scores import OURS, against_best_peer, fold_scores, minus_reference

TITLES = {
    "nims_steel": "NIMS steels: R² on held-out rows",
    "maraging_steel": "Maraging steels: R² on held-out rows",
    "metallic_glass": "Metallic glasses: F1 on held-out rows",
}
SHORT = {"nims_steel": "NIMS", "maraging_steel": "maraging", "metallic_glass": "glass"}
PROTOCOLS = (
    "paper split",
    "random 2 x 5-fold",
    "by heat 3 x 5-fold",
    "random 5 x 5-fold",
    "5 x 70/30",
    "by system 5-fold",
)
FEATURE_SETS = ("O", "E", "E&P")


def results_block(scores: pd.DataFrame) -> str:
    """All tables, one after the other."""
    return "\n\n".join(
        [*(score_table(scores, name) for name in TITLES), feature_table(scores), peer_table(scores), aims_table(scores)]
    )


def main_scores(scores: pd.DataFrame, table: str) -> tuple[str, pd.DataFrame]:
    """The metric of a table, and its rows with ``what`` (target or class) and ``score``; the mean comes last."""
    rows = scores[scores["table"] == table]
    is_class = rows["target"].isna().all()
    metric, what = ("f1", "class") if is_class else ("r2", "target")
    return ("macro" if is_class else "average"), rows.assign(what=rows[what], score=rows[metric])


def score_table(scores: pd.DataFrame, table: str) -> str:
    """Each model of one data set on its best feature set, the best model first, a column each target or class."""
    mean, rows = main_scores(scores, table)
    key = ["protocol", "model", "features"]
    means = rows[rows["what"] == mean].groupby(key)["score"].mean()
    best = means.sort_values(ascending=False).groupby(["protocol", "model"], sort=False).head(1)
    columns = [name for name in rows["what"].unique() if name != mean] + [mean]
    shown = spreads(rows, [*key, "what"]).unstack("what")
    if mean == "macro":
        recall = rows[rows["what"] == "CRA"].assign(score=lambda found: found["recall"])
        shown["CRA recall"] = spreads(recall.drop(columns=["low", "high"]), key)
        columns.append("CRA recall")
    folds = rows.groupby(key)["fold"].nunique()
    names = ["protocol", "folds", "model", "features", *(name.replace("_", " ") for name in columns)]
    lines = [
        [protocol, folds[protocol, model, features], model, features, *shown.loc[(protocol, model, features), columns]]
        for protocol in PROTOCOLS
        for _, model, features in best.index[best.index.get_level_values("protocol") == protocol]
    ]
    return markdown(TITLES[table], names, lines)


def feature_table(scores: pd.DataFrame) -> str:
    """The main score of each peer on the original composition, the descriptors, and their principal components."""
    lines, models = [], [name for name in scores["model"].unique() if not name.startswith("MCVN")]
    for table in TITLES:
        mean, rows = main_scores(scores, table)
        shown = spreads(rows[rows["what"] == mean].drop(columns=["low", "high"]), ["protocol", "features", "model"])
        for protocol in (name for name in PROTOCOLS if name in set(rows["protocol"])):
            for features in FEATURE_SETS:
                cells = [shown.get((protocol, features, model), "") for model in models]
                lines.append([f"{SHORT[table]}, {protocol}", features, *cells])
    title = "Peers on each feature set: average R² of the steels, macro-F1 of the glasses"
    return markdown(title, ["table, protocol", "features", *models], lines)


def peer_table(scores: pd.DataFrame) -> str:
    """MCVN minus the best peer on the same folds."""
    found = against_best_peer(scores)
    lines = [
        [row["contest"], f"{row['model']}, {row['features']}", _difference(row), f"{row['ahead']} of {row['folds']}",
         row["verdict"] if row["folds"] > 1 else "one split"]
        for _, row in found.iterrows()
    ]  # fmt: skip
    title = "MCVN minus its best peer on the same folds (95 % interval)"
    return markdown(title, ["what, protocol", "best peer", "difference", "folds ahead", "MCVN is"], lines)


def aims_table(scores: pd.DataFrame) -> str:
    """What MCVN was to reach, what it reached, and by how much an aim is missed."""
    lines = []
    for row in aims(scores).to_dict("records"):
        digits = 3 if row["aim"] < 1.5 else 0
        reached = _spread(row["reached"], row["sd"], digits)
        short = f"{row['missed by']:.{digits or 1}f}"
        short = short if float(short) else f"less than {10**-digits}"
        verdict = "met" if row["met"] else f"missed by {short}"
        peer = f"{row['its score']:.{digits}f} ({row['best peer']})"
        lines.append([row["what"], f"{row['aim']:.{digits}f}", reached, peer, verdict])
    lines += [[what, aim, reached, "", "met" if met else "missed"] for what, aim, reached, met in conditions(scores)]
    return markdown("Aims, set before these models were measured", ["aim", "wanted", "MCVN", "best peer", ""], lines)


def conditions(scores: pd.DataFrame) -> list[tuple[str, str, str, bool]]:
    """The second halves of three aims: what, aim, what was reached, and whether it is met."""
    steel = fold_scores(scores, "nims_steel", "average", "r2")
    steel = steel[steel.index.get_level_values("protocol").str.startswith("by heat")]
    trees = ("XGBoost", steel["XGBoost"].mean().idxmax())
    ahead = minus_reference(steel, trees).iloc[0]
    glass = fold_scores(scores, "metallic_glass", "macro", "f1")
    glass = glass[glass.index.get_level_values("protocol").str.contains("70/30")]
    each = minus_reference(glass, ("XGBoost", "E")).iloc[0]
    cost = minus_reference(glass, OURS, ("MCVN, adjusted", OURS[1])).iloc[0]
    return [
        (f"NIMS, by heat, ahead of XGBoost on {trees[1]}", "0.025", _difference(ahead), ahead["difference"] >= 0.025),
        ("glass, 70/30, splits ahead of XGBoost on E", f"{each['folds']} of {each['folds']}",
         f"{each['ahead']} of {each['folds']}", each["ahead"] == each["folds"]),
        ("glass, 70/30, macro-F1 of MCVN, adjusted, minus MCVN's", "0 or more", _difference(cost),
         cost["difference"] >= 0),
    ]  # fmt: skip


def spreads(rows: pd.DataFrame, by: list[str]) -> pd.Series:
    """Mean ± standard deviation of ``score`` over the folds; of one fold the bootstrap interval, where it is known."""
    summary = summarise(rows, by, ["score"]).set_index(by)
    text = pd.Series([_spread(*pair) for pair in summary.to_numpy()], index=summary.index, dtype=object)
    if {"low", "high"} <= set(rows.columns):
        ends = rows.groupby(by, sort=False, dropna=False)[["low", "high"]].first()
        for name in summary.index[summary["score_sd"].isna()]:
            text[name] += " ({:.3f} to {:.3f})".format(*ends.loc[name])
    return text


def markdown(title: str, names: list[str], lines: list[list]) -> str:
    """A table with a title in bold."""
    rows = [names, ["---"] * len(names), *lines]
    return "\n".join([f"**{title}**", "", *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def _spread(mean: float, sd: float, digits: int = 3) -> str:
    return f"{mean:.{digits}f}" + ("" if pd.isna(sd) else f" ± {sd:.{digits}f}")


def _difference(row: pd.Series) -> str:
    told = f"{row['difference']:+.3f}"
    if row["folds"] > 1:
        told += f" ({row['low']:+.3f} to {row['high']:+.3f})"
    return told.replace("-", "−")
