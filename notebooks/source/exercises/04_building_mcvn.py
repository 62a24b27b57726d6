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
# # Exercises 04 · Building MCVN
#
# **Time**: 45 minutes

# %% setup=true tags=["setup", "nbval-ignore-output"]
# the lessons' set-up cell

# %% year=true
# Your course's year draws your alloys and seeds.
YEAR = 2026

# %%
import numpy as np
import pandas as pd
import torch

from mcvn_utils import MCVN, PublishedMCVN, checks, element_table, load_nims_steel
from mcvn_utils.evaluation import group_folds
from mcvn_utils.model import NetworkInputs

steel = load_nims_steel()
train, test = group_folds(steel, seed=YEAR)[0]
reader = NetworkInputs(**steel.composition).fit(steel.X.iloc[train])
inputs = {name: torch.from_numpy(array) for name, array in reader.transform(steel.X).items()}

# %% [markdown]
# ## 1. Four convolutions, one linear map (5 minutes)
#
# A map $f$ that only multiplies and adds, $f(x) = Wx + b$, keeps what is halfway: $f\left(\frac{a+b}{2}\right) = \frac{f(a)+f(b)}{2}$. Write
# `halfway_gap(layers, a, b)`: the largest absolute difference between the two sides, as a plain number. `layers(a)` sends the picture `a` through.

# %%
torch.manual_seed(YEAR)
convolutions = PublishedMCVN(n_raw=16, n_outputs=4).image[:4]
first, second = (inputs["image"][[row]] for row in (0, 100 + YEAR % 200))
convolutions


# %% answer="gap"
def halfway_gap(layers, a, b):
    """Largest absolute difference between f(halfway) and halfway between f(a) and f(b)."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        difference = layers((a + b) / 2) - (layers(a) + layers(b)) / 2
    return difference.abs().max().item()
    ### END SOLUTION


# %% marks="gap_marks" points=2 reads="halfway_gap"
with torch.random.fork_rng():
    curved = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.SiLU(), torch.nn.Linear(6, 3))
    mirror = torch.nn.Linear(3, 3, bias=False)
    mirror.weight.data = -torch.eye(3)
    a, b = 3 * torch.randn(2, 1, 4)
cases = [(convolutions, first, second), (curved, a, b), (torch.nn.Sequential(curved, mirror), a, b)]
verdict = min((checks.check_halfway(halfway_gap, *case) for case in cases), key=bool)  # one that is not right
print(verdict)
### BEGIN HIDDEN TESTS
assert verdict
other = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
assert checks.check_halfway(halfway_gap, other, torch.ones(1, 3), -2 * torch.ones(1, 3))
### END HIDDEN TESTS

# %% [markdown]
# Now make `bent`: the same four convolutions with a `torch.nn.ReLU()` after the first. A `torch.nn.Sequential` can be taken apart like a list.

# %% answer="bent"
bent = None
### BEGIN SOLUTION
bent = torch.nn.Sequential(convolutions[0], torch.nn.ReLU(), *convolutions[1:])
### END SOLUTION

# %% marks="bent_marks" points=1 reads="bent halfway_gap"
five = isinstance(bent, torch.nn.Sequential) and len(bent) == 5
assert five and isinstance(bent[1], torch.nn.ReLU), "Not yet: five layers are wanted, the second a ReLU."
by_hand = convolutions[1:](convolutions[0](first).relu())
assert torch.allclose(bent(first), by_hand, atol=1e-5), (
    "Not yet: take the four convolutions from above, in their order."
)
verdict = checks.check_halfway(halfway_gap, bent, first, second)
print(verdict)
if verdict:
    straight, with_bend = halfway_gap(convolutions, first, second), halfway_gap(bent, first, second)
    print("without a bend", "below 1e-6," if straight < 1e-6 else f"{straight:.4f},", f"with one {with_bend:.4f}")
### BEGIN HIDDEN TESTS
assert verdict
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Look for your like (10 minutes)
#
# In lesson 04 each element looked for its opposite in electronegativity and radius. Let it look for its *like*. **Predict the heat map before you
# compute it.** `attend` is that of the lesson; tokens hold the electronegativity and the radius in their first two columns.

# %%
ELEMENTS = checks.draw([["La", "Al", "Ni"], ["Zr", "Cu", "Al"], ["Mg", "Cu", "Y"], ["Fe", "Nb", "B"]], YEAR)
columns = ["en_pauling", "covalent_radius_cordero", "melting_point", "num_d_valence"]
known = element_table()[columns]
x = torch.tensor(((known - known.mean()) / known.std()).loc[ELEMENTS].to_numpy(), dtype=torch.float32)


def attend(query, key, value):
    """Scaled dot-product attention: what each query collects, and the weights."""
    scores = query @ key.T / query.shape[1] ** 0.5
    exponentials = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    weights = exponentials / exponentials.sum(dim=1, keepdim=True)
    return weights @ value, weights


# %% answer="like"
like = None
### BEGIN SOLUTION
_, like = attend(query=x[:, :2], key=x[:, :2], value=x)
### END SOLUTION

# %% marks="like_marks" points=1 reads="like"
verdict = checks.check_attention(like, x)
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_attention(like, x)
### END HIDDEN TESTS

# %% [markdown]
# Multiply all queries by 10. What happens to the rows?

# %% answer="sharp"
sharp = None
### BEGIN SOLUTION
_, sharp = attend(query=10 * x[:, :2], key=x[:, :2], value=x)
### END SOLUTION

# %% marks="sharp_marks" points=1 reads="sharp"
verdict = checks.check_attention(sharp, x, sharpness=10)
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_attention(sharp, x, sharpness=10)
### END HIDDEN TESTS

# %%
pd.DataFrame(np.hstack([like, sharp]), ELEMENTS, pd.MultiIndex.from_product([["like", "sharp"], ELEMENTS])).round(2)

# %% [markdown]
# Explain it in two sentences.

# %% [markdown] answer="sharp_words"
# Scores ten times as large are ten times as far apart, and the softmax turns distances into ratios: each row puts nearly all of its weight on
# its largest score. That need not be the element itself: a dot product rewards length too, so that an element in the middle may look at one that lies farther out
# in the same direction.

# %% [markdown]
# ## 3. Switch a branch off (30 minutes)
#
# Three networks of the same kind: `all` has picture, elements and raw features; one does without the picture (`image_shape=None`), one without the elements
# (`element_features=None`). Write three functions that make them, with the settings below, and count the learned numbers in each network.

# %%
table = torch.tensor(element_table().to_numpy(), dtype=torch.float32)
settings = {"n_raw": 16, "element_features": table, "width": 24, "n_blocks": 1, "hidden": 64, "dropout": 0.05}

# %% answer="counts"
makers = {"all": lambda: MCVN(4, **settings)}
counts = {"all": None, "without picture": None, "without elements": None}
### BEGIN SOLUTION
makers["without picture"] = lambda: MCVN(4, **settings, image_shape=None)
makers["without elements"] = lambda: MCVN(4, **(settings | {"element_features": None}))
counts = {name: sum(p.numel() for p in make().parameters()) for name, make in makers.items()}
### END SOLUTION
counts

# %% marks="counts_marks" points=2 reads="makers counts"
assert set(makers) == set(counts), "Not yet: three functions and three counts are wanted, under the same names."
assert makers["without picture"]().picture is None, "Not yet: the picture is still in."
assert makers["without elements"]().elements is None, "Not yet: the elements are still in."
without = {"all": {}, "without picture": {"image_shape": None}, "without elements": {"element_features": None}}
verdict = checks.check_weight_counts(counts, {name: MCVN(4, **(settings | off)) for name, off in without.items()})
verdict = verdict and checks.check_weight_counts(counts, {name: make() for name, make in makers.items()})
print(verdict)
### BEGIN HIDDEN TESTS
assert verdict
### END HIDDEN TESTS

# %% [markdown]
# Train each, two members and few steps, and predict the test steels. The function does it for you; it takes a few seconds a network. Hand in R² on the test steels, averaged
# over the four targets, for each of the three.

# %%
import time

from mcvn_utils.model import Plan, train_members
from sklearn.model_selection import GroupShuffleSplit

y = steel.y.to_numpy()
mean, spread = y[train].mean(axis=0), y[train].std(axis=0)
target = torch.tensor((y - mean) / spread, dtype=torch.float32)
folds = GroupShuffleSplit(2, test_size=0.15, random_state=YEAR).split(train, groups=steel.groups.iloc[train])
rows = [(train[a], train[b]) for a, b in folds]


def train_and_predict(make):
    """Predictions (test steels, 4) of an ensemble of two, in the targets' units."""
    plan = Plan(120, batch_size=32)
    members = train_members(make, inputs, target, rows, lambda f, y: (f - y).square().mean(1), plan=plan, device="cpu")
    return members.predict({name: x[test] for name, x in inputs.items()}).mean(0).numpy() * spread + mean


