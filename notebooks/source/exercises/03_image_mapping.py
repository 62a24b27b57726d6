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
# # Exercises 03 · Image mapping
#
# **Time**: 50 minutes

# %% setup=true tags=["setup", "nbval-ignore-output"]
# the lessons' set-up cell

# %% year=true
# Your course's year draws your alloys and seeds.
YEAR = 2026

# %%
import pandas as pd

from mcvn_utils import CompositionDescriptor, CompositionImager, ImageTemplate, checks, load_metallic_glass

glass = load_metallic_glass()
descriptors = CompositionDescriptor().set_output(transform="pandas").fit_transform(glass.X["formula"])

# %% [markdown]
# ## 1. Twins (5 minutes)
#
# Find an alloy whose picture is the same as that of your alloy in all `max` and `min` pixels, but not in the others. Hand in its formula as text.

# %%
FORMULA = checks.draw(["Cu50Zr50", "Ni50Nb50", "Fe80B20", "Cu50Hf50"], YEAR)
FORMULA

# %% answer="twin"
twin = ""
### BEGIN SOLUTION
# The same elements in other amounts: max and min ask only which elements there are.
first, second = checks.draw([("Cu", "Zr"), ("Ni", "Nb"), ("Fe", "B"), ("Cu", "Hf")], YEAR)
twin = f"{first}70{second}30"
### END SOLUTION

# %% marks="twin_marks" points=1 reads="twin"
verdict = checks.check_twin(twin, FORMULA)
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_twin(twin, FORMULA)
### END HIDDEN TESTS

# %% [markdown]
# Which alloys can these be, in general?

# %% [markdown] answer="twin_words"
# All alloys of the same elements, however much there is of each, as long as none of them is gone. A further element is allowed only if it is
# the largest and the smallest in no feature at all, which hardly ever happens with 56 features.

# %% [markdown]
# ## 2. A template of your own (15 minutes)
#
# Take the experts' template as a table (`to_frame`), put the feature `NEW` in the place of `OLD`, and go back with `ImageTemplate.from_frame`.

# %%
OLD = checks.draw(["c6_gb", "gs_energy", "vdw_radius_mm3", "num_f_unfilled"], YEAR)
NEW = checks.draw(["hhi_p", "hhi_r"], YEAR)
print(OLD, "makes room for", NEW)

# %% answer="template"
mine = None
### BEGIN SOLUTION
frame = ImageTemplate.expert().to_frame()
mine = ImageTemplate.from_frame(frame.replace(OLD, NEW))
### END SOLUTION

# %% marks="template_marks" points=2 reads="mine"
verdict = checks.check_template(mine, OLD, NEW)
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_template(mine, OLD, NEW)
### END HIDDEN TESTS

# %% [markdown]
# Now write a feature twice and catch the error. Hand in its message as text.

# %% answer="message"
message = ""
### BEGIN SOLUTION
twice = ImageTemplate.expert().to_frame().replace(OLD, "density")
try:
    ImageTemplate.from_frame(twice)
except ValueError as error:
    message = str(error)
### END SOLUTION
print(message)

# %% marks="message_marks" points=1 reads="message"
text, _, doubled = str(message).rpartition(": ")
asked = text.endswith("may stand once in a template, doubled") and doubled in ImageTemplate.expert().features
assert asked, "Not yet: what does ImageTemplate say when a feature stands in two cells?"
print("Right.")

# %% [markdown]
# ## 3. Outside the known range (30 minutes)
#
# The split below holds out whole chemical systems. Learn the scale of the grays on the training alloys, and count for each test alloy how many of its pixels
# are clipped (`imager.clipped` says which). Hand in a Series of counts with the test alloys' names as its index, and the names of the ten alloys with most.

# %%
from sklearn.model_selection import GroupShuffleSplit

splitter = GroupShuffleSplit(n_splits=1, test_size=0.3, random_state=YEAR)
train, test = (descriptors.index[rows] for rows in next(splitter.split(descriptors, groups=glass.groups)))
assert not set(glass.groups[train]) & set(glass.groups[test])
print(len(train), "training,", len(test), "test alloys")

# %% answer="clipped"
n_clipped = None
worst = []
### BEGIN SOLUTION
imager = CompositionImager().fit(descriptors.loc[train])
n_clipped = pd.Series(imager.clipped(descriptors.loc[test]).sum(axis=(1, 2)), index=test)
worst = list(n_clipped.nlargest(10).index)
### END SOLUTION

# %% marks="clipped_marks" points=2 reads="n_clipped"
verdict = checks.check_clipped(n_clipped, descriptors.loc[train], descriptors.loc[test])
print(verdict)
### BEGIN HIDDEN TESTS
assert checks.check_clipped(n_clipped, descriptors.loc[train], descriptors.loc[test])
### END HIDDEN TESTS

# %% marks="worst_marks" points=1 reads="worst n_clipped"
verdict = checks.check_clipped(n_clipped, descriptors.loc[train], descriptors.loc[test])
verdict = verdict and checks.check_largest(worst, n_clipped)
print(verdict)
### BEGIN HIDDEN TESTS
assert verdict
scale = CompositionImager().fit(descriptors.loc[train])
assert checks.check_largest(worst, pd.Series(scale.clipped(descriptors.loc[test]).sum(axis=(1, 2)), index=test))
### END HIDDEN TESTS

# %%
pd.DataFrame({"formula": glass.X["formula"], "class": glass.y, "clipped": n_clipped}).loc[worst]

# %% [markdown]
# Which elements do they have in common, and would you trust a prediction for them?

# %% [markdown] answer="clipped_words"
# Some hold an element that is rare in the table, or so much of one as no training alloy does (boron-rich alloys; gold with lead and antimony). Others, such as Ca-Mg or Ti-Zr, are made of
# metals that resemble each other: then all partners are light, or large, and a smallest or a largest value leaves the known range. A model has to guess beyond its range there. Its answer is an extrapolation and should be shown with a warning, or not at all.
