"""Measure what each part of MCVN is worth and write ``data/results/ablations.csv``; ``make ablations`` runs it.

Each variant is MCVN with one thing changed, trained and scored on the same folds as MCVN itself. All start from the
three branches of the attending network alone, without the soft trees that the library sets beside it. To keep it cheap
they are smaller than the library's default (``SMALLER``), on five folds of the steels and two splits of the glasses.
``VARIANTS`` says what is changed; ``mcvn_utils.study.ablations`` says which variants answer which question.

One row per variant, table, protocol, fold, and target or class.

    python -m tools.measure.ablations                     # everything that is not in the file yet
    python -m tools.measure.ablations --again             # measure anew
    python -m tools.measure.ablations --only attention    # variants whose name holds "attention"
    python -m tools.measure.ablations --fast              # does every job work? one fold, small models, another file
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from mcvn_utils import evaluation, load_metallic_glass, load_nims_steel
from mcvn_utils.datasets.schema import Table
from mcvn_utils.evaluation.baselines import make_baseline
from mcvn_utils.evaluation.splits import SHORT_PROTOCOLS, Protocol, Split
from tools.build.lessons import installed_versions
from tools.measure import runner
from tools.measure.runner import Job, Results
from tools.measure.variants import AblatedClassifier, AblatedRegressor, smaller_ensembles

ABLATIONS = Results("ablations.csv", ("table", "protocol", "variant", "fold"))

SMALLER = {
    "nims_steel": {"n_members": 2, "steps": 300, "elements": True, "trees": False},
    "metallic_glass": {"n_members": 2, "steps": 800, "trees": False},
}
FAST_STEPS, FAST_ROWS = 10, 200
"""The fast mode: enough to see that a job works."""

PUBLISHED = {"network": "published", "elements": "auto", "batch_size": 32, "n_members": 1, "steps": 2400}
VARIANTS = {
    "MCVN": {},
    "another seed": {"random_state": 1},
    "no picture": {"picture": False},
    "no elements": {"elements": False},
    "no raw features": {"raw": False},
    "picture alone": {"elements": False, "raw": False},
    "elements alone": {"picture": False, "raw": False},
    "raw features alone": {"picture": False, "elements": False},
    "periodic table": {"picture": "periodic"},
    "soft trees beside": {"trees": True},
    "no pieces": {"encoding": "smooth"},
    "pieces never dropped": {"fine_dropout": 0.0},
    "degenerate attention": {"attention": "degenerate"},
    "no attention": {"attention": "absent"},
    "scaled on all rows": {"scale_on": "all"},
    "as published": PUBLISHED,
    "as published, another seed": {**PUBLISHED, "random_state": 1},
    "as published, scaled on all rows": {**PUBLISHED, "scale_on": "all"},
}
"""Name to settings that differ from MCVN's."""

MEMBERS = {"nims_steel": (1, 3, 10, 30), "metallic_glass": (1, 2, 4, 8)}
"""Sizes of the ensembles; all are taken from the largest, which is trained once per fold."""

SHARES = {"nims_steel": (8, 4, 2), "metallic_glass": (16, 8, 4, 2)}
"""The learning curve: one training row in so many, and all."""

SECONDS = {"nims_steel": 5, "metallic_glass": 40}
"""About how long one training takes on one core; the largest ensembles take five times as long."""


