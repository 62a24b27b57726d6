"""Write what README shows: its tables from ``results/scores.csv``, and the picture at its top.

python tools/report.py            # rewrite README.md's tables and results/road.png
python tools/report.py --check    # change nothing; exit 1 when README's tables are not those of the file
"""

import argparse
import re
from pathlib import Path

import pandas as pd

from lessons import written_whole
from mcvn_utils.evaluation import summarise

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- results: made by tools/report.py -->\n).*?(<!-- end of results -->)", re.DOTALL)
TITLES = {
    "nims_steel": "NIMS steels: R² on held-out rows",
    "maraging_steel": "Maraging steels: R² on held-out rows",
    "metallic_glass": "Metallic glasses: F1 on held-out rows",
}


def markdown_tables(scores: pd.DataFrame) -> str:
    """One table a data set: mean ± standard deviation over the folds, a column for each target or class."""
    parts = []
    for name, title in TITLES.items():
        rows = scores[scores["table"] == name]
        if rows.empty:
            continue
        what, metric = ("class", "f1") if rows["target"].isna().all() else ("target", "r2")
        if what == "target":
            mean = rows.groupby(["protocol", "model", "fold"], sort=False, as_index=False)[metric].mean()
            rows = pd.concat([rows, mean.assign(target="average")])
        summary = summarise(rows, ["protocol", "model", what], [metric])
        summary["shown"] = [
            f"{m:.3f}" if pd.isna(sd) else f"{m:.3f} ± {sd:.3f}"
            for m, sd in zip(summary[metric], summary[f"{metric}_sd"], strict=True)
        ]
        wide = summary.pivot_table("shown", ["protocol", "model"], what, aggfunc="first", sort=False)
        folds = rows.groupby(["protocol", "model"], sort=False)["fold"].nunique()
        lines = [
            f"**{title}**",
            "",
            "| protocol | folds | model | " + " | ".join(str(c).replace("_", " ") for c in wide) + " |",
            "|---" * (3 + wide.shape[1]) + "|",
        ]
        for (protocol, model), row in wide.iterrows():
            lines.append(f"| {protocol} | {folds[protocol, model]} | {model} | " + " | ".join(row) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def with_results(readme: str, scores: pd.DataFrame) -> str:
    """README's text with the tables of ``scores`` between its marks."""
    if not BLOCK.search(readme):
        raise ValueError("README.md has lost the marks '<!-- results: ... -->' and '<!-- end of results -->'")
    return BLOCK.sub(lambda found: f"{found[1]}\n{markdown_tables(scores)}\n\n{found[2]}", readme)


def draw_road(path: Path) -> None:
    """One alloy on the road: its elements, its picture, and what the small model of lesson 00 makes of it."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from mcvn_utils import MCVNClassifier, fractions
    from mcvn_utils.datasets import data_path
    from mcvn_utils.plots import plot_alloy_image, plot_periodic_table

    alloy = "Zr41.2Ti13.8Cu12.5Ni10Be22.5"
    model = MCVNClassifier.load(data_path("glass_mcvn.safetensors"), device="cpu")
    x = fractions([alloy])
    figure, (table, picture, answer) = plt.subplots(
        1, 3, figsize=(13, 3.9), width_ratios=(2.3, 1.2, 1), layout="constrained"
    )
    plot_periodic_table(100 * x.iloc[0].loc[x.iloc[0] > 0], ax=table, label="at%", title=f"1 · read {alloy}")
    plot_alloy_image(model.inputs_.imager_.transform(x)[0], ax=picture)
    picture.set_title("2, 3 · densify, draw: 24 x 21 pixels")
    shares = model.predict_proba(pd.DataFrame({"formula": [alloy]}))[0]
    bars = answer.barh(model.classes_, shares, color="0.35")
    answer.bar_label(bars, [f"{share:.0%}" for share in shares], padding=3)
    answer.set(xlim=(0, 1.2), xticks=[], title="4 · predict: bulk glass?")
    answer.spines[["top", "right", "bottom"]].set_visible(False)
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=90, format="png", metadata={"Software": None})
    plt.close(figure)


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    readme = README.read_text(encoding="utf-8")
    wanted = with_results(readme, pd.read_csv(ROOT / "results" / "scores.csv"))
    if options.check:
        print("README.md agrees with results/scores.csv" if wanted == readme else "README.md is stale: make report")
        return int(wanted != readme)
    with written_whole(README) as temporary:
        temporary.write_text(wanted, encoding="utf-8")
    draw_road(ROOT / "results" / "road.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
