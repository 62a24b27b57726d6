"""Saved models: one safetensors file, its header holding the settings as JSON. Reading one runs no code from it."""

import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

FORMAT = 5
_KEY = "mcvn_tutorial"


class ModelFileError(ValueError):
    """A file that is no model of ours, or one that this version cannot read; the message says what to do."""


def save(path: str | Path, kind: str, settings: dict, learned: dict, inputs: dict, tensors: Mapping) -> Path:
    """Write a model; the file appears whole or not at all.

    Parameters
    ----------
    kind : the estimator's class name. settings : its constructor's settings. learned : its fitted plain values.
    inputs : facts of its ``NetworkInputs``. tensors : name to tensor.

    Raises ``ValueError`` when a setting cannot be written as JSON, such as a random generator, and
    ``FileNotFoundError`` or ``IsADirectoryError`` when ``path`` is no place for a file.
    """
    versions = {name: version(name) for name in ("torch", "numpy", "scikit-learn", "safetensors")}
    content = {
        "format": FORMAT,
        "kind": kind,
        "settings": settings,
        "learned": learned,
        "inputs": inputs,
        "versions": versions,
    }
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
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        temporary.write_bytes(safetensors.torch.save(tensors, metadata=header))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
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
        written, found = content["format"], content["kind"]
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError):
        raise ModelFileError(
            f"{path}: this is no model saved by mcvn_utils, or it is damaged; train and save it again"
        ) from None
    if written != FORMAT:
        raise ModelFileError(
            f"{path}: written in format {written}, this version reads format {FORMAT}; "
            "train and save it again, or install the version that wrote it"
        )
    if found != kind:
        raise ModelFileError(f"{path}: this is a {found}, not a {kind}: use {found}.load(path)")
    return content, tensors


def _plain(value):
    """numpy's numbers and arrays as Python's own; anything else is refused."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} is no plain value")
