"""README's tables of results, from ``data/results/scores.csv`` and ``pictures.csv``."""

import pandas as pd

from mcvn_utils.evaluation.baselines import FEATURE_SETS
from mcvn_utils.evaluation.scores import summarise
from mcvn_utils.evaluation.splits import PROTOCOLS
from mcvn_utils.study.pictures import TITLES as PICTURES
from mcvn_utils.study.pictures import differences, fold_means
from mcvn_utils.study.scores import OURS, against_best_peer, fold_scores, minus_reference
from tools.build.aims import ADJUSTED, BY_HEAT, SPLITS, aims

TITLES = {
    "nims_steel": "NIMS steels: R² on held-out rows",
    "maraging_steel": "Maraging steels: R² on held-out rows",
    "metallic_glass": "Metallic glasses: F1 on held-out rows",
}
SHORT = {"nims_steel": "NIMS", "maraging_steel": "maraging", "metallic_glass": "glass"}


def results_block(scores: pd.DataFrame) -> str:
    """Return all tables of ``scores.csv``, one after the other."""
    return "\n\n".join(
        [*(score_table(scores, name) for name in TITLES), feature_table(scores), peer_table(scores), aims_table(scores)]
    )


def main_scores(scores: pd.DataFrame, table: str) -> tuple[str, pd.DataFrame]:
    """Return what the mean of a table is called, and its rows with ``what`` (target or class) and ``score``."""
    rows = scores[scores["table"] == table]
    is_class = rows["target"].isna().all()
    metric, what = ("f1", "class") if is_class else ("r2", "target")
    return ("macro" if is_class else "average"), rows.assign(what=rows[what], score=rows[metric])


def protocols(table: str, rows: pd.DataFrame) -> list[str]:
    """Return the names of the table's protocols under which something was measured."""
    return [protocol.name for protocol in PROTOCOLS[table] if protocol.name in set(rows["protocol"])]


def score_table(scores: pd.DataFrame, table: str) -> str:
    """Show each model of one data set on its best feature set, the best model first, one column per target or class."""
    mean, rows = main_scores(scores, table)
    key = ["protocol", "model", "features"]
    means = rows[rows["what"] == mean].groupby(key)["score"].mean()
    best = means.sort_values(ascending=False).groupby(["protocol", "model"], sort=False).head(1)
    columns = [name for name in rows["what"].unique() if name != mean] + [mean]
    shown = spreads(rows, [*key, "what"]).unstack("what")
    if mean == "macro":
        recall = rows[rows["what"] == "CRA"].assign(score=lambda part: part["recall"])
        shown["CRA recall"] = spreads(recall.drop(columns=["low", "high"]), key)
        columns.append("CRA recall")
    folds = rows.groupby(key)["fold"].nunique()
    names = ["protocol", "folds", "model", "features", *(name.replace("_", " ") for name in columns)]
    lines = [
        [protocol, folds[protocol, model, features], model, features, *shown.loc[(protocol, model, features), columns]]
        for protocol in protocols(table, rows)
        for _, model, features in best.index[best.index.get_level_values("protocol") == protocol]
    ]
    return markdown(TITLES[table], names, lines)


def feature_table(scores: pd.DataFrame) -> str:
    """Show the main score of each peer on the original composition, the descriptors, and their components."""
    lines, models = [], [name for name in scores["model"].unique() if not name.startswith("MCVN")]
    for table in TITLES:
        mean, rows = main_scores(scores, table)
        shown = spreads(rows[rows["what"] == mean].drop(columns=["low", "high"]), ["protocol", "features", "model"])
        lines += [
            [f"{SHORT[table]}, {protocol}", features, *(shown.get((protocol, features, model), "") for model in models)]
            for protocol in protocols(table, rows)
            for features in FEATURE_SETS
        ]
    title = "Peers on each feature set: average R² of the steels, macro-F1 of the glasses"
    return markdown(title, ["table, protocol", "features", *models], lines)


def peer_table(scores: pd.DataFrame) -> str:
    """Show MCVN minus the best peer on the same folds."""
    lines = [
        [row["contest"], f"{row['model']}, {row['features']}", _difference(row), f"{row['ahead']} of {row['folds']}",
         row["verdict"] if row["folds"] > 1 else "one split"]
        for _, row in against_best_peer(scores).iterrows()
    ]  # fmt: skip
    title = "MCVN minus its best peer on the same folds (95 % interval)"
    return markdown(title, ["what, protocol", "best peer", "difference", "folds ahead", "MCVN is"], lines)


