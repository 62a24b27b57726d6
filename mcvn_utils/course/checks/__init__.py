"""Instant feedback on an exercise's answer: right, or a hint that names the likely mistake and keeps the solution back.

Each check works the right answer out itself, and also the wrong ones that look plausible (the bracket read as in
chemistry, wt% taken for at%, a scale learned on all rows, a split that leaks), so that each of these has its own hint.
All checks are here under one name; they are kept by theme in the modules below.
"""

from collections.abc import Sequence

from .composition import check_accepted, check_fractions, check_misread_error, check_refusal, check_weight_percent
from .descriptors import check_descriptor, check_mismatch, check_pairs, check_separation
from .networks import check_attention, check_halfway, check_weight_counts
from .pictures import check_clipped, check_scaling, check_template, check_twin
from .scores import (
    check_bonus,
    check_class_f1,
    check_half_width,
    check_hours,
    check_macro_f1,
    check_r2,
    check_share_within,
)
from .splits import check_any_above, check_largest, check_split, check_wrong_side
from .tables import check_interval, check_precision_at, check_selection
from .verdict import Verdict

__all__ = [
    "Verdict",
    "check_accepted",
    "check_any_above",
    "check_attention",
    "check_bonus",
    "check_class_f1",
    "check_clipped",
    "check_descriptor",
    "check_fractions",
    "check_half_width",
    "check_halfway",
    "check_hours",
    "check_interval",
    "check_largest",
    "check_macro_f1",
    "check_mismatch",
    "check_misread_error",
    "check_pairs",
    "check_precision_at",
    "check_r2",
    "check_refusal",
    "check_scaling",
    "check_selection",
    "check_separation",
    "check_share_within",
    "check_split",
    "check_template",
    "check_twin",
    "check_weight_counts",
    "check_weight_percent",
    "check_wrong_side",
    "draw",
]


def draw(choices: Sequence, year: int):
    """The course's choice for a year, such as the alloy of an exercise: never the same as the year before."""
    if len(choices) < 2:
        raise ValueError("two or more choices are needed, so that each year differs from the one before")
    return choices[year % len(choices)]
