"""The command that measures the models: it resumes, measures anew when asked, and is never half written."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyClassifier

import run_results
from mcvn_utils import load_maraging_steel, load_metallic_glass, load_nims_steel
from mcvn_utils.datasets import Table

CALLS = []


class Mean(RegressorMixin, BaseEstimator):
    """Predicts the mean, and writes down what it was called with."""

    def __init__(self, name="mean", stop_at=None):
        self.name = name
        self.stop_at = stop_at

    def fit(self, X, y, groups=None):
        CALLS.append((self.name, len(X), groups is not None))
        if self.stop_at is not None and len(CALLS) >= self.stop_at:
            raise KeyboardInterrupt
        self.mean_ = np.asarray(y).mean(axis=0)
        return self

    def predict(self, X):
        return np.tile(self.mean_, (len(X), 1))


class PlainMean(Mean):
    """One that sets no rows aside, and so takes no groups."""

    def fit(self, X, y):
        return super().fit(X, y)


def toy_steel() -> Table:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"C": random.uniform(0, 1, 40), "temperature": random.uniform(800, 900, 40)})
    y = pd.DataFrame({"hardness": random.normal(200, 10, 40), "tensile_strength": random.normal(700, 30, 40)})
    groups = pd.Series(np.arange(40) // 2, name="heat")
    return Table("nims_steel", X, y, groups, {}, {}, "", "")


def toy_glass() -> Table:
    X = pd.DataFrame({"formula": ["Cu50Zr50", "Fe80B20"] * 20})
    y, groups = pd.Series(["BMG", "CRA"] * 20), pd.Series(np.arange(40) // 2)
    return Table("metallic_glass", X, y, groups, {}, {}, "", "")


@pytest.fixture
def toys(monkeypatch):
    """Toy tables and models in place of the real ones; the models may be changed."""
    CALLS.clear()
    models = {
        "nims_steel": {"one": lambda: PlainMean("one"), "two": lambda: Mean("two")},
        "metallic_glass": {"prior": lambda: DummyClassifier()},
    }
    maraging = SimpleNamespace(name="maraging_steel")
    monkeypatch.setattr(run_results.mcvn, "load_nims_steel", toy_steel)
    monkeypatch.setattr(run_results.mcvn, "load_metallic_glass", toy_glass)
    monkeypatch.setattr(run_results.mcvn, "load_maraging_steel", lambda: maraging)
    monkeypatch.setattr(run_results, "models", lambda table, fast=False: models.get(table.name, {}))
    monkeypatch.setattr(run_results, "protocols", protocols := run_results.protocols)
    monkeypatch.setattr(run_results, "protocols", lambda table: {} if table is maraging else protocols(table))
    return models


def run(path, *options) -> pd.DataFrame:
    assert run_results.main(["--out", str(path), *options]) == 0
    return pd.read_csv(path)


def test_one_row_a_table_protocol_model_fold_and_target(toys, tmp_path):
    scores = run(tmp_path / "results" / "scores.csv")
    steel = scores[scores["table"] == "nims_steel"]
    assert set(steel["protocol"]) == {"paper split", "random 5-fold", "by heat 5-fold"}
    assert len(steel) == 2 * (1 + 5 + 5) * 2 and not steel.duplicated([*run_results.KEY, "fold", "target"]).any()
    assert {"r2", "rmse", "mae", "seconds"} <= set(steel.columns) and steel["r2"].notna().all()
    glass = scores[scores["table"] == "metallic_glass"]
    assert set(glass["class"]) == {"BMG", "CRA", "macro"} and glass["f1"].notna().all()
    assert list(tmp_path.rglob("*")) == [tmp_path / "results", tmp_path / "results" / "scores.csv"]


def test_a_model_that_sets_rows_aside_is_told_the_heats_where_heats_are_held_out(toys, tmp_path):
    run(tmp_path / "scores.csv", "--only", "nims")
    assert [groups for name, _, groups in CALLS if name == "two"] == [False] * 6 + [True] * 5
    assert not any(groups for name, _, groups in CALLS if name == "one")


def test_a_second_call_computes_nothing(toys, tmp_path):
    path = tmp_path / "scores.csv"
    run(path)
    before, calls = path.read_bytes(), len(CALLS)
    run(path)
    assert path.read_bytes() == before and len(CALLS) == calls


def test_a_new_model_alone_is_measured_and_the_rest_stays(toys, tmp_path):
    path = tmp_path / "scores.csv"
    before = run(path)
    calls = len(CALLS)
    toys["nims_steel"]["three"] = lambda: Mean("three")
    after = run(path)
    assert {name for name, _, _ in CALLS[calls:]} == {"three"} and len(CALLS) == calls + 11
    kept = after[after["model"] != "three"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, before)


def test_again_measures_anew_and_replaces(toys, tmp_path):
    path = tmp_path / "scores.csv"
    before = run(path)
    calls = len(CALLS)
    again = run(path, "--again", "--only", "nims")
    assert len(CALLS) == 2 * calls
    pd.testing.assert_frame_equal(again.drop(columns="seconds"), before.drop(columns="seconds"))


def test_only_measures_the_tables_that_are_named(toys, tmp_path):
    assert set(run(tmp_path / "scores.csv", "--only", "glass")["table"]) == {"metallic_glass"}


def test_an_unknown_table_is_refused_with_the_known_ones(toys, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path / "scores.csv", "--only", "titanium")
    assert stopped.value.code == 2 and "nims_steel, maraging_steel, metallic_glass" in capsys.readouterr().err


@pytest.mark.parametrize("again", [[], ["--again"]])
def test_an_interruption_leaves_the_finished_folds_whole(toys, tmp_path, again, capsys):
    path = tmp_path / "scores.csv"
    if again:
        run(path)
    calls = len(CALLS)
    toys["nims_steel"]["two"] = lambda: Mean("two", stop_at=calls + 9)  # amid the second model's random folds
    assert run_results.main(["--out", str(path), *again]) == 130
    assert "a new call goes on" in capsys.readouterr().err
    scores = pd.read_csv(path)
    folds = scores[scores["table"] == "nims_steel"].groupby(["protocol", "model", "fold"]).size()
    assert set(folds) == {2} and len(folds) == (22 if again else 8)
    assert list(tmp_path.iterdir()) == [path]
    toys["nims_steel"]["two"] = lambda: Mean("two")
    calls = len(CALLS)
    whole = run(path)
    assert len(CALLS) - calls == (0 if again else 14)  # what was finished is not measured again
    assert len(whole) == 2 * 11 * 2 + 3 * 10


def test_an_error_in_a_model_leaves_the_finished_models_whole(toys, tmp_path):
    path = tmp_path / "scores.csv"

    class Broken(Mean):
        def predict(self, X):
            raise FloatingPointError("not finite")

    toys["nims_steel"]["two"] = lambda: Broken("two")
    with pytest.raises(FloatingPointError):
        run(path)
    assert pd.read_csv(path)[run_results.KEY].drop_duplicates().to_numpy().tolist() == [
        ["nims_steel", "paper split", "one"]
    ]


def test_the_fast_mode_tries_every_row_once_and_writes_elsewhere(toys, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_results, "SCORES", tmp_path / "scores.csv")
    monkeypatch.setattr(run_results, "FAST_SCORES", tmp_path / "fast" / "scores.csv")
    assert run_results.main(["--fast"]) == 0
    scores = pd.read_csv(tmp_path / "fast" / "scores.csv")
    assert not (tmp_path / "scores.csv").exists() and "Every row works" in capsys.readouterr().out
    assert set(scores["fold"]) == {0} and len(scores.groupby(run_results.KEY)) == 2 * 3 + 2


def test_a_row_says_with_which_versions_it_was_measured(toys, tmp_path):
    assert run(tmp_path / "scores.csv")["versions"].str.contains(rf"numpy {np.__version__}").all()


# What is measured in earnest


@pytest.mark.parametrize(
    ("load", "wanted"),
    [
        (load_nims_steel, {"paper split": 1, "random 5-fold": 5, "by heat 5-fold": 5}),
        (load_maraging_steel, {"random 5-fold": 5}),
        (load_metallic_glass, {"5 x 70/30": 5, "by system 5-fold": 5}),
    ],
)
def test_each_table_is_measured_under_its_protocols(load, wanted):
    table = load()
    assert {name: len(splits) for name, splits in run_results.protocols(table).items()} == wanted


@pytest.mark.parametrize("load", [load_nims_steel, load_maraging_steel, load_metallic_glass])
def test_every_model_can_be_made_for_its_table(load):
    pytest.importorskip("torch")
    pytest.importorskip("xgboost")
    table = load()
    models = {name: make() for name, make in run_results.models(table).items()}
    assert {"XGBoost", "MCVN"} <= models.keys()
    assert models["MCVN"].composition == table.composition["composition"]
    for model in models.values():
        assert hasattr(model, "fit") and hasattr(model, "predict")
