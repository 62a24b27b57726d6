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
# # Exercises 02 · Descriptor densification
#
# **Time**: 35 minutes

# %% setup=true tags=["setup", "nbval-ignore-output"]
# the lessons' set-up cell

# %% year=true
# Your course's year draws your alloys and seeds.
YEAR = 2026

# %%
import numpy as np
import pandas as pd

from mcvn_utils import CompositionDescriptor, checks, element_table, load_metallic_glass, parse_formula

table = element_table()
glass = load_metallic_glass()
descriptor = CompositionDescriptor().set_output(transform="pandas")

# %% [markdown]
# ## 1. The harmonic mean with a loop (5 minutes)
#
# Write `hmean` for one alloy: a loop over its elements, no matrix. `shares` is a dict from element symbol to atomic fraction,
# `feature` a column of the element table; `table.loc["Cu", "density"]` is one value.

# %%
FORMULA = checks.draw(["Zr50Cu40Al10", "La55Al25Ni20", "Mg65Cu25Y10", "Pd40Ni40P20"], YEAR)
FORMULA


# %% answer="hmean"
def hmean(shares, feature):
    """Harmonic mean of a feature over the elements of one alloy."""
    ### BEGIN SOLUTION
    total = 0.0
    for symbol, share in shares.items():
        total += share / table.loc[symbol, feature]
    return 1 / total
    ### END SOLUTION


# %% marks="hmean_marks" points=1 reads="hmean"
verdict = checks.check_descriptor(hmean(parse_formula(FORMULA), "density"), FORMULA, "hmean:density")
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_descriptor(hmean(parse_formula("Cu50Zr50"), "density"), "Cu50Zr50", "hmean:density")
### END HIDDEN TESTS

# %% [markdown]
# One feature may be luck. Here are all those that are positive for every element:

# %% marks="hmean_all_marks" points=1 reads="hmean"
positive = table.columns[(table > 0).all()]
wanted = descriptor.fit_transform([FORMULA]).iloc[0]
by_hand = pd.Series({f"hmean:{name}": hmean(parse_formula(FORMULA), name) for name in positive})
assert np.allclose(by_hand, wanted[by_hand.index], rtol=1e-9)
print(f"all {len(positive)} agree with the library")
### BEGIN HIDDEN TESTS
other = "Fe72Mo4B24"
assert checks.check_descriptor(hmean(parse_formula(other), "melting_point"), other, "hmean:melting_point")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Which features go together? (10 minutes)
#
# Your thousand alloys are drawn below. Which ten pairs of *features* have the most strongly correlated averages over them? Hand in a list of
# ten pairs of feature names, such as `("density", "atomic_weight")`. Leave out averages that do not change.

# %%
rows = glass.X.sample(1000, random_state=YEAR).index
averages = descriptor.fit_transform(glass.X.loc[rows, "formula"]).filter(regex="^ave:")
averages = averages.loc[:, averages.std() > 0].rename(columns=lambda name: name.removeprefix("ave:"))
averages.iloc[:3, :4].round(2)

# %% answer="pairs"
pairs = []
### BEGIN SOLUTION
r = averages.corr().abs()
upper = np.triu(np.ones(r.shape, dtype=bool), k=1)  # each pair once, and no feature with itself
pairs = list(r.where(upper).stack().nlargest(10).index)
### END SOLUTION
pairs

# %% marks="pairs_marks" points=2 reads="pairs"
verdict = checks.check_pairs(pairs, glass.X.loc[rows, "formula"])
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_pairs(pairs, glass.X.loc[rows, "formula"])
### END HIDDEN TESTS

# %% [markdown]
# Explain three of your pairs from their meanings in `feature_info()`.

# %% [markdown] answer="pairs_words"
# One quantity from two sources: `specific_heat` and `heat_capacity_mass`, `electron_negativity` and `en_pauling`, `dipole_polarizability` and
# `Polarizability`. One that follows from the other: the molar volume is the volume of an atom times Avogadro's number, and the lattice constants that an
# element would have as bcc and as fcc both follow from its volume. And nature: the heavier a nucleus, the more protons it has, so that `atomic_number` goes with
# `atomic_weight`. None of these pairs is a discovery about alloys; they say that 58 features hold fewer than 58 facts.

# %% [markdown]
# ## 3. The mismatch of the glass literature (20 minutes)
#
# $$\delta = \sqrt{\sum_i c_i \left(1 - \frac{r_i}{\bar r}\right)^2}$$
#
# with the atomic fractions $c_i$, the atomic radii $r_i$ and their mean $\bar r = \sum_i c_i r_i$, both radii in pm. Compute it for your ternary alloys from the two
# descriptors below, without touching the fractions; as a plain number, not in per cent.

# %%
elements = glass.groups.str.count("-") + 1
ternary = glass.X[elements == 3].sample(frac=0.7, random_state=YEAR).index
radius = descriptor.fit_transform(glass.X.loc[ternary, "formula"])[["ave:atomic_radius", "var:atomic_radius"]]
radius.head(3).round(1)

# %% answer="mismatch"
delta = None
### BEGIN SOLUTION
# Expand: sum c (1 - r/mean)² = sum c (mean - r)² / mean² = var / ave²
delta = np.sqrt(radius["var:atomic_radius"]) / radius["ave:atomic_radius"]
### END SOLUTION

# %% marks="mismatch_marks" points=2 reads="delta"
verdict = checks.check_mismatch(delta, glass.X.loc[ternary, "formula"])
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_mismatch(delta, glass.X.loc[ternary, "formula"])
### END HIDDEN TESTS

# %% [markdown]
# Does it separate bulk from ribbon glasses among these ternaries better than the variance alone? Take scikit-learn's `roc_auc_score`, with BMG as the positive class and
# RMG as the other, for both: the chance that a bulk glass drawn at random has a larger value than a ribbon glass drawn at random.

# %% answer="separation"
from sklearn.metrics import roc_auc_score

area = {"mismatch": None, "variance": None}
### BEGIN SOLUTION
glasses = ternary[glass.y[ternary] != "CRA"]
bulk = glass.y[glasses] == "BMG"
area["mismatch"] = roc_auc_score(bulk, delta[glasses])
area["variance"] = roc_auc_score(bulk, radius.loc[glasses, "var:atomic_radius"])
### END SOLUTION
pd.Series(area, dtype=float).round(3)

# %% marks="separation_marks" points=2 reads="area"
verdict = checks.check_separation(area, glass.X.loc[ternary, "formula"], glass.y[ternary])
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_separation(area, glass.X.loc[ternary, "formula"], glass.y[ternary])
### END HIDDEN TESTS

# %% [markdown]
# What do you conclude, in two sentences?

# %% [markdown] answer="separation_words"
# No, the variance separates better in our year (0.73 against 0.68). Dividing by the mean radius takes away what the variance owed to large atoms as such, and bulk glasses are
# rich in large atoms. Neither is near 1: size mismatch alone does not tell a bulk glass from a ribbon.