# %% answer="r2" tags=["nbval-ignore-output"]
from sklearn.metrics import r2_score

predictions, r2 = {}, {}
### BEGIN SOLUTION
for name, make in makers.items():
    start = time.perf_counter()
    predictions[name] = train_and_predict(make)
    r2[name] = r2_score(steel.y.iloc[test], predictions[name])
    print(f"{name:17} {counts[name]:6} weights, {time.perf_counter() - start:4.1f} s, R² {r2[name]:.3f}")
### END SOLUTION

# %% marks="r2_marks" points=2 reads="predictions r2"
for name in ("all", "without picture", "without elements"):
    verdict = checks.check_r2(r2.get(name), steel.y.iloc[test], predictions.get(name))
    print(f"{name}: {verdict}")
    if verdict:
        assert 0.5 < r2[name] < 0.99, (
            f"Not yet: an R² of {r2[name]:.3f} is none of a network that was trained as above."
        )
### BEGIN HIDDEN TESTS
for name in ("all", "without picture", "without elements"):
    assert checks.check_r2(r2[name], steel.y.iloc[test], predictions[name]), name
### END HIDDEN TESTS

# %% [markdown]
# How do error, number of weights and time change? What does a steel's picture know that its raw features do not?

# %% [markdown] answer="branches_words"
# The picture branch holds most of the weights and the element branch takes most of the time; without either the error hardly grows, and on a table of
# ten elements it may shrink. Picture and tokens are computed from the composition, which is among the raw features: they bring knowledge about the *atoms* (radii, electrons), no
# new fact about the *steel*. With few elements, always the same ones, a network learns that knowledge from the columns themselves.
