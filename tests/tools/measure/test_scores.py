"""The command that measures the models: which rows there are, what they hold, and how they are written."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyClassifier

from mcvn_utils import load_maraging_steel, load_metallic_glass, load_nims_steel
from mcvn_utils.datasets.schema import Table

pytest.importorskip("torch")

from tools.measure import runner
from tools.measure import scores as run_results
from tools.measure.scores import Row
from tools.measure.tuning import tuned_baseline

CALLS = []


class Mean(RegressorMixin, BaseEstimator):
    """Predicts the mean, and writes down what it was called with."""

    def __init__(self, name="mean"):
        self.name = name

    def fit(self, X, y, groups=None):
        CALLS.append((self.name, len(X), groups is not None))
        self.mean_ = np.asarray(y).mean(axis=0)
        return self

    def predict(self, X):
        return np.tile(self.mean_, (len(X), 1))


class Adjusting(DummyClassifier):
    """Calls everything BMG by its probabilities, and CRA with its favour for the rare."""

    def fit(self, X, y, groups=None):
        CALLS.append(("adjusting", len(X), groups is not None))
        self.adjustment_ = 1.0
        return super().fit(X, y)

    def predict_proba(self, X):
        return np.tile([0.8, 0.2], (len(X), 1))

    def predict(self, X):
        return np.repeat("CRA", len(X))


def toy_steel() -> Table:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"C": random.uniform(0, 1, 40), "temperature": random.uniform(800, 900, 40)})
    y = pd.DataFrame({"hardness": random.normal(200, 10, 40), "tensile_strength": random.normal(700, 30, 40)})
    groups = pd.Series(np.arange(40) // 2, name="heat")
    return Table("nims_steel", X, y, groups, {"composition": None}, {}, "", "")


def toy_glass() -> Table:
    X = pd.DataFrame({"formula": ["Cu50Zr50", "Fe80B20"] * 20})
    y, groups = pd.Series(["BMG", "CRA"] * 20), pd.Series(np.arange(40) // 2)
    return Table("metallic_glass", X, y, groups, {}, {}, "", "")


def row(name, make) -> Row:
    return Row(name, "all", lambda by_group: make())


@pytest.fixture
def toys(monkeypatch):
    """Toy tables and rows in place of the real ones; the rows may be changed."""
    CALLS.clear()
    rows = {
        "nims_steel": [row("one", lambda: Mean("one")), row("two", lambda: Mean("two"))],
        "metallic_glass": [row("adjusting", Adjusting)],
        "maraging_steel": [],
    }
    monkeypatch.setattr(run_results.mcvn, "load_nims_steel", toy_steel)
    monkeypatch.setattr(run_results.mcvn, "load_metallic_glass", toy_glass)
    monkeypatch.setattr(run_results, "rows", lambda table, fast=False: rows[table.name])
    return rows


def run(path, *options) -> pd.DataFrame:
    assert run_results.main(["--out", str(path), "--processes", "1", "--folds", "2", *options]) == 0
    return pd.read_csv(path)


def test_one_row_a_table_protocol_model_features_fold_and_target(toys, tmp_path):
    scores = run(tmp_path / "results" / "scores.csv")
    assert scores.columns.tolist() == run_results.COLUMNS
    steel = scores[scores["table"] == "nims_steel"]
    assert set(steel["protocol"]) == {"paper split", "random 2 x 5-fold", "by heat 3 x 5-fold"}
    assert len(steel) == 2 * (1 + 2 + 2) * 3 and not steel.duplicated([*run_results.KEY, "target"]).any()
    assert steel[["r2", "low", "high"]].notna().all(axis=None)
    assert (steel["low"] <= steel["r2"]).all() and (steel["high"] >= steel["r2"]).all()
    each = steel[steel["target"] != "average"]
    assert each[["rmse", "mae"]].notna().all(axis=None)
    average = steel[steel["target"] == "average"].set_index(run_results.KEY)["r2"]
    assert np.allclose(each.groupby(run_results.KEY)["r2"].mean()[average.index], average, atol=1e-5)
    assert each[run_results.OF_A_FOLD].isna().all(axis=None)
    means = steel[steel["target"] == "average"]
    assert means["seconds"].notna().all()
    assert run_results.with_versions(scores).loc[means.index, "versions"].notna().all()
    heats = means[means["protocol"] == "by heat 3 x 5-fold"]
    assert (heats["training_rows"] == 32).all() and (heats["held_out_rows"] == 8).all()
    glass = scores[scores["table"] == "metallic_glass"]
    assert set(glass["class"]) == {"BMG", "CRA", "macro"} and glass[["f1", "low", "high"]].notna().all(axis=None)
    assert list(tmp_path.rglob("*")) == [tmp_path / "results", tmp_path / "results" / "scores.csv"]


def test_a_model_gets_the_heats_where_heats_are_held_out(toys, tmp_path):
    run(tmp_path / "scores.csv", "--only", "nims")
    assert [groups for name, _, groups in CALLS if name == "two"] == [False] * 3 + [True] * 2


def test_the_intervals_of_held_out_heats_draw_heats():
    truth = pd.DataFrame({"hardness": np.repeat([1.0, 2.0, 3.0, 4.0, 7.0, 9.0], 4)})
    guess = truth.to_numpy() + np.repeat([1.0, -1.0, 0.5, 0.0, 2.0, -1.5], 4)[:, None]
    heats = pd.Series(np.repeat(list("abcdef"), 4))
    rows, whole = (run_results.scores(truth, guess, groups) for groups in (None, heats))
    assert ((whole["high"] - whole["low"]) > 1.5 * (rows["high"] - rows["low"])).all()
    assert (rows["r2"] == whole["r2"]).all()


def test_one_training_gives_the_rows_with_and_without_the_favour_for_rare_classes(toys, tmp_path):
    scores = run(tmp_path / "scores.csv", "--only", "glass")
    assert len(CALLS) == 4
    recall = scores[scores["class"] == "CRA"].groupby("model")["recall"].mean()
    assert recall.to_dict() == {"adjusting": 0, "adjusting, adjusted": 1}


def test_a_tuned_baseline_says_what_it_chose(toys, tmp_path):
    toys["nims_steel"][:] = [Row("edRVFL", "O", tuned_toy)]
    settings = run(tmp_path / "scores.csv", "--only", "nims")["settings"].dropna()
    assert len(settings) == 5
    assert {tuple(json.loads(text)) for text in settings} == {("ridge",)}


def tuned_toy(by_group: bool):
    settings = [{"ridge": 1.0}, {"ridge": 100.0}]
    return tuned_baseline("edRVFL", "regression", by_group=by_group, settings=settings, composition=None)


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
    toys["nims_steel"].append(row("three", lambda: Mean("three")))
    after = run(path)
    assert {name for name, _, _ in CALLS[calls:]} == {"three"} and len(CALLS) == calls + 5
    kept = after[after["model"] != "three"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, before)


def test_again_measures_anew_and_replaces(toys, tmp_path):
    path = tmp_path / "scores.csv"
    before = run(path)
    calls = len(CALLS)
    again = run(path, "--again")
    assert len(CALLS) == 2 * calls
    pd.testing.assert_frame_equal(again.drop(columns="seconds"), before.drop(columns="seconds"))


def test_only_measures_the_tables_and_models_that_are_named(toys, tmp_path):
    assert set(run(tmp_path / "glass.csv", "--only", "glass")["table"]) == {"metallic_glass"}
    both = run(tmp_path / "both.csv", "--models", "two, adjusting")
    assert set(both["model"]) == {"two", "adjusting", "adjusting, adjusted"}


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--only", "titanium", "nims_steel, metallic_glass"),
        ("--models", "one,four", "--models four: .* adjusting, one"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(toys, tmp_path, capsys, option, value, words):
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path / "scores.csv", option, value)
    assert stopped.value.code == 2 and re.search(words, capsys.readouterr().err)


def test_the_longest_folds_come_first(toys, tmp_path, monkeypatch):
    monkeypatch.setattr(run_results, "SECONDS", {"nims_steel": {"two": 30}, "metallic_glass": {"adjusting": 20}})
    run(tmp_path / "scores.csv")
    assert list(dict.fromkeys(name for name, *_ in CALLS)) == ["two", "adjusting", "one"]


def test_two_processes_measure_the_same(toys, tmp_path):
    alone = run(tmp_path / "alone.csv", "--only", "nims", "--models", "one")
    both = run(tmp_path / "both.csv", "--only", "nims", "--models", "one", "--processes", "2")
    runner.get_reusable_executor().shutdown()
    pd.testing.assert_frame_equal(both.drop(columns="seconds"), alone.drop(columns="seconds"))


def test_the_fast_mode_tries_every_row_once_and_writes_elsewhere(toys, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runner, "FOLDER", tmp_path)
    monkeypatch.setattr(runner, "FAST_FOLDER", tmp_path / "fast")
    assert run_results.main(["--fast", "--processes", "1"]) == 0
    scores = pd.read_csv(tmp_path / "fast" / "scores.csv")
    assert not (tmp_path / "scores.csv").exists() and "Every job works" in capsys.readouterr().out
    assert set(scores["fold"]) == {0} and len(scores.groupby(run_results.KEY)) == 2 * 3 + 2 * 2


def test_a_row_says_with_which_versions_it_was_measured(toys, tmp_path):
    assert run(tmp_path / "scores.csv")["versions"].dropna().str.contains(rf"numpy {np.__version__}").all()


# What is measured in earnest


@pytest.mark.parametrize(
    ("load", "extra"),
    [
        (load_nims_steel, {("Gaussian process", "O"), ("MCVN as published", "all")}),
        (load_maraging_steel, {("Gaussian process", "E&P")}),
        (load_metallic_glass, set()),
    ],
)
@pytest.mark.parametrize("fast", [False, True])
def test_every_model_is_measured_on_every_feature_set_and_can_be_made(load, extra, fast):
    pytest.importorskip("torch")
    pytest.importorskip("xgboost")
    table = load()
    rows = {(row.model, row.features): row for row in run_results.rows(table, fast)}
    names = ("random forest", "extra trees", "XGBoost", "edRVFL")
    wanted = {(name, features) for name in names for features in ("O", "E", "E&P")} | extra
    assert wanted | {("MCVN", "all"), ("attention network", "O")} <= rows.keys()
    assert len(rows) == {"nims_steel": 18, "maraging_steel": 17, "metallic_glass": 14}[table.name]
    for row in rows.values():
        for by_group in (False, True):
            model = row.make(by_group)
            assert hasattr(model, "fit") and hasattr(model, "predict")
    assert model.composition == table.composition["composition"]


def test_versions_that_repeat_are_left_out_and_come_back():
    where = {"table": "t", "protocol": "p", "model": "m", "features": "O", "target": "average"}
    full = pd.DataFrame([{**where, "fold": k, "versions": v} for k, v in enumerate("aabba")])
    slim = run_results.slim(full.reindex(columns=run_results.COLUMNS))
    assert slim["versions"].notna().tolist() == [True, False, True, False, True]
    assert run_results.with_versions(slim)["versions"].tolist() == list("aabba")
