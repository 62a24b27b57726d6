"""MCVN Tutorial's library: from an alloy's formula to a prediction, one module a step.

formula -> ``composition`` -> fractions -> ``descriptors`` -> 406 descriptors -> ``images`` -> picture
-> ``networks``, ``training``, ``estimators`` -> prediction -> ``evaluation`` -> tables.

Names are loaded when first asked for, so that ``import mcvn_utils`` is quick and steps 1 to 3 need no torch.
"""

from importlib import import_module
from importlib.util import find_spec

__version__ = "0.1.0"

_HOME = {
    "parse_formula": "composition",
    "format_formula": "composition",
    "fractions": "composition",
    "from_weight_percent": "composition",
    "from_atomic_percent": "composition",
    "to_weight_percent": "composition",
    "FormulaError": "composition",
    "AmbiguousFormulaWarning": "composition",
    "element_table": "elements",
    "CompositionDescriptor": "descriptors",
    "ImageTemplate": "templates",
    "CompositionImager": "images",
    "PeriodicTableImager": "images",
    "DataError": "datasets",
    "Table": "datasets",
    "load_nims_steel": "datasets",
    "load_maraging_steel": "datasets",
    "load_metallic_glass": "datasets",
    "load_srim_steel": "datasets",
    "MCVN": "networks",
    "PublishedMCVN": "networks",
    "MCVNRegressor": "estimators",
    "MCVNClassifier": "estimators",
}
_NEEDS_TORCH = {"networks", "training", "estimators"}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    """Load a public name from its module; say which package is missing where one is."""
    if name not in _HOME:
        raise AttributeError(f"module 'mcvn_utils' has no attribute {name!r}")
    if _HOME[name] in _NEEDS_TORCH and find_spec("torch") is None:
        raise ImportError(
            f"mcvn_utils.{name} needs PyTorch, which is not installed: pip install 'mcvn-tutorial[train]'"
        )
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
