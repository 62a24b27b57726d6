"""From a table of alloys to the arrays that a network reads: parsed once, then each part makes its arrays."""

import copy
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from ..composition.alloy_table import as_table, split_table
from ..images.imager import CompositionImager
from ..images.periodic import PeriodicTableImager
from ..images.templates import ImageTemplate
from .parts import PARTS, Alloys, ElementTokens, Part, Picture, RawNumbers


class NetworkInputs(BaseEstimator):
    """Read a table of alloys for a network; what is learned, is learned from the training rows.

    ``composition``, ``unit`` and ``balance`` are those of ``MCVNRegressor``. By default ``parts`` are the picture, the
    element tokens and the raw numbers; parts that do not apply to the table are left out. ``fit`` learns ``parts_``,
    ``columns_`` (names of the raw features) and ``shapes_`` (of each array, less the rows).

    >>> NetworkInputs("formula").fit(pd.DataFrame({"formula": ["Cu50Zr50", "Fe80B20"], "rate": [1e2, 1e6]})).shapes_
    {'image': (1, 24, 21), 'elements': (2,), 'amounts': (2,), 'raw': (1,)}
    """

    def __init__(
        self,
        composition: str | Sequence[str] | None = "formula",
        unit: str = "wt%",
        balance: str | None = None,
        parts: Sequence[Part] | None = None,
    ):
        self.composition = composition
        self.unit = unit
        self.balance = balance
        self.parts = parts

    def fit(self, X: pd.DataFrame, y=None) -> Self:
        """Learn from the training rows (n, d); raise ``ValueError`` for what ``split_table`` refuses."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: pd.DataFrame, y=None) -> dict[str, np.ndarray]:
        """Learn from the training rows and make their arrays; the table is parsed and densified once."""
        alloys = self._parse(X)
        parts = (Picture(), ElementTokens(), RawNumbers()) if self.parts is None else self.parts
        self.parts_ = [clone(part).fit(alloys) for part in parts if part._applies(alloys)]
        self.columns_, arrays = list(alloys.raw.columns), self._arrays(alloys)
        self.shapes_ = {name: array.shape[1:] for name, array in arrays.items()}
        return arrays

    def transform(self, X: pd.DataFrame) -> dict[str, np.ndarray]:
        """Make the arrays of any rows; columns are found by name, and a missing or further one is a ``ValueError``."""
        check_is_fitted(self, "parts_")
        table = as_table(X, self.composition)
        if isinstance(X, pd.DataFrame):
            table = self._same_columns(table)
        if not len(table):
            raise ValueError("X has no rows")
        alloys, n = self._parse(table), len(self.columns_)
        if alloys.raw.shape[1] != n:
            raise ValueError(f"X has {alloys.raw.shape[1]} features, but MCVN is expecting {n} features as input")
        return self._arrays(alloys)

    @property
    def imager_(self) -> CompositionImager | PeriodicTableImager:
        """The fitted imager of the picture; ``AttributeError`` where no picture is drawn."""
        for part in self.parts_:
            if hasattr(part, "imager_"):
                return part.imager_
        raise AttributeError("these inputs draw no picture")

    def without(self, kind: type[Part]) -> Self:
        """Give the same fitted inputs less the parts of one kind."""
        other = copy.copy(self)
        other.parts_ = [part for part in self.parts_ if not isinstance(part, kind)]
        return other

    def state(self) -> tuple[dict[str, np.ndarray], dict]:
        """Give what ``fit`` learned: arrays, and a dict for JSON; ``from_state`` is the way back."""
        arrays = {f"{type(p).__name__}.{name}": array for p in self.parts_ for name, array in p.learned_.items()}
        parts = [[type(part).__name__, part.get_params()] for part in self.parts_]
        for _, settings in parts:
            if "template" in settings:  # the file says itself what was drawn
                settings["template"] = settings["template"] or ImageTemplate.expert().rows
        settings = {"composition": self.composition, "unit": self.unit, "balance": self.balance}
        return arrays, {"settings": settings, "columns": self.columns_, "shapes": self.shapes_, "parts": parts}

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray], facts: Mapping) -> Self:
        """Make the fitted inputs that ``state`` described."""
        self = cls(**facts["settings"])
        self.columns_, self.parts_ = list(facts["columns"]), []
        self.shapes_ = {name: tuple(shape) for name, shape in facts["shapes"].items()}
        for name, settings in facts["parts"]:
            own = {key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")}
            self.parts_.append(PARTS[name](**settings).restore(own))
        return self

    def example(self) -> pd.DataFrame:
        """Give a row that these fitted inputs can read: equal shares of the elements, every other feature 0."""
        names = self.composition or ()
        shares = {names: "Fe"} if isinstance(names, str) else {name: 100 / len(names) for name in names}
        return pd.DataFrame([dict.fromkeys(self.columns_, 0.0) | shares])

    def _parse(self, X: pd.DataFrame) -> Alloys:
        return Alloys(*split_table(X, self.composition, self.unit, self.balance), isinstance(self.composition, str))

    def _arrays(self, alloys: Alloys) -> dict[str, np.ndarray]:
        return {name: array for part in self.parts_ for name, array in part.transform(alloys).items()}

    def _same_columns(self, X: pd.DataFrame) -> pd.DataFrame:
        names = ([self.composition] if isinstance(self.composition, str) else []) + self.columns_
        missing, extra = [n for n in names if n not in X.columns], [n for n in X.columns if n not in names]
        if missing or extra:
            what = (
                f"lacks the column {missing[0]!r}" if missing else f"has the column {extra[0]!r}, unknown to the model"
            )
            raise ValueError(f"X {what}; the model was trained on {', '.join(map(str, names))}")
        return X[names]
