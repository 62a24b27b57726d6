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
# # 03 · Image mapping
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/mcvn-tutorial/mcvn-tutorial/blob/main/notebooks/03_image_mapping.ipynb) [![Open in Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/mcvn-tutorial/mcvn-tutorial/main?urlpath=lab/tree/notebooks/03_image_mapping.ipynb)
#
# An alloy becomes a picture of 24 x 21 gray pixels: the step that gives MCVN its name, and the step where it is
# easiest to fool oneself.

# %% [markdown]
# ## Objectives
#
# In this lesson you will
#
# - lay 56 element features out as a picture, and find each pixel's meaning again;
# - turn 406 descriptors into grays, and see what becomes of those that have no value;
# - read pictures as a metallurgist: classes of alloys, and the composition line from copper to zirconium;
# - measure what leaks when test alloys join the scaling, and keep it from happening;
# - look at a picture that had the right shape and was wrong;
# - compare arrangements of the pixels, and a second picture, the periodic table itself: first by eye, then by a trained network.
#
# **Before you start**: lessons [01](01_composition_parsing.ipynb) and [02](02_descriptor_densification.ipynb):
# formulas become fractions, fractions become descriptors.
#
# **Time**: 55 minutes

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
# ## 1. Why a picture?
#
# Lesson 02 ended with a row of 406 numbers for each alloy. A row has no neighbourhoods: column 17 and column 18 stand next
# to each other by accident. A picture has them. When the radii lie together in one place and the electronegativities in
# another, a small convolution, which sees only a few pixels at a time, combines numbers that belong together. And people
# read pictures faster than tables.
#
# One caution before we start. The picture is **drawn from** the 406 descriptors. It cannot hold a fact that they do not
# hold. Whether a network reads it any better than the plain row is a question for measurement, not for taste.
#
# We take the metallic-glass table and describe it as in lesson 02. Its classes: **BMG**, a bulk metallic glass, stays
# glassy when cast a millimetre thick or more; **RMG** needs the fast cooling of a thin ribbon; **CRA** crystallises
# even then.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from mcvn_utils import CompositionDescriptor, load_metallic_glass

table = load_metallic_glass()
formulas, classes = table.X["formula"], table.y
descriptors = CompositionDescriptor().set_output(transform="pandas").fit_transform(formulas)
print(descriptors.shape, classes.value_counts().to_dict())
descriptors.iloc[:3, [13, 37, 130]].round(2)

# %% [markdown]
# ## 2. The template: where each number is drawn
#
# The authors of MCVN asked experts to lay the element features out by kinship: 8 rows of 7 **cells**, one feature a cell.
# Two of the 58 features are left out, `hhi_p` and `hhi_r`: how few countries mine a metal says nothing of its atoms.
# `ImageTemplate.expert()` holds this arrangement.

# %%
from mcvn_utils import ImageTemplate
from mcvn_utils.descriptors import feature_info
from mcvn_utils.plots import plot_template

template, groups = ImageTemplate.expert(), feature_info()["group"]
plot_template(template, groups, title="The experts' template: 56 cells, coloured by kind of feature")
plt.show()

# %% [markdown]
# Columns are families: electronegativities at the left, then the electrons (s, p, d, f in rows of their own), the radii in
# the middle, lattice and ground state, and at the right elasticity, density and volumes. The two lowest rows are heat, with
# some guests.
#
# Inside its cell a feature has **3 x 3 pixels**, one a statistic: the average in the middle, the extremes at the bottom,
# the variance at the upper right. Two of the nine stay empty. We build the map of all 24 x 21 pixels by hand. Each
# feature's name is repeated over its cell, the cell of statistics is laid as tiles over the grid, and both are joined into
# the names of lesson 02.

# %%
cell = np.array([["sum", "", "var"], ["gmean", "ave", "hmean"], ["max", "", "min"]], dtype=object)
feature_map = template.grid.repeat(3, axis=0).repeat(3, axis=1)
statistic_map = np.tile(cell, (8, 7))
pixels = np.where(statistic_map == "", "", statistic_map + ":" + feature_map)
print(pixels.shape, "drawn:", (pixels != "").sum())
pd.DataFrame(pixels[:3, :6])

# %% [markdown]
# 56 features x 7 statistics = 392 pixels are drawn, 112 are empty. The library builds the same map, and answers in
# both directions: which descriptor is at a pixel (row, column), and where is a descriptor or a feature?

# %%
assert (pixels == template.pixels).all() and (pixels != "").sum() == 392

print("pixel (13, 19):", template.descriptor_at(13, 19))
print("the average density:", template.pixels_of("ave:density"))
print("all of density:", template.pixels_of("density"))

# %% [markdown]
# ## 3. Scale, round, draw
#
# A pixel is a gray between 0 (black) and 255 (white); a descriptor may be 0.0036 or 5930. The paper scales each
# descriptor $x$ by its smallest and largest value and rounds:
#
# $$g = \mathrm{round}\left(255\,\frac{x - x_\mathrm{min}}{x_\mathrm{max} - x_\mathrm{min}}\right)$$
#
# The limits $x_\mathrm{min}$ and $x_\mathrm{max}$ carry the descriptor's unit, the gray $g$ has none. **Whose** smallest and
# largest value? We split first, and let the training alloys alone decide. Section 6 shows what happens otherwise.

# %%
from sklearn.model_selection import train_test_split

train, test = train_test_split(descriptors.index, test_size=0.3, stratify=classes, random_state=0)
low, high = descriptors.loc[train].min(), descriptors.loc[train].max()
grays = ((descriptors - low) / (high - low) * 255).clip(0, 255).round()
undefined = grays.columns[grays.loc[train].isna().any()]
print(len(train), "training,", len(test), "test alloys; without gray somewhere:", *undefined[:5], "...")

# %% [markdown]
# Some descriptors have no scale. A geometric mean of negative numbers does not exist (`gs_energy`, the computed energy of
# the ground state, is negative for nearly all elements); and where a descriptor is the same in all alloys,
# $x_\mathrm{max} = x_\mathrm{min}$ (every alloy holds an element without a band gap, so the smallest band gap is 0 in
# all of them). Black would claim "the smallest value seen". We draw such a pixel **mid-gray, 128**, and so does the
# library: no value, no opinion.

# %%
picture = np.zeros((24, 21))
row = grays.loc["MG-0007"].fillna(128)
for place, name in np.ndenumerate(pixels):
    if name:
        picture[place] = row[name]
print(formulas["MG-0007"], classes["MG-0007"], "the density's cell:", picture[12:15, 18:21], sep="\n")

# %% [markdown]
# From here on `CompositionImager` does this work. It is a scikit-learn transformer: `fit` learns the limits on the
# training rows, `transform` draws. It takes formulas, fractions or descriptors, and returns float32 pictures between
# 0 and 1 with one channel, as convolutions want them: (n, 1, 24, 21).
#
# They stay in memory: torch's `DataLoader` hands them to a network in shuffled batches (torch, the library of networks, gets
# its own lesson, the next one), and there is no folder of 6470 files to keep in step with the table. For a talk, a picture can
# still become a PNG file.

# %%
import tempfile, torch
from pathlib import Path
from torch.utils.data import DataLoader, TensorDataset
from mcvn_utils import CompositionImager
from mcvn_utils.images import save_png

imager = CompositionImager(gray_levels=256).fit(descriptors.loc[train])
images = imager.transform(descriptors)
assert np.array_equal((images[formulas.index.get_loc("MG-0007"), 0] * 255).round(), picture)
print(images.shape, images.dtype, f"{images.nbytes / 1e6:.0f} MB")
loader = DataLoader(TensorDataset(torch.from_numpy(images)), batch_size=256, shuffle=True)
print("one batch:", tuple(next(iter(loader))[0].shape))
file = save_png(picture / 255, Path(tempfile.mkdtemp()) / "MG-0007.png", scale=20)
print("one file:", file.name, f"{file.stat().st_size / 1000:.1f} kB")

# %% [markdown]
# All 6470 pictures take 13 MB and a few hundredths of a second, less than their descriptors.
#
# Now look at Cu64Zr36, a bulk glass of two elements only. **Move the pointer over the picture**: each pixel tells its
# descriptor and its gray. Where a page shows no hints, compare with the template above. The frames mark the cells in later
# figures; they are no part of a picture.

# %%
from IPython.display import HTML
from mcvn_utils.plots import hover_alloy_image

HTML(hover_alloy_image(picture / 255, scale=14))

# %% [markdown]
# The brightest cells are those of s and d electrons: copper has a full d shell and one s electron, zirconium two of each.
# The magnetic moment (fifth row, sixth column) is black, as both are non-magnetic. Mid-gray pixels in the f electrons' row say
# nothing: no value.
#
# ## 4. A gallery
#
# Eight alloys from the history of metallic glasses: the iron ribbons of the 1970s; Turnbull's palladium glass, a centimetre
# thick; Inoue's of lanthanum and of magnesium; Vitreloy, of which golf clubs were cast; two elements that suffice; a light
# ribbon of aluminium. The last one is no glass at all, but Cantor's alloy, five metals in equal parts in one fcc phase.

# %%
from mcvn_utils.plots import plot_image_gallery

famous = {
    "Fe80B20": "Fe80B20, 1970s",
    "Pd40Ni40P20": "Pd40Ni40P20, 1984",
    "La55Al25Ni20": "La55Al25Ni20, 1989",
    "Mg65Cu25Y10": "Mg65Cu25Y10, 1991",
    "Zr41.2Ti13.8Cu12.5Ni10Be22.5": "Vitreloy 1, 1993",
    "Cu64Zr36": "Cu64Zr36, 2004",
    "Al85Ni10La5": "Al85Ni10La5",
    "CoCrFeMnNi": "Cantor's alloy",
}
gallery = imager.transform(list(famous))[:, 0]
variances = pd.Series(gallery[:, statistic_map == "var"].mean(axis=1), index=famous.values())
assert variances.idxmin() == "Cantor's alloy"
plot_image_gallery(gallery, list(famous.values()))
plt.show()

# %% [markdown]
# What to see: Cantor's alloy is the flattest. Its metals are neighbours in the periodic table, so its variances (the upper right
# corner of each cell) are nearly black. The lanthanum glass is bright in the fourth and fifth column, where the radii are. The
# magnetic moment lights up in the two alloys with iron.
#
# ### Mean pictures of the three classes
#
# The average of all training pictures of a class, and below the differences, in colours where bright means more:

# %%
is_train = descriptors.index.isin(train)
means = {name: images[is_train & (classes == name), 0].mean(axis=0) for name in ("BMG", "RMG", "CRA")}
plot_image_gallery(list(means.values()), list(means), columns=3)
gaps = {f"{a} minus {b}": means[a] - means[b] for a, b in (("BMG", "RMG"), ("BMG", "CRA"), ("RMG", "CRA"))}
plot_image_gallery(list(gaps.values()), list(gaps), columns=3, signed=True)
plt.show()

# %% [markdown]
# The three means look the same at first sight; the differences do not. We look the strongest pixels up: what sets bulk glasses
# apart from crystalline alloys?

# %%
difference = pd.Series((means["BMG"] - means["CRA"]).ravel(), index=pixels.ravel())
strongest = difference[difference.abs().sort_values(ascending=False).index].head(10)
strongest.round(2).to_frame("BMG minus CRA")

# %% [markdown]
# Two stories are told here. `num_s_unfilled` is 1 for elements with a single outer s electron, above all **copper**. And the
# alloy's largest period and radius are brighter: bulk glasses hold a **large atom** (Zr, La, Ca, Y, Mg) among smaller ones.
# Behind this stand Inoue's three rules: at least three elements, sizes that differ by more than 12 %, negative heats of mixing. The
# picture shows the second. It cannot know the third, since a heat of mixing belongs to a pair of elements.

# %%
copper = formulas.str.contains("Cu").groupby(classes).mean()
spread = descriptors["var:atomic_radius"].groupby(classes).mean()
assert copper["BMG"] > 2 * copper["CRA"] and spread["BMG"] > spread["RMG"] > spread["CRA"]
pd.DataFrame({"share with Cu": copper, "variance of atomic radius, pm²": spread}).round(2)

# %% [markdown]
# ## 5. From copper to zirconium
#
# Walk along a composition line and watch. At both ends stand the pure metals.

# %%
line = ["Cu", "Cu80Zr20", "Cu60Zr40", "Cu40Zr60", "Cu20Zr80", "Zr"]
plot_image_gallery(imager.transform(line), line, columns=6)
plt.show()

# %% [markdown]
# The four mixtures look alike, and both pure metals differ from them at once: all variances drop to black, and the two lower
# corners of a cell, maximum and minimum, become equal. One feature in fine steps, before it is scaled:

# %%
zirconium = np.array([0, *np.arange(0.5, 100, 0.5), 100])
fine = pd.DataFrame({"Cu": 100 - zirconium, "Zr": zirconium})
steps = CompositionDescriptor(features=["density"]).set_output(transform="pandas").fit_transform(fine)
styles = {"max": (0, (5, 2)), "ave": "-", "gmean": "--", "hmean": ":", "min": "-."}
fig, ax = plt.subplots(figsize=(5, 2.4), layout="constrained")
for statistic, style in styles.items():
    _ = ax.plot(zirconium, steps[f"{statistic}:density"], ls=style, lw=2, label=statistic)
ax.set(xlabel="zirconium, at%", ylabel="density, g/cm³", title="Cu-Zr")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
jump = np.abs(np.diff(imager.transform(fine)[:, 0, *template.pixels_of("min:density")[0]]))
assert 0.2 < jump[0] < 0.4 and jump[1:].max() == 0

# %% [markdown]
# The average is a straight line, the other two means sag below it. But `max` and `min` **jump**: 0.5 at% of zirconium
# counts as much as 99.5 %, and the pixel `min:density` moves by a third of the gray scale at once. That is a weakness of this
# densification. A trace of an impurity, reported or not, repaints two pixels in each cell. Keep it in mind for steels with
# 0.003 % of sulphur.
#
# ## 6. The leak: who sets the scale?
#
# The paper scales over the whole data set, test alloys included. It is one line of code, and most of us have written it.
# What does it do to the pictures? `scale_on` takes the rows that set the scale; by default these are the rows given to `fit`.

# %%
leaky = CompositionImager(gray_levels=256, scale_on=descriptors).fit(descriptors.loc[train])
moved = (leaky.low_ != imager.low_) | (leaky.high_ != imager.high_)
print(f"{(moved & imager.low_.notna()).sum()} of 392 pixels have another scale, max:period among them:")
heavy = descriptors["max:period"].sort_values(ascending=False, kind="stable").index[:3]
where = np.where(heavy.isin(test), "test", "train")
pd.DataFrame({"formula": formulas[heavy], "max:period": descriptors["max:period"][heavy], "rows": where})

# %% [markdown]
# One single alloy holds **uranium**, the only element of period 7 in the table. In this split it is a test alloy. If it joins
# the scaling, white means period 7 instead of 6, and this pixel darkens from 255 to 170 in every training alloy with lanthanum. The
# training pictures now tell of an alloy that the model must not know.
#
# How much changes over all? We repeat it over several splits: random ones, and those by chemical system, where all
# alloys of one set of elements are on one side. (In a random split every alloy is a group of its own.)


# %%
def measure_leak(train, test):
    """Compare training pictures scaled honestly and over all rows; count clipped test pixels."""
    honest = CompositionImager(gray_levels=256).fit(values[train])
    leaky = CompositionImager(gray_levels=256, scale_on=values).fit(values[train])
    change = np.abs(leaky.transform(values[train]) - honest.transform(values[train]))[:, 0, pixels != ""] * 255
    changed = change > 0.5
    clipped = honest.clipped(values[test])[:, pixels != ""]
    return {
        "training pixels changed, %": 100 * changed.mean(),
        "mean change of these, grays": change[changed].mean(),
        "largest change, grays": change.max(),
        "test pixels clipped, %": 100 * clipped.mean(),
        "test alloys with a clipped pixel, %": 100 * clipped.any(axis=1).mean(),
    }


# %% tags=["nbval-ignore-output"]
from sklearn.model_selection import GroupShuffleSplit

values = descriptors.to_numpy()
split = GroupShuffleSplit(n_splits=2 if FAST else 5, test_size=0.3, random_state=0)
leaks = pd.DataFrame(
    {"split": name, **measure_leak(*rows)}
    for name, group in {"random": formulas.index, "by chemical system": table.groups}.items()
    for rows in split.split(values, groups=group)
)
clipped = leaks.groupby("split")["test pixels clipped, %"]
assert leaks["training pixels changed, %"].between(8, 60).all()
assert leaks["mean change of these, grays"].between(3, 18).all()
assert clipped.max().max() < 0.25 and clipped.max()["random"] < clipped.max()["by chemical system"]
leaks.groupby("split").agg(["min", "max"]).round(2).T.unstack()

# %% [markdown]
# Between a tenth and half of all training pixels change, on average by 4 to 16 of the 255 grays. So the leak is **small,
# and everywhere**. It carries no labels, and often it will not change a score. But that is known only after measuring, and
# doing it right costs nothing.
#
# The honest way has a price tag that one should read, too. Test values beyond the training range are **clipped** to black
# or white: 0.02 to 0.05 % of the pixels in random splits, up to 0.2 % in new chemical systems. `imager.clipped(X)`
# shows them. An alloy with many clipped pixels lies outside of what the model has seen, which deserves a word beside its
# prediction.
#
# ### Long tails
#
# Smallest and largest value are set by the two oddest alloys. All others share what is left of the scale. Two
# alternatives: limits at the 1 % and 99 % **quantiles**, or at three **standard** deviations to each side of the mean.
# Both clip a few training values; the quantiles leave more contrast to all others.

# %%
drawn = pixels != ""
contrast = {}
for scaling in ("minmax", "quantile", "standard"):
    scaled = CompositionImager(scaling=scaling).fit(values)
    spread, outside = scaled.transform(values)[:, 0, drawn].std(axis=0), scaled.clipped(values)[:, drawn]
    contrast[scaling] = {"median spread of a pixel": np.median(spread), "clipped, %": 100 * outside.mean()}
assert contrast["quantile"]["median spread of a pixel"] > 1.2 * contrast["minmax"]["median spread of a pixel"]
pd.DataFrame(contrast).round(2)

# %% [markdown]
# In all three cases the scale is a straight line; only its two ends move.
#
# ## 7. Shapes that fit are not pictures that are right
#
# The sample pictures released with the paper have 24 x 21 pixels, as they should. But the 56 cells had been laid **eight a
# row**: 24 pixels *wide* and 21 high. They were then read as 24 *high* and 21 wide. Both have 504 pixels, so no program
# complained. We do it again, on purpose, with a tone of its own for each cell:

# %%
cells = np.random.default_rng(0).permutation(56)
numbers = cells.reshape(8, 7).repeat(3, axis=0).repeat(3, axis=1)
wide = cells.reshape(7, 8).repeat(3, axis=0).repeat(3, axis=1)
torn = wide.reshape(24, 21)
print("right", numbers.shape, " eight a row", wide.shape, " torn", torn.shape)
fig, axes = plt.subplots(1, 3, figsize=(8, 2.9), layout="constrained")
for ax, image, title in zip(axes, (numbers, wide, torn), ("right", "eight a row", "torn"), strict=True):
    ax.imshow(image, cmap="viridis")
    _ = ax.set(title=title, xticks=np.arange(2.5, image.shape[1], 3), yticks=np.arange(2.5, image.shape[0], 3))
    ax.grid(color="white", lw=1)
    ax.tick_params(length=0, labelleft=False, labelbottom=False)
plt.show()

# %% [markdown]
# The white squares are what the first convolution of MCVN sees: 3 x 3 pixels, moved on by 3. On the right picture
# each square is one cell, one feature. On the torn one a line of 24 pixels runs over the edge into the next line of
# 21, and each cell ends up in pieces. How many features does one square mix?

# %%
for name, image in {"right": numbers, "torn": torn}.items():
    windows = image.reshape(8, 3, 7, 3).swapaxes(1, 2).reshape(56, 9)
    mixed = [len(set(window)) for window in windows]
    assert set(mixed) == {1 if name == "right" else 3}
    print(name, "- features in one window:", min(mixed), "to", max(mixed))

# %% [markdown]
# Three, everywhere. The network was trained on torn pictures all the same, and the paper reports good results. That is worth
# remembering: a flexible model learns from almost anything, so **a good score does not prove that the input means what you
# think**. Look at your inputs, and assert which number is at which place. (In this library, a test draws three alloys by
# hand, pixel by pixel.)
#
# ## 8. Other arrangements
#
# Is the experts' layout any better than another? Three rivals: all cells shuffled (`random`); a layout learned from the
# training alloys (`correlation`), in which features that rise and fall together are strung on a line, and the line is folded
# into the grid; and, as a control, all 392 pixels shuffled, so that even the cells are torn.

# %%
from mcvn_utils.images import PixelTemplate
from mcvn_utils.plots import plot_alloy_image

arrangements = {
    "expert": ImageTemplate.expert(),
    "random": ImageTemplate.random(0),
    "correlation": ImageTemplate.correlation(values[is_train]),
    "shuffled pixels": PixelTemplate.random(0),
}
fig, axes = plt.subplots(2, 4, figsize=(8, 4.7), layout="constrained")
for column, (name, arrangement) in zip(axes.T, arrangements.items(), strict=True):
    plot_template(arrangement, groups, column[0], names=False, title=name)
    drawn = CompositionImager(arrangement).fit(values[is_train]).transform(["Cu64Zr36"])
    plot_alloy_image(drawn[0], ax=column[1])
plt.show()

# %% [markdown]
# Above, the kinds of features in the colours of section 2: grouped, scattered, grouped again without having been told, and
# dust. Below, the same alloy, four times the same grays; at the lower right a frame holds nine strangers. How alike are
# neighbours? We take the absolute correlation of two features over the training alloys, averaged over the seven statistics,
# and average it over all cells that touch:

# %%
from mcvn_utils.images import feature_similarity

features = list(template.features)
similarity = feature_similarity(descriptors.loc[train], features)
scores = {}
for name in ("expert", "random", "correlation"):
    k = np.vectorize(features.index)(arrangements[name].grid)
    touching = [similarity[k[:, 1:], k[:, :-1]], similarity[k[1:], k[:-1]]]
    scores[name] = round(float(np.concatenate([pair.ravel() for pair in touching]).mean()), 2)
assert 0.4 < scores["expert"] < 0.48 and 0.35 < scores["random"] < 0.43 and scores["correlation"] > 0.55
scores

# %% [markdown]
# The experts' layout is only a little smoother than chance, about 0.44 against 0.39; following the correlations gives about
# 0.6. Smoothness is a property of the picture, though, not of a prediction. What an arrangement is worth must be
# measured with a trained network. We do so in section 10, once we have one more picture.
#
# ## 9. A picture that is no redraw: the periodic table
#
# Chemists have had a picture with meaningful neighbourhoods since 1869. `PeriodicTableImager` draws the atomic
# fractions where the elements stand, so that neighbours are chemical relatives (Zheng et al., Chem. Sci. 2018; Feng et al.,
# npj Comput. Mater. 2021, for glass formation). It keeps what the 406 descriptors only hint at: *which* elements there
# are. Further channels hold the fraction times a feature, here Pauling's electronegativity and the atomic radius.
# Nothing is learned from data, so nothing can leak.

# %%
from mcvn_utils import PeriodicTableImager

periodic = PeriodicTableImager(features=["en_pauling", "atomic_radius"]).fit_transform(formulas)
vitreloy = periodic[formulas == "Zr41.2Ti13.8Cu12.5Ni10Be22.5"][0]
fig, axes = plt.subplots(1, 3, figsize=(9, 1.9), layout="constrained")
for ax, channel, title in zip(axes, vitreloy, ["fraction", "x electronegativity", "x radius"], strict=True):
    ax.imshow(channel, cmap="gray", vmin=0, vmax=vitreloy.max())
    _ = ax.set(title=title, xticks=[], yticks=[])
print(periodic.shape)
plt.show()

# %% [markdown]
# Vitreloy 1 in three channels: beryllium at the upper left, titanium above the bright zirconium, nickel and copper to the
# right. Averaged over a class, the fractions become a map of where glasses are made. Bulk glasses minus crystalline alloys:

# %%
from mcvn_utils.composition import POSITIONS
from mcvn_utils.plots import plot_periodic_table

fractions = pd.DataFrame({e: periodic[:, 0, row, col] for e, (row, col) in POSITIONS.items()}, index=formulas.index)
gap = 100 * (fractions[classes == "BMG"].mean() - fractions[classes == "CRA"].mean())
plot_periodic_table(gap[gap != 0], label="at%", title="Mean composition, bulk glasses minus crystalline alloys")
plt.show()

# %% [markdown]
# Crystalline alloys gather at aluminium; bulk glasses have more zirconium, calcium, copper, magnesium and palladium: large
# atoms with small ones, early with late metals.
#
# ## 10. What is it worth?
#
# Now the measurement. One small network reads the picture: three layers of 3 x 3 convolutions with 8, 16 and 16 channels,
# each followed by a pooling that keeps the largest of 2 x 2 numbers, then three plain layers. It has 17 000 weights. Lesson 04
# explains layers one by one; here the network is a judge, the same for every picture. All arrangements hold the same 392
# descriptors in the same grays, so that only the places differ. The judge sees the training alloys, decides by a tenth of
# them when to stop, and is scored on the held-out ones by **macro-F1**: the F1 score (harmonic mean of precision and recall)
# of each class, averaged over the three classes, from 0 to 1.
#
# First live and short, with two networks that differ in their random start alone:

# %% tags=["nbval-ignore-output"]
from mcvn_utils.study import trial_scores
from mcvn_utils.model import Plan

rows = np.flatnonzero(is_train), np.flatnonzero(~is_train)
plan = Plan(steps=16 if FAST else 160, batch_size=128, learning_rate=0.005, checks=4)
live = {}
for name in ("expert", "random"):
    drawn = CompositionImager(arrangements[name]).fit(values[is_train]).transform(values)
    live[name] = trial_scores(drawn, None, classes, rows, n_members=2, plan=plan)["macro_f1"]
live = pd.DataFrame(live).rename_axis("network")
assert live.min().min() > (0.1 if FAST else 0.55)
live.round(3)

# %% [markdown]
# Look down the columns, then along the rows: two starts of one network differ as much as the two arrangements do. One split
# and two networks prove nothing. So `make pictures` does it at length: three times as many steps, five random splits and five
# folds that hold out whole chemical systems, two networks each, and two more arrangements that the field uses.
# **DeepInsight** (Sharma et al., Sci. Rep. 2019) puts descriptors where t-SNE maps them, and **IGTD** (Zhu et al., Sci. Rep.
# 2021) swaps them until alike ones are near; both learn from the training rows. Each picture is read alone, and beside the 406
# descriptors, which go through one plain layer and join before the end.

# %%
from mcvn_utils.plots import plot_arrangements
from mcvn_utils.study import fold_means, results_path

trials = pd.read_csv(results_path("pictures.csv"))  # made by make pictures
plot_arrangements(fold_means(trials))
plt.show()

# %% [markdown]
# One line per arrangement: small dots are folds (the mean of two networks), the large mark is their mean, the bar one standard
# deviation to each side. Gray circles read the picture alone, black squares read the descriptors beside it, and the dashed
# line reads the descriptors without any picture. At the left all means lie between 0.82 and 0.84 (mind the axis: it is
# enlarged). At the right, where chemical systems are new, everything is lower and scatters more: **what is held out matters
# far more than how pixels are laid.**
#
# Compare on the same folds, then, where the scatter between folds drops out. Each arrangement minus the experts', with the 95 %
# interval of the paired test (`evaluation.paired_difference`):

# %%
from mcvn_utils.study import NO_PICTURE, differences

same_pixels = ["random", "correlation", "DeepInsight", "IGTD", "shuffled pixels"]
worth = differences(trials, "expert")
others = worth[worth["arrangement"].isin(same_pixels)]
assert len(others) == 20 and others["difference"].abs().max() < 0.02
assert (others["low"] < 0).all() and (others["high"] > 0).all()
beside = differences(trials, NO_PICTURE)
assert beside["difference"].max() < 0.01 and (beside["low"] < 0).all() and (beside["high"] > 0).all()
periodic_alone = worth.query("arrangement == 'periodic table' and descriptors == 'no'")["difference"]
assert periodic_alone.between(-0.1, -0.01).all()
cells = zip(worth["difference"], worth["low"], worth["high"], strict=True)
worth["shown"] = [f"{mean:+.3f} ({low:+.3f} to {high:+.3f})" for mean, low, high in cells]
worth = worth.pivot(index="arrangement", columns=["protocol", "descriptors"], values="shown").fillna("")
worth

# %% [markdown]
# - **The arrangement is worth nothing that we can measure.** In all 20 comparisons of the same 392 pixels in other places the
#   difference is at most 0.011, and every interval holds zero. Torn to single pixels, the picture is read as well as in the
#   experts' order; two networks of the same picture differ as much. A CNN this small, which ends in plain layers, finds the
#   numbers wherever they are.
# - **Beside the descriptors the picture is worth nothing either**: at most 0.003 more than without it. It is a redraw, as we
#   said in section 1. Alone it does the descriptors' work on random splits, and on new systems rather less well.
# - **The periodic table, read alone, is worse**: 0.02 below the experts' picture on random splits, and 0.08 on systems never
#   seen (there the interval is so wide that it just holds zero). It shows *which* elements there are; one that the training
#   alloys hardly hold is a pixel of which the network has learned little. Beside the descriptors it changes nothing on random
#   splits, and on new systems it does not help: 0.02 below the descriptors alone, with an interval wide around zero.
#
# XGBoost, which reads the descriptors as a plain row, reaches 0.88 on the same random splits and 0.76 on the same systems: more
# than any picture here. All this holds for one small network, one data set and the differences that five folds can show; 0.005
# may hide in it. It is why MCVN (lesson 04) reads elements and raw features beside the picture, and why we draw pictures: for
# people, who do read them better than rows.
#
# ## 11. Explore
#
# Type two formulas and press Enter. The third picture is the difference: mid-gray where the two agree, light where the
# second alloy is brighter. The slider mixes the two. Try `Fe80B20` against `Fe80P20`: which features tell boron from
# phosphorus? Then `Cu` and `Zr` again, and move the slider slowly from 0. (The widget needs a running kernel; a static page
# shows its first state, or nothing.)

# %% tags=["nbval-ignore-output"]
from mcvn_utils.course import image_explorer

image_explorer(imager, "Cu", "Zr")

# %% [markdown]
# ## What we have seen
#
# - A template gives each of 56 features a cell of 3 x 3 pixels; 392 pixels are drawn, and each can be looked up both ways.
# - Grays are descriptors scaled between two limits; without a value or without change a pixel is mid-gray.
# - Bulk glasses differ from crystalline alloys by copper and by a large atom among small ones; `max` and `min` jump with the first
#   trace of an element.
# - Scaled over all rows, training pictures change with the test alloys, a little and everywhere. Scaled on training rows, a few test
#   values are clipped, and can be counted.
# - A picture of the right shape can be torn, and a network may not complain.
# - Arrangements differ in smoothness, but one small CNN reads all of them equally well, and the descriptors without a picture
#   just as well. The periodic table, read alone, is worse, most of all for systems never seen.
#
# ## Check yourself
#
# **1.** Why are there 504 pixels, but only 392 drawn?
#
# <details><summary>Answer</summary>56 cells have 9 pixels each, 504 together. A cell holds 7 statistics, so 56 x 7 = 392 are drawn
# and 56 x 2 = 112 stay black.</details>
#
# **2.** A pixel is 128. Is the descriptor in the middle of its range?
#
# <details><summary>Answer</summary>Not for certain. 128 is also the gray of a descriptor that has no value (such as a geometric mean of
# negative numbers) or that did not change over the training rows. <code>imager.low_</code> is NaN for the latter.</details>
#
# **3.** All `var` pixels of an alloy are black. What is it?
#
# <details><summary>Answer</summary>A pure element, or nearly one: with one element all variances are 0.</details>
#
# **4.** Your colleague fits the imager on all alloys "because min-max scaling uses no labels". What do you say?
#
# <details><summary>Answer</summary>True, no labels leak. But the training pictures then depend on the test alloys: one uranium alloy
# repaints a pixel of thousands of others. The measured score belongs to a model that has seen the test alloys' range, which no new alloy will
# grant you. The honest way costs nothing.</details>
#
# **5.** Why did the torn pictures raise no error, and which check would have found them?
#
# <details><summary>Answer</summary>21 x 24 and 24 x 21 have the same number of pixels, and <code>reshape</code> looks at nothing else. A check of
# content finds it: assert which descriptor stands at a given pixel, or look at one picture with its cell frames.</details>
#
# ## Exercises
#
# Blanks that tell you at once whether an answer is right: [exercises 03](exercises/03_image_mapping.ipynb). New words are in the [glossary](../docs/glossary.md).
#
# 1. (5 minutes) Find an alloy whose picture is the same as that of `Cu50Zr50` in all `max` and `min` pixels, but not in the others. Which
#    alloys can these be?
# 2. (15 minutes) Make your own template: `template.to_frame()`, put `hhi_p` in place of `c6_gb`, and go back with
#    `ImageTemplate.from_frame`. Then write a feature twice and read the message.
# 3. (30 minutes) For the split by chemical system, list the ten test alloys with most clipped pixels. Which elements do they have in
#    common, and would you trust a prediction for them?
#
# Next: [04 · Building MCVN](04_building_mcvn.ipynb)
