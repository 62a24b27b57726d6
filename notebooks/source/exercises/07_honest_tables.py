# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 07 · The honest tables
#
# **Time**: 60 minutes

# %% setup=true tags=["setup", "nbval-ignore-output"]
# the lessons' set-up cell

# %% year=true
# Your course's year draws your alloys and seeds.
YEAR = 2026

# %%
import numpy as np
import pandas as pd

from mcvn_utils import checks, load_nims_steel
from mcvn_utils.evaluation import make_baseline
from mcvn_utils.evaluation import group_folds, paired_difference, regression_scores

steel = load_nims_steel()

# %% [markdown]
# ## 1. A model on another table (10 minutes)
#
# A model finds 80 % of the crystalline alloys and is right in 85 % of its calls, on a table of which 24 % are crystalline. It keeps its recall and its *rate* of false alarms (the share of all other alloys
# that it calls crystalline). What is its precision where the class has another share? Write the function.


# %% answer="precision"
def precision_at(precision, recall, share, new_share):
    """Precision of the same model where the class has the share new_share of all alloys."""
    ### BEGIN SOLUTION
    alarms = recall * share * (1 - precision) / precision / (1 - share)
    return recall * new_share / (recall * new_share + alarms * (1 - new_share))
    ### END SOLUTION


# %% marks="precision_marks" points=2 reads="precision_at"
verdict = checks.check_precision_at(precision_at, 0.85, 0.80, 0.24, 0.12)
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_precision_at(precision_at, 0.85, 0.80, 0.24, 0.12)
assert checks.check_precision_at(precision_at, 0.70, 0.60, 0.10, 0.40)
### END HIDDEN TESTS

# %% [markdown]
# In your laboratory another share of the melts crystallises. Hand in the precision that the model reaches there, and its F1.

# %% answer="laboratory"
laboratory_share = checks.draw([0.60, 0.45, 0.75], YEAR)
laboratory_precision, laboratory_f1 = None, None
### BEGIN SOLUTION
laboratory_precision = precision_at(0.85, 0.80, 0.24, laboratory_share)
laboratory_f1 = 2 / (1 / laboratory_precision + 1 / 0.80)
### END SOLUTION
pd.Series({"precision": laboratory_precision, "F1": laboratory_f1}, dtype=float).round(3)

# %% marks="laboratory_marks" points=1 reads="laboratory_precision laboratory_f1"
verdict = checks.check_precision_at(laboratory_precision, 0.85, 0.80, 0.24, laboratory_share)
print(verdict)
if verdict:
    mean = 2 / (1 / laboratory_precision + 1 / 0.80)
    close = laboratory_f1 is not None and np.isclose(laboratory_f1, mean, rtol=1e-3)
    assert close, "Not yet: F1 is the harmonic mean of precision and recall."
### BEGIN HIDDEN TESTS
assert verdict
### END HIDDEN TESTS

# %% [markdown]
# Would the model look better or worse in your laboratory than in print, and has it changed?

# %% [markdown] answer="laboratory_words"
# Better: where the class is more common, the same rate of false alarms weighs less against the right calls, so that precision and F1 rise. The model is the same, letter for letter; the question changed. So F1 from tables with other
# shares cannot be compared.

# %% [markdown]
# ## 2. An interval of your own (20 minutes)
#
# Extra trees and a random forest on your year's folds by heat, average R² of each fold:

# %%
folds = group_folds(steel, n_splits=6, seed=YEAR)


def fold_scores(name):
    """Average R² on each fold, from a model of 300 trees."""
    for train, test in folds:
        model = make_baseline(name, "regression", "O", **steel.composition)
        model.fit(steel.X.iloc[train], steel.y.iloc[train])
        yield regression_scores(steel.y.iloc[test], model.predict(steel.X.iloc[test]))["r2"].mean()


two = pd.DataFrame({name: list(fold_scores(name)) for name in ("extra trees", "random forest")})
two.round(4)

# %% [markdown]
# Write the corrected interval of the mean difference: with $n$ differences of standard deviation $s_d$, the half-width is $t_{n-1}\sqrt{1/n + n_\text{test}/n_\text{train}}\; s_d$. In `scipy.stats` Student's
# quantile is `t.ppf`. What is `test_share` in 6-fold?


# %% answer="interval"
from scipy import stats


def interval(a, b, test_share):
    """Low and high end of the 95 % interval of the mean of a - b, two arrays of scores on the same folds."""
    ### BEGIN SOLUTION
    d = np.asarray(a) - np.asarray(b)
    reach = stats.t.ppf(0.975, len(d) - 1) * np.sqrt(1 / len(d) + test_share) * d.std(ddof=1)
    return d.mean() - reach, d.mean() + reach
    ### END SOLUTION