def aims_table(scores: pd.DataFrame) -> str:
    """Show what MCVN was to reach, what it reached, and by how much an aim is missed."""
    lines = []
    for row in aims(scores).to_dict("records"):
        digits = 3 if row["aim"] < 1.5 else 0
        short = f"{row['missed by']:.{digits or 1}f}"
        missed = f"missed by {short if float(short) else f'less than {10**-digits}'}"
        peer = f"{row['its score']:.{digits}f} ({row['best peer']})"
        reached = _spread(row["reached"], row["sd"], digits)
        lines.append([row["what"], f"{row['aim']:.{digits}f}", reached, peer, "met" if row["met"] else missed])
    lines += [[what, aim, reached, "", "met" if met else "missed"] for what, aim, reached, met in conditions(scores)]
    return markdown("Aims, set before these models were measured", ["aim", "wanted", "MCVN", "best peer", ""], lines)


def conditions(scores: pd.DataFrame) -> list[tuple[str, str, str, bool]]:
    """Return the second halves of three aims: what, aim, what was reached, and whether it is met."""
    steel = fold_scores(scores, "nims_steel", "average", "r2").loc[[BY_HEAT]]
    trees = ("XGBoost", steel["XGBoost"].mean().idxmax())
    ahead = minus_reference(steel, trees).iloc[0]
    glass = fold_scores(scores, "metallic_glass", "macro", "f1").loc[[SPLITS]]
    each = minus_reference(glass, ("XGBoost", "E")).iloc[0]
    cost = minus_reference(glass, OURS, ADJUSTED).iloc[0]
    return [
        (f"NIMS, by heat, ahead of XGBoost on {trees[1]}", "0.025", _difference(ahead), ahead["difference"] >= 0.025),
        ("glass, 70/30, splits ahead of XGBoost on E", f"{each['folds']} of {each['folds']}",
         f"{each['ahead']} of {each['folds']}", each["ahead"] == each["folds"]),
        ("glass, 70/30, macro-F1 of MCVN, adjusted, minus MCVN's", "0 or more", _difference(cost),
         cost["difference"] >= 0),
    ]  # fmt: skip


def pictures_block(pictures: pd.DataFrame, scores: pd.DataFrame) -> str:
    """Show macro-F1 of each arrangement, alone and beside the descriptors, and its difference from the experts'."""
    glass = [protocol.name for protocol in PROTOCOLS["metallic_glass"]]
    columns = [(protocol, beside) for protocol in glass for beside in ("no", "yes")]
    words = {"no": "alone", "yes": "beside the descriptors"}
    names = ["picture", *(f"{protocol}, {words[beside]}" for protocol, beside in columns)]
    means, trees = fold_means(pictures).unstack("protocol"), scores[scores["class"] == "macro"]
    lines = [[title, *(_folds(means.get((title, b, p))) for p, b in columns)] for title in PICTURES.values()]
    trees = trees.query("table == 'metallic_glass' and model == 'XGBoost' and features == 'E'")
    trees = {(protocol, "yes"): folds for protocol, folds in trees.groupby("protocol")["f1"]}
    lines.append(["XGBoost, no picture", *(_folds(trees.get(column)) for column in columns)])
    worth = differences(pictures, "expert").set_index(["arrangement", "protocol", "descriptors"]).assign(folds=2)
    cells = {key: _difference(row) for key, row in worth.iterrows()}
    minus = [
        [title, *(cells.get((name, *column), "") for column in columns)]
        for name, title in PICTURES.items()
        if name != "expert"
    ]
    return "\n\n".join(
        [
            markdown("Metallic glasses: macro-F1 of one small CNN under each arrangement", names, lines),
            markdown("The same, minus the experts' arrangement on the same folds (95 % interval)", names, minus),
        ]
    )


def spreads(rows: pd.DataFrame, by: list[str]) -> pd.Series:
    """Show mean ± standard deviation of ``score`` over the folds; of one fold the bootstrap interval, where known."""
    summary = summarise(rows, by, ["score"]).set_index(by)
    text = pd.Series([_spread(*pair) for pair in summary.to_numpy()], index=summary.index, dtype=object)
    if {"low", "high"} <= set(rows.columns):
        ends = rows.groupby(by, sort=False, dropna=False)[["low", "high"]].first()
        for name in summary.index[summary["score_sd"].isna()]:
            text[name] += " ({:.3f} to {:.3f})".format(*ends.loc[name])
    return text


def markdown(title: str, names: list[str], lines: list[list]) -> str:
    """Return a table with a title in bold."""
    rows = [names, ["---"] * len(names), *lines]
    return "\n".join([f"**{title}**", "", *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def _spread(mean: float, sd: float, digits: int = 3) -> str:
    return f"{mean:.{digits}f}" + ("" if pd.isna(sd) else f" ± {sd:.{digits}f}")


def _folds(values: pd.Series | None) -> str:
    return "" if values is None or values.count() < 2 else _spread(values.mean(), values.std(ddof=1))


def _difference(row: pd.Series) -> str:
    text = f"{row['difference']:+.3f}"
    if row["folds"] > 1:
        text += f" ({row['low']:+.3f} to {row['high']:+.3f})"
    return text.replace("-", "−")