@dataclass(frozen=True)
class Training:
    """One training on one fold: a variant, or MCVN or XGBoost on one training row in ``share``, or many members."""

    table: Table
    protocol: Protocol
    fold: int
    variant: str
    share: int = 1

    def names(self) -> list[str]:
        """Return the variants whose rows the training gives."""
        if self.variant == "members":
            return [f"{n} member{'s' * (n > 1)}" for n in MEMBERS[self.table.name]]
        return [self.variant if self.share == 1 else f"{self.variant}, 1/{self.share} of the rows"]

    def split(self) -> Split:
        """Return training rows, of which ``share`` leaves whole heats where heats are held out, and held-out rows."""
        train, test = self.protocol.splits(self.table)[self.fold]
        unit = np.asarray(self.table.groups)[train] if self.protocol.by_group else train
        units = np.random.default_rng(self.fold).permutation(np.unique(unit))
        return train[np.isin(unit, units[: len(units) // self.share])], test

    def model(self, fast: bool) -> BaseEstimator:
        """Return the model, not fitted yet."""
        glass = self.table.name == "metallic_glass"
        if self.variant == "XGBoost":
            task, features = ("classification", "E") if glass else ("regression", "O")
            return make_baseline("XGBoost", task, features, **self.table.composition)
        many = {"n_members": max(MEMBERS[self.table.name])} if self.variant == "members" else {}
        settings = SMALLER[self.table.name] | many | VARIANTS.get(self.variant, {})
        settings |= {"steps": FAST_STEPS} if fast else {}
        if "scale_on" in settings:
            settings["scale_on"] = self.table.X
        return (AblatedClassifier if glass else AblatedRegressor)(**self.table.composition, **settings)

    def job(self, fast: bool) -> Job:
        """Return the training as a job of the runner."""
        key = {"table": self.table.name, "protocol": self.protocol.name, "fold": self.fold}
        seconds = SECONDS[self.table.name] * (5 if self.variant == "members" else 1)
        return Job(tuple(key | {"variant": name} for name in self.names()), partial(measure, self, fast), seconds)


def trainings(tables: list[Table]) -> Iterator[Training]:
    """List all trainings; the curves over members and rows are measured on the first fold of each protocol alone."""
    random = SHORT_PROTOCOLS["nims_steel"][0]
    for table, protocol in [(table, protocol) for table in tables for protocol in SHORT_PROTOCOLS[table.name]]:  # noqa: B020
        glass = table.name == "metallic_glass"
        for fold in range(len(protocol.splits(table))):
            for name, settings in VARIANTS.items():
                one_place = {"network", "scale_on"} & settings.keys()  # asked for the random folds of the steels alone
                if not (one_place and protocol != random) and not (glass and "raw features" in name):
                    yield Training(table, protocol, fold, name)
        yield Training(table, protocol, 0, "members")
        yield Training(table, protocol, 0, "XGBoost")
        for share in SHARES[table.name]:
            yield Training(table, protocol, 0, "MCVN", share)
            yield Training(table, protocol, 0, "XGBoost", share)


def measure(training: Training, fast: bool = False) -> pd.DataFrame:
    """Train, and score the held-out rows: one row per variant and target or class."""
    table, start = training.table, time.perf_counter()
    train, test = (rows[:FAST_ROWS] if fast else rows for rows in training.split())
    groups = table.groups.iloc[train] if training.protocol.by_group else None
    extra = {} if training.variant == "XGBoost" else {"groups": groups}
    model = training.model(fast).fit(table.X.iloc[train], table.y.iloc[train], **extra)
    X, y = table.X.iloc[test], table.y.iloc[test]
    score = evaluation.regression_scores if isinstance(y, pd.DataFrame) else evaluation.classification_scores
    sizes = MEMBERS[table.name] if training.variant == "members" else (None,)
    parts = {}
    for name, size in zip(training.names(), sizes, strict=True):
        models = smaller_ensembles(model, size, repeats=2 if fast else 10) if size else [model]
        scores = pd.concat([score(y, each.predict(X)) for each in models])
        parts[name] = scores.groupby("target" if "target" in scores else "class", sort=False).mean().reset_index()
    return (
        pd.concat(parts, names=["variant"])
        .reset_index("variant")
        .assign(
            table=table.name,
            protocol=training.protocol.name,
            fold=training.fold,
            rows=len(train),
            seconds=round(time.perf_counter() - start, 1),
            versions=installed_versions(*runner.PACKAGES),
        )
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = runner.make_parser(__doc__)
    options = parser.parse_args(arguments)
    jobs = [training.job(options.fast) for training in trainings([load_nims_steel(), load_metallic_glass()])]
    return runner.run(parser, options, ABLATIONS, jobs, "table", "variant")


if __name__ == "__main__":
    sys.exit(main())