# %% marks="interval_marks" points=3 reads="interval"
verdict = checks.check_interval(interval, two["extra trees"], two["random forest"], test_share=1 / 5)
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_interval(interval, two["extra trees"], two["random forest"], test_share=1 / 5)
assert checks.check_interval(interval, [0.3, 0.5, 0.4, 0.9], [0.1, 0.6, 0.2, 0.5], test_share=3 / 7)
### END HIDDEN TESTS

# %% [markdown]
# How many times narrower would the textbook's interval be, the one without correction?

# %% answer="narrower"
times_narrower = None
### BEGIN SOLUTION
times_narrower = np.sqrt((1 / 6 + 1 / 5) / (1 / 6))
### END SOLUTION
pd.Series({"times narrower": times_narrower}, dtype=float).round(2)

# %% marks="narrower_marks" points=1 reads="times_narrower"
found = [paired_difference(two["extra trees"], two["random forest"], share) for share in (1 / 5, 0)]
ours, textbook = (ends["high"] - ends["low"] for ends in found)
assert times_narrower is not None and times_narrower > 1, "Not yet: the corrected interval is the wider one."
print("Right." if np.isclose(times_narrower, ours / textbook, rtol=1e-3) else "Not yet: divide the two widths.")
### BEGIN HIDDEN TESTS
assert np.isclose(times_narrower, ours / textbook, rtol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# Your colleague repeats the six folds fifty times and uses the textbook's formula. What becomes of the interval, and why is it wrong?

# %% [markdown] answer="interval_words"
# It becomes seven times narrower, for it divides by the root of 300 folds instead of 6. But no steel was added: the same 120 heats are shuffled again and again. The correction keeps the term 1/5, so that the interval stays about as wide as so few heats deserve.

# %% [markdown]
# ## 3. The third leak (30 minutes)
#
# A laboratory writes down 400 things on the day of each of 100 melts: weather, weekday, song on the radio. Here they are random numbers, so that **nothing** can be learned from them. The target is
# real: hardness.

# %%
random = np.random.default_rng(YEAR)
heats = steel.y["hardness"].groupby(steel.groups).mean()
y = heats.sample(100, random_state=YEAR).to_numpy()
X = random.normal(size=(100, 400))
folds = [(np.flatnonzero(np.arange(100) % 5 != k), np.flatnonzero(np.arange(100) % 5 == k)) for k in range(5)]


def strongest(X, y):
    """Numbers of the ten columns that correlate most with y."""
    away, up = X - X.mean(axis=0), y - y.mean()
    return np.argsort(-np.abs(away.T @ up) / np.sqrt((away**2).sum(axis=0)), kind="stable")[:10]


# %% [markdown]
# First as it is often done: choose ten columns once, with `strongest(X, y)`, on all rows; then train `LinearRegression` on each fold's training rows and take the mean of R² (`r2_score`) over the held-out rows.

# %% answer="leaky"
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

leaky_r2 = None
### BEGIN SOLUTION
columns = strongest(X, y)
parts = []
for train, test in folds:
    model = LinearRegression().fit(X[train][:, columns], y[train])
    parts.append(r2_score(y[test], model.predict(X[test][:, columns])))
leaky_r2 = np.mean(parts)
### END SOLUTION
pd.Series({"R² with the columns chosen on all rows": leaky_r2}, dtype=float).round(3)

# %% marks="leaky_marks" points=1 reads="leaky_r2"
verdict = checks.check_selection(leaky_r2, X, y, folds, leaky=True)
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_selection(leaky_r2, X, y, folds, leaky=True)
### END HIDDEN TESTS

# %% [markdown]
# Then shut the leak: choose anew in each fold, on its training rows alone.

# %% answer="honest"
honest_r2 = None
### BEGIN SOLUTION
parts = []
for train, test in folds:
    columns = strongest(X[train], y[train])
    model = LinearRegression().fit(X[train][:, columns], y[train])
    parts.append(r2_score(y[test], model.predict(X[test][:, columns])))
honest_r2 = np.mean(parts)
### END SOLUTION
pd.Series({"R² with the columns chosen on training rows": honest_r2}, dtype=float).round(3)

# %% marks="honest_marks" points=3 reads="honest_r2"
verdict = checks.check_selection(honest_r2, X, y, folds)
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_selection(honest_r2, X, y, folds)
### END HIDDEN TESTS

# %% [markdown]
# All models of your first answer were scored on rows that they had not been trained on. Where did the score come from? Name one place in a study of your own where this could happen.

# %% [markdown] answer="leak_words"
# From the choice: among 400 random columns some go along with the hardness of all 100 melts by chance, and they were picked because they do so on the held-out rows as well. It happens whenever something is chosen by a look at all rows: features, outliers to be
# dropped, the scale, the network's size, the best of twenty seeds. Whatever is chosen with the target in view belongs inside the fold.
