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
# # 01 · Composition parsing
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/mcvn-tutorial/mcvn-tutorial/blob/main/notebooks/01_composition_parsing.ipynb) [![Open in Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/mcvn-tutorial/mcvn-tutorial/main?urlpath=lab/tree/notebooks/01_composition_parsing.ipynb)
#
# Every number in the lessons to come is computed from a composition, and a formula that is misread raises no alarm: it
# turns one alloy into another.

# %% [markdown]
# ## Objectives
#
# - Know the two meanings of a bracket in a formula, and which one a table of alloys uses.
# - Write a parser for formulas: grammar, stack, and the refusal of what is no formula.
# - Turn weight per cent into atomic per cent, and tell when the difference matters.
# - Measure a silent misreading: how many alloys, how far off, and what it does to a model's error.
# - See how sparse compositions are, and check a table before modelling.
#
# **Before you start**: you know Python and pandas. Lesson [00](00_start_here.ipynb) shows the whole road.
#
# **Time**: 45 minutes

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
# ## 1. Formulas in the wild
#
# `metallic_glass` lists 6470 alloys from the literature. Each was melted and cooled fast, and it froze either to a glass
# that can be cast in bulk (**BMG**, bulk metallic glass), to a glass only as a thin melt-spun ribbon (**RMG**), or to crystals
# (**CRA**). The formulas stand as their authors printed them.

# %%
import pandas as pd

from mcvn_utils import load_metallic_glass

glass = load_metallic_glass()
formulas = glass.X["formula"]
formulas.iloc[[0, 1, 23, 26, 312, 467, 636, 3007]].to_frame().join(glass.y)

# %% [markdown]
# The numbers are atomic per cent (at%): out of 100 atoms, so many are of this element. A number may be a decimal; some
# formulas hold brackets, even nested ones. How often?

# %%
has_bracket = formulas.str.contains(r"[(\[{]")
has_decimal = formulas.str.contains(".", regex=False)
print(f"{len(formulas)} alloys, {has_decimal.sum()} with decimals, {has_bracket.sum()} with brackets")

# %% [markdown]
# Three formulas in a hundred have brackets. That sounds like a detail, and this lesson shows why it is not.
#
# ## 2. A bracket has two meanings
#
# A chemist writes aluminium sulphate as Al₂(SO₄)₃: the bracket holds one sulphate group, and the 3 behind it
# **multiplies**. There are three S and twelve O for two Al, 17 atoms in all.
#
# A metallurgist writes (CaCu)₇₀Mg₃₀: 70 at% of the alloy are an even mix of calcium and copper, 30 at% are magnesium.
# The bracket holds **proportions**, and the 70 behind it says how much of the alloy they share: Ca 35, Cu 35, Mg 30. Read
# the chemist's way, the same text gives Ca 70, Cu 70, Mg 30: 170 atoms, and an alloy with 18 at% Mg in place of 30.

# %%
from mcvn_utils import parse_formula

for convention in ["alloy", "chemical"]:
    reading = parse_formula("(CaCu)70Mg30", convention)
    print(f"{convention:9}", {symbol: round(100 * share, 1) for symbol, share in reading.items()})

# %% [markdown]
# In symbols, for a group with the amounts $a_i$ inside and the number $m$ behind it, element $i$ receives
#
# $$\text{chemical: } m\,a_i \qquad\qquad \text{alloy: } m\,\frac{a_i}{\sum_j a_j}$$
#
# The two agree when the amounts inside add up to 1, as in (Fe0.75B0.25)96Nb4. They differ by a factor of 2 for (CuNi)
# and of 100 for (Fe75Co25).
#
# How can a program tell? In the alloy reading the numbers at the top level of the formula are at%, so they add up to 100:
# 70 + 30. Those of the sulphate, 2 + 3, do not. The library's `convention="auto"` decides by this total, and warns where
# both readings make sense.

# %%
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    parse_formula("(ZrO2)97(Y2O3)3")  # a ceramist's mol%, in numbers that add up to 100
print(caught[0].message)

# %% [markdown]
# Zirconia with 3 mol% yttria is a real ceramic, its author means molecules, and no rule about totals can know that. So the
# library takes one reading, says so, and shows the other. You settle it with `convention="chemical"`.

# %% [markdown]
# ## 3. Writing a parser, step by step
#
# **Step 1: a flat formula.** Without brackets, a formula is a row of symbols with a number behind each, or none, which stands
# for 1. A regular expression finds the pairs: a capital letter, perhaps a small one, then digits and perhaps a point.

# %%
import re


def read_flat(formula):
    amounts = {}
    for symbol, number in re.findall(r"([A-Z][a-z]?)(\d*\.?\d*)", formula):
        amounts[symbol] = amounts.get(symbol, 0.0) + float(number or 1)
    return amounts


print(read_flat("Zr41.2Ti13.8Cu12.5Ni10Be22.5"))
print(read_flat("(Fe75Co25)83P17"))

# %% [markdown]
# The first is Vitreloy 1, one of the best glass formers known. For the second there is no error, and no sense: the 83 is lost. Regular expressions of this kind cannot count brackets, because a bracket may hold
# brackets in turn.
#
# **Step 2: the grammar.** Write down what a formula is, in terms of itself:
#
# ```
# formula  =  part, or several parts in a row
# part     =  (element, or "(" formula ")")  and then an amount, or none
# ```
#
# **Step 3: the stack.** A grammar that refers to itself needs a memory of what is still open. Keep a pile of dictionaries,
# one for each open bracket. An opening bracket puts an empty dictionary on top. An element adds its amount to the top one. A
# closing bracket takes the top one off, scales it by its number, and adds it to the one below, just as if the group were a
# single element.

# %%
PART = re.compile(r"([A-Z][a-z]?|[()\[\]{}])(\d*\.?\d*)")


def read(formula, alloy):
    stack = [{}]  # the first dictionary is the formula itself
    for part, number in PART.findall(formula):
        if part in "([{":
            stack.append({})
            continue
        held = stack.pop() if part in ")]}" else {part: 1.0}
        scale = float(number or 1) / (sum(held.values()) if alloy else 1.0)
        for symbol, amount in held.items():
            stack[-1][symbol] = stack[-1].get(symbol, 0.0) + scale * amount
    return stack[0]


print(read("(Fe75Co25)83P17", alloy=True))
print(read("(Fe75Co25)83P17", alloy=False))
print(read("{[(Fe0.5Co0.5)0.75B0.25]0.96Nb0.04}50Cr50", alloy=True))

# %% [markdown]
# The two conventions differ in one division, and nesting costs nothing, three levels deep in the last line.
#
# **Step 4: fractions.** Dividing by the total gives atomic fractions $x_i$, with $\sum_i x_i = 1$. From here on we use the
# library's parser, so let us first see that our fifteen lines agree with it on all 6470 alloys. (The `get` is there for one
# of them, Fe73Nb4Hf3Y0B20: the library drops an element whose amount is 0, ours keeps the zero.)

# %%
worst = 0.0
for formula in formulas:
    ours, library = read(formula, alloy=True), parse_formula(formula)
    total = sum(ours.values())
    worst = max(worst, max(abs(ours[symbol] / total - library.get(symbol, 0.0)) for symbol in ours))
assert worst < 1e-12
print("every fraction agrees to twelve decimals")

# %% [markdown]
# ## 4. What is no formula must be refused
#
# Our parser is happy with anything. The first of these was printed in the source of our table: a stray T. The second is
# a slip of the keyboard, the third lost its closing bracket, the fourth has a Cyrillic letter that looks like C.

# %%
from mcvn_utils import FormulaError

bad = ["Al40Cu60T", "Fe75xCo25", "(Fe75Co25", "Сu50Zr50"]
for formula in bad:
    print(f"{formula}: our parser reads {read(formula, alloy=True)}; the library:")
    try:
        parse_formula(formula)
    except FormulaError as error:
        print(f"{error}\n")

# %% [markdown]
# An element T, a Co whose x has gone, an empty alloy, and zirconium without the copper. Parsers in common use do no better with
# the first: T is tritium, so the alloy is read as one with hydrogen. The library refuses all four, and tells where and why.
#
# For a whole column use `fractions`. It names every bad row at once, so that mending a table takes one pass, and not one pass
# for each misprint. The result has one column for each of the 94 elements from H to Pu.

# %%
from mcvn_utils import fractions

column = pd.Series(["Fe80B20", "Al40Cu60T", None], index=["row 1", "row 2", "row 3"])
try:
    fractions(column)
except FormulaError as error:
    print(error)

# %% [markdown]
# Now try it. Type a formula, switch the convention, break it and see where the caret points. Worth a try: `Fe37·5Co62·5` with
# the raised point of old British papers, `Fe₇₅Co₂₅` with pasted subscripts, `CuSO4·5H2O`, `(Cu50Zr50)92Al7`.

# %% tags=["nbval-ignore-output"]
from mcvn_utils.course import formula_explorer

formula_explorer("(Fe75Co25)83P17")

# %% [markdown]
# The same two readings as a figure, for those who read this lesson on paper.

# %%
import matplotlib.pyplot as plt

readings = {c: parse_formula("(Fe75Co25)83P17", c) for c in ["alloy", "chemical"]}
ax = (100 * pd.DataFrame(readings)).plot.bar(rot=0, color=["0.25", "tab:orange"], figsize=(6, 3))
_ = ax.set(xlabel="element", ylabel="share, at%", title="(Fe75Co25)83P17 read in two ways")
_ = [ax.bar_label(bars, fmt="%.1f") for bars in ax.containers]
ax.margins(y=0.12)
plt.show()

# %% [markdown]
# The phosphorus is the whole point of this alloy. Seventeen per cent of it make the melt hard to crystallise, because
# small P atoms frustrate the packing of iron and cobalt. Misread, 0.2 at% are left: no glass at all, only a
# soft-magnetic crystal.

# %% [markdown]
# ## 5. Weight per cent and atomic per cent
#
# Steelmakers weigh what goes into the furnace, so steels are given in weight per cent (wt%), and iron is the **balance**:
# what is left to 100. Atoms are what bonds and structure depend on, so we convert. With the atomic weight
# $M_i$ in g/mol,
#
# $$x_i = \frac{w_i / M_i}{\sum_j w_j / M_j}$$

# %%
from mcvn_utils import from_weight_percent

steel = pd.DataFrame({"C": [0.75], "Cr": [4.0], "V": [1.0], "W": [18.0]}, index=["high-speed steel 18-4-1"])
atomic = 100 * from_weight_percent(steel, balance="Fe")
both = pd.DataFrame({"wt%": steel.iloc[0], "at%": atomic.iloc[0][steel.columns]})
ax = both.plot.bar(rot=0, color=["0.25", "tab:orange"], figsize=(6, 3))
_ = ax.set(xlabel="element (iron is the balance)", ylabel="share, %", title="High-speed steel 18-4-1")
_ = [ax.bar_label(bars, fmt="%.2g") for bars in ax.containers]
ax.margins(y=0.12)
plt.show()

# %% [markdown]
# The tungsten that makes up almost a fifth of the weight is one atom in seventeen, and the three quarters of a per cent of
# carbon are one atom in twenty-six. Light elements gain and heavy ones lose, in the ratio of the steel's mean atomic weight,
# here 61.6 g/mol, to their own: C by 61.6 / 12.0, about 5.1 times, W by 61.6 / 183.8, a third.
#
# A model that reads wt% columns can learn to live with the unit. Descriptors cannot: the weighted mean of an atomic property,
# in lesson 02, has to be a mean over **atoms**.
#
# The conversion also guards the balance. Here are the 360 steels of NIMS, with a slip such as every table holds some day:

# %%
from mcvn_utils import load_nims_steel

nims = load_nims_steel()
slip = nims.X[nims.composition["composition"]].copy()
slip.loc["NIMS-007", "Mn"] = 102.0  # the decimal point of 1.02 was lost
try:
    from_weight_percent(slip)
except ValueError as error:
    print(error)

# %% [markdown]
# ## 6. The trap, measured
#
# Parsers in common use know the chemists' bracket only, pymatgen's `Composition` among them, and they are right by their
# own rule. `convention="chemical"` reads as they do. What would have happened to our table?
#
# The measure of distance is the share of atoms that are given to the wrong element, $\frac{1}{2}\sum_i |x_i - x_i'|$.

# %%
right = fractions(formulas)
wrong = fractions(formulas, convention="chemical")
moved = 100 * (right - wrong).abs().sum(axis=1) / 2
trapped = moved > 1e-6
print(f"{trapped.sum()} of {has_bracket.sum()} formulas with brackets are misread,")
print(f"by {moved[trapped].median():.0f} at% in the middle and {moved.max():.0f} at% at worst")
assert trapped.sum() == 110

# %% [markdown]
# In the other 85 the amounts inside the brackets add up to 1, and both readings agree. Here are seven of the 110, from the
# least to the most displaced, with what a chemist's parser makes of them.

# %%
order = moved[trapped].sort_values().index[[0, 20, 40, 60, 80, 100, 109]]
misread = [" ".join(f"{e} {100 * x:.1f}" for e, x in wrong.loc[i].items() if x > 0) for i in order]
seven = pd.DataFrame({"formula": formulas[order], "misread, at%": misread, "moved, at%": moved[order]})
seven.join(glass.y).round(1)

# %%
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
_ = ax.hist(moved[trapped], bins=range(0, 42, 2), color="0.35", edgecolor="white")
_ = ax.set(xlabel="atoms given to the wrong element, at%", ylabel="alloys", title="The 110 misread alloys")
plt.show()

# %% [markdown]
# Forty-eight alloys are more than 10 at% away from where they belong. No check of the total notices, because fractions add up
# to 1 after any misreading. Would a model's score notice? A classifier that asks the five nearest alloys for their class, in
# five-fold cross-validation, once on each reading of the table:

# %%
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

folds = StratifiedKFold(5, shuffle=True, random_state=0)
for name, x in {"read right": right, "misread": wrong}.items():
    score = cross_val_score(KNeighborsClassifier(5), x, glass.y, cv=folds, scoring="f1_macro").mean()
    print(f"{name:10} macro F1 {score:.2f}")
    assert 0.80 < score < 0.84

# %% [markdown]
# It would not. The score hardly moves, because the misread alloys agree with one another: they are wrong in training and
# wrong in the test. A good score is no proof that the data were read correctly.
#
# The harm shows when right meets wrong: when a model from a clean table is asked about alloys that another
# program parsed. Let us train on the 6360 alloys that everybody reads alike, and ask about the 110.

# %%
model = KNeighborsClassifier(5).fit(right[~trapped], glass.y[~trapped])
error = {
    name: 100 * (model.predict(x[trapped]) != glass.y[trapped]).mean()
    for name, x in {"read right": right, "misread": wrong}.items()
}
print(", ".join(f"{name}: {value:.0f} % wrong" for name, value in error.items()))
assert 8 < error["read right"] < 12 and 23 < error["misread"] < 28

# %% [markdown]
# The same model, the same alloys, two and a half times as many errors. To see why, ask which alloy of
# the table is the nearest to (Fe75Cr25)83P17 in each reading.

# %%
for name, x in {"read right": right, "misread": wrong}.items():
    nearest = model.kneighbors(x.loc[["MG-0027"]], n_neighbors=1)[1][0, 0]
    alloy = formulas[~trapped].index[nearest]
    print(f"{formulas['MG-0027']} {name}: next to {formulas[alloy]}, {glass.y[alloy]}")

# %% [markdown]
# Read right, it lies beside another iron-chromium-phosphorus glass. Misread, it lies beside a crystalline iron-chromium alloy.
#
# One more thing about the 110. Which classes are they of?

# %%
counts = {"misread": glass.y[trapped].value_counts(), "all": glass.y.value_counts()}
pd.DataFrame(counts).fillna(0).astype(int)

# %% [markdown]
# 109 of 110 are bulk glasses, a class of one alloy in five. People who tune a bulk glass write "this glass, plus 2 % of
# yttrium" with brackets. So the misreading does not hit at random, it hits one class; and a table that was misread throughout
# offers a model a shortcut: *traces of an element mean BMG*. That may be why the score stayed so good.
#
# ## 7. Sparse: mostly zeros
#
# Now the table is in order, look at it as a whole. Every twentieth alloy is a row, sorted by its main element, and every element
# a column.

# %%
from mcvn_utils.plots import plot_sparsity

main = right.to_numpy().argmax(axis=1)
order = right.assign(main=main, share=right.max(axis=1)).sort_values(["main", "share"]).index
_ = plot_sparsity(right.loc[order[::20]], title="Every twentieth alloy, sorted by its main element")
plt.show()

# %% [markdown]
# The staircase is the main element; what is scattered beside it are the partners. Boron beside iron, aluminium and nickel
# nearly everywhere. All else is white.

# %%
from mcvn_utils.plots import plot_periodic_table

present = right > 0
print(f"{present.sum(axis=1).mean():.1f} elements an alloy, {present.any().sum()} of 94 occur at all")
print(f"{present.to_numpy().mean():.1%} of the table is not zero")
assert 3.1 < present.sum(axis=1).mean() < 3.3
_ = plot_periodic_table(present.sum(), log=True, label="alloys", title="In how many of the 6470 alloys")
plt.show()

# %% [markdown]
# Gray elements occur in no alloy: a model that reads the 94 columns can learn nothing about them, and next to nothing about those
# in ten alloys. It does not know that hafnium behaves like zirconium, because to it they are two columns, as
# different as any. This is the problem that the next lesson solves, with what is known about the atoms themselves.

# %% [markdown]
# ## 8. Check the table before you trust it
#
# Reading is not believing. `check_table` lists what a careful reader would notice in a table that can be read: the same composition
# twice, one composition with two classes, totals away from 100.

# %%
from mcvn_utils.datasets import check_table

findings = check_table(glass)
pd.options.display.max_colwidth = None
findings[findings["check"].isin(["same composition", "classes disagree"])]

# %% [markdown]
# Fe68Zr10B22 stands in the table as a bulk glass and as a ribbon glass. Neither need be a mistake: whether a casting is glassy
# depends on its thickness. But no model of the composition can be right about both rows, and if one of the twins
# is in the training set and the other in the test set, the score is flattered or punished for nothing.

# %%
totals = findings[findings["check"] == "total"]
print(*totals["finding"].iloc[[0, 1, -1]], sep="\n")

# %% [markdown]
# AlCrMoSiTi is an equal mix of five elements, written without numbers, and there is nothing wrong with it. Zr53Ti5Cu20Ni12Al15
# adds up to 105, so one of its numbers must be a misprint, and nobody can say which. Three formulas whose error was plain
# were mended in our copy of the table, and the printed text was kept beside. `data/README.md` gives the reason for each, which
# is a habit worth taking along: never mend in silence.

# %%
mended = glass.as_printed != formulas
pd.DataFrame({"printed": glass.as_printed[mended].map(repr), "mended": formulas[mended]})

# %% [markdown]
# ## What we have seen
#
# - A bracket multiplies in chemistry and shares out in alloy papers; the total of the numbers at the top level tells which.
# - A parser needs a grammar and a stack, some fifteen lines; the greater part of the work is to refuse what is no formula.
# - wt% become at% by way of the atomic weights; in a steel, carbon counts about five times as much in atoms as in weight, tungsten a third.
# - 110 of 6470 alloys are misread by the chemists' rule, by up to 39 at%; a cross-validated score does not notice, and the
#   error on these alloys goes from 10 to 25 %.
# - A composition has 3.2 non-zero entries out of 94, so columns of fractions say little; and a table wants checking first.

# %% [markdown]
# ## Check yourself
#
# 1. What is Pr68(CuNi)25Al7 in at%?
#    <details><summary>Answer</summary>Pr 68, Cu 12.5, Ni 12.5, Al 7. The bracket shares the 25 between Cu and Ni; the top level
#    adds up to 100.</details>
# 2. Why do both conventions agree on (Fe0.75B0.15Si0.10)96Nb4?
#    <details><summary>Answer</summary>The amounts in the bracket add up to 1, so normalising the group changes nothing.</details>
# 3. Why does a parser need a stack, or recursion, as soon as there are brackets?
#    <details><summary>Answer</summary>A bracket may hold brackets. What is still open has to be remembered, the innermost first,
#    and that is what a stack does.</details>
# 4. A steel has 0.5 wt% of C and 0.5 wt% of Mo. Which has more atoms, and by what factor?
#    <details><summary>Answer</summary>Carbon, by the ratio of the atomic weights: 95.95 / 12.01, about 8.</details>
# 5. Your cross-validation score is excellent. What does it say about how the formulas were read?
#    <details><summary>Answer</summary>Nothing. An error made alike in training and in test rows is invisible to the score; it takes
#    a check against the formulas themselves.</details>

# %% [markdown]
# ## Exercises
#
# Blanks that tell you at once whether an answer is right: [exercises 01](exercises/01_composition_parsing.ipynb). New words are in the [glossary](../docs/glossary.md).
#
# 1. *(5 minutes)* Work out La62Al14(Cu5Ag1)12(Ni1Co1)12 by hand in both conventions. Let
#    `check_fractions(answer, formula)` from `mcvn_utils.checks` look at your answer for the alloy: it says right, or gives a hint.
# 2. *(15 minutes)* Teach our `read` to refuse. It should raise a `ValueError` for a bracket that is left open or closed twice,
#    and for any text that no part covers (hint: what is left of the formula after `PART.sub("", formula)`?). Try it on the
#    list `bad`, and say which of the four it still accepts, and what it would need to know to refuse that one too.
# 3. *(20 minutes)* Ask another model about the 110 alloys: train a `RandomForestClassifier` on the alloys that are read alike, and
#    compare its error on `right[trapped]` and `wrong[trapped]`. Is it hit as hard as the nearest neighbours? Why might a tree,
#    which asks "more than 5 at% of B?", be less sensitive, or more?
#
# Next lesson: [02 · Descriptor densification](02_descriptor_densification.ipynb)
