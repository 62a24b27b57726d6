"""What each setting may be, and which settings have no use beside others; checked before anything is trained."""

from collections.abc import Collection, Mapping
from math import inf
from typing import Any

import numpy as np

from ..composition.errors import shorten

SMALLEST, LARGEST = 1e-12, 1e12
"""The weight of a row or of a class lies between these: single precision has room for the product of two."""
NUMBERS = (
    ("a whole number of 1 or more", int, 1, inf, "n_members steps batch_size checks hidden width n_heads n_blocks"),
    ("a whole number of 1 or more", int, 1, inf, "fraction_pieces tree_depth picture_width"),
    ("a whole number of 0 or more", int, 0, inf, "epochs pixel_pieces"),
    ("a whole number from 0 to 2**32 - 1", int, 0, 2**32, "random_state"),
    ("a number above 0", int | float, 1e-300, inf, "learning_rate tree_steps tree_temperature"),
    ("a number of 0 or more", int | float, 0, inf, "weight_decay tree_weight_decay"),
    ("a number from 0 to below 1", int | float, 0, 1, "dropout branch_dropout fine_dropout label_smoothing"),
    ("a number between 0 and 1", int | float, 1e-300, 1, "validation_fraction"),
    ("a number", int | float, -LARGEST, LARGEST, "logit_adjustment"),
    (f"a number from {SMALLEST:g} to {LARGEST:g}", int | float, SMALLEST, LARGEST, "weight"),
)
"""What a number has to be, in words, its type, its smallest value, and what it is below; then for which settings."""
_RULES = {name: rule for *rule, names in NUMBERS for name in names.split()} | {
    "class_weight": ("a dict of one weight per class", dict, None, None),
    "composition": ("a list of element columns", Collection, None, None),
}
CHOICES: dict[str, tuple] = {
    "network": ("attending", "published", "attention"),
    "picture": (True, False, "periodic"),
    "elements": ("auto", True, False),
    "encoding": ("fine", "smooth"),
    **dict.fromkeys(("raw", "trees", "progress", "keep_best"), (True, False)),
    **dict.fromkeys(("picture_width", "random_state", "composition"), (None,)),
    "class_weight": (None, "balanced"),
    "logit_adjustment": (None, "validation"),
}
"""What else a setting may be. ``unit``, ``balance``, ``preset`` and ``device`` are checked where they serve."""
_AUTO = "n_members steps batch_size learning_rate weight_decay hidden dropout fine_dropout".split()
_OF_MCVN = {"encoding": ("fine",), "hidden": ("auto",), "dropout": ("auto",), "elements": ("auto", False)}
WITHOUT_USE: dict[str, dict[str, tuple]] = {
    "with network='published'": _OF_MCVN,
    "with network='attention'": _OF_MCVN | {"picture": (True, False)},
    "without a composition": {"picture": (True, False), "elements": ("auto", False)},
    "without element columns": {"unit": ("wt%",), "balance": (None,)},
}
"""Which settings have no use in some cases, and what they may be there; the default comes first."""


def check_value(name: str, value: Any, rule: str = "", auto: bool = False) -> Any:
    """Give a setting as Python's own value, such as True for ``np.True_``; refuse one that its rule does not allow."""
    value, rule = value.item() if isinstance(value, np.generic) else value, rule or name
    words, kind, low, high = _RULES.get(rule, ("", (), None, None))
    choices = ("auto",) * (auto and rule in _AUTO) + CHOICES.get(rule, ())
    if isinstance(value, bool | str | None):  # neither does True count as 1, nor 1 as True
        fits = any(value is choice or (isinstance(value, str) and value == choice) for choice in choices)
    else:
        fits = isinstance(value, kind) and (low is None or low <= value < high)
    if fits or not (words or choices) or (rule == "random_state" and isinstance(value, np.random.RandomState)):
        return value
    shown = ", ".join(map(repr, choices))
    words = f"{shown} or {words}" if choices and words else words or f"one of {shown}"
    raise ValueError(f"{name} must be {words}, not {shorten(value)}")


def check_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give the settings of an estimator as ``check_value`` does; also refuse those that have no use."""
    composition, weights = settings["composition"], settings.get("class_weight")
    by_name = isinstance(composition, str)
    settings = {n: v if n == "composition" and by_name else check_value(n, v, auto=True) for n, v in settings.items()}
    for name, weight in weights.items() if isinstance(weights, dict) else ():
        check_value(f"class_weight of {name!r}", weight, "weight")
    cases = [f"with network={settings['network']!r}"] + ["without a composition"] * (composition is None)
    for case in cases + ["without element columns"] * (composition is None or by_name):
        for name, allowed in WITHOUT_USE.get(case, {}).items():
            if settings[name] not in allowed:
                raise ValueError(f"{name}={settings[name]!r} has no use {case}: leave it at {allowed[0]!r}")
    return settings
