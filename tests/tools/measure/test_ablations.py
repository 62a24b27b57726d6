"""The command that takes MCVN apart: its trainings, and what each of them measures."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from mcvn_utils import evaluation, load_metallic_glass, load_nims_steel
from mcvn_utils.evaluation.splits import get_protocol
from tools.measure import ablations as run_ablations
from tools.measure.ablations import Training, measure, trainings

STEEL = load_nims_steel()


def steel(protocol, fold, variant, share=1) -> Training:
    return Training(STEEL, get_protocol(protocol), fold, variant, share)


def scored(training, fast=False) -> pd.DataFrame:
    facts = {"table": training.table.name, "protocol": training.protocol.name, "fold": training.fold, "rows": 10}
    return pd.DataFrame([{"variant": name, "target": "hardness", "r2": 0.5, **facts} for name in training.names()])


def run(path, *options) -> pd.DataFrame:
    assert run_ablations.main(["--out", str(path), "--processes", "1", *options]) == 0
    return pd.read_csv(path)


def test_each_variant_is_measured_once_a_fold(tmp_path, monkeypatch):
    monkeypatch.setattr(run_ablations, "measure", scored)
    rows = run(tmp_path / "ablations.csv")
    assert rows.columns[:4].tolist() == list(run_ablations.ABLATIONS.key)
    assert not rows.duplicated(run_ablations.ABLATIONS.key).any()
    sizes = rows.groupby(["table", "variant"])["fold"].size()
    assert sizes["nims_steel", "MCVN"] == sizes["nims_steel", "no attention"] == 10
    assert sizes["metallic_glass", "MCVN"] == 2 and sizes["nims_steel", "scaled on all rows"] == 5
    assert {"1 member", "30 members", "MCVN, 1/8 of the rows", "XGBoost"} <= set(rows["variant"])


def test_the_trainings_are_those_of_the_committed_file():
    names = {
        (training.table.name, training.protocol.name, training.fold, name)
        for training in trainings([STEEL, load_metallic_glass()])
        for name in training.names()
    }
    rows = pd.read_csv(run_ablations.runner.FOLDER / "ablations.csv")
    assert names == set(rows[["table", "protocol", "fold", "variant"]].itertuples(index=False, name=None))


def test_a_table_or_a_variant_can_be_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_ablations, "measure", scored)
    assert set(run(tmp_path / "glass.csv", "--only", "glass")["table"]) == {"metallic_glass"}
    assert set(run(tmp_path / "part.csv", "--only", "attention")["variant"]) == {"degenerate attention", "no attention"}
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path / "none.csv", "--only", "spiral")
    assert stopped.value.code == 2 and "no attention" in capsys.readouterr().err


# What is measured in earnest


def test_training_rows_are_thinned_out_by_whole_heats_where_heats_are_held_out():
    table = STEEL
    whole, test = steel("by heat 5-fold", 1, "MCVN").split()
    part, same = steel("by heat 5-fold", 1, "MCVN", 4).split()
    np.testing.assert_array_equal(same, test)
    np.testing.assert_array_equal(whole, evaluation.group_folds(table)[1][0])
    assert set(part) < set(whole) and len(part) == len(whole) / 4
    assert (table.groups.iloc[part].value_counts() == 3).all()
    loose, _ = steel("random 5-fold", 1, "MCVN", 4).split()
    assert len(loose) == 72 and table.groups.iloc[loose].value_counts().min() < 3


def test_models_differ_from_mcvn_in_what_their_name_says():
    plain = steel("random 5-fold", 0, "MCVN").model(fast=False).get_params()
    for name, settings in run_ablations.VARIANTS.items():
        model = steel("random 5-fold", 0, name).model(fast=False).get_params()
        assert {key for key, value in model.items() if repr(value) != repr(plain[key])} == set(settings)
    leaky = steel("random 5-fold", 0, "scaled on all rows").model(fast=False)
    assert len(leaky.scale_on) == 360


@pytest.mark.parametrize("variant", ["members", "degenerate attention", "as published, scaled on all rows"])
def test_a_job_gives_the_scores_of_the_held_out_rows(variant):
    training = steel("random 5-fold", 0, variant)
    rows = measure(training, fast=True)
    assert list(dict.fromkeys(rows["variant"])) == training.names()
    assert rows[["r2", "rmse", "mae", "rows", "seconds"]].notna().all().all() and len(rows) == 4 * len(training.names())
    assert rows["versions"].str.contains("torch").all()
