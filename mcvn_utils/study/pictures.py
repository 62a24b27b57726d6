"""Reads ``pictures.csv``: what each arrangement of the picture scored, and what it is worth against another."""

import pandas as pd

from .scores import compare

NO_PICTURE = "no picture"
TITLES = {
    NO_PICTURE: "no picture",
    "expert": "the experts' cells",
    "random": "cells shuffled",
    "correlation": "cells by correlation",
    "DeepInsight": "DeepInsight",
    "IGTD": "IGTD",
    "shuffled pixels": "pixels shuffled",
    "periodic table": "periodic table",
}
"""Name in the file to words for a reader, in the order in which they are shown."""


def fold_means(scores: pd.DataFrame, metric: str = "macro_f1") -> pd.DataFrame:
    """Average the seeds of ``pictures.csv``: one row per (protocol, fold), one column per (arrangement, descriptors).

    Arrangements are named in words; ``descriptors`` is "yes" where they stand beside the picture, else "no".

    >>> fold_means(pd.read_csv(results_path("pictures.csv"))).columns[:2].tolist()
    [('no picture', 'yes'), ("the experts' cells", 'no')]
    """
    return _means(scores, metric).rename(columns=TITLES, level="arrangement")


def _means(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    means = scores.pivot_table(metric, ["protocol", "fold"], ["arrangement", "descriptors"], sort=False)
    return means.reindex(columns=[name for name in TITLES if name in means.columns], level="arrangement")


def differences(scores: pd.DataFrame, reference: str, metric: str = "macro_f1") -> pd.DataFrame:
    """Subtract the reference from every arrangement on the same folds (see ``evaluation.paired_difference``).

    A picture alone is compared with the reference alone, one beside the descriptors with the reference beside them;
    ``NO_PICTURE``, the descriptors without a picture, stands for the latter alone. Columns are ``protocol, descriptors,
    arrangement, difference, low, high, p``. A reference that the file does not hold raises ``ValueError``.

    >>> worth = differences(pd.read_csv(results_path("pictures.csv")), "expert")
    """
    means = _means(scores, metric)
    if reference not in means.columns.get_level_values("arrangement"):
        known = ", ".join(scores["arrangement"].unique())
        raise ValueError(f"there is no arrangement {reference!r}; there are {known}")
    rows = []
    for protocol, part in means.groupby("protocol", sort=False):
        for arrangement, descriptors in means.columns.drop(reference, level="arrangement"):
            row = compare(part, (arrangement, descriptors), (reference, descriptors))
            if row.get("folds", 0) > 1:
                rows.append({"protocol": protocol, "descriptors": descriptors, "arrangement": arrangement} | row)
    return pd.DataFrame(rows, columns=["protocol", "descriptors", "arrangement", "difference", "low", "high", "p"])
