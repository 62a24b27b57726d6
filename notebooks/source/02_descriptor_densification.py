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
# # 02 · Descriptor densification
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/mcvn-tutorial/mcvn-tutorial/blob/main/notebooks/02_descriptor_densification.ipynb) [![Open in Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/mcvn-tutorial/mcvn-tutorial/main?urlpath=lab/tree/notebooks/02_descriptor_densification.ipynb)
#
# A formula tells a model which columns are not zero; descriptors tell it what the atoms are like, and that is what lets it learn about hafnium from zirconium.

# %% [markdown]
# ## Objectives
#
# - see how sparse a table of compositions is, and what that hides from a model;
# - compute the seven statistics of an element feature by hand, then for thousands of alloys at once;
# - get the same 406 numbers from XenonPy, the tool of the paper, and know where zeros and minus signs matter;
# - say what the statistics can and cannot tell apart, and how many of the 406 are really needed;
# - look for descriptors that separate bulk from ribbon glasses, without being fooled by the collection.
#
# **Before you start**: lesson 01 (a formula becomes atomic fractions), pandas, the idea of a weighted mean.
#
# **Time**: 40 minutes

# %% tags=["setup", "nbval-ignore-output"]
# Set-up, the same in every lesson: use the library beside the lessons, or install it with its data (Colab).
import importlib.util, os, subprocess, sys

if os.path.isdir("../mcvn_utils"):
    sys.path.insert(0, os.path.abspath(".."))
elif importlib.util.find_spec("mcvn_utils") is None:
    source = os.environ.get("MCVN_SOURCE", "git+https://github.com/mcvn-tutorial/mcvn-tutorial")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", source], check=True)
from mcvn_utils.course import check_environment

FAST = check_environment()

# %% [markdown]
# ## 1. A composition is sparse
#
# We take the 6470 alloys of the glass table. Lesson 01 showed how each formula becomes a row of 94 atomic fractions that add up to 1.

# %%
from mcvn_utils import fractions, load_metallic_glass

glass = load_metallic_glass()
x = fractions(glass.X["formula"])
present = (x > 0).sum(axis=1)
zeros = (x == 0).to_numpy().mean()
print(f"{zeros:.1%} of {x.shape[0]} x {x.shape[1]} numbers are 0; {present.mean():.1f} elements an alloy on average")
assert 0.96 < zeros < 0.97

# %% [markdown]
# Between 96 and 97 per cent of the table is empty. Worse, the columns are strangers to each other. Take Cu50Zr50, a famous glass former, and replace zirconium by titanium or hafnium, which stand above and below it in the periodic table, or by phosphorus or caesium, which have nothing to do with it. The distance between two rows, $\sqrt{\sum_e (x_e - x'_e)^2}$, does not notice:

# %%
import numpy as np

partners = ["Zr", "Ti", "Hf", "P", "Cs"]
five = fractions([f"Cu50{element}50" for element in partners])
np.linalg.norm(five - five.iloc[0], axis=1).round(3)

# %% [markdown]
# All four replacements are equally far away. A model that reads only these columns must see hafnium alloys to learn about hafnium.
#
# ## 2. What is known about an element
#
# XenonPy's table `elements_completed` has 58 features of 94 elements. Its authors filled the gaps with a statistical model, so it has no holes. `feature_info()` says what each feature means, in which unit, and how many of its values were filled in.

# %%
from mcvn_utils import element_table
from mcvn_utils.descriptors import feature_info

table = element_table()
info = feature_info()
info.loc[["melting_point", "atomic_radius", "en_pauling", "num_valance", "hhi_p"], ["unit", "meaning", "n_imputed"]]

# %% [markdown]
# The names are XenonPy's own, misspellings included: `num_valance` is the number of valence electrons. `electron_negativity` and `en_pauling` are both on Pauling's scale, but come from two sources and differ. We keep the names, so that results can be compared with the paper. One feature on the periodic table:

# %%
import matplotlib.pyplot as plt

from mcvn_utils.plots import plot_periodic_table

_, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
plot_periodic_table(table["melting_point"], ax=ax, label="melting point, K", title="One of the 58 features")
plt.show()

# %% [markdown]
# The bright block in the middle are the refractory metals around tungsten. Neighbours look alike: this is the knowledge that the sparse table lacks.
#
# ## 3. Seven statistics by hand
#
# An alloy has a few elements, and a feature gives each of them a number. How do we make a fixed number of columns from that? With statistics, weighted by the atomic fractions. Our alloy is Fe80B20, the classic melt-spun ribbon, and the feature is the melting point of its elements in kelvin.

# %%
elements = ["Fe", "B"]
w = np.array([0.8, 0.2])
p = table.loc[elements, "melting_point"].to_numpy()
p

# %% [markdown]
# **Weighted average** and **weighted sum**. With atomic fractions $w_i$ that add up to 1,
#
# $$\mathrm{ave} = \sum_i w_i\, p_i, \qquad \mathrm{sum} = \sum_i a_i\, p_i ,$$
#
# where $a_i$ are the amounts *as given*. Given fractions, the two are the same number; given at%, the sum is a hundred times as large.

# %%
ave = np.sum(w * p)
total = np.sum(w * p)
print(f"ave {ave:.0f} K, sum {total:.0f} K")

# %% [markdown]
# **Weighted variance**, here in K²: how unlike the partners are. The variance of the radius is the atomic-size mismatch of the glass literature, but for a square root and a division by the mean.
#
# $$\mathrm{var} = \sum_i w_i\,(p_i - \mathrm{ave})^2$$
#
# **Geometric** and **harmonic mean** are pulled towards the small values, the harmonic mean more so. It is the right one for quantities that add up by their inverse, as the conductivities of layers in series do.
#
# $$\mathrm{gmean} = \prod_i p_i^{\,w_i}, \qquad \mathrm{hmean} = \frac{1}{\sum_i w_i / p_i}$$

# %%
var = np.sum(w * (p - ave) ** 2)
gmean = np.prod(p**w)
hmean = 1 / np.sum(w / p)
print(f"var {var:.0f} K², gmean {gmean:.1f} K, hmean {hmean:.1f} K")

# %% [markdown]
# **Maximum** and **minimum** over the elements present. They do not ask how much of the element there is: a tenth of a per cent counts as much as ninety. For positive numbers the means are always in this order:

# %%
largest, smallest = p.max(), p.min()
assert smallest < hmean < gmean < ave < largest
by_hand = [ave, total, var, gmean, hmean, largest, smallest]

# %% [markdown]
# Seven statistics of 58 features are the paper's $7 \times 58 = 406$ descriptors.
#
# ## 4. All alloys at once
#
# A loop over 6470 alloys, 58 features and 7 statistics is slow in Python. But with the fractions as a matrix $W$ (alloys × elements) and the table as a matrix $P$ (elements × features) the average is a matrix product, and two more statistics become one after a change of variable:
#
# $$\mathrm{ave} = W P, \qquad \mathrm{gmean} = \exp\left(W \ln P\right), \qquad \mathrm{hmean} = 1 / (W\, P^{-1}) ,$$
#
# with logarithm, exponential and inverse taken number by number. To stay clear of zeros and minus signs for the moment, we use the features that are positive for every element.

# %%
positive = table.columns[(table > 0).all()]
W, P = x.to_numpy(), table[positive].to_numpy()
ave = W @ P
gmean = np.exp(W @ np.log(P))
hmean = 1 / (W @ (1 / P))
ave.shape

# %% [markdown]
# Maximum, minimum and variance need the values of the elements that are present. We mask the absent ones, one feature at a time:


# %%
def spread(W, p):
    """Largest and smallest value present, and variance, of one feature p for all alloys W."""
    there = np.where(W > 0, p, np.nan)
    ave = W @ p
    var = np.nansum(W * (there - ave[:, None]) ** 2, axis=1)
    return np.nanmax(there, axis=1), np.nanmin(there, axis=1), var


largest, smallest, var = spread(W, table["melting_point"].to_numpy())

# %% [markdown]
# Why not the textbook shortcut $\sum w p^2 - \mathrm{ave}^2$? It subtracts two large numbers that are nearly equal, and where the true variance is small nothing true remains. Copper with 0.1 at% nickel, whose densities are alike, in the single precision that graphics cards prefer:

# %%
w = np.array([0.999, 0.001], dtype=np.float32)
p = table.loc[["Cu", "Ni"], "density"].to_numpy(dtype=np.float32)
shortcut = np.sum(w * p**2) - np.sum(w * p) ** 2
safe = np.sum(w * (p - np.sum(w * p)) ** 2)
exact = 0.999 * 0.001 * (8.960 - 8.902) ** 2
print(f"from deviations {safe:.2e}, exact {exact:.2e} (g/cm³)²")
assert abs(safe / exact - 1) < 0.001 < abs(shortcut / exact - 1)

# %% [markdown]
# The shortcut is off by a factor of two or so here, and on some machines by more.
#
# The library's `CompositionDescriptor` computes all 406 in double precision and from deviations. It touches only the elements present, three of 94 on average, and so takes a few microseconds an alloy. It is a scikit-learn transformer: formulas or fractions go in, and it fits into pipelines. `statistics=["ave", "var"]` and `features=["radius", "density"]` choose columns, by a feature's name or by its group in `feature_info()`.

# %%
from mcvn_utils import CompositionDescriptor

descriptor = CompositionDescriptor().set_output(transform="pandas")
d = descriptor.transform(x)
d.iloc[:3, [0, 1, 2, -2, -1]].round(2)

# %%
alloy = CompositionDescriptor(features=["melting_point"]).transform(["Fe80B20"])[0]
assert np.allclose(alloy, by_hand, rtol=1e-12)
assert np.allclose(d[[f"gmean:{name}" for name in positive]], gmean, rtol=1e-12)
assert np.allclose(d["var:melting_point"], var, rtol=1e-9)

# %% [markdown]
# The numbers are those we worked out.
#
# ## 5. XenonPy, the original
#
# The paper computed its descriptors with [XenonPy](https://github.com/yoshida-lab/XenonPy). With network access, and its data server up, this is how it is used:
#
# ```python
# from xenonpy.descriptor import Compositions
#
# seven = ["WeightedAverage", "WeightedSum", "WeightedVariance", "GeometricMean",
#          "HarmonicMean", "MaxPooling", "MinPooling"]
# Compositions(featurizers=seven, n_jobs=1).transform([{"Fe": 0.8, "B": 0.2}])
# ```
#
# Four traps, all met with version 0.6.7:
#
# - it downloads its element table when the featurizer is built, even if you hand in your own;
# - it takes five statistics unless told, without the geometric and harmonic mean; its `Counting` fails with today's numpy;
# - a formula as plain text, or an element it does not know, gives a row of NaN and no error: hand in dictionaries;
# - an element of amount 0 still takes part in max and min: leave it out.
#
# For a comparison without a network we hand in the same table from our `data/` folder and replace the property that would download.


# %%
def xenonpy_featurizer(table):
    """XenonPy's Compositions with the seven statistics, from our copy of its table."""
    from unittest.mock import patch

    from xenonpy.datatools.preset import Preset
    from xenonpy.descriptor import Compositions

    seven = ["WeightedAverage", "WeightedSum", "WeightedVariance", "GeometricMean"]
    seven += ["HarmonicMean", "MaxPooling", "MinPooling"]
    with patch.object(Preset, "elements_completed", table):
        return Compositions(elemental_info=table, featurizers=seven, n_jobs=1, on_errors="raise")


# %% [markdown]
# Every number must agree to nine digits, in the same column, with NaN in the same places. (Where all elements of an alloy share a value the variance is 0; XenonPy's rounding leaves about $10^{-28}$ there, hence the `atol`.)

# %% tags=["nbval-ignore-output"]
import warnings

needed = ["xenonpy", "rdkit", "mordred"]
missing = [name for name in needed if importlib.util.find_spec(name) is None]
if missing:
    print(f"Comparison skipped, {missing} not installed: pip install 'mcvn-tutorial[xenonpy]'")
else:
    few = x.iloc[:: 500 if FAST else 100]
    rows = [row[row > 0].to_dict() for _, row in few.iterrows()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        original = xenonpy_featurizer(table).transform(rows)
    assert list(original.columns) == list(d.columns)
    assert np.allclose(d.loc[few.index], original, rtol=1e-9, atol=1e-20, equal_nan=True)
    print(f"All {original.shape[1]} descriptors of {original.shape[0]} alloys agree with XenonPy.")

# %% [markdown]
# ## 6. Zeros, minus signs and per cent
#
# Eleven features are 0 for some elements (no d electron, no magnetic moment, no band gap), and two are negative for some: `gs_energy`, the computed energy of the solid, and `electron_affinity`. The geometric and harmonic mean do not like that. `special_values()` lists every such descriptor; here are the ones that come out undefined in our table.

# %%
from mcvn_utils.descriptors import special_values

special = special_values()
special["n_alloys"] = d.isna().sum()
special.loc[special["n_alloys"] > 0, ["value", "n_elements", "elements", "n_alloys"]]

# %% [markdown]
# A negative number has no real power 0.8. So `gmean:gs_energy` is undefined for every alloy of the table, and `gmean:electron_affinity` for those with beryllium or ytterbium. XenonPy has NaN there, so do we, and lesson 03 says what such a pixel becomes. A single 0 pulls both means down to 0, and they can only say "some element here has none".
#
# The **scale of the amounts** matters too, as XenonPy takes them as they come. From at% the sum is a hundred times larger, which is harmless. But the geometric mean multiplies $p^{80}$ with $p^{20}$ before it takes the hundredth root, and may leave the range of floating-point numbers. The index `hhi_p`, concentration of world production, of Fe80B20:

# %%
p = table.loc[elements, "hhi_p"].to_numpy()
with np.errstate(over="ignore"):
    from_percent = np.prod(p ** np.array([80.0, 20.0])) ** (1 / 100)
from_fractions = np.prod(p ** np.array([0.8, 0.2]))
print(f"from at%: {from_percent}, from fractions: {from_fractions:.1f}")

# %% [markdown]
# Our transformer works on fractions in every case; `amounts="percent"` changes the sum and nothing else.
#
# ## 7. Sparse and dense, side by side
#
# Forty alloys, drawn at random, before and after. White means zero or undefined; dark is much, bright is little, each descriptor on its own scale.

# %%
from mcvn_utils.plots import plot_sparse_dense

some = x.sample(40, random_state=0).index
plot_sparse_dense(x.loc[some], d.loc[some], title="The same 40 alloys")
plt.show()
empty = ((d == 0) | d.isna()).to_numpy().mean()
print(f"fractions: {zeros:.1%} empty, descriptors: {empty:.1%}")
assert 0.09 < empty < 0.12

# %% [markdown]
# From 97 per cent down to between 9 and 12, and most of what is left are honest zeros: alloys without f electrons, for instance. In return the five alloys of section 1 are no longer equally far apart. Each descriptor is centred and divided by its standard deviation over the table first, so that units do not matter.

# %%
usable = d.columns[d.notna().all() & (d.std() > 0)]
z = (d[usable] - d[usable].mean()) / d[usable].std()
five_z = (descriptor.transform(five)[usable] - d[usable].mean()) / d[usable].std()
ti, hf, p, cs = distance = np.linalg.norm(five_z - five_z.iloc[0], axis=1)[1:] / np.sqrt(len(usable))
assert ti < hf < p < cs

fig, ax = plt.subplots(figsize=(6, 2.4), layout="constrained")
bars = ax.barh([f"Cu50{element}50" for element in partners[1:]], distance, color="0.4")
ax.bar_label(bars, fmt="%.1f", padding=3)
ax.set(xlabel="distance from Cu50Zr50, standard deviations a descriptor", xlim=(0, 11))
ax.set_title("Chemistry is back")
plt.show()

# %% [markdown]
# Titanium and hafnium are near, phosphorus is further, caesium is in another world.
#
# ## 8. What the statistics cannot tell
#
# **Only composition goes in.** Two heats of the same steel, one quenched and one annealed, have the same 406 numbers. Process data need their own branch of the network (lesson 04).
#
# **Max and min forget amounts.** How many descriptors of each kind change along the line from Cu1Zr99 to Cu99Zr1?

# %%
series = descriptor.transform([f"Cu{a}Zr{100 - a}" for a in range(1, 100)])
change = (series.max() - series.min()) / series.abs().max()
statistic = change.index.str.partition(":").get_level_values(0)
moving = (change > 1e-9).groupby(statistic, sort=False).sum()
assert moving["max"] == moving["min"] == 0
moving

# %% [markdown]
# Every `max` and `min` stands still. Of the others about fifty move: on the rest copper and zirconium agree, or a zero or a minus sign has the last word.
#
# **Averages alone can be fooled.** 58 averages of 94 fractions: there are directions in which fractions change and no average does. The singular vectors of the table contain one, and we step along it both ways from the alloy of all 94 elements in equal parts.

# %% tags=["nbval-ignore-output"]
scaled = (table - table.mean()) / table.std()
conditions = np.vstack([scaled.T, np.ones(94)])  # averages, and the total, must not change
direction = np.linalg.svd(conditions)[2][-1]
step = 0.9 * direction / np.abs(direction).max() / 94
twins = descriptor.transform(np.array([1 / 94 + step, 1 / 94 - step]))
change = (twins.iloc[0] - twins.iloc[1]).abs() / twins.abs().max()
largest_change = change.groupby(statistic, sort=False).max().round(6)
assert largest_change["ave"] == 0 and largest_change["var"] > 0.01
largest_change.round(2)

# %% [markdown]
# The twins differ in the amount of nearly every element. Their averages, maxima and minima are equal; only the variance and the curved means see a difference. That is why the paper takes seven statistics, not one. Among real alloys of a few elements such twins are not to be feared.
#
# ## 9. Redundancy: 406 numbers, how many facts?
#
# `sum` equals `ave` here, several radii tell the same story, and the means lie close together. The picture puts related descriptors side by side; to keep it small we take a random 120 of them.

# %% tags=["nbval-ignore-output"]
import seaborn as sns
from scipy.cluster.hierarchy import linkage

columns = np.random.default_rng(0).choice(usable, 120, replace=False)
correlation = z[columns].corr().abs()
tree = linkage(correlation, "average")
look = {"cmap": "cividis", "vmin": 0, "vmax": 1, "figsize": (4.6, 4.6), "xticklabels": False, "yticklabels": False}
grid = sns.clustermap(correlation, row_linkage=tree, col_linkage=tree, **look)
grid.ax_heatmap.set(xlabel="120 of the descriptors", ylabel="")
grid.figure.suptitle("Strength of correlation, |r|", y=1.03)
plt.show()

# %% [markdown]
# Bright blocks are families of descriptors that repeat each other. How many independent directions are there? Principal component analysis (PCA) turns the standardised descriptors to new axes, ordered by the share of the total variance that each carries.

# %%
variance = np.linalg.svd(z, compute_uv=False) ** 2
carried = np.cumsum(variance) / variance.sum()
number = {share: int(np.searchsorted(carried, share)) + 1 for share in (0.9, 0.99)}
assert 55 <= number[0.99] <= 75

fig, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
ax.semilogx(np.arange(1, len(carried) + 1), 100 * carried, color="black")
for share, n in number.items():
    ax.plot(n, 100 * share, "o", color="tab:orange")
    ax.annotate(f"{n} components: {share:.0%}", (n, 100 * share), (8, -14), textcoords="offset points")
ax.set(xlabel="number of principal components", ylabel="variance carried, %", title=f"PCA of {len(usable)} descriptors")
plt.show()

# %% [markdown]
# Between 55 and 75 components carry 99 per cent of the variance. This is the paper's feature set E&P: expanded, then PCA. A picture can afford redundancy, as the neighbouring pixels of a photograph are redundant too; a model for tables, such as a Gaussian process, had better not.
#
# ## 10. Which descriptors separate BMG from RMG?
#
# A **bulk metallic glass** (BMG) stays glassy when cast a millimetre thick or more, a **ribbon** (RMG) only when quenched at about a million kelvin per second on a spinning wheel. We rank descriptors by the area under the ROC curve (AUC): the chance that a random BMG has a larger value than a random RMG. 0.5 is a coin; 0 and 1 are perfect.

# %%
import pandas as pd
from sklearn.metrics import roc_auc_score


def ranking(rows):
    """AUC of each descriptor for BMG against RMG among these rows, those far from 0.5 first."""
    bulk = glass.y[rows] == "BMG"
    auc = pd.Series({name: roc_auc_score(bulk, d.loc[rows, name]) for name in usable})
    return auc.loc[(auc - 0.5).abs().sort_values(ascending=False, kind="stable").index]


glasses = glass.y.isin(["BMG", "RMG"])
overall = ranking(glasses)
overall.head(5).round(3)

# %% [markdown]
# Spread of atomic size and of electronegativity lead, which fits Inoue's empirical rules for good glass formers: at least three elements, sizes that differ by 12 per cent or more, attraction between unlike atoms. Before we celebrate, a question that needs no physics: how many elements has the alloy?

# %%
count_auc = roc_auc_score(glass.y[glasses] == "BMG", present[glasses])
print(f"number of elements: AUC {count_auc:.2f}, best descriptor: {overall.iloc[0]:.2f}")
assert count_auc > overall.iloc[0]
pd.crosstab(present.rename("elements"), glass.y)

# %% [markdown]
# Counting beats every descriptor. And the table shows why: in this collection *every* alloy of four or more elements is a BMG. The ribbons come from surveys of binary and ternary systems, the bulk glasses from papers about improving them. Part of what a model learns here is who published what. A fairer comparison stays among the alloys of three elements.

# %%
ternary = glasses & (present == 3)
fair = ranking(ternary)
assert 0.78 < fair.iloc[0] < 0.85
fair.head(6).round(3)

# %%
shown = {
    "var:atomic_volume": "(cm³/mol)²",
    "ave:covalent_radius_pyykko_double": "pm",
    "max:gs_energy": "eV/atom",
    "var:en_pauling": "Pauling²",
}
fig, axes = plt.subplots(1, 4, figsize=(8.6, 2.8), layout="constrained")
for ax, (name, unit) in zip(axes, shown.items(), strict=True):
    kind, feature = name.split(":")
    data = pd.DataFrame({"value": d.loc[ternary, name], "class": glass.y[ternary]})
    sns.violinplot(data, x="class", y="value", order=["BMG", "RMG"], color="0.75", cut=0, ax=ax)
    ax.set(xlabel="", ylabel=f"{kind}, {unit}")
    ax.set_title(feature.replace("_radius_", " radius\n"), fontsize=9)
fig.suptitle("Ternary glasses: bulk and ribbon")
plt.show()

# %% [markdown]
# Among ternaries the size mismatch still leads, with an AUC of about 0.8, and the violins overlap widely: no single descriptor is a rule. The bulk glasses here are rich in magnesium, calcium and rare earths, whose atoms are large and loosely bound. Lesson 06 lets the network combine all descriptors, and splits the data by chemical system so that the collection's habits help less.
#
# ## 11. Move an element
#
# Choose an alloy, an element and a feature, then pull the slider. Watch which curves are straight and which are bent, and where max and min jump. The average is a straight line, the geometric and harmonic means sag below it, and max and min are flat but for the ends, where an element appears or is all that remains. Then choose `num_d_valence`: the zero of aluminium pulls two curves down to the floor at the first atom.

# %% tags=["nbval-ignore-output"]
from mcvn_utils.course import descriptor_explorer

descriptor_explorer("Zr50Cu40Al10", element="Al", feature="density")

# %% [markdown]
# ## What we have seen
#
# - A composition table is 96 to 97 per cent zeros, and all elements are equally strange to each other in it.
# - Seven statistics of 58 element features make 406 descriptors; average, geometric and harmonic mean are matrix products, and the variance is computed from deviations, never from the difference of squares.
# - The numbers are XenonPy's own to nine digits. Negative features have no geometric mean, zeros pull two means to 0, and the sum depends on the scale of the amounts.
# - Max and min forget amounts, averages have twins, and process is not in there. 55 to 75 principal components carry 99 per cent of the variance.
# - Size mismatch separates bulk from ribbon glasses somewhat; counting elements does it better, because of how the alloys were collected.

# %% [markdown]
# ## Check yourself
#
# 1. Iron is in period 4, boron in period 2. What are the seven statistics of `period` for Fe50B50, from fractions?
#
# <details><summary>Answer</summary>
#
# ave 3, sum 3, var 1, gmean √8 = 2.83, hmean 1/(0.5/4 + 0.5/2) = 2.67, max 4, min 2.
#
# </details>
#
# 2. What is the variance of any feature of a pure metal, and what are the other six statistics?
#
# <details><summary>Answer</summary>
#
# 0; the others are all the element's own value (from fractions).
#
# </details>
#
# 3. A steel has 0.001 at% lead as an impurity. Which descriptors change visibly?
#
# <details><summary>Answer</summary>
#
# Max and min, wherever lead is more extreme than all other elements. All others move by about a part in 10⁵. And gmean and hmean fall to 0 at once for a feature that is 0 for lead only.
#
# </details>
#
# 4. Why does `CompositionDescriptor` need no training rows, unlike a scaler?
#
# <details><summary>Answer</summary>
#
# A row's descriptors depend on that row and on a fixed table of elements. Nothing is learned from other rows, so nothing can leak from the test set. Scaling and PCA do learn, and must be fitted on training rows only.
#
# </details>
#
# 5. A descriptor such as `var:gs_est_bcc_latcnt` has an AUC of 0.74 over all glasses: why is this not yet evidence for a law?
#
# <details><summary>Answer</summary>
#
# All alloys with four or more elements in the table are BMG, so anything that goes along with the number of elements looks good. One must compare like with like, or split by chemical system.
#
# </details>

# %% [markdown]
# ## Exercises
#
# Blanks that tell you at once whether an answer is right: [exercises 02](exercises/02_descriptor_densification.ipynb). New words are in the [glossary](../docs/glossary.md).
#
# 1. (5 minutes) Write `hmean` for one alloy with a loop over its elements, and check it against `CompositionDescriptor` for Zr50Cu40Al10 and all positive features. `mcvn_utils.checks.check_descriptor(answer, "Zr50Cu40Al10", "hmean:density")` gives hints.
# 2. (10 minutes) Which ten pairs of *features* have the most strongly correlated averages? Explain three pairs from their meanings in `feature_info()`.
# 3. (20 minutes) The mismatch of the glass literature is $\delta = \sqrt{\sum_i c_i (1 - r_i/\bar r)^2}$. Compute it from `ave:atomic_radius` and `var:atomic_radius` without touching the fractions. Does it separate BMG from RMG among ternaries better than the variance alone?
#
# Next: [03 · Image mapping](03_image_mapping.ipynb)
