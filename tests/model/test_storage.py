"""A model's file: written whole or not at all, read without running code, and refused with a remedy."""

import copy
import json
import pickle
import re
import resource
import struct
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from safetensors.torch import save as to_bytes

from mcvn_utils import MCVNClassifier, MCVNRegressor
from mcvn_utils.model import storage
from mcvn_utils.model.parts import PARTS
from mcvn_utils.model.presets import SMALL
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


# A file that was edited, or half written: refused with the place, or the same predictions

TINY = replace(
    SMALL, n_members=2, steps=2, batch_size=4, hidden=4, picture_width=2, width=4, pixel_pieces=1, fraction_pieces=2,
    tree_depth=2,
)  # fmt: skip
STEELS = pd.DataFrame({"C": np.linspace(0.1, 0.5, 8), "Cr": [1.0, 2.0] * 4, "time": np.arange(8.0)})
GLASSES = pd.DataFrame({"formula": [f"Cu{50 + k}Zr{50 - k}" for k in range(9)], "rate": np.arange(9.0)})
CLASSES = [*"abc"] * 3


def _fitted(model, *rows):
    """A model whose trees have a share of the prediction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mcvn_utils.model.ensemble.TREE_SHARES", (0.25,))
        return model.fit(*rows)


@pytest.fixture(scope="module")
def models():
    """A model of each kind, and rows to predict."""
    settings = {"preset": TINY, "device": "cpu"}
    steel = MCVNRegressor(["C", "Cr"], balance="Fe", elements=True, **settings)
    glass = MCVNClassifier("formula", class_weight={"a": 1.0, "b": 2.0, "c": 1.0}, **settings)
    targets = pd.DataFrame({"strength": STEELS["C"] * 100, "hardness": np.arange(8.0)})
    steel, glass = _fitted(steel, STEELS, targets), _fitted(glass, GLASSES, CLASSES)
    return {"regressor": (steel, STEELS), "classifier": (glass, GLASSES)}


def answers(model, rows) -> np.ndarray:
    return model.predict_proba(rows) - model.adjustment_ if hasattr(model, "classes_") else model.predict(rows)


class Attack:
    """A saved model, the content of its file, and what becomes of changed content."""

    def __init__(self, model, rows, path):
        self.model, self.rows, self.path = model, rows, path
        self.right = answers(model, rows)
        self.content = read_header(model.save(path))["__metadata__"]["mcvn_tutorial"]
        self.tensors = {name: x.clone() for name, x in load_file(path).items()}

    def load(self, content=None, tensors=None):
        text = content if isinstance(content, str) else json.dumps(content or json.loads(self.content))
        tensors = self.tensors if tensors is None else tensors
        self.path.write_bytes(to_bytes(tensors, metadata={"mcvn_tutorial": text}))
        return type(self.model).load(self.path, device="cpu")

    def error(self, content=None, tensors=None) -> str:
        with pytest.raises(ModelFileError) as caught:
            self.load(content, tensors)
        assert len(str(caught.value)) < 700
        return str(caught.value)

    def outcome(self, content, tensors=None) -> str:
        """What becomes of a change in a file without a checksum: "refused", "harmless", or "changed" predictions."""
        without = {name: value for name, value in content.items() if name != "sha256"}
        try:
            given = answers(self.load(without, tensors), self.rows)
        except ModelFileError as error:
            assert str(self.path) in str(error)
            return "refused"
        assert np.isfinite(given).all()
        if np.array_equal(given, self.right):
            return "harmless"
        assert "sha256: the file was changed" in self.error(content, tensors)
        return "changed"


@pytest.fixture(params=["regressor", "classifier"])
def attack(models, request, tmp_path):
    return Attack(*models[request.param], tmp_path / "model.safetensors")


def places(content, at=()):
    """The path of every value of JSON content; of a long list the first and the last alone."""
    if at:
        yield at
    keys = list(content) if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else []
    for key in [keys[0], keys[-1]] if isinstance(content, list) and len(keys) > 2 else keys:
        yield from places(content[key], (*at, key))


def edited(content: str, at: tuple, *value) -> dict:
    """The content with another value at a place, or without the place."""
    content = inner = json.loads(content)
    for key in at[:-1]:
        inner = inner[key]
    if value:
        inner[at[-1]] = value[0]
    else:
        del inner[at[-1]]
    return content


def others(value):
    """Values of another kind, and other numbers, to put in the place of one."""
    if isinstance(value, str):
        return [5]
    if isinstance(value, bool):
        return ["text", not value]
    if isinstance(value, int | float):
        return [float("nan"), 10**9, value + 1]
    return [{} if isinstance(value, list) else []] if value else ["text"]


def value_at(content: dict, at: tuple):
    return value_at(content[at[0]], at[1:]) if at else content


# What only the checksum protects: another learned number, another name of a class, another arrangement.
LEARNED = re.compile(
    r"learned (target_|adjustment_|tree_share_|one_target_|classes_|sizes_ n_heads)|inputs parts \d 1 template"
)


def test_every_value_of_the_header_is_checked(attack):
    content, bad, seen = json.loads(attack.content), [], set()
    for at in places(content):
        if at[1:2] == ("preset",) and at[2:3] > ("b",):
            continue  # as in learned.sizes_
        if isinstance(attack.model, MCVNClassifier) and (at[0] == "settings" or at[1:2] == ("sizes_",)):
            continue  # as in the regressor, but for those of the next test
        changes = [edited(attack.content, at, other) for other in others(value_at(content, at))]
        outcomes = [attack.outcome(change) for change in [edited(attack.content, at), *changes]]
        seen.update(outcomes)
        bad += [(at, outcomes)] * ("changed" in outcomes and not LEARNED.match(" ".join(map(str, at))))
    assert not bad and seen == {"refused", "harmless", "changed"}


def test_the_classifier_checks_its_own_settings(models, tmp_path):
    attack = Attack(*models["classifier"], tmp_path / "model")
    for name in ("class_weight", "label_smoothing", "logit_adjustment"):
        assert attack.outcome(edited(attack.content, ("settings", name))) == "refused"
        for value in ([1], [[1]], [["a", "b"]], {}, "text", float("nan")):
            assert attack.outcome(edited(attack.content, ("settings", name), value)) == "refused", (name, value)


def test_every_tensor_is_checked(attack, models):
    content, bad = json.loads(attack.content), []
    steel = models["regressor"][0]
    steel = {f"inputs.{n}" for n in steel.inputs_.state()[0]} | {f"members.{n}" for n in steel.members_.state}
    for name, x in attack.tensors.items():
        if isinstance(attack.model, MCVNClassifier) and name in steel:
            continue
        changes = {
            "missing": {},
            "bfloat16": {name: x.to(torch.bfloat16)},
            "one less": {name: x[:-1].contiguous()} if x.ndim else {},
        }
        if name.startswith("inputs."):
            changes |= {
                "twice": {name: torch.cat([x, x]) if x.ndim else torch.stack([x, x])},
                "one more axis": {name: x.unsqueeze(0)},
                "precision": {name: x.float()},
                "int64": {name: x.long()},
                "more": {f"{name}.more": x.clone(), name: x},
                "turned": {name: x.T.contiguous()} if x.ndim > 1 else {},
                "flat": {name: x.flatten()} if x.ndim != 1 else {},
            }
        is_number = x.is_floating_point() and x.numel() > 0 and bool(x.flatten()[-1].isfinite())
        numbers = (np.nan, np.inf, -np.inf) if name.startswith("inputs.") else (np.nan,)
        for number in numbers if is_number else ():
            changes[str(number)] = {name: torch.cat([x.flatten()[:-1], x.new_tensor([number])]).view(x.shape)}
        rest = {n: t for n, t in attack.tensors.items() if n != name}
        bad += [(name, kind) for kind, change in changes.items() if attack.outcome(content, rest | change) == "changed"]
    assert {name.rpartition(".")[2] for name, kind in bad} <= {"scale"}  # infinite: of a feature that does not change


def test_a_change_that_only_the_checksum_can_see(attack):
    name = next(name for name in attack.tensors if name.startswith("members.head"))
    assert "sha256: the file was changed" in attack.error(None, {**attack.tensors, name: attack.tensors[name] + 1})
    older = edited(attack.content, ("sha256",))
    assert np.array_equal(answers(attack.load(older), attack.rows), attack.right)


def test_the_place_is_named(attack):
    others = {
        MCVNRegressor: "inputs: settings: they are not those of the estimator",
        MCVNClassifier: "settings: balance='Ni' has no use without element columns",
    }
    for at, value, words in [
        (("inputs", "parts", 1, 0), "Ruler", "inputs.parts[1][0]: 'Ruler' is not one of"),
        (("learned", "sizes_", "width"), "text", "learned.sizes_.width: 'text' is not of type 'integer'"),
        (("learned", "sizes_", "n_blocks"), 10**9, "learned.sizes_.n_blocks: 1000000000 is greater than"),
        (("learned", "adjustment_"), 10**400, "learned"),
        (("settings", "colour"), "red", "settings: TypeError: "),
        (("settings", "network"), "red", "settings: network must be one of"),
        (("settings", "balance"), "Ni", others[type(attack.model)]),
        (("kind",), "MCVNPainter", "kind: this is a MCVNPainter"),
    ]:
        assert words in attack.error(edited(attack.content, at, value))
    for section in ("inputs", "learned", "settings", "versions"):
        assert f"'{section}' is a required property" in attack.error(edited(attack.content, (section,)))
    name = next(name for name in attack.tensors if name.startswith("members.head"))
    fewer = {n: x[:1] if n.startswith("members.") else x for n, x in attack.tensors.items()}
    assert re.search(r"tensor members\.\S+: it is \(\(1,", attack.error(None, fewer))
    without = {n: x for n, x in attack.tensors.items() if n != name}
    assert f"tensor {name}: it is missing, not ((2," in attack.error(None, without)
    assert f"tensor {name}: it has" in attack.error(None, {**without, name: attack.tensors[name] * np.nan})
    assert "tensor more: KeyError" in attack.error(None, {**attack.tensors, "more": torch.zeros(1)})
    assert "inputs: no part has learned Ruler.x" in attack.error(
        None, {**attack.tensors, "inputs.Ruler.x": torch.zeros(1).double()}
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"format": 6, "kind": ' + "[" * 100_000,
        '{"format": 6, "kind": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"format": 6, "format": 6, "kind": "MCVNRegressor"}',
        '{"format": 6, "kind": "MCVNRegressor", "x": "' + "x" * 2**24 + '"}',
        '{"format": 6, "kind": "MCVNRegressor", "x": ' + "1" * 5000 + "}",
        '{"format": true, "kind": "MCVNRegressor"}',
        '{"format": 6, "kind": [["MCVNRegressor"]]}',
        '{"format": 6, "kind": "MCVNRegressor", "learned": ' + str(list(range(10**5))) + "}",
    ],
    ids=["open", "deep", "doubled", "huge", "digits", "truth", "list", "long"],
)
def test_json_that_is_no_header_is_refused(text, models, tmp_path):
    attack = Attack(*models["regressor"], tmp_path / "model")
    assert str(attack.path) in attack.error(text)


@pytest.mark.parametrize("name", ["hidden", "width", "picture_width", "n_members", "tree_depth", "n_heads", "n_blocks"])
def test_a_size_beyond_measure_needs_no_memory(attack, name):
    at = ("learned", "sizes_", name)
    most = 24 if name == "tree_depth" else 100 if name == "n_blocks" else 10**9
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for value in (most, 2**20):
        attack.error(edited(attack.content, at, value))
    attack.error(edited(attack.content, ("learned", "n_outputs_"), 10**9))
    attack.error(edited(attack.content, ("inputs", "shapes", "raw"), [10**9]))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2e5 * (1 if sys.platform != "darwin" else 1e3)


def test_the_other_class_and_no_file_are_named(attack, tmp_path):
    other = MCVNClassifier if isinstance(attack.model, MCVNRegressor) else MCVNRegressor
    with pytest.raises(ModelFileError, match=f"use {type(attack.model).__name__}.load"):
        other.load(attack.path)
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(FileNotFoundError, match="no such file"):
            other.load(missing)
    with pytest.raises(ValueError, match="device must be"):
        type(attack.model).load(attack.path, device="abacus")


def test_a_subset_of_the_members_can_be_saved(attack, tmp_path):
    few = copy.copy(attack.model)
    few.members_, few.forest_ = few.members_.subset([1]), few.forest_.subset([1])
    again = type(few).load(few.save(tmp_path / "few"), device="cpu")
    assert np.array_equal(answers(again, attack.rows), answers(few, attack.rows))


def test_the_schema_knows_every_setting_and_every_size():
    schema = json.loads(Path(storage.__file__).with_name("schema.json").read_text("utf-8"))
    settings = {name for model in (MCVNRegressor, MCVNClassifier) for name in model().get_params()}
    assert set(schema["properties"]["settings"]["properties"]) == settings
    assert set(schema["$defs"]["sizes"]["properties"]) == {"preset", *(field.name for field in fields(SMALL))}
    assert set(schema["properties"]["inputs"]["properties"]["parts"]["items"]["prefixItems"][0]["enum"]) == set(PARTS)
    learned = {*MCVNRegressor._LEARNED, *MCVNClassifier._LEARNED, "interrupted_"}
    assert set(schema["properties"]["learned"]["properties"]) == learned
