"""Reads ``pictures.csv``: what each arrangement of the picture scored, and what it is worth against another."""

import pandas as pd

from ..evaluation.scores import paired_difference

TEST_SHARE = {"5 x 70/30": 0.3 / 0.7, "by system 5-fold": 0.25}
"""Held-out rows divided by training rows, by protocol."""

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
    """Average the seeds: one row per (protocol, fold), one column per (arrangement in words, descriptors).

    Parameters
    ----------
    scores : the file that ``make pictures`` writes, with the columns ``protocol``, ``fold``, ``arrangement``,
        ``descriptors`` ("yes" beside them, "no" alone), ``seed`` and the metrics.
    """
    return _means(scores, metric).rename(columns=TITLES, level="arrangement")


def _means(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    means = scores.pivot_table(metric, ["protocol", "fold"], ["arrangement", "descriptors"], sort=False)
    return means.reindex(columns=[name for name in TITLES if name in means.columns], level="arrangement")


def differences(scores: pd.DataFrame, reference: str, metric: str = "macro_f1") -> pd.DataFrame:
    """Every arrangement minus the reference, paired over the folds (see ``evaluation.paired_difference``).

    A picture alone is compared with the reference alone, one beside the descriptors with the reference beside them;
    ``NO_PICTURE``, the descriptors without a picture, stands for the latter alone. Folds that one of the two lacks are
    left out.

    Returns
    -------
    DataFrame with ``protocol, descriptors, arrangement, difference, low, high, p``; ``low`` to ``high`` is the 95 %
    interval. Raises ``ValueError`` for a reference that the file does not hold.
    """
    means = _means(scores, metric)
    if reference not in means.columns.get_level_values("arrangement"):
        raise ValueError(
            f"there is no arrangement {reference!r}; there are {', '.join(scores['arrangement'].unique())}"
        )
    rows = []
    for protocol, part in means.groupby("protocol", sort=False):
        for arrangement, descriptors in means.columns:
            if arrangement == reference or (reference, descriptors) not in means:
                continue
            pair = part[[(arrangement, descriptors), (reference, descriptors)]].dropna()
            if len(pair) < 2:
                continue
            test = paired_difference(*pair.to_numpy().T, TEST_SHARE[protocol])
            rows.append({"protocol": protocol, "descriptors": descriptors, "arrangement": arrangement, **test})
    return pd.DataFrame(rows, columns=["protocol", "descriptors", "arrangement", "difference", "low", "high", "p"])
