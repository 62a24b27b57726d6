"""Baselines that are tuned as a careful user would: on training rows alone, anew for each fold.

MCVN's settings were chosen once, beforehand, and stay; each baseline chooses again among its candidates on every fold.
The larger budget is theirs.
"""

from collections.abc import Sequence

from sklearn.model_selection import (
    BaseShuffleSplit,
    GridSearchCV,
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
)
from sklearn.pipeline import Pipeline

from mcvn_utils.evaluation.baselines import NamedClasses, PerTarget, make_baseline

SCORING = {"regression": "r2", "classification": "f1_macro"}
"""What the search maximises: R² averaged over the targets, and the plain mean of the classes' F1."""

_FORESTS = [
    {"max_features": 1.0},
    {"max_features": 0.5},
    {"max_features": 0.2},
    {"max_features": 0.5, "min_samples_leaf": 2},
]
_FOREST_CLASSES = [
    {"max_features": "sqrt"},
    {"max_features": "log2"},
    {"max_features": "sqrt", "criterion": "entropy"},
    {"max_features": "sqrt", "min_samples_leaf": 2},
]
CANDIDATES: dict[tuple[str, str], list[dict]] = {
    ("random forest", "regression"): [{"n_estimators": 100, **c} for c in _FORESTS],
    ("extra trees", "regression"): [{"n_estimators": 100, **c} for c in _FORESTS],
    ("random forest", "classification"): [{"n_estimators": 120, **c} for c in _FOREST_CLASSES],
    ("extra trees", "classification"): [{"n_estimators": 150, **c} for c in _FOREST_CLASSES],
    ("XGBoost", "regression"): [
        {"max_depth": 3, "colsample_bytree": 0.3, "max_bin": 32},
        {"max_depth": 3, "colsample_bytree": 0.1, "subsample": 0.7, "max_bin": 32},
        {"max_depth": 4, "colsample_bytree": 0.3, "subsample": 0.7, "max_bin": 32},
        {"max_depth": 3, "colsample_bytree": 0.3, "n_estimators": 200, "learning_rate": 0.1, "max_bin": 32},
    ],
    ("XGBoost", "classification"): [
        {"max_depth": 6, "colsample_bytree": 0.3, "max_bin": 64},
        {"max_depth": 6, "colsample_bytree": 0.1, "max_bin": 64},
        {"max_depth": 9, "colsample_bytree": 0.1, "max_bin": 64},
        {"max_depth": 9, "colsample_bytree": 0.3, "n_estimators": 150, "max_bin": 64},
    ],
    ("Gaussian process", "regression"): [{"shape": name} for name in ("RBF", "Matern 3/2", "rational quadratic")],
    ("attention network", "regression"): [{"steps": 300, "weight_decay": w} for w in (0.3, 0.03)],
    ("attention network", "classification"): [
        {"n_members": 1, "steps": 500, "batch_size": 256, "weight_decay": w} for w in (0.02, 0.2)
    ],
    ("edRVFL", "regression"): [
        {"ridge": 0.3, "weight_scale": 6.0},
        {"ridge": 0.03, "weight_scale": 6.0},
        {"ridge": 3.0, "weight_scale": 6.0},
        {"ridge": 0.3, "weight_scale": 2.0},
    ],
    ("edRVFL", "classification"): [
        {"n_hidden": 400, "ridge": 0.3, "weight_scale": 6.0},
        {"n_hidden": 400, "ridge": 3.0, "weight_scale": 6.0},
        {"n_hidden": 400, "ridge": 0.3, "weight_scale": 2.0},
        {"n_hidden": 400, "ridge": 3.0, "weight_scale": 2.0},
    ],
}
"""Settings to choose from, by baseline and task; ``candidates`` adds what suits the original features alone."""

_FEW_COLUMNS: dict[tuple[str, str], list[dict]] = {
    ("XGBoost", "regression"): [
        {"max_depth": 4, "tree_method": "exact"},
        {"max_depth": 3, "colsample_bytree": 0.5, "subsample": 0.7, "tree_method": "exact"},
        {"max_depth": 4, "colsample_bytree": 0.5, "subsample": 0.7, "tree_method": "exact"},
        {"max_depth": 6, "colsample_bytree": 0.5, "subsample": 0.7, "tree_method": "exact"},
    ],
    ("Gaussian process", "regression"): [
        *CANDIDATES["Gaussian process", "regression"],
        {"shape": "RBF, a length each"},
    ],
}


def candidates(name: str, task: str, features: str) -> list[dict]:
    """Return the settings that a baseline chooses from; few columns (features ``"O"``) afford others than hundreds."""
    few = _FEW_COLUMNS if features == "O" else {}
    return few.get((name, task), CANDIDATES[name, task])


def inner_split(task: str, by_group: bool, random_state: int = 0) -> BaseShuffleSplit:
    """One split of the training rows, 75 % to 25 %, drawn as the folds are: by group, by class, or at random."""
    kind = GroupShuffleSplit if by_group else ShuffleSplit if task == "regression" else StratifiedShuffleSplit
    return kind(1, test_size=0.25, random_state=random_state)


def tuned_baseline(
    name: str,
    task: str,
    features: str = "O",
    *,
    by_group: bool = False,
    settings: Sequence[dict] | None = None,
    random_state: int = 0,
    **composition,
) -> Pipeline:
    """Make a baseline that chooses its settings on an inner split of its training rows, then learns from all of them.

    Parameters
    ----------
    name, task, features, random_state
        As in ``make_baseline``, and ``composition``, ``unit``, ``balance``.
    by_group : bool
        Whether the inner split keeps groups whole; ``fit(X, y, search__groups=groups)`` then wants them.
    settings : sequence of dict, optional
        What to choose from; by default ``candidates(name, task, features)``.

    Returns
    -------
    Pipeline of ``"features"``, worked out once for all candidates, and ``"search"``, a ``GridSearchCV``. Gaps, scales
    and components are learned inside the search, from each candidate's own training rows.

    Raises ``ValueError`` as ``make_baseline`` does.
    """
    model = make_baseline(name, task, features, random_state=random_state, **composition)
    rest = model[1:]
    rest.set_params(**{key: 1 for key in rest.get_params() if key.endswith("__n_jobs")})
    settings = candidates(name, task, features) if settings is None else settings
    search = GridSearchCV(
        rest,
        [_grid(rest, setting) for setting in settings],
        scoring=SCORING[task],
        cv=inner_split(task, by_group, random_state),
        error_score="raise",
    )
    return Pipeline([("features", model[0]), ("search", search)])


def _grid(model: Pipeline, setting: dict) -> dict[str, list]:
    """One candidate in the words of ``GridSearchCV``, for the last step of a pipeline."""
    step, last = model.steps[-1]
    inside = f"{step}__estimator__" if isinstance(last, PerTarget | NamedClasses) else f"{step}__"
    return {inside + key: [value] for key, value in setting.items()}


def chosen_settings(model: Pipeline) -> dict:
    """Return the settings that a fitted ``tuned_baseline`` chose."""
    return {key.rpartition("__")[2]: value for key, value in model["search"].best_params_.items()}
