"""Write what README shows: its tables from ``data/results`` and its picture.

python -m tools.build.report            # rewrite README.md's tables and docs/pictures/road.png
python -m tools.build.report --check    # change nothing; exit 1 when README's tables are not those of the files
"""

import argparse
import re
from pathlib import Path

import pandas as pd

from mcvn_utils.datasets.files import written_whole
from tools.build.lessons import ROOT
from tools.build.tables import pictures_block, results_block

README = ROOT / "README.md"
BLOCKS = {
    name: re.compile(rf"(<!-- {name}: made by tools/build/report.py -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    for name in ("results", "pictures")
}


def with_block(readme: str, name: str, text: str) -> str:
    """Return README's text with ``text`` between the marks of a block."""
    if not BLOCKS[name].search(readme):
        raise ValueError(f"README.md has lost the marks '<!-- {name}: ... -->' and '<!-- end of {name} -->'")
    return BLOCKS[name].sub(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", readme)


def with_results(readme: str, scores: pd.DataFrame, pictures: pd.DataFrame) -> str:
    """Return README's text with the tables of both files between their marks."""
    readme = with_block(readme, "results", results_block(scores))
    return with_block(readme, "pictures", pictures_block(pictures, scores))


def draw_road(path: Path) -> None:
    """Draw one alloy on the road: its elements, its picture, and what the small model of lesson 00 predicts."""
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
