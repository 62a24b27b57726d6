"""The models saved in data/: small, listed, and good on rows that they have not seen."""

import numpy as np
import pytest

pytest.importorskip("torch")

from mcvn_utils import MCVNClassifier, MCVNRegressor
from mcvn_utils.evaluation.scores import classification_scores, regression_scores
from tools.build.checkpoints import DATA, training_rows

SAVED = {name: (table, rows) for name, table, rows, _ in training_rows()}


def test_every_saved_model_is_made_by_the_tool_and_is_below_a_megabyte():
    files = {path.stem: path.stat().st_size for path in DATA.glob("*.safetensors")}
    assert files.keys() == SAVED.keys() and max(files.values()) < 1_000_000
    assert all(f"{name}.safetensors" in (DATA / "README.md").read_text(encoding="utf-8") for name in files)


@pytest.mark.parametrize("name", [name for name in SAVED if name != "glass_mcvn"])
def test_a_saved_model_predicts_rows_that_it_was_not_trained_on(name):
    table, rows = SAVED[name]
    unseen = np.setdiff1d(np.arange(len(table.X)), rows)
    X, y = table.X.iloc[unseen], table.y.iloc[unseen]
    kind = MCVNRegressor if table.name == "nims_steel" else MCVNClassifier
    predicted = kind.load(DATA / f"{name}.safetensors", device="cpu").predict(X)
    if table.name == "nims_steel":
        assert regression_scores(y, predicted)["r2"].mean() > (0.8 if "heat" in name else 0.93)
    else:
        f1 = classification_scores(y, predicted).set_index("class")["f1"]["macro"]
        assert f1 > (0.65 if "system" in name else 0.8)
