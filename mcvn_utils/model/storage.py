"""Saved models: one safetensors file, its header holding settings as JSON. Reading one runs no code from it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from sklearn.utils.validation import check_is_fitted

from ..datasets.files import written_whole
from .inputs import NetworkInputs
from .layers import Network
from .presets import Preset
from .training import Members

FORMAT = 6
_KEY = "mcvn_tutorial"
_ARRAYS = {
    "feature_names_in_": object, "classes_": None, "adjustment_": float, "target_mean_": float, "target_scale_": float
}  # fmt: skip
"""Learned values that are arrays, with their types; the others are plain values."""


class ModelFileError(ValueError):
    """A file that is no model of ours, or one that this version cannot read; the message says what to do."""


def save(path: str | Path, kind: str, settings: dict, learned: dict, inputs: dict, tensors: Mapping) -> Path:
    """Write a model of the class ``kind``; the file appears whole or not at all.

    Raises ``ValueError`` when a setting cannot be written as JSON, such as a random generator, and
    ``FileNotFoundError`` or ``IsADirectoryError`` when ``path`` is no place for a file.
    """
    content = {"format": FORMAT, "kind": kind, "settings": settings, "learned": learned, "inputs": inputs}
    content["versions"] = {name: version(name) for name in ("torch", "numpy", "scikit-learn", "safetensors")}
    try:
        header = {_KEY: json.dumps(content, sort_keys=True, default=_plain)}
    except TypeError as error:
        remedy = "set plain values (random_state: a whole number)"
        raise ValueError(f"the model cannot be saved: {error}; {remedy}") from None
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: add a file name, such as {path / 'model.safetensors'}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}: make it first, or save elsewhere")
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with written_whole(path) as temporary:
        temporary.write_bytes(safetensors.torch.save(tensors, metadata=header))
    return path


def load(path: str | Path, kind: str) -> tuple[dict, dict[str, torch.Tensor]]:
    """Read a model of class ``kind``: its JSON content and its tensors, on the CPU."""
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"{path}: there is no such file; make one with estimator.save(path)")
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        content = json.loads(header[_KEY])
        written, written_kind = content["format"], content["kind"]
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError):
        raise ModelFileError(
            f"{path}: this is no model saved by mcvn_utils, or it is damaged; train and save it again"
        ) from None
    if written != FORMAT:
        raise ModelFileError(
            f"{path}: written in format {written}, this version reads format {FORMAT}; "
            "train and save it again, or install the version that wrote it"
        )
    if written_kind != kind:
        raise ModelFileError(f"{path}: this is a {written_kind}, not a {kind}: use {written_kind}.load(path)")
    return content, tensors


def _plain(value):
    """Give numpy's numbers and arrays, and presets, as Python's own; refuse anything else."""
    if is_dataclass(value):
        return asdict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} is no plain value")


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
        settings = dict(self.settings_)  # as they were in fit, whatever set_params has said since
        if isinstance(settings.get("class_weight"), dict):
            settings["class_weight"] = list(settings["class_weight"].items())  # JSON would turn keys into text
        return save(path, type(self).__name__, settings, learned, facts, tensors)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto") -> Self:
        """Read a model that ``save`` wrote; an older or foreign file raises ``storage.ModelFileError``."""
        content, tensors = load(path, cls.__name__)
        settings, learned = content["settings"], content["learned"]
        if isinstance(settings.get("class_weight"), list):
            settings["class_weight"] = {key: weight for key, weight in settings["class_weight"]}
        if isinstance(settings.get("preset"), dict):
            settings["preset"] = Preset(**settings["preset"])
        model = cls(**settings).set_params(device=device)
        part = {"inputs": {}, "members": {}, "forest": {}}
        for name, tensor in tensors.items():
            kind, _, name = name.partition(".")
            part[kind][name] = tensor
        inputs = NetworkInputs.from_state({k: v.numpy() for k, v in part["inputs"].items()}, content["inputs"])
        network, trees = model._make_networks(inputs, learned["sizes_"], learned["n_outputs_"])
        vars(model).update(
            {name: np.asarray(v, _ARRAYS[name]) if name in _ARRAYS else v for name, v in learned.items()},
            settings_=model.get_params(),
            inputs_=inputs,
            members_=_as_members(network(), part["members"], path).to(device),
            forest_=_as_members(trees(), part["forest"], path).to(device) if part["forest"] else None,
        )
        return model


def _as_members(network: Network, state: dict[str, torch.Tensor], path: str | Path) -> Members:
    """Make members with the weights of a file; a ``ModelFileError`` where they do not fit the network."""
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    if {name: tuple(value.shape[1:]) for name, value in state.items()} != wanted:
        raise ModelFileError(f"{path}: its weights do not fit the network of this version; train and save it again")
    return Members(network, state)
