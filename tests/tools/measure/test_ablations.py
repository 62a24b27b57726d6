"""The command that takes MCVN apart: its jobs, resuming, and a file that is never half written."""

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from mcvn_utils import evaluation
from tools.measure import ablations as run_ablations
from tools.measure.ablations import Job, jobs, load, make_model, measure, split_of

CALLS: list[Job] = []
STOP = {"at": None}  # the call at which the user presses Ctrl-C


def scored(job: Job, fast: bool = False) -> pd.DataFrame:
    CALLS.append(job)
    if len(CALLS) == STOP["at"]:
        raise KeyboardInterrupt
    facts = {"table": job.table, "protocol": job.protocol, "fold": job.fold, "rows": 10, "seconds": 0.1}
    return pd.DataFrame([{"variant": name, "target": "hardness", "r2": 0.5, **facts} for name in job.names()])


@pytest.fixture
def path(monkeypatch, tmp_path):
    """A file to write, and jobs that train nothing, one after the other in this process."""

    @contextmanager
    def here(n):
        yield map

    CALLS.clear()
    monkeypatch.setitem(STOP, "at", None)
    monkeypatch.setattr(run_ablations, "measure", scored)
    monkeypatch.setattr(run_ablations, "workers", here)
    return tmp_path / "results" / "ablations.csv"


def run(path, *options) -> pd.DataFrame:
    assert run_ablations.main(["--out", str(path), *options]) == 0
    return pd.read_csv(path)


def test_each_variant_is_measured_once_a_fold(path):
    found = run(path)
    assert len(CALLS) == len(list(jobs())) and not found.duplicated([*run_ablations.KEY, "fold"]).any()
    sizes = found.groupby(["table", "variant"])["fold"].size()
    assert sizes["nims_steel", "MCVN"] == sizes["nims_steel", "no attention"] == 10
    assert sizes["metallic_glass", "MCVN"] == 2 and sizes["nims_steel", "scaled on all rows"] == 5
    assert {"1 member", "30 members", "MCVN, 1/8 of the rows", "XGBoost"} <= set(found["variant"])


def test_a_second_call_measures_nothing_and_again_everything(path):
    first, n = run(path), len(CALLS)
    pd.testing.assert_frame_equal(run(path), first)
    assert len(CALLS) == n
    run(path, "--again", "--only", "attention")
    assert {job.variant for job in CALLS[n:]} == {"degenerate attention", "no attention"}
    pd.testing.assert_frame_equal(pd.read_csv(path), first)


def test_an_interruption_leaves_whole_jobs_and_the_next_call_goes_on(path, capsys, monkeypatch):
    monkeypatch.setitem(STOP, "at", 5)
    assert run_ablations.main(["--out", str(path)]) == 130
    assert "a new call goes on" in capsys.readouterr().err and list(path.parent.iterdir()) == [path]
    assert pd.read_csv(path).groupby(run_ablations.KEY).ngroups == sum(len(job.names()) for job in CALLS[:4])
    monkeypatch.setitem(STOP, "at", None)
    CALLS.clear()
    run(path)
    assert len(CALLS) == len(list(jobs())) - 4


def test_a_table_can_be_named_and_a_wrong_name_is_refused(path, capsys):
    assert set(run(path, "--only", "glass")["table"]) == {"metallic_glass"}
    with pytest.raises(SystemExit) as stopped:
        run(path, "--only", "spiral")
    assert stopped.value.code == 2 and "no attention" in capsys.readouterr().err


def test_the_fast_mode_takes_one_fold_and_writes_elsewhere(path, monkeypatch, capsys):
    monkeypatch.setattr(run_ablations, "FAST_ABLATIONS", path)
    assert run_ablations.main(["--fast"]) == 0
    assert "Every job works" in capsys.readouterr().out and set(pd.read_csv(path)["fold"]) == {0}


# What is measured in earnest


def test_training_rows_are_thinned_out_by_whole_heats_where_heats_are_held_out():
    table = load("nims_steel")
    whole, test = split_of(Job("nims_steel", "by heat 5-fold", 1, "MCVN"), table)
    part, same = split_of(Job("nims_steel", "by heat 5-fold", 1, "MCVN", 4), table)
    np.testing.assert_array_equal(same, test)
    np.testing.assert_array_equal(whole, evaluation.group_folds(table)[1][0])
    assert set(part) < set(whole) and len(part) == len(whole) / 4
    assert (table.groups.iloc[part].value_counts() == 3).all()
    loose, _ = split_of(Job("nims_steel", "random 5-fold", 1, "MCVN", 4), table)
    assert len(loose) == 72 and table.groups.iloc[loose].value_counts().min() < 3


def test_models_differ_from_mcvn_in_what_their_name_says():
    table = load("nims_steel")
    plain = make_model(Job(table.name, "random 5-fold", 0, "MCVN"), table, False).get_params()
    for name, settings in run_ablations.VARIANTS.items():
        model = make_model(Job(table.name, "random 5-fold", 0, name), table, False).get_params()
        assert {key for key, value in model.items() if repr(value) != repr(plain[key])} == set(settings)
    leaky = make_model(Job(table.name, "random 5-fold", 0, "scaled on all rows"), table, False)
    assert len(leaky.scale_on) == 360


@pytest.mark.parametrize("variant", ["members", "degenerate attention", "as published, scaled on all rows"])
def test_a_job_gives_the_scores_of_the_held_out_rows(variant):
    job = Job("nims_steel", "random 5-fold", 0, variant)
    found = measure(job, fast=True)
    assert list(dict.fromkeys(found["variant"])) == job.names()
    assert found[["r2", "rmse", "mae", "rows", "seconds"]].notna().all().all() and len(found) == 4 * len(job.names())
    assert found["versions"].str.contains("torch").all()
