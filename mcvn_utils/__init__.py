"""MCVN Tutorial's library: from an alloy's formula to a prediction, one package per step.

The twelve files of the road, in the order of the lessons:

- ``composition/formulas``: a formula becomes atomic fractions.
- ``composition/conversion``: columns of formulas, wt% or at% become a table of atomic fractions.
- ``datasets/loaders``: the lessons' tables of alloys.
- ``descriptors/descriptor``: atomic fractions become 406 descriptors.
- ``images/templates``: which pixel of the picture is which descriptor.
- ``images/imager``: descriptors become a picture of 24 x 21 pixels.
- ``model/inputs``: a table of alloys becomes what a network reads.
- ``model/networks``: MCVN, layer by layer.
- ``model/training``: many members trained as one batched model.
- ``model/estimators``: the whole road behind ``fit`` and ``predict``.
- ``evaluation/splits``: which rows are held out.
- ``evaluation/scores``: how good the predictions for them are.

Names are loaded when they are first used, so ``import mcvn_utils`` is quick, and steps 1 to 3 need no torch.
"""

import lazy_loader

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str):
    """Load a public name from its module; where torch is not installed, give a class that says so when it is used."""
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "safetensors"):
            raise
        return type(name, (_NeedsTorch,), {"__module__": __name__})


class _NeedsTorch:
    """Stand for a class that needs PyTorch, which is not installed: pip install 'mcvn-tutorial[train]'."""

    def __new__(cls, *args, **kwargs):
        raise ImportError(
            f"mcvn_utils.{cls.__name__} needs PyTorch, which is not installed: pip install 'mcvn-tutorial[train]'"
        )

    load = classmethod(__new__)
