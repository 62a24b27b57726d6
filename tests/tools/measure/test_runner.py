"""The runner of measurements: it resumes, measures anew when asked, stops when told, and never leaves half a file."""

import contextlib
import os
import signal
import time
from functools import partial

import pandas as pd
import pytest
from filelock import Timeout

pytest.importorskip("torch")

from tools.measure import runner
from tools.measure.runner import Job, Results

CALLS: list[tuple] = []
STOP = {"at": None}  # the call at which the user presses Ctrl-C
RESULTS = Results("toy.csv", ("table", "model", "fold"))


def measure(keys, worth=0.5) -> pd.DataFrame:
    CALLS.append((keys[0]["table"], keys[0]["model"], keys[0]["fold"]))
    if len(CALLS) == STOP["at"]:
        raise KeyboardInterrupt
    return pd.DataFrame([{"score": worth, **key, "target": name} for key in keys for name in ("a", "b")])


def job(table, names, fold, seconds=1.0, work=measure) -> Job:
    keys = tuple({"table": table, "model": name, "fold": fold} for name in names)
    return Job(keys, partial(work, keys), seconds)


def jobs() -> list[Job]:
    """Two folds of two models of steel, and one job on glass that writes the rows of two models."""
    return [
        job("steel", ["one"], 0),
        job("steel", ["one"], 1),
        job("steel", ["two"], 0, seconds=3.0),
        job("steel", ["two"], 1, seconds=3.0),
        job("glass", ["plain", "adjusted"], 0, seconds=9.0),
    ]


@pytest.fixture
def path(monkeypatch, tmp_path):
    """A file to write, in a folder that does not exist yet."""
    CALLS.clear()
    monkeypatch.setitem(STOP, "at", None)
    return tmp_path / "results" / "toy.csv"


def call(path, *options, todo=None) -> int:
    parser = runner.make_parser("A toy.")
    options = parser.parse_args(["--out", str(path), "--processes", "1", *options])
    return runner.run(parser, options, RESULTS, jobs() if todo is None else todo, "table", "model")


def run(path, *options, todo=None) -> pd.DataFrame:
    assert call(path, *options, todo=todo) == 0
    return pd.read_csv(path)


def test_each_job_gives_its_rows_in_a_fixed_order_and_the_longest_comes_first(path):
    rows = run(path)
    assert [model for _, model, _ in CALLS] == ["plain", "two", "two", "one", "one"]
    assert rows.columns.tolist() == ["table", "model", "fold", "score", "target"] and len(rows) == 12
    names = ["glass adjusted 0", "glass plain 0", "steel one 0", "steel one 1", "steel two 0", "steel two 1"]
    assert (rows["table"] + " " + rows["model"] + " " + rows["fold"].astype(str)).unique().tolist() == names
    assert list(path.parent.iterdir()) == [path]


def test_a_second_call_measures_nothing_and_again_everything(path):
    first, before = run(path), path.read_bytes()
    run(path)
    assert path.read_bytes() == before and len(CALLS) == 5
    pd.testing.assert_frame_equal(run(path, "--again", "--only", "one"), first)
    assert CALLS[5:] == [("steel", "one", 0), ("steel", "one", 1)]


def test_a_job_is_measured_when_one_of_its_rows_is_missing(path):
    rows = run(path)
    rows[rows["model"] != "adjusted"].to_csv(path, index=False)
    pd.testing.assert_frame_equal(run(path), rows)
    assert CALLS[5:] == [("glass", "plain", 0)]


def test_a_new_job_alone_is_measured_and_the_rest_stays(path):
    before = run(path)
    after = run(path, todo=[*jobs(), job("steel", ["three"], 0)])
    assert CALLS[5:] == [("steel", "three", 0)]
    pd.testing.assert_frame_equal(after[after["model"] != "three"].reset_index(drop=True), before)


def test_again_puts_new_rows_in_the_place_of_old_ones(path):
    run(path)
    better = run(path, "--again", todo=[job("steel", ["one"], 1, work=partial(measure, worth=0.9))])
    assert better.loc[better["score"] == 0.9, ["model", "fold"]].to_numpy().tolist() == [["one", 1]] * 2
    assert len(better) == 12


@pytest.mark.parametrize("again", [[], ["--again"]])
def test_an_interruption_leaves_the_finished_jobs_whole_and_the_next_call_goes_on(path, capsys, monkeypatch, again):
    if again:
        run(path)
    n = len(CALLS)
    monkeypatch.setitem(STOP, "at", n + 3)
    assert call(path, *again) == 130
    assert "a new call goes on" in capsys.readouterr().err and list(path.parent.iterdir()) == [path]
    assert len(pd.read_csv(path)) == (12 if again else 6)
    monkeypatch.setitem(STOP, "at", None)
    assert len(run(path)) == 12
    assert len(CALLS) == n + 3 + (0 if again else 3)


