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
# # 00 · Start here
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/mcvn-tutorial/mcvn-tutorial/blob/main/notebooks/00_start_here.ipynb) [![Open in Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/mcvn-tutorial/mcvn-tutorial/main?urlpath=lab/tree/notebooks/00_start_here.ipynb)
#
# In five minutes you walk the whole road once: from the formula of an alloy, over a small picture, to a prediction.

# %% [markdown]
# ## Objectives
#
# - Check that everything the lessons need is installed.
# - Turn a formula into atomic fractions, descriptors and a picture, one line each.
# - Predict with a trained model, and know what its answer is worth.
# - Explore alloys with a slider.
# - Know which lesson explains which step.
#
# **Before you start**: you have used Python and pandas. Nothing else is assumed.
#
# **Time**: 10 minutes

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
# If the last line above begins with **OK**, go on. If it begins with **To do**, it also says what to type.
#
# A notebook is a page of cells. Click on the next one with code and press **Shift + Enter**: it runs, its result appears
# under it, and the next cell is chosen. Run the cells from top to bottom, and change them as you like: nothing can break.

# %% [markdown]
# ## 1. The road
#
# An alloy is known by its **composition**: so much of this element, so much of that. A computer that is to predict a
# property from it meets two troubles. The list of amounts is nearly all zeros (94 elements, of which an alloy has three or
# four), and a symbol such as Zr says nothing of the atom: not its size, nor how it holds its electrons.
#
# **MCVN**, the Material Composition Visualization Network, answers with a road of four steps:
#
# | step | from | to | lesson |
# |---|---|---|---|
# | read | a formula, or wt% | atomic fractions of 94 elements | [01](01_composition_parsing.ipynb) |
# | densify | fractions | 406 descriptors: 58 features of the elements, 7 statistics each | [02](02_descriptor_densification.ipynb) |
# | draw | descriptors | a gray picture of 24 x 21 pixels | [03](03_image_mapping.ipynb) |
# | predict | picture, elements, raw features | a strength, or a class | [04](04_building_mcvn.ipynb), [05](05_steel_regression.ipynb), [06](06_amorphous_classification.ipynb) |
#
# We walk it once now, one line of code a step.

# %% [markdown]
# ## 2. Read: a formula becomes fractions
#
# Our alloy is Zr50Cu40Al10: of 100 atoms, 50 are zirconium, 40 copper, 10 aluminium. Melted and cooled at a modest rate,
# it does not crystallise. It freezes to a **metallic glass**, with its atoms in disorder like those of a window pane.

# %%
from mcvn_utils import parse_formula

alloy = "Zr50Cu40Al10"
parse_formula(alloy)

# %% [markdown]
# The numbers are **atomic fractions**: shares of the atoms, 1 in all. A model wants the same columns for every alloy, so
# `fractions` makes a table with one column for each of the 94 elements from hydrogen to plutonium.

# %%
from mcvn_utils import fractions

x = fractions([alloy])
print(x.shape, "of which not zero:", int((x > 0).sum(axis=1).iloc[0]))

# %% [markdown]
# Three numbers in ninety-four. On the periodic table one sees how little that is, and also that the three elements come
# from three corners of it: an early transition metal, a late one, and a light metal of the main groups. Such partners
# mix eagerly and differ in size, which is what a glass needs.

# %%
import matplotlib.pyplot as plt

from mcvn_utils.plots import plot_periodic_table

fig, ax = plt.subplots(figsize=(8.5, 4.2))
present = 100 * x.iloc[0].loc[x.iloc[0] > 0]
_ = plot_periodic_table(present, ax=ax, label="amount (at%)", title=alloy)
plt.show()

# %% [markdown]
# Formulas in papers hold traps. In `(Fe75Co25)83P17` the bracket does not multiply, as it would in chemistry: 83 % of the
# atoms are iron and cobalt, mixed 75 to 25. The library reads it that way, and refuses what it cannot read.

# %%
from mcvn_utils import FormulaError

print(parse_formula("(Fe75Co25)83P17"))
try:
    parse_formula("Al40Cu60T")
except FormulaError as error:
    print(error)

# %% [markdown]
# The second text stands in a published table. A common parser takes the T for tritium, a kind of hydrogen, and says
# nothing. How many alloys of that table are misread in silence, and what it costs, is the matter of lesson 01.

# %% [markdown]
# ## 3. Densify: fractions become descriptors
#
# Now the atoms get a voice. A table lists 58 **features** of each element: radius, electronegativity, melting point and
# so on. Weighted by the atomic fractions they give statistics of the alloy: its mean radius, for instance, or the variance
# of the radii. Seven statistics of 58 features are 406 **descriptors**, none of which is empty by absence.

# %%
from mcvn_utils import CompositionDescriptor

describe = CompositionDescriptor().set_output(transform="pandas")
descriptors = describe.fit_transform(x)
descriptors[["ave:atomic_radius", "var:atomic_radius", "max:melting_point", "ave:en_pauling"]].round(3)

# %% [markdown]
# A name such as `var:atomic_radius` says which statistic of which feature it is. The mean can be checked by hand:
#
# $$\bar r = \sum_i x_i\, r_i$$
#
# with $x_i$ the atomic fraction of element $i$ and $r_i$ its atomic radius in pm.

# %%
from mcvn_utils import element_table

radius = element_table()["atomic_radius"]
by_hand = sum(share * radius[symbol] for symbol, share in parse_formula(alloy).items())
assert abs(by_hand - descriptors["ave:atomic_radius"].iloc[0]) < 1e-9
print(f"{by_hand:.1f} pm")

# %% [markdown]
# ## 4. Draw: descriptors become a picture
#
# Each descriptor becomes one gray pixel: black for the smallest value among the alloys that we know, white for the
# largest. The seven pixels of one feature form a cell of 3 x 3, and experts have laid the cells so that related features
# are neighbours. What is small and large is learned from a table of 6470 alloys.

# %%
from mcvn_utils import CompositionImager, load_metallic_glass

glass = load_metallic_glass()
imager = CompositionImager().fit(glass.X)
image = imager.transform([alloy])
image.shape

# %%
from mcvn_utils.plots import plot_image_gallery

others = [alloy, "Fe80B11Si9", "Al85Ni10La5", "Pd40Cu30Ni10P20"]
_ = plot_image_gallery(imager.transform(others), others)
plt.show()

# %% [markdown]
# Four alloys, four faces. Look at the fourth and fifth column of cells, where the atomic radii stand. The iron glass is dark
# there, since boron and silicon are small atoms; aluminium with lanthanum has bright `max` pixels (lower left in a cell),
# since lanthanum is a very large one. The template tells which pixel is which, so that we can read the gray off:

# %%
from mcvn_utils import ImageTemplate

row, column = ImageTemplate.expert().pixels_of("max:covalent_radius_cordero")[0]
pixels = imager.transform(others)[:, 0, row, column].astype(float)
grays = dict(zip(others, pixels.round(2).tolist(), strict=True))
assert max(grays, key=grays.get) == "Al85Ni10La5"
grays

# %% [markdown]
# Lesson 03 builds such pictures by hand and asks what they are good for.

# %% [markdown]
# ## 5. Predict: a picture becomes an answer
#
# A small MCVN has been trained beforehand on the 6470 alloys. It tells three classes apart:
#
# - **BMG**, bulk metallic glass: it stays a glass even when cast in pieces of a millimetre and more;
# - **RMG**, ribbon metallic glass: it does so only as a thin ribbon, cooled a million degrees a second;
# - **CRA**, crystalline alloy: it crystallises even then.
#
# The model file holds numbers and settings, no code. It is opened by name.

# %%
from mcvn_utils import MCVNClassifier
from mcvn_utils.datasets import data_path

model = MCVNClassifier.load(data_path("glass_mcvn.safetensors"), device="cpu")
print("classes:", *model.classes_)
print("alloys that it was trained on:", len(glass.X))

# %% tags=["nbval-ignore-output"]
import pandas as pd

answers = pd.DataFrame(model.predict_proba(pd.DataFrame({"formula": others})), columns=model.classes_)
answers.insert(0, "formula", others)
answers.round(2)

# %% [markdown]
# Each row adds up to 1. For Zr50Cu40Al10 and the palladium glass the model says bulk glass; for the glass of iron with
# boron and silicon, from which the cores of transformers are wound, ribbon. Both is known to be so, and we assert it:

# %%
best = dict(zip(others, model.predict(pd.DataFrame({"formula": others})), strict=True))
assert best["Zr50Cu40Al10"] == best["Pd40Cu30Ni10P20"] == "BMG"
assert best["Fe80B11Si9"] == "RMG"

# %% [markdown]
# **What is that worth?** The model was trained on all 6470 alloys, and some of these four are among them. That a model knows
# what it was shown proves nothing. How well it does on alloys that were held out is measured in lesson 06, on splits that
# are stated, with their spread. Keep the question: *on which rows?*

# %% [markdown]
# ## 6. Explore
#
# Pick an alloy, or type your own formula and press Enter. Then move the slider with the mouse or the arrow keys: it changes
# the share of the first element, and picture and prediction follow.

# %% tags=["nbval-ignore-output"]
from mcvn_utils.course import alloy_explorer

alloy_explorer(model)

# %% [markdown]
# The explorer answers one alloy at a time. Along a whole line of alloys the same model draws a map: from pure copper to
# pure zirconium, how likely is each class?

# %%
import numpy as np

zirconium = np.arange(1, 100)
line = pd.DataFrame({"formula": [f"Cu{100 - zr}Zr{zr}" for zr in zirconium]})
along = model.predict_proba(line)
assert np.allclose(along.sum(axis=1), 1)

# %%
fig, ax = plt.subplots(figsize=(8, 3.2))
for name, curve, style in zip(model.classes_, along.T, ["-", "--", ":"], strict=True):
    _ = ax.plot(zirconium, curve, style, color="black", lw=2, label=name)
_ = ax.set(xlabel="zirconium (at%)", ylabel="probability", title="Cu-Zr as the model sees it", ylim=(0, 1))
_ = ax.legend()
plt.show()

# %% [markdown]
# Towards the ends, where there is almost pure metal, the model says crystal; between them it sees glasses. Copper
# and zirconium do form bulk glasses in narrow ranges, the best known near Cu50Zr50 and Cu64Zr36. Do not read the curves as
# measurements: where the table has few alloys, they are guesses.

# %% [markdown]
# ## 7. Steels walk the same road
#
# A steel is given in weight per cent, with iron as the rest. Only the first step differs: weights are turned into atoms.

# %%
from mcvn_utils import from_weight_percent, load_nims_steel

steel = load_nims_steel()
elements = steel.composition["composition"]
steel.X[elements].head(3)

# %%
steel_fractions = from_weight_percent(steel.X[elements], balance="Fe")
(100 * steel_fractions[["Fe", *elements]].head(3)).round(2)

# %% [markdown]
# 0.35 % of carbon by weight are 1.6 % of the atoms, since a carbon atom is light: the first lesson for everybody who reads
# steels. The pictures then come from the same two lines as before.

# %%
steel_images = CompositionImager().fit_transform(steel_fractions)
rows = [0, 100, 200, 300]
labels = [f"{steel.X.index[k]}, {steel.y['tensile_strength'].iloc[k]:.0f} MPa" for k in rows]
_ = plot_image_gallery(steel_images[rows], labels)
plt.show()

# %% [markdown]
# The titles give each steel's tensile strength. The same steel, tempered at another temperature, has another strength but
# the same picture: that is why MCVN reads raw features, such as temperatures, beside it. Lesson 05 trains it on these 360
# steels and asks how well it does on a heat that it has never seen.

# %% [markdown]
# ## What we have seen
#
# - The set-up cell checks versions, device and packages, and says what to do.
# - One line each turns a formula into fractions, fractions into descriptors, and descriptors into a picture.
# - A trained model gives class probabilities; on rows that it was trained on, they prove nothing.
# - A slider shows how picture and prediction follow the composition.
# - Lessons 01 to 04 explain the steps, 05 and 06 measure them on steels and glasses, and 07 holds the results against the paper and the peers.
#
# ## Check yourself
#
# 1. How many of the 94 fractions of Zr50Cu40Al10 are not zero?
#    <details><summary>Answer</summary>Three. A composition is sparse: that is why it is densified.</details>
# 2. What does `max:melting_point` mean?
#    <details><summary>Answer</summary>The melting point of that element of the alloy which melts last, in kelvin; for our alloy zirconium's. It does not depend on the amounts.</details>
# 3. Why 406 descriptors?
#    <details><summary>Answer</summary>58 features of the elements times 7 statistics.</details>
# 4. What does a white pixel say?
#    <details><summary>Answer</summary>That this descriptor has the largest value among the alloys on which the scale was learned, or a larger one.</details>
# 5. The model answers BMG with a probability of 0.97 for an alloy of its own table. Is it a good model?
#    <details><summary>Answer</summary>One cannot tell: it was trained on that row. Only rows that were held out tell.</details>
#
# ## Exercises
#
# New words are in the [glossary](../docs/glossary.md).
#
# 1. *(3 minutes)* Type the formula of an alloy that you know into the explorer. Does the model agree with what you know?
# 2. *(5 minutes)* Draw the picture of `Cu64Zr36` and of `Cu36Zr64` with `plot_image_gallery`. Which columns of cells differ most?
# 3. *(10 minutes)* Draw the map of section 6 for nickel and niobium, `Ni..Nb..`. Where does the model expect glasses?
#
# Next: [01 · Composition parsing](01_composition_parsing.ipynb), where formulas turn out to be less innocent than they look.
