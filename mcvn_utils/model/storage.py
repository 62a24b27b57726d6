"""Saved models: one safetensors file, its header holding settings as JSON. Reading one runs no code from it.

``schema.json`` says what the header holds; it is checked before anything is built, and a checksum last.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

import numpy as np
import safetensors.torch
import torch
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from safetensors import SafetensorError, safe_open
from sklearn.utils.validation import check_is_fitted

from ..datasets.files import written_whole
from .inputs import NetworkInputs
from .layers import Network
from .presets import Preset
from .training import Members

FORMAT = 6
_KEY = "mcvn_tutorial"
_SCHEMA = Draft202012Validator(json.loads(Path(__file__).with_name("schema.json").read_text("utf-8")))
_ARRAYS = {
    "feature_names_in_": object, "classes_": None, "adjustment_": float, "target_mean_": float, "target_scale_": float
}  # fmt: skip
"""Learned values that are arrays, with their types; the others are plain values."""


class ModelFileError(ValueError):
    """A file that is no model of ours, or one that this version cannot read; the message says where, and what to do."""


class _NoModelFile(ModelFileError, FileNotFoundError):
    """A model file that does not exist."""


def save(path: str | Path, kind: str, settings: dict, learned: dict, inputs: dict, tensors: Mapping) -> Path:
    """Write a model of the class ``kind``; the file appears whole or not at all.

    Raises ``ValueError`` when a setting cannot be written as JSON, such as a random generator, and
    ``FileNotFoundError`` or ``IsADirectoryError`` when ``path`` is no place for a file.
    """
    content = {"format": FORMAT, "kind": kind, "settings": settings, "learned": learned, "inputs": inputs}
    content["versions"] = {name: version(name) for name in ("torch", "numpy", "scikit-learn", "safetensors")}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        content = json.loads(json.dumps(content, default=_plain))
    except TypeError as error:
        remedy = "set plain values (random_state: a whole number)"
        raise ValueError(f"the model cannot be saved: {error}; {remedy}") from None
    header = {_KEY: json.dumps(content | {"sha256": _checksum(content, tensors)}, sort_keys=True)}
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: add a file name, such as {path / 'model.safetensors'}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}: make it first, or save elsewhere")
    with written_whole(path) as temporary:
        temporary.write_bytes(safetensors.torch.save(tensors, metadata=header))
    return path


def load(path: str | Path, kind: str) -> tuple[dict, dict[str, torch.Tensor]]:
    """Read a model of class ``kind``: its JSON content and its tensors, on the CPU."""
    path = Path(path)
    if not path.is_file():
        raise _NoModelFile(f"{path}: there is no such file; make one with estimator.save(path)")
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {})[_KEY]
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}
        _require(len(text) < 2**24, "its header is too long")
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=str)  # NaN becomes a text, and is refused
        written, written_kind = content["format"], content["kind"]
    except (SafetensorError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{path}: this is no model saved by mcvn_utils, or it is damaged; train and save it again ({_why(error)})"
        ) from None
    if written != FORMAT:
        raise ModelFileError(
            f"{path}: written in format {str(written)[:60]}, this version reads format {FORMAT}; "
            "train and save it again, or install the version that wrote it"
        )
    if written_kind != kind:
        name = str(written_kind)[:60]
        raise ModelFileError(f"{path}: kind: this is a {name}, not a {kind}: use {name}.load(path)")
    return content, tensors


def _plain(value):
    """Give numpy's numbers and arrays, and presets, as Python's own; refuse anything else."""
    if is_dataclass(value):
        return asdict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} is no plain value")


def _unique(pairs: list[tuple]) -> dict:
    """Give the keys and values of a JSON object as a dict; refuse a key that stands twice."""
    _require(len(content := dict(pairs)) == len(pairs), "a key stands twice")
    return content


def _checksum(content: dict, tensors: Mapping[str, torch.Tensor]) -> str:
    """Give the SHA-256 of the JSON content and of all tensors."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)


def _why(error: Exception) -> str:
    text = " ".join([f"{type(error).__name__}:" * (type(error) is not ValueError), *str(error).split()]).strip()
    return text if len(text) <= 300 else f"{text[:150]} ... {text[-150:]}"


@contextmanager
def _at(path: str | Path, place: str) -> Iterator[None]:
    """Turn whatever a wrong value of a file leads to into a ``ModelFileError`` that names the place."""
    try:
        yield
    except Exception as error:
        raise ModelFileError(f"{path}: {place}: {_why(error)}; train and save it again") from error


def _is_sound(name: str, tensors: Mapping[str, torch.Tensor]) -> bool:
    """Whether a tensor holds finite numbers; of what does not change, ends are NaN and a scale is infinite."""
    x, (stem, _, last) = tensors[name], name.rpartition(".")
    axes, good = {"n_tokens": 0, "knots": 2, "scaling": 2}.get(last, 1), x.isfinite()
    if last in ("low", "high"):
        low, high = tensors[f"{stem}.low"], tensors[f"{stem}.high"]
        good = low.isnan() & high.isnan() | (high - low).isfinite() & (low < high)
    elif last in ("scale", "scaling"):
        good = ~x.isnan() & ((x[-1] if last == "scaling" else x) > 0)
    return bool(good.all()) and (not name.startswith("inputs.") or (x.dtype, x.ndim) == (torch.float64, axes))


