"""A model's file: written whole or not at all, read without running code, and refused with a remedy."""

import json
import pickle
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mcvn_utils.model import storage
from mcvn_utils.model.storage import ModelFileError

TENSORS = {"members.weight": torch.arange(6.0).reshape(2, 3), "inputs.scale": torch.tensor([0.1, 1e-300]).double()}
SETTINGS = {"composition": ["C", "Cr"], "balance": None, "hidden": 16, "dropout": 0.1}


def save(path, **changes):
    content = {
        "kind": "MCVNRegressor",
        "settings": SETTINGS,
        "learned": {},
        "inputs": {},
        "tensors": TENSORS,
        **changes,
    }
    return storage.save(path, **content)


def read_header(path) -> dict:
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length])


def foreign(path, text: str):
    """A safetensors file with our key and something else under it."""
    save_file({"a": torch.zeros(2)}, path, metadata={"mcvn_tutorial": text})


def test_all_comes_back_as_it_was(tmp_path):
    path = save(tmp_path / "model", learned={"classes_": ["BMG", "CRA"]}, inputs={"n_raw": 2})
    content, tensors = storage.load(path, "MCVNRegressor")
    assert content["settings"] == SETTINGS
    assert content["learned"] == {"classes_": ["BMG", "CRA"]} and content["inputs"] == {"n_raw": 2}
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert all(tensors[name].dtype == TENSORS[name].dtype for name in TENSORS)


def test_the_file_says_with_which_versions_it_was_written(tmp_path):
    written = json.loads(read_header(save(tmp_path / "model"))["__metadata__"]["mcvn_tutorial"])
    assert written["format"] == storage.FORMAT
    assert written["versions"]["torch"] == torch.__version__
    assert written["versions"]["numpy"] == np.__version__


def test_the_same_model_gives_the_same_bytes(tmp_path):
    assert save(tmp_path / "one").read_bytes() == save(tmp_path / "two").read_bytes()


def test_numbers_of_numpy_are_written_as_plain_numbers(tmp_path):
    settings = {"random_state": np.int64(3), "dropout": np.float64(0.1), "composition": np.array(["C", "Cr"])}
    content, _ = storage.load(save(tmp_path / "model", settings=settings), "MCVNRegressor")
    assert content["settings"] == {"random_state": 3, "dropout": 0.1, "composition": ["C", "Cr"]}


def test_tensors_in_any_layout_are_written(tmp_path):
    turned = {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.ones(2, requires_grad=True)}
    _, tensors = storage.load(save(tmp_path / "model", tensors=turned), "MCVNRegressor")
    assert torch.equal(tensors["a"], turned["a"]) and torch.equal(tensors["b"], torch.ones(2))


def test_a_setting_that_is_no_plain_value_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="set plain values"):
        save(tmp_path / "model", settings={"random_state": np.random.default_rng(0)})
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_file_whole_and_nothing_beside_it(tmp_path, monkeypatch):
    path = save(tmp_path / "model")
    before = path.read_bytes()

    def full_disk(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mcvn_utils.datasets.files.os.replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save(path, settings={})
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_hold_the_file_is_named(tmp_path):
    with pytest.raises(IsADirectoryError, match="add a file name"):
        save(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no folder .*models: make it first"):
        save(tmp_path / "models" / "steel.safetensors")


# Files that are not ours, or not of today

BAD_FILES = {
    "a missing file": (lambda path: None, "no such file; make one"),
    "a folder": (lambda path: path.mkdir(), "no such file; make one"),
    "an empty file": (lambda path: path.write_bytes(b""), "train and save it again"),
    "text": (lambda path: path.write_text("alloy,strength\n"), "train and save it again"),
    "a pickle": (lambda path: path.write_bytes(pickle.dumps(SETTINGS)), "train and save it again"),
    "a torch file": (lambda path: torch.save({"a": torch.zeros(2)}, path), "train and save it again"),
    "another's safetensors": (lambda path: save_file({"a": torch.zeros(2)}, path), "no model saved by mcvn_utils"),
    "no JSON": (lambda path: foreign(path, "{"), "no model saved by mcvn_utils"),
    "other JSON": (lambda path: foreign(path, "[1]"), "no model saved by mcvn_utils"),
    "empty JSON": (lambda path: foreign(path, "{}"), "no model saved by mcvn_utils"),
    "an older format": (
        lambda path: foreign(path, '{"format": 0, "kind": "MCVNRegressor"}'),
        f"format 0, this version reads format {storage.FORMAT}; train and save it again, or install",
    ),
    "a later format": (lambda path: foreign(path, '{"format": 99, "kind": "MCVNRegressor"}'), "format 99"),
    "another class": (lambda path: save(path, kind="MCVNClassifier"), "use MCVNClassifier.load"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_what_is_no_model_of_ours_is_refused_with_a_remedy(kind, tmp_path):
    make, words = BAD_FILES[kind]
    path = tmp_path / "model.safetensors"
    make(path)
    with pytest.raises(ModelFileError) as caught:
        storage.load(path, "MCVNRegressor")
    assert words in str(caught.value) and str(path) in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.999])
def test_a_file_that_was_cut_off_is_refused(share, tmp_path):
    path = save(tmp_path / "model")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelFileError, match="damaged; train and save it again"):
        storage.load(path, "MCVNRegressor")


def test_reading_runs_no_code_from_the_file(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    (tmp_path / "model").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelFileError):
        storage.load(tmp_path / "model", "MCVNRegressor")
    assert not (tmp_path / "ran").exists()
