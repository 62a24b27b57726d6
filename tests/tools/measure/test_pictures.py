"""The command that compares arrangements: its folds, what each of them learns from, and what cannot be measured."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from mcvn_utils.datasets.schema import Table
from mcvn_utils.study.pictures import NO_PICTURE
from tools.measure import pictures as run_pictures

STOP = {"at": None}  # the call at which the user presses Ctrl-C
FORMULAS = ["Cu50Zr50", "Fe80B20", "Al85Ni10La5", "Pd40Ni40P20", "Mg65Cu25Y10"]


@pytest.fixture
def calls(monkeypatch) -> list[dict]:
    """A toy table, and scores without any training; what was asked for is written down."""
    table = Table(
        "metallic_glass",
        pd.DataFrame({"formula": FORMULAS * 12}),
        pd.Series(["BMG", "RMG", "CRA"] * 20),
        pd.Series(np.arange(60) // 6),
        {}, {}, "", "",
    )  # fmt: skip
    asked = []

    def scored(images, raw, classes, split, groups=None, *, seed, n_members, plan):
        asked.append({"images": images, "raw": raw, "split": split, "groups": groups, "seed": seed})
        if len(asked) == STOP["at"]:
            raise KeyboardInterrupt
        return pd.DataFrame({"member": range(n_members), "macro_f1": 0.5, "cra_recall": 0.5, "validation_loss": 1.0})

    monkeypatch.setattr(run_pictures, "trial_scores", scored)
    monkeypatch.setattr(run_pictures, "load_metallic_glass", lambda: table)
    ours = {name: run_pictures.ARRANGEMENTS[name] for name in ("expert", "shuffled pixels")}
    monkeypatch.setattr(run_pictures, "ARRANGEMENTS", ours)
    return asked


def run(path, *options) -> pd.DataFrame:
    assert run_pictures.main(["--out", str(path), "--processes", "1", *options]) == 0
    return pd.read_csv(path)


def test_one_row_an_arrangement_fold_and_seed_alone_and_beside(calls, tmp_path):
    scores = run(tmp_path / "pictures.csv")
    assert not scores.duplicated([*run_pictures.PICTURES.key, "seed"]).any() and scores.notna().all().all()
    sizes = scores.groupby(["arrangement", "descriptors"]).size()
    assert set(sizes) == {10 * run_pictures.N_MEMBERS}
    assert set(sizes.index) == {(NO_PICTURE, "yes")} | {
        (name, beside) for name in ("expert", "shuffled pixels", "periodic table") for beside in ("no", "yes")
    }
    assert "torch" in scores["versions"][0] and set(scores["protocol"]) == {"5 x 70/30", "by system 5-fold"}


def test_groups_are_handed_over_where_groups_are_held_out_and_pictures_are_drawn_anew(calls, tmp_path):
    run(tmp_path / "pictures.csv", "--only", "shuffled")
    assert [call["groups"] is not None for call in calls] == [False] * 10 + [True] * 10
    assert [call["raw"] is not None for call in calls] == [False, True] * 10
    assert not np.array_equal(calls[0]["images"] == 0, calls[2]["images"] == 0)  # another fold, other places


def test_an_interruption_leaves_whole_folds_and_the_next_call_goes_on(calls, tmp_path, capsys, monkeypatch):
    path, whole = tmp_path / "pictures.csv", tmp_path / "whole.csv"
    monkeypatch.setitem(STOP, "at", 12)
    assert run_pictures.main(["--out", str(path), "--processes", "1"]) == 130
    assert "a new call goes on" in capsys.readouterr().err and list(tmp_path.iterdir()) == [path]
    left = pd.read_csv(path).groupby(["fold", "arrangement"])["descriptors"].nunique()
    assert set(left.drop(NO_PICTURE, level="arrangement", errors="ignore")) == {2}
    monkeypatch.setitem(STOP, "at", None)
    times = ["seconds", "arranging_seconds"]
    pd.testing.assert_frame_equal(run(path).drop(columns=times), run(whole).drop(columns=times))


def test_an_arrangement_without_its_package_is_left_out_and_named(calls, tmp_path, monkeypatch, capsys):
    def lacks(X, seed):
        raise ImportError("pip install 'mcvn-tutorial[pictures]'")

    monkeypatch.setitem(run_pictures.ARRANGEMENTS, "IGTD", lacks)
    scores = run(tmp_path / "pictures.csv")
    assert "IGTD" not in set(scores["arrangement"]) and "expert" in set(scores["arrangement"])
    assert "left out: IGTD, pip install" in capsys.readouterr().out


def test_scale_and_arrangement_see_the_training_rows_alone(calls, monkeypatch):
    table = run_pictures.load_metallic_glass()
    descriptors = np.asarray(run_pictures.CompositionDescriptor().fit_transform(table.X["formula"]))
    train, seen = np.arange(0, 60, 5), []
    monkeypatch.setitem(
        run_pictures.ARRANGEMENTS,
        "watched",
        lambda X, seed: seen.append(X) or run_pictures.ARRANGEMENTS["expert"](X, 0),
    )
    images = run_pictures.pictures("watched", table, descriptors, train, seed=0)
    np.testing.assert_array_equal(seen[0], descriptors[train])
    other = descriptors.copy()
    other[1::5] *= 7
    changed = run_pictures.pictures("watched", table, other, train, seed=0)
    np.testing.assert_array_equal(images[train], changed[train])
    assert run_pictures.pictures(NO_PICTURE, table, descriptors, train, 0) is None
    assert run_pictures.pictures("periodic table", table, descriptors, train, 0).shape == (60, 3, 9, 18)


def test_an_unknown_arrangement_is_refused_with_the_known_ones(calls, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path / "pictures.csv", "--only", "spiral")
    assert stopped.value.code == 2 and "no picture, expert" in capsys.readouterr().err