class Saved:
    """``save`` and ``load`` of an ensemble; ``_LEARNED`` names the plain values that its ``fit`` learned."""

    def save(self, path: str | Path) -> Path:
        """Write the fitted model to one file: weights as safetensors, all else as JSON in its header; no code."""
        check_is_fitted(self, "members_")
        arrays, facts = self.inputs_.state()
        tensors = {f"inputs.{name}": torch.tensor(a) for name, a in arrays.items()}
        for kind, trained in (("members", self.members_), ("forest", self.forest_)):
            tensors |= {f"{kind}.{name}": value for name, value in (trained.state if trained else {}).items()}
        learned = {name: vars(self)[name] for name in self._LEARNED if name in vars(self)}
        learned["sizes_"] = learned["sizes_"] | {"n_members": len(self.members_)}  # a subset may be saved
        settings = dict(self.settings_)  # as they were in fit, whatever set_params has said since
        if isinstance(settings.get("class_weight"), dict):
            settings["class_weight"] = list(settings["class_weight"].items())  # JSON would turn keys into text
        return save(path, type(self).__name__, settings, learned, facts, tensors)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto") -> Self:
        """Read a model that ``save`` wrote; an older, foreign or damaged file raises ``storage.ModelFileError``."""
        content, tensors = load(path, cls.__name__)
        if error := best_match(_SCHEMA.iter_errors(content)):
            with _at(path, error.json_path.removeprefix("$.")):
                raise ValueError(error.message)
        learned, part = content["learned"], {"inputs": {}, "members": {}, "forest": {}}
        n, n_outputs = learned["sizes_"]["n_members"], learned["n_outputs_"]
        for name, tensor in tensors.items():
            with _at(path, f"tensor {name}"):
                _require(_is_sound(name, tensors), "it has another type or shape, or holds NaN or infinity")
                kind, _, name = name.partition(".")
                part[kind][name] = tensor
        with _at(path, "settings"):
            settings = dict(content["settings"])
            if isinstance(settings.get("class_weight"), list):
                settings["class_weight"] = {key: weight for key, weight in settings["class_weight"]}
            if isinstance(settings["preset"], dict):
                settings["preset"] = Preset(**settings["preset"])
            model = cls(**settings)
            _require(settings.keys() == model.get_params().keys(), "a setting is missing")
            model._sizes(1, None)  # which checks the settings
        with _at(path, "inputs"):
            inputs = NetworkInputs.from_state({k: v.numpy() for k, v in part["inputs"].items()}, content["inputs"])
            given, own = content["inputs"]["settings"], model.get_params()
            _require(given == {name: own[name] for name in given}, "settings: they are not those of the estimator")
            if unknown := part["inputs"].keys() - inputs.state()[0].keys():
                raise ValueError(f"no part has learned {min(unknown)}")
            example = inputs.example()
            made = {name: array.shape[1:] for name, array in inputs.transform(example).items()}
            used = {name: shape for name, shape in inputs.shapes_.items() if name != "ranks" or name in made}
            _require(used == made, f"shapes: the parts make arrays of the shapes {made}")
        with _at(path, "learned"):
            same = set(learned.get("feature_names_in_", example)) == set(example)
            _require(same, "feature_names_in_ are not the columns of the inputs")
            for name in ("classes_", "adjustment_", "target_names_", "target_mean_", "target_scale_"):
                some = range(n_outputs) if learned.get(name) is None else learned[name]
                _require(len(some) == n_outputs, f"{name} has {len(some)} values for {n_outputs} outputs")
            _require(n_outputs == 1 or not learned.get("one_target_"), "one_target_ is true of several targets")
            trees = {learned["tree_share_"] > 0, bool(part["forest"]), "ranks" in made}
            _require(len(trees) == 1, "tree_share_ is above 0 without trees, or is 0 with trees")

        sizes = learned["sizes_"]
        largest = max(n_outputs, sizes["hidden"], sizes["width"], sizes["picture_width"] or 0, 2 ** sizes["tree_depth"])
        is_odd = largest > max(max(x.shape, default=0) for x in tensors.values()) or sizes["n_blocks"] > len(tensors)

        def network(kind: str) -> Network:
            return model._make_networks(inputs, sizes, n_outputs)[kind == "forest"]()

        def members(kind: str) -> Members:
            with _at(path, "learned.sizes_"), torch.device("meta" if is_odd else "cpu"):  # "meta" needs no memory
                wanted = {name: ((n, *x.shape), x.dtype) for name, x in network(kind).state_dict().items()}
            given = {name: (tuple(x.shape), x.dtype) for name, x in part[kind].items()}
            for name in sorted(wanted.keys() | given.keys()):
                with _at(path, f"tensor {kind}.{name}"):
                    is_, should = (of.get(name, "missing") for of in (given, wanted))
                    _require(is_ == should, f"it is {is_}, not {should}")
            return Members(network(kind), part[kind])

        vars(model).update(
            {name: np.asarray(v, _ARRAYS[name]) if name in _ARRAYS else v for name, v in learned.items()},
            settings_=model.get_params(),
            inputs_=inputs,
            members_=members("members"),
            forest_=members("forest") if part["forest"] else None,
        )
        with _at(path, "tensors"):
            model.predict(example)
            _require(np.isfinite(model._outputs(example)).all(), "the model predicts NaN or infinity")
        with _at(path, "sha256"):
            right = content.pop("sha256", None)  # missing in older files
            _require(right in (None, _checksum(content, tensors)), "the file was changed after it was saved")
        model.members_, model.forest_ = model.members_.to(device), model.forest_ and model.forest_.to(device)
        return model.set_params(device=device)