def cut_short(keys, name) -> pd.DataFrame:
    """Like MCVN: Ctrl-C ends the training early, and what was learned by then is kept."""
    with contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(name)
    return measure(keys)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_a_training_that_ctrl_c_or_a_request_to_end_cut_short_is_no_measurement(path, name):
    before = signal.getsignal(name)
    assert call(path, todo=[job("steel", ["one"], 0, work=partial(cut_short, name=name))]) == 130
    assert not path.exists() and signal.getsignal(name) == before


def apart(keys) -> pd.DataFrame:
    """Rows that say in which process they were measured, after a Ctrl-C that goes to the whole group."""
    signal.raise_signal(signal.SIGINT)
    time.sleep(0.2)
    return measure(keys).assign(process=os.getpid(), threads=os.environ.get("OMP_NUM_THREADS"))


def test_several_processes_of_one_thread_each_measure_the_same_and_leave_ctrl_c_to_the_parent(path):
    todo = [job("steel", ["one"], fold, work=apart) for fold in range(4)]
    rows = run(path, "--processes", "2", todo=todo)
    runner.get_reusable_executor().shutdown()
    assert os.getpid() not in set(rows["process"]) and set(rows["threads"]) == {1}
    pd.testing.assert_frame_equal(rows.drop(columns=["process", "threads"]), run(path.with_name("alone.csv"), todo=[
        job("steel", ["one"], fold) for fold in range(4)
    ]))  # fmt: skip


def broken(keys) -> pd.DataFrame:
    raise FloatingPointError("not finite")


def test_an_error_in_a_job_leaves_the_finished_jobs_whole(path):
    with pytest.raises(FloatingPointError):
        call(path, todo=[*jobs(), job("steel", ["broken"], 0, seconds=2.0, work=broken)])
    assert set(pd.read_csv(path)["model"]) == {"plain", "adjusted", "two"}


def lacking(keys) -> pd.DataFrame:
    raise ImportError("pip install 'mcvn-tutorial[pictures]'")


def test_a_job_without_its_package_is_left_out_and_named_once(path, capsys):
    rows = run(path, todo=[*jobs(), *(job("steel", ["rare"], fold, work=lacking) for fold in (0, 1))])
    assert "rare" not in set(rows["model"]) and len(rows) == 12
    assert capsys.readouterr().out == "left out: rare, pip install 'mcvn-tutorial[pictures]'\n"


def test_only_and_folds_choose_and_an_unknown_name_is_refused_with_the_known_ones(path, capsys):
    assert set(run(path, "--only", "tw")["model"]) == {"two"}
    assert set(run(path.with_name("folds.csv"), "--folds", "1")["fold"]) == {0}
    with pytest.raises(SystemExit) as stopped:
        call(path, "--only", "spiral")
    assert stopped.value.code == 2
    assert "--only spiral: there are steel, one, two, glass, plain, adjusted" in capsys.readouterr().err


def test_the_fast_mode_takes_one_fold_and_writes_elsewhere(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runner, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(runner, "FAST_FOLDER", tmp_path / "fast")
    parser = runner.make_parser("A toy.")
    options = parser.parse_args(["--fast", "--processes", "1"])
    assert runner.run(parser, options, RESULTS, jobs(), "table") == 0
    assert set(pd.read_csv(tmp_path / "fast" / "toy.csv")["fold"]) == {0} and not (tmp_path / "results").exists()
    assert "Every job works" in capsys.readouterr().out


def test_a_file_in_other_columns_is_refused_and_left_alone(path):
    path.parent.mkdir()
    path.write_text(old := "table,protocol\nsteel,random\n")
    with pytest.raises(ValueError, match="has other columns than those of today"):
        call(path)
    assert path.read_text() == old and not CALLS


def meddled(keys, path) -> pd.DataFrame:
    """Measure while another call finishes a job of its own and writes it to the same file."""
    if keys[0]["fold"] == 0:
        runner.measure_missing(RESULTS, [job("steel", ["other"], 5)], path, again=False, processes=1)
    return measure(keys)


def test_two_calls_on_one_file_keep_the_rows_of_both(path):
    todo = [job("steel", ["one"], fold, work=partial(meddled, path=path)) for fold in (0, 1)]
    rows = run(path, todo=todo)
    assert set(zip(rows["model"], rows["fold"], strict=True)) == {("one", 0), ("one", 1), ("other", 5)}


def test_the_file_is_locked_from_reading_to_writing(path, monkeypatch):
    merged, refused = Results.merged, []

    def look_at_the_lock(self, rows, new):
        with pytest.raises(Timeout) as error:
            runner.lock_of(path).acquire(timeout=0)
        refused.append(error)
        return merged(self, rows, new)

    monkeypatch.setattr(Results, "merged", look_at_the_lock)
    run(path)
    assert len(refused) == len(CALLS) == 5
    with runner.lock_of(path):
        pass
