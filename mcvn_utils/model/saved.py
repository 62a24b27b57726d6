"""Fitted estimators to one file and back (``mcvn_utils.storage``): their settings, what they learned, their weights."""

from pathlib import Path

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from ..model import storage
from .inputs import NetworkInputs
from .training import Members


class Saved:
    """``save`` and ``load`` of an ensemble; ``_LEARNED`` names the plain values that its ``fit`` learned."""

    def save(self, path: str | Path) -> Path:
        """Write the fitted model to one file: weights as safetensors, all else as JSON in its header; no code."""
        check_is_fitted(self, "members_")
        arrays, facts = self.inputs_.state()
        tensors = {f"inputs.{name}": torch.tensor(a) for name, a in arrays.items()}
        for kind in ("members", "forest"):
            trained = getattr(self, f"{kind}_")
            tensors |= {f"{kind}.{name}": value for name, value in (trained.state if trained else {}).items()}
        learned = {name: getattr(self, name) for name in self._LEARNED if hasattr(self, name)}
        learned = {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in learned.items()}
        settings = dict(self.settings_)  # as they were in fit, whatever set_params has said since
        if isinstance(settings.get("class_weight"), dict):
            settings["class_weight"] = list(settings["class_weight"].items())  # JSON would turn keys into text
        return storage.save(path, type(self).__name__, settings, learned, facts, tensors)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto"):
        """Read a model that ``save`` wrote; an older or foreign file is a ``storage.ModelFileError``."""
        content, tensors = storage.load(path, cls.__name__)
        if isinstance(content["settings"].get("class_weight"), list):
            content["settings"]["class_weight"] = {key: weight for key, weight in content["settings"]["class_weight"]}
        model = cls(**content["settings"]).set_params(device=device)
        model.settings_ = model.get_params()
        for name, value in content["learned"].items():
            setattr(model, name, np.asarray(value, _ARRAYS[name]) if name in _ARRAYS else value)
        part = {"inputs": {}, "members": {}, "forest": {}}
        for name, tensor in tensors.items():
            kind, _, name = name.partition(".")
            part[kind][name] = tensor
        model.inputs_ = NetworkInputs.from_state({k: v.numpy() for k, v in part["inputs"].items()}, content["inputs"])
        model.members_ = _as_members(model._make_network(), part["members"], path).to(device)
        model.forest_ = _as_members(model._make_trees(), part["forest"], path).to(device) if part["forest"] else None
        return model


def _as_members(network: nn.Module, state: dict[str, Tensor], path: str | Path) -> Members:
    """Members with the weights of a file; a ``storage.ModelFileError`` where they do not fit the network."""
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    if {name: tuple(value.shape[1:]) for name, value in state.items()} != wanted:
        raise storage.ModelFileError(
            f"{path}: its weights do not fit the network of this version; train and save it again"
        )
    return Members(network, state)


_ARRAYS = {
    "feature_names_in_": object,
    "adjustment_": float,
    "classes_": None,
    "target_mean_": float,
    "target_scale_": float,
}
"""Learned values that are arrays, with their types; the others are plain values."""
