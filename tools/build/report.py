"""Write what README shows: its tables from ``data/results/scores.csv`` and ``data/results/pictures.csv``, and its picture.

python -m tools.build.report            # rewrite README.md's tables and docs/pictures/road.png
python -m tools.build.report --check    # change nothing; exit 1 when README's tables are not those of the files
"""

import argparse
import re
from pathlib import Path

import pandas as pd

from tools.build.lessons import written_whole
from mcvn_utils.study.pictures import TEST_SHARE, differences, fold_means
from mcvn_utils.study.pictures import TITLES as PICTURES
from tools.build.tables import results_block

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCKS = {
    name: re.compile(rf"(<!-- {name}: made by tools/build/report.py -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    for name in ("results", "pictures")
}


def pictures_tables(pictures: pd.DataFrame, scores: pd.DataFrame) -> str:
    """Macro-F1 of each arrangement, alone and beside the descriptors, and its difference from the experts'."""
    means, worth = fold_means(pictures), differences(pictures, "expert")
    columns = [(protocol, beside) for protocol in TEST_SHARE for beside in ("no", "yes")]
    names = [f"{protocol}, {'beside the descriptors' if beside == 'yes' else 'alone'}" for protocol, beside in columns]
    head = ["| picture | " + " | ".join(names) + " |", "|---" * (1 + len(columns)) + "|"]
    lines = ["**Metallic glasses: macro-F1 of one small CNN under each arrangement**", "", *head]
    for arrangement, title in PICTURES.items():
        cells = [means.loc[protocol].get((title, beside)) for protocol, beside in columns]
        lines.append(f"| {title} | " + " | ".join(_spread(cell) for cell in cells) + " |")
    macro = scores.query("table == 'metallic_glass' and model == 'XGBoost' and features == 'E' and `class` == 'macro'")
    trees = {protocol: macro.loc[macro["protocol"] == protocol, "f1"] for protocol in TEST_SHARE}
    lines.append(
        "| XGBoost, no picture | " + " | ".join(_spread(trees[p] if b == "yes" else None) for p, b in columns) + " |"
    )
    lines += ["", "**The same, minus the experts' arrangement on the same folds (95 % interval)**", "", *head]
    cells = {tuple(row[:3]): _interval(*row[3:6]) for row in worth.itertuples(index=False)}
    for arrangement, title in PICTURES.items():
        if arrangement != "expert":
            row = [cells.get((protocol, beside, arrangement), "") for protocol, beside in columns]
            lines.append(f"| {title} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def _spread(values: pd.Series | None) -> str:
    values = pd.Series(dtype=float) if values is None else values.dropna()
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""


def _interval(difference: float, low: float, high: float) -> str:
    return f"{difference:+.3f} ({low:+.3f} to {high:+.3f})".replace("-", "−")


def with_block(readme: str, name: str, text: str) -> str:
    """README's text with ``text`` between the marks of a block."""
    if not BLOCKS[name].search(readme):
        raise ValueError(f"README.md has lost the marks '<!-- {name}: ... -->' and '<!-- end of {name} -->'")
    return BLOCKS[name].sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", readme)


def with_results(readme: str, scores: pd.DataFrame, pictures: pd.DataFrame) -> str:
    """README's text with the tables of both files between their marks."""
    readme = with_block(readme, "results", results_block(scores))
    return with_block(readme, "pictures", pictures_tables(pictures, scores))


def draw_road(path: Path) -> None:
    """One alloy on the road: its elements, its picture, and what the small model of lesson 00 makes of it."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from mcvn_utils import MCVNClassifier, fractions
    from mcvn_utils.datasets.files import data_path
    from mcvn_utils.plots.elements import plot_periodic_table
    from mcvn_utils.plots.pictures import plot_alloy_image

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
    files = [pd.read_csv(ROOT / "data" / "results" / name) for name in ("scores.csv", "pictures.csv")]
    wanted = with_results(readme, *files)
    if options.check:
        print("README.md agrees with its files" if wanted == readme else "README.md is stale: make report")
        return int(wanted != readme)
    with written_whole(README) as temporary:
        temporary.write_text(wanted, encoding="utf-8")
    draw_road(ROOT / "docs" / "pictures" / "road.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
