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
# # 07 · The honest tables
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/mcvn-tutorial/mcvn-tutorial/blob/main/notebooks/07_honest_tables.ipynb) [![Open in Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/mcvn-tutorial/mcvn-tutorial/main?urlpath=lab/tree/notebooks/07_honest_tables.ipynb)
#
# A paper's table says that a method wins. Here we put our own table beside it, cell by cell, and ask of each difference whether it is one, and of each part of
# the method whether it is needed.

# %% [markdown]
# ## Objectives
#
# In this lesson you will
#
# - read a printed table with a pencil in hand: check its arithmetic, and find out what it is compared with;
# - put the paper's numbers beside ours, and say what may be compared and what may not;
# - compare models on the same folds, with an interval that is honest about shared training rows, and say what a p-value cannot tell;
# - hold MCVN against its best peer and against aims that were set beforehand, also where it misses them;
# - take MCVN apart: branches, attention, picture, members, rows, and two leaks;
# - write down what you would tell the authors.
#
# **Before you start**: lessons [05](05_steel_regression.ipynb) and [06](06_amorphous_classification.ipynb), where the tables, the splits and the scores are explained;
# lesson [04](04_building_mcvn.ipynb) for attention.
#
# **Time**: 60 minutes

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
# ## 1. The table that was printed
#
# All scores of this lesson were measured beforehand, by three commands: `make results` (all models, forty minutes), `make ablations` (MCVN with one part changed) and
# `make pictures` (lesson 03). Nothing below is typed by hand: the tables are read from the files that these commands wrote, and each claim of the text is asserted
# on them. One small training at the end is live.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from mcvn_utils.study import results_path

paths = [results_path(f"{name}.csv") for name in ("scores", "ablations", "pictures")]
assert all(paths), "a measured table is missing; in a clone: make results ablations pictures"
scores, ablations, pictures = map(pd.read_csv, paths)

# %% [markdown]
# First the paper. For the glasses it prints precision, recall and F1 of each class, for four peers on three **feature sets**: **O**, the original composition; **E**, the 406
# descriptors; **E&P**, the descriptors after principal component analysis (our reading: the letters are not explained where the table is printed). MCVN reads image and raw features.

# %%
from mcvn_utils.study import paper_results

paper = paper_results()
glass = paper[(paper["table"] == "metallic_glass") & paper["features"].notna()]
glass.pivot_table(["recall", "f1"], ["model", "features"], "target", sort=False)

# %% [markdown]
# NaN: of MCVN's crystalline class (CRA) only the recall is printed, 0.78. The text says that the other models reach 0.58 *on average*. Take a pencil. Is that the average of the printed
# numbers, is the average what one should compare with, and does each F1 follow from the precision and recall beside it?

# %%
cra = glass[(glass["target"] == "CRA") & (glass["model"] != "MCVN")]
full = glass.dropna(subset=["precision", "recall", "f1"])
again = 2 / (1 / full["precision"] + 1 / full["recall"])
wrong = ((again - full["f1"]).abs() > 0.009).sum()
print(f"CRA recall of the peers: mean {cra['recall'].mean():.3f}, best {cra['recall'].max():.2f}")
print(f"F1 that do not follow from precision and recall: {wrong} of {len(full)}")
assert 0.56 < cra["recall"].mean() < 0.57 and cra["recall"].max() == 0.67 and 3 <= wrong <= 6

# %% [markdown]
# Three small findings, without any data. The twelve printed numbers average to 0.56, not 0.58. The **best** peer, XGBoost on the descriptors, reaches 0.67, so MCVN's lead over it
# is 0.11, half the lead over the average. And a few printed F1 cannot be right. None of this makes the paper wrong. It shows what a table
# is: numbers that somebody copied. Ours are written by a program, and still you should check them.
#
# ## 2. Cell by cell
#
# Now our numbers beside each printed one: five 70/30 splits of the public collection, mean and standard deviation.

# %%
from mcvn_utils.plots import plot_beside_paper
from mcvn_utils.study import paper_beside_ours

beside = paper_beside_ours(scores)
plot_beside_paper(beside)
plt.show()
assert beside.query("model == 'XGBoost' and `class` == 'CRA' and metric == 'f1'").eval("ours > paper").all()

# %% [markdown]
# Each line is a model and its features, the open circle the paper's F1, the square ours (the bar, where it can be seen, one standard deviation). XGBoost finds the crystalline alloys better with us than in the paper on all three. That is
# **not** a victory of ours: the circles and the squares stand on different alloys.
#
# - The authors' test set holds 208 BMG, 1241 RMG and 510 CRA of a collection that is not public in full; ours 363, 1112 and 466.
# - They show one split and no spread.
# - Their settings are not all told. Ours were tuned on validation rows, the peers with the same budget as MCVN.
# - The steels of the paper's hardest table are private.
#
# How much can the rows alone do? A simple calculation shows it. A model keeps its recall $R$ and its rate of false alarms when the *shares* of the classes change, but
# its precision $P$ changes: with the share $s$ of the class, the false alarms among all others are $a = R\,s\,(1-P)\,/\,[P\,(1-s)]$, and at another share $s'$ the precision becomes
# $P' = R\,s'\,/\,[R\,s' + a\,(1-s')]$.


# %%
def precision_at(precision, recall, share, new_share):
    """Precision of the same model where the class has another share."""
    alarms = recall * share * (1 - precision) / (precision * (1 - share))
    return recall * new_share / (recall * new_share + alarms * (1 - new_share))


ours = pd.Series({"BMG": 363, "RMG": 1112, "CRA": 466})
theirs = pd.Series({"BMG": 208, "RMG": 1241, "CRA": 510})
model = beside.query("model == 'XGBoost' and features == 'E'").pivot(index="class", columns="metric", values="ours")
moved = precision_at(model["precision"], model["recall"], ours / ours.sum(), theirs / theirs.sum())
model["F1 at their shares"] = 2 / (1 / moved + 1 / model["recall"])
assert -0.06 < model.loc["BMG", "F1 at their shares"] - model.loc["BMG", "f1"] < -0.005
model.loc[ours.index].round(3)

# %% [markdown]
# The same XGBoost, letter for letter, loses 0.01 to 0.06 of its BMG score when bulk glasses are as rare as in the authors' test set. That is as much as separates many a method from
# the next in print. **Numbers on different rows stand side by side; they do not rank models.** The steels the same way:

# %%
from mcvn_utils.study import OURS, PUBLISHED, fold_scores

nims = fold_scores(scores, "nims_steel", "average", "r2")
elongation = fold_scores(scores, "maraging_steel", "elongation", "r2")
columns = [OURS, ("XGBoost", "O"), (PUBLISHED, "all")]
lines = pd.DataFrame({"NIMS, average": nims.loc["paper split"].iloc[0], "elongation": elongation.mean()}).T[columns]
lines.insert(0, ("the paper's MCVN", "all"), [0.92, 0.835])
assert 0.88 < lines.loc["NIMS, average", PUBLISHED].item() < lines.loc["NIMS, average", "XGBoost"].item()
lines.round(3)

# %% [markdown]
# Our rebuild of the published network reaches about what the paper reports, so we have understood it. XGBoost on the sixteen raw columns of the *same* split
# is above it. The second line compares two different collections of steels; it is here because the paper's strongest claim is about
# elongation, and because whoever has the private table can load it (`load_srim_steel`) and fill the line in.
#
# ## 3. Every model on the same folds
#
# From here on all numbers are ours, on the same rows for all. A line is a model, a mark the mean of a feature set, a small dot a fold. MCVN reads everything: *all*.

# %%
from mcvn_utils.plots import plot_models

names = nims.index.get_level_values("protocol").unique()
random, by_heat = (next(name for name in names if word in name) for word in ("random", "by heat"))
plot_models(nims, label="average R² of four targets", protocols=[random, by_heat])
plt.show()

# %% [markdown]
# Left the random folds, right the heats never seen; look at the numbers of the axis before you look at the marks. And the glasses, random splits and new chemical systems:

# %%
macro = fold_scores(scores, "metallic_glass", "macro", "f1")
splits, by_system = macro.index.get_level_values("protocol").unique()
plot_models(macro, label="macro-F1", protocols=[splits, by_system])
plt.show()

# %% [markdown]
# Compare left with right before you compare line with line. **What is held out moves the scores more than the choice between good models.** The dots tell a second thing: where chemical
# systems or heats are held out, the folds scatter, since one fold holds an easy family and another a hard one. Asserted ranges, and the elongation of the maraging steels:

# %%
steel, glasses = nims.groupby("protocol").mean(), macro.groupby("protocol").mean()
assert steel.loc[random, OURS] > 0.95 and 0.91 < steel.loc[by_heat, OURS] < 0.98
assert 0.85 < glasses.loc[splits, OURS] < 0.92 and 0.73 < glasses.loc[by_system, OURS] < 0.83
assert steel.max(axis=1)[random] > steel.max(axis=1)[by_heat] and np.ptp(elongation[OURS]) > 0.15
plot_models(elongation, label="R² of elongation")
plt.show()

# %% [markdown]
# Elongation stays hard for all: between the worst and the best fold of *one* model lies more than 0.15, as much as between good models and poor ones.
#
# ### Composition, descriptors, components
#
# Does densifying pay? For each peer we take E minus O, and E&P minus E, on the same folds. (For steels O is the sixteen raw columns, and descriptors
# replace the element columns among them.) The figure shows the heats never seen and the random splits of the glasses.

# %%
from mcvn_utils.plots import model_style, plot_curve_panels, plot_difference_panels, plot_differences
from mcvn_utils.study import best_peer, feature_steps

steps = pd.concat([feature_steps(wide).assign(table=name) for name, wide in {"NIMS": nims, "glass": macro}.items()])
steps["panel"] = steps["table"] + ", " + steps["protocol"] + ": " + steps["step"]
plot_difference_panels(steps[steps["protocol"].isin([by_heat, splits])], "panel", "model", label="score", columns=2)
plt.show()
steps.groupby(["table", "step"])["verdict"].value_counts().unstack(fill_value=0)

# %% [markdown]
# A filled mark is a difference whose interval leaves zero out; an open one is not settled. The table counts, over all protocols,
# in how many comparisons the step is ahead, behind, or not settled. Read it for yourself: for steels nine elements, always the same, already stand in the raw columns, so that 406 numbers made of them have little to add; for
# sparse compositions descriptors may tell a model about an element that it saw rarely. Trees tend to dislike principal components, which mix what they would cut apart.
#
# ## 4. How to read an interval
#
# ### Why pairs
#
# A fold is easy or hard for all models alike. In the difference on the same fold this common part drops out.

# %%
peer = best_peer(nims.loc[by_heat])
two = pd.DataFrame({"MCVN": nims.loc[by_heat][OURS], "best peer": nims.loc[by_heat][peer]})
two["difference"] = two["MCVN"] - two["best peer"]
together = np.corrcoef(nims.loc[by_heat].dropna(axis=1).T)
print(f"median correlation of two models' scores over the folds: {np.median(together[together < 0.9999]):.2f}")
assert np.median(together) > 0.2
two.agg(["mean", "std"]).round(4)

# %% [markdown]
# So "the ± overlap, hence no difference" is a bad rule, and so is "the means differ by more than nothing, hence a difference". Take the differences first, then their mean and its interval.
#
# ### Why corrected
#
# The textbook's interval for $n$ differences $d_k$ with the standard deviation $s_d$ has the half-width $t\, s_d / \sqrt{n}$. It holds for *independent* differences. Ours are not: two
# folds of five share three quarters of their training rows. If a model profits from some training rows, it does so again and again. Nadeau and Bengio (2003) add the share of
# held-out to training rows:
#
# $$\text{half-width} = t_{n-1} \sqrt{\tfrac{1}{n} + \tfrac{n_\text{test}}{n_\text{train}}}\; s_d$$
#
# However many repeats, the second term stays: more shuffling of the same 360 rows is not more steels. What happens without it? Let us make tables in which
# two linear models are **equally good by construction**: one reads the first five columns, the other the last five. How often does each test announce a winner at the 5 % level?

# %%
from scipy.stats import ttest_rel
from sklearn.linear_model import LinearRegression

from mcvn_utils.evaluation import paired_difference


def fold_pair(X, y, train, test):
    """R² of both models on one split."""
    columns = slice(0, 5), slice(5, 10)
    return [LinearRegression().fit(X[train, c], y[train]).score(X[test, c], y[test]) for c in columns]


# %%
from sklearn.model_selection import ShuffleSplit


def p_values(seed):
    """What both tests say of one made-up table of 100 rows, split five times."""
    X = np.random.default_rng(seed).normal(size=(100, 11))
    y = X[:, :10].sum(axis=1) + 3 * X[:, 10]
    a, b = np.transpose(
        [fold_pair(X, y, *split) for split in ShuffleSplit(5, test_size=0.3, random_state=seed).split(X)]
    )
    return ttest_rel(a, b).pvalue, paired_difference(a, b, test_share=3 / 7)["p"]


# %% tags=["nbval-ignore-output"]
alarms = (np.array([p_values(seed) for seed in range(150 if FAST else 400)]) < 0.05).mean(axis=0)
assert alarms[0] > 0.10 and alarms[1] < 0.10
pd.Series(alarms, ["textbook", "corrected"]).rename("winners announced where there are none").round(3)

# %% [markdown]
# The textbook's test cries wolf in 10 to 30 of 100 tables, where it promised 5. The corrected one keeps its word. All intervals in this tutorial are corrected.
#
# ### What a p-value cannot say
#
# - Not how likely it is that the models are equal, and not how large the difference is. The interval tells the size; read that.
# - Not whether the difference matters. 0.002 of R² may be "significant" and of no use to anybody.
# - Nothing about other alloys than those of the table, nor about other settings.
# - Nothing once you have looked many times: of twenty comparisons without any truth, one on average has p < 0.05. We make far more than twenty below. So we look for patterns
#   that hold over tables and protocols, not for stars.
#
# ## 5. MCVN against its best peer
#
# For each table and protocol we take the peer, model and feature set, with the best mean *on the held-out rows*. That choice flatters the peer a little, and so keeps us honest.

# %%
from mcvn_utils.study import against_best_peer

contest = against_best_peer(scores)
contest.drop(columns="p").round(3)

# %%
shown = contest[contest["folds"] > 1]
names = shown["contest"] + "\nagainst " + shown["model"] + ", " + shown["features"]
_, ax = plt.subplots(figsize=(7.4, 0.55 * len(shown) + 1), layout="constrained")
plot_differences(shown, list(names), ax, label="MCVN minus the best peer", title="Same folds, 95 % intervals")
plt.show()

# %% [markdown]
# Right of the dashed line MCVN is ahead; the table's last column says where the interval leaves zero out. "Not settled" is an answer, too: with so many
# rows and folds one cannot tell, and whoever says more has looked at one split.
#
# CRA recall stands here for **MCVN, adjusted**, with the logit adjustment of lesson 06, its strength chosen on validation rows. The peers were not given a bonus, so this line answers whether the paper's
# aim can be had, not which model knows more; macro-F1 does that.
#
# ## 6. Aims, met and missed
#
# Before the networks were improved we wrote down what they should reach. Targets set beforehand cannot be moved to where the arrow went. The table of these aims stands in the README ("Aims, set before these models were measured"):
# each beside what MCVN reached, and by how much it is missed.
#
# When we wrote this, **one of the eight scores was met**, the macro-F1 on chemical systems never seen, and seven were missed. Before soft trees stood beside the networks that one was missed by less than 0.001, and an earlier run of the same networks with other random numbers had met it: an aim that the seed decides is neither met nor missed. Now it is met by 0.012. (No standard deviation: a single split.) Two aims had a second half, at the end of that table: by heat 0.025 above XGBoost, and ahead of it on every split of the glasses.

# %% [markdown]
# What was tried, judged on inner splits of the training rows alone? Kept: numbers by pieces, half of them dropped in training; a wider head and more steps on small tables; a head that sees every cell of the picture on large ones; no element tokens where the
# element columns are raw features already; soft trees beside the networks, with a share that validation rows choose (an equal share everywhere did harm on unseen heats); on large tables of formulas finer pieces of the amounts, the picture's pixels by pieces, and the weights of the last step, unless groups are held out. Not kept, since it gained no more than another seed does, or lost on unseen heats or systems: attention between raw features beside the gates, a rehearsal that chooses between pieces and smooth numbers, deeper
# networks, more epochs, more weight decay, no label smoothing, losses that forgive outliers, noise on the inputs. The last three things that were kept were found by humility: a plain recipe of one small network without a picture (README, "What do the plainest networks reach?") was
# ahead of MCVN on random glasses, so we walked from the one to the other, one change at a time. What had cost most was the best moment of each member: its own validation loss is lowest long before the macro-F1 of the members' mean is highest. And why is so much still missing? Four reasons, of which you can check the last three.
#
# - **The peers got better as well.** The aims were set against peers with one setting each. Tuned on every fold, they are harder to beat, and one of them, the paper's own attention network with one token a raw feature, is level with MCVN on unseen heats.
# - **One split settles nothing.** On the paper's split 72 steels are held out. Over random folds of 72 steels the R² of one and the same model moves by its standard deviation in the next cell; an aim set to three
#   digits on one split asks for luck.
# - **Close alloys disagree.** On random rows of the glasses the question is mostly about neighbours, and neighbours do not always agree: different laboratories, different wheels. We count pairs.
# - **What is not recorded cannot be learned.** The maraging steels come without their heat treatment, the NIMS steels without quenching medium and bar diameter. No network draws them from the composition.

# %%
from mcvn_utils import fractions, load_metallic_glass
from sklearn.neighbors import NearestNeighbors

table = load_metallic_glass()
amounts = fractions(table.X["formula"]).to_numpy()
distance, nearest = NearestNeighbors(n_neighbors=2, metric="manhattan").fit(amounts).kneighbors(amounts)
close = 50 * distance[:, 1] <= 1  # at most 1 at% of the atoms are exchanged
other = table.y.to_numpy()[nearest[:, 1]] != table.y.to_numpy()
print(f"alloys with a neighbour within 1 at%: {close.sum()}; of another class: {other[close].mean():.0%}")
assert 0.08 < other[close].mean() < 0.16 and 0.002 < nims.loc[random, OURS].std() < 0.03
nims.loc[random][[OURS, ("XGBoost", "O")]].std().rename("standard deviation over random folds").round(4)

# %% [markdown]
# Of a thousand alloys with a neighbour at arm's length one in nine has another class than that neighbour. Part of this is a true border, part is noise, and no model can know which. A macro-F1 of 0.90
# on random rows is closer to the ceiling than it looks.
#
# ## 7. Taking MCVN apart
#
# An **ablation** changes one thing and leaves the rest as it is. To keep it cheap all of these are smaller than the library's default: two members, trained for a third to a half of the steps, on five folds of the steels and two splits of the glasses. All but one are of the attending network alone; "soft trees beside" adds the trees that the library sets beside it.
# First the yardstick: what changes when **nothing** changes but the random seed? Small dots are the folds' differences, the bar is their interval (two splits have none).

# %%
from mcvn_utils.study import QUESTIONS, worth


def show(variants):
    """Each variant minus MCVN on the same folds, one panel a table and protocol, below the yardstick."""
    found = worth(ablations, ["another seed", *variants])
    asked = found.groupby("where", observed=True)["variant"].transform("size") > min(len(variants), 1)
    found = found[asked]  # not the tables in which no variant makes sense
    plot_difference_panels(found, "where", "variant", label=", minus MCVN")
    plt.show()
    return found.set_index("variant")[["where", "difference", "low", "high"]]


luck = show([])
assert luck["difference"].abs().max() < 0.02
luck.round(4)

# %% [markdown]
# This is luck, and nothing else: whatever is no larger than this is not an effect. We keep it as the first line of each figure.
#
# ### Which branch works?
#
# MCVN reads a picture, the elements as tokens, and raw features, of which the glasses have none. (By itself the library leaves the tokens out for the steels, whose element columns are raw features already;
# here they are in, to see what they are worth.) It writes numbers *by pieces*, the raw features and for the glasses the amounts of the elements and the pixels, and drops many of the pieces in training (lesson 04).

# %%
branches = show(["no picture", "no elements", "raw features alone"])
assert branches[branches["where"] != "glass, 70/30"]["difference"].abs().max() < 0.04

# %%
pieces = show(["no pieces", "pieces never dropped"])
assert pieces["difference"].abs().max() < 0.06
never = pieces.loc["pieces never dropped"].set_index("where")["difference"]
assert never["NIMS, random"] > 0 > never["NIMS, by heat"]

# %%
coarse = show(["no raw features", "picture alone", "elements alone"])
steels = coarse[coarse["where"] != "glass, 70/30"]
assert (steels.drop("another seed")["high"] < -0.05).all()

# %%
beside = show(["soft trees beside"]).loc["soft trees beside"].set_index("where")["difference"]
assert beside["NIMS, by heat"] == 0 and abs(beside["glass, 70/30"]) < 0.01

# %% [markdown]
# The pieces are the most telling. **Never dropped they are, on average, ahead on random folds and behind on unseen heats**, though no interval leaves zero out. Cut finely enough, sixteen numbers are the name of a heat; that helps as long as its sisters are in training, and misleads when they are not.
# With half of them dropped (on the glasses three in ten) no single piece can be leant on. That keeps part of the gain on random folds and costs nothing on unseen heats, so that MCVN need not be told which question will be asked.
# For the glasses look at the line *no pieces*: amounts and pixels as plain numbers, read by one stem for all cells, score lower by more than another seed changes (two splits, no interval).
#
# **Soft trees** gain a little on random folds, and on unseen heats exactly nothing: there validation heats sent them away on all five folds, and the prediction is that of the networks. With validation rows split like the test rows
# a model need not be told which question will be asked. On random glasses they stay and change little: since the networks read pixels by pieces, there are fewer errors left that only a tree avoids.
#
# For the steels the **raw features carry the prediction**. Without picture or without elements, even without both, the score stays within 0.04; without the raw features it falls by more than 0.05, on another scale
# altogether (mind the axis), because tempering is known to the raw branch only. Lesson 05 told why: nine elements stand in the raw columns already. For the glasses picture and tokens read
# one and the same composition, and so can stand in for each other; the right panels say how well each does alone.
#
# ### Does attention attend?
#
# Lesson 04 found that the published attention sees one token, so that its weights are always 1. Ours sees one token an element. We make it *degenerate*, each token sees itself alone, and *absent*, an alloy
# is the mean of its tokens.

# %%
attention = show(QUESTIONS["attention"])
assert attention["difference"].between(-0.06, 0.03).all()
attention.round(4)

# %% [markdown]
# On steels there is nothing to attend to: the same nine elements and iron in every row. On the glasses, where the partners of an element matter, compare the lines with that of the other seed. Whatever you see there, it is at most a
# few hundredths, and it is the effect of *real* attention. That of the published one is nothing by construction: a weight that is always 1 needs no query and no key.
#
# ### What is the picture worth?
#
# Two sources. `make pictures` read the glasses with one small CNN under several arrangements (lesson 03); here each minus the experts' arrangement. Below, MCVN itself with the picture, with the composition drawn on the periodic
# table instead, and with none.

# %%
from mcvn_utils.study import differences

arranged = differences(pictures, "expert").query("descriptors == 'yes'")
same = arranged[arranged["arrangement"].isin(["random", "correlation", "shuffled pixels", "no picture"])]
assert same["difference"].abs().max() < 0.02
arranged.pivot(index="arrangement", columns="protocol", values=["difference", "low", "high"]).round(3)

# %%
picture = show(QUESTIONS["picture"])
assert picture[picture["where"] != "glass, 70/30"]["difference"].abs().max() < 0.03
picture.round(4)

# %% [markdown]
# Experts' order, random order, order by correlation, torn to pixels: no more than 0.02 between them. A picture that is computed from the composition adds no fact to it. It is a way of *reading*, and a fine way of teaching: you have seen
# alloys with your eyes. For the steels it is not where the accuracy comes from (within 0.03); for the glasses hold its line against that of the other seed.
#
# ### Two leaks
#
# The paper scales its pixels over all rows, test rows included. We did that to our MCVN, and to the network as published.

# %%
variants = {"MCVN": ["another seed", "scaled on all rows"]}
variants["as published"] = ["as published, another seed", "as published, scaled on all rows"]
leak = pd.concat(worth(ablations, names, whole) for whole, names in variants.items())
leak = leak[leak["where"] == "NIMS, random"].set_index("variant")
plot_differences(leak, list(leak.index), label="average R², minus the honest one", title="NIMS, random folds")
plt.show()
scaled = leak.loc["scaled on all rows", "difference"]
assert leak["difference"].abs().max() < 0.03 and abs(scaled) < 0.01

# %% [markdown]
# The leak of the scale is real, and on these steels too small to be seen beside the seed. (Lesson 03 showed tables where it is not: one uranium alloy turns a whole pixel dark.) The reason to scale on training rows is not that
# it costs points. It is that nobody has to ask.
#
# The other leak is in the split. Here is what each model loses when sister rows of the same heat may no longer be looked up.

# %%
lost = (steel.loc[random] - steel.loc[by_heat]).unstack("features")
lost = lost["O"].fillna(lost["all"]).sort_values()
assert (lost[["MCVN", "XGBoost", "random forest"]] > 0.005).all()
assert lost["XGBoost"] > lost["MCVN"] > 3 * abs(scaled)
_, ax = plt.subplots(figsize=(5.4, 2.8), layout="constrained")
colors = [model_style(name)["color"] for name in lost.index]
_ = ax.barh(lost.index, lost, color=colors, edgecolor="black")
_ = ax.set(xlabel="average R², random folds minus by heat", title="What sisters in training are worth")
plt.show()

# %% [markdown]
# This leak is several times larger than that of the scale, and it is not the same for all: XGBoost, which looks up best, loses more than MCVN; the forests and extra trees had less to lose. So a leak can turn a ranking round. On random folds the
# question "who is better?" has another answer than on new heats, and only one of the two questions is asked by somebody who designs a steel.
#
# ### Members and rows
#
# One training with 30 members (8 for the glasses) gives all smaller ensembles, by leaving members out. First live, with 12 small members on one fold by heat; then from the file.

# %% tags=["nbval-ignore-output"]
from mcvn_utils import MCVNRegressor, load_nims_steel
from mcvn_utils.evaluation import group_folds

table = load_nims_steel()
train, test = group_folds(table)[0]
many = MCVNRegressor(**table.composition, elements=False, n_members=12, steps=150 if FAST else 600)
_ = many.fit(table.X.iloc[train], table.y.iloc[train], groups=table.groups.iloc[train])

# %% tags=["nbval-ignore-output"]
from copy import copy

rng, live = np.random.default_rng(0), {}
for size in (1, 2, 4, 12):
    scored = []
    for _ in range(10):
        fewer, chosen = copy(many), np.sort(rng.permutation(12)[:size])
        fewer.members_ = many.members_.subset(chosen)
        fewer.forest_ = many.forest_ and many.forest_.subset(chosen)
        scored.append(fewer.score(table.X.iloc[test], table.y.iloc[test]))
    live[size] = np.mean(scored)
assert live[12] > live[1] > 0.5
pd.Series(live, name="average R²").rename_axis("members").round(4)

# %%
from mcvn_utils.study import members_curve

curve = members_curve(ablations)
plot_curve_panels(curve, "members")
plt.show()
sizes = [part.groupby("members")["score"].mean() for _, part in curve.groupby("where", observed=True)]
assert all(-0.005 < s.iloc[-1] - s.iloc[-2] < s.iloc[-1] - s.iloc[0] < 0.06 for s in sizes)

# %% [markdown]
# The step from one member to a few is the cheapest improvement in this whole lesson, and it needs no new idea; after a handful little more comes. A paper that compares one network with a forest of 300 trees compares one with many.
#
# And would more alloys help? MCVN and XGBoost on an eighth, a quarter, half and all of the training rows (for the glasses from a sixteenth on), on one fold of each:

# %%
from mcvn_utils.study import learning_curve

learned = learning_curve(ablations)
plot_curve_panels(learned, "rows", by="model")
plt.show()
at = learned.pivot_table("score", ["where", "model"], "share", observed=True)
doubling = (at[1.0] - at[0.5]).rename("last doubling of the rows")
assert (at[1.0] > at[0.25]).all() and doubling.between(-0.02, 0.12).all() and doubling.max() > 0.005
doubling.unstack("model").round(3)

# %% [markdown]
# The table says what the last doubling of the rows brought. Hold it against the ablations above: **twice the alloys is often worth more than a change of the network**. Where the curves still climb, the next
# measurement should be of alloys, not of architectures. Which of the two models has the better start with few rows, and where do the lines come together? (XGBoost has one setting for all sizes here.)
#
# ## 8. What we would tell the authors
#
# With thanks, for an idea that made thousands of numbers visible, and in the spirit in which we would like to be told:
#
# 1. **Attention over one token** has the weight 1, whatever it learns. Give it a token an element, or leave it out (lesson 04).
# 2. **The released sample pictures are read in another shape than they were laid in**: eight cells a row, read as seven, so that every cell is torn. The network never complained (lesson 03).
# 3. **Two of the 58 features are missing** in the template, `hhi_p` and `hhi_r`; the text should say so, and why.
# 4. **The pictures of the NIMS steels hold nine alloying elements without iron**: they are pictures of another alloy (lesson 05).
# 5. **Heats belong together.** Split the 120 heats, not the 360 rows; say what a look-up of the heat scores.
# 6. **Scale on the training rows**, even where it changes nothing.
# 7. **Tune the baselines** with the same budget, and compare with the best of them, not with their average.
# 8. **More than one split**, with spread, in pairs.
# 9. **Print precision and F1 of every class**, the rare one above all, and let a program write the table.
# 10. **Release one open table** with each result on a private one, or a stand-in, so that others can be wrong in the same place.
#
# Had we followed our own advice from the start? No: our first baselines were not tuned, our first aims knew no spread, and our first folds by heat were five where fifteen were needed. That is what such lists are for.

# %% [markdown]
# ## What we have seen
#
# - A printed table deserves a pencil: a mean that is not the mean, a comparison with the average instead of the best, a few F1 that cannot be.
# - Numbers on different rows stand side by side and rank nothing: other class shares alone move an F1 by 0.01 to 0.06.
# - On the same folds, in pairs, with shared training rows allowed for, a difference has an interval; the textbook's test announces winners in 10 to 30 of 100 tables without any.
# - MCVN against its best peer: level on the steels and on random glasses, ahead on four of five folds of systems never seen, and nowhere beyond the interval. Of eight aims one was met; one in nine close pairs of glasses disagrees.
# - For steels the raw features carry the prediction, the picture and attention little; more members and more alloys help all tables.
# - The leak of the scale is smaller than luck; the leak of the split is several times larger, and unequal.
# - Ten points that we would tell the authors, and ourselves.
#
# ## Check yourself
#
# **1.** A paper's method has 0.78, "the others 0.58 on average". What do you ask?
#
# <details><summary>Answer</summary>What the best of the others has, on the same rows, over several splits, and whether it was tuned as carefully.</details>
#
# **2.** Two models have R² 0.95 ± 0.02 and 0.94 ± 0.02 over ten folds. May the difference be real?
#
# <details><summary>Answer</summary>Yes. The ± is mostly the folds, which are easy or hard for both. Take the differences fold by fold; if they scatter by 0.003, 0.01 is clear.</details>
#
# **3.** You repeat 5-fold cross-validation a hundred times, and the textbook's interval becomes as narrow as you like. What is wrong?
#
# <details><summary>Answer</summary>The rows are the same each time. The corrected half-width cannot become smaller than t times the root of 1/4, times the spread of the differences: that is
# what so many rows can tell.</details>
#
# **4.** Without the picture MCVN scores 0.001 less. Is the picture useful?
#
# <details><summary>Answer</summary>Look at what another seed does: if that is 0.001 as well, nothing was seen. Then look at the interval, to say how useful it can be at most.</details>
#
# **5.** A leak adds 0.05 to every model. Does it matter for the ranking?
#
# <details><summary>Answer</summary>If it added the same to each, the ranking would stay and only the promise to the reader would be false. But it does not: it helps most whoever can look up best.</details>
#
# ## Exercises
#
# Blanks that tell you at once whether an answer is right: [exercises 07](exercises/07_honest_tables.ipynb). New words are in the [glossary](../docs/glossary.md).
#
# 1. (10 minutes) Take a model to another table: what becomes of a precision when the class is half as common?
# 2. (20 minutes) Write the corrected interval yourself, and see how far the uncorrected one would have misled you.
# 3. (30 minutes) Build the third leak: choose the ten "best" descriptors on all rows for a property that is pure chance, and see what cross-validation promises. Then shut it.
#
# That was the last step of the road. Back to its beginning: [00 · Start here](00_start_here.ipynb)
