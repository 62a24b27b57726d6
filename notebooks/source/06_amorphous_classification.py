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
# # 06 · Amorphous classification
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/mcvn-tutorial/mcvn-tutorial/blob/main/notebooks/06_amorphous_classification.ipynb) [![Open in Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/mcvn-tutorial/mcvn-tutorial/main?urlpath=lab/tree/notebooks/06_amorphous_classification.ipynb)
#
# Will this alloy become a glass? Most answers in our table are "yes", so a model can look good without ever finding a "no".

# %% [markdown]
# ## Objectives
#
# - Know what bulk glass (BMG), ribbon glass (RMG) and crystalline (CRA) mean, and how thickness sets the cooling rate.
# - See how a table is unbalanced, and find a shortcut in it that makes scores look better than they are.
# - Compute precision, recall, F1 and macro-F1 by hand, and say why accuracy flatters.
# - Compare XGBoost and MCVN on the same rows by scores, confusion matrices and precision-recall curves.
# - Move the decision towards the crystalline class on validation rows, and name the price on test rows.
# - Measure what is lost on a chemical system never seen, and read maps of ternary systems with that in mind.
#
# **Before you start**: lessons [03](03_image_mapping.ipynb) (the picture) and [04](04_building_mcvn.ipynb) (the network).
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
# ## 1. Glass or crystal: a race against time
#
# A melt that cools below its melting point wants to crystallise, but crystals need time to form. Cool it fast enough, and the atoms
# get stuck where they happen to be: a metallic glass. The slowest cooling that still gives a glass is the **critical cooling
# rate** $R_c$, in K/s, and the lower it is, the better the alloy's **glass-forming ability**.
#
# Heat leaves a casting through its surface, and the time that takes grows with the square of the thickness $d$. Lin and Johnson
# (J. Appl. Phys. 78 (1995) 6514) give a rule of thumb for the cooling rate in the middle of a casting, $d$ in cm:
#
# $$R \approx \frac{10}{d^2} \qquad\Rightarrow\qquad d_c \approx \sqrt{\frac{10}{R_c}}$$
#
# $d_c$ is the **critical thickness**: cast any thicker, the middle crystallises.

# %%
import numpy as np
import pandas as pd

rates = {"Vitreloy 1 (Zr-Ti-Cu-Ni-Be)": 1e0, "copper mould, 1 mm": 1e3, "melt spinning": 1e6, "pure metal": 1e10}
cooling = pd.Series(rates, name="cooling rate, K/s").to_frame()
cooling["thickness, mm"] = 10 * np.sqrt(10 / cooling["cooling rate, K/s"])
cooling

# %% [markdown]
# The rates are orders of magnitude. Vitreloy 1 can be cast centimetres thick. Melt spinning, a jet of melt on a spinning copper wheel,
# reaches about a million kelvin a second and makes ribbons some 30 micrometres thin. No casting makes a pure metal glassy. The
# three classes are steps on this ladder:
#
# - **BMG**, bulk metallic glass: cast as a glass 1 mm thick or more (the usual convention).
# - **RMG**, ribbon glass: reported as a glass only as a melt-spun ribbon.
# - **CRA**, crystalline alloy: crystals appeared even so.
#
# Mind the word *reported*. An alloy that was only ever melt-spun is RMG, though nobody may have tried to cast it. The classes tell
# what was done as well as what could be done; they are ordered, BMG > RMG > CRA, by glass-forming ability.
#
# ## 2. The table and its imbalance

# %%
from mcvn_utils import load_metallic_glass

glass = load_metallic_glass()
CLASSES = ["BMG", "RMG", "CRA"]
counts = glass.y.value_counts()[CLASSES]
pd.DataFrame({"alloys": counts, "share": (counts / len(glass.y)).round(3)})

# %% [markdown]
# More than half are ribbons. If you design alloys, the crystalline ones are those you want to be warned of, and they
# are 24 %. In the laboratory failures are the rule; in print they are the exception, and a model learns from print.
#
# The alloys come in **chemical systems**, sets of elements. Which ones are large? And how many elements does an alloy have?

# %%
by_system = pd.crosstab(glass.groups, glass.y)[CLASSES].assign(total=lambda table: table.sum(axis=1))
print(f"{len(by_system)} systems, {(by_system['total'] == 1).sum()} with one alloy only")
by_system.sort_values("total", ascending=False).head(6)

# %%
n_elements = glass.groups.str.count("-") + 1
assert (glass.y[n_elements >= 4] == "BMG").all()
pd.crosstab(n_elements.rename("elements"), glass.y)[CLASSES]

# %% [markdown]
# Most systems are mostly one class: neighbours are alike. And **every alloy of four or more elements is a BMG, without exception.**
# No law of nature says so: plenty of such alloys crystallise. It must be how the collection came about: most likely, binary and ternary
# systems were screened as ribbons, and alloys of more elements were written up when they could be cast. To a model it is a
# **shortcut**: it need only count elements to find three quarters of the bulk glasses. (Lesson 02 met it among the descriptors.) We
# keep it in mind, and look at both kinds of alloys apart.
#
# ## 3. Metrics for rare classes, by hand
#
# Let us make this shortcut a model, without any learning: four or more elements is BMG, the rest RMG, the largest class.

# %%
rule = np.where(n_elements >= 4, "BMG", "RMG")
print(f"always RMG: accuracy {(glass.y == 'RMG').mean():.3f}")
print(f"the rule:   accuracy {(glass.y == rule).mean():.3f}")

# %% [markdown]
# 71 % right sounds fair for a rule that knows no metallurgy. But it never once says CRA. **Accuracy**, the share
# of right answers, is ruled by the largest class. So we ask two questions of each class $c$. Count the **true positives** TP
# (called $c$, and it is), the **false positives** FP (called $c$, but it is not) and the **false negatives** FN (it is $c$, called otherwise):
#
# $$\text{precision} = \frac{TP}{TP+FP} \qquad \text{recall} = \frac{TP}{TP+FN} \qquad F_1 = \frac{2}{1/\text{precision} + 1/\text{recall}}$$
#
# *Precision*: when the model says $c$, how often is it right? *Recall*: of all that are $c$, how many does it find?
# $F_1$ is their harmonic mean, which stays near the smaller of the two: 1.0 and 0.1 give 0.18, not 0.55.


# %%
def scores_of_class(name, y_true, y_pred):
    tp = ((y_pred == name) & (y_true == name)).sum()
    fp = ((y_pred == name) & (y_true != name)).sum()
    fn = ((y_pred != name) & (y_true == name)).sum()
    precision, recall = tp / max(tp + fp, 1), tp / (tp + fn)
    f1 = 2 * precision * recall / (precision + recall) if tp else 0.0
    return {"class": name, "precision": precision, "recall": recall, "f1": f1}


by_hand = pd.DataFrame([scores_of_class(name, glass.y, rule) for name in CLASSES])
by_hand.round(3)

# %% [markdown]
# BMG: never wrong, and 73 % found, by counting elements. CRA: nothing. The **macro** average is the plain mean over classes, so that each
# counts alike, however rare. The library's function gives the same numbers, and from here on we use it:

# %%
from mcvn_utils import evaluation

by_library = evaluation.classification_scores(glass.y, rule).set_index("class")
assert np.allclose(by_library.loc[CLASSES, ["precision", "recall", "f1"]], by_hand.iloc[:, 1:].to_numpy())
print(f"macro-F1 {by_library.loc['macro', 'f1']:.3f}, accuracy {(glass.y == rule).mean():.3f}")

# %% [markdown]
# ## 4. Two models on one split
#
# 70 % of the rows are for training, 30 % for the test, **stratified**: the same share of each class on both sides. The two models:
#
# - **XGBoost**: some hundreds of decision trees, each correcting those before, on the 406 descriptors of lesson 02. A strong
#   opponent on tables of this size, and the one to beat.
# - **MCVN**: the network of lesson 04, which sees the picture of the descriptors and the elements themselves. Several
#   *members* train from different starts, and their probabilities are averaged. Beside each stands a forest of soft trees, with
#   a share in the answer that validation rows choose.
#
# To keep the lesson short MCVN gets fewer members and steps here than the library's default (`MEMBERS`, `STEPS`). In fast mode
# it gets fewer still, and both models see only 2000 of the training rows. The full measurement is in section 9.

# %%
MEMBERS, STEPS = (2, 300) if FAST else (3, 800)


def limit(rows):
    """2000 of the training rows in fast mode, drawn at random; else all of them."""
    return np.random.default_rng(0).permutation(rows)[:2000] if FAST else rows


split = evaluation.stratified_splits(glass, n_splits=1)[0]
train, test = limit(split[0]), split[1]
print(f"{len(test)} test rows; the system of {evaluation.group_overlap(glass, split):.0%} is also in training")

# %% [markdown]
# The rows were drawn at random, so nearly every test alloy has relatives of its own chemical system among the training rows.
# We come back to that in section 7. Both models are trained by one function, since we shall need it three times. (`encoding="smooth"` leaves
# out amounts and pixels by pieces, lesson 04, which take time.)
#
# No patience, or a slow computer? Set `SKIP_TRAINING = True`: then MCVN comes from `data/`, one small member a file, trained beforehand by
# `make checkpoint` on the very training rows that each section uses.

# %%
from mcvn_utils import MCVNClassifier
from mcvn_utils.evaluation import make_baseline
from mcvn_utils.datasets import data_path

SKIP_TRAINING = False


def train_both(rows, saved, members=MEMBERS, groups=None):
    """Fit both models on these rows; groups are whole systems for MCVN's own validation rows."""
    X, y = glass.X.iloc[rows], glass.y.iloc[rows]
    xgboost = make_baseline("XGBoost", "classification", "E", **glass.composition).fit(X, y)
    if SKIP_TRAINING:
        return {"XGBoost": xgboost, "MCVN": MCVNClassifier.load(data_path(f"{saved}.safetensors"))}
    mcvn = MCVNClassifier(**glass.composition, encoding="smooth", n_members=members, steps=STEPS)
    mcvn.fit(X, y, groups=None if groups is None else groups.iloc[rows])
    return {"XGBoost": xgboost, "MCVN": mcvn}


# %%
def probabilities(models, rows):
    X = glass.X.iloc[rows]
    return {name: pd.DataFrame(m.predict_proba(X), X.index, m.classes_)[CLASSES] for name, m in models.items()}


models = train_both(train, "glass_70_30")
proba, y_test = probabilities(models, test), glass.y.iloc[test]

# %% [markdown]
# The prediction is the most probable class. We expect of both models, on any machine: macro-F1 between 0.80 and 0.93 in the normal mode (above 0.70
# in fast mode), far above the rule's 0.55. BMG should be the easy class, CRA the hard one.


# %% tags=["nbval-ignore-output"]
def score(proba, y_true):
    tables = [
        evaluation.classification_scores(y_true, table.idxmax(axis=1)).assign(model=name)
        for name, table in proba.items()
    ]
    return pd.concat(tables).set_index(["model", "class"])[["precision", "recall", "f1"]]


scores = score(proba, y_test)
order = [(model, name) for model in models for name in [*CLASSES, "macro"]]
frame = scores.loc[order].reset_index().assign(protocol="70/30, one split" + ", fast mode" * FAST)
f1 = scores["f1"].unstack()
assert f1["macro"].between(0.70 if FAST else 0.80, 0.93).all() and (f1["BMG"] > f1["CRA"]).all()
evaluation.ScoreTable(frame, "metallic_glass")

# %% [markdown]
# This is the table that `make tutorial` prints at its end. One split is one throw of the dice: a difference of 0.01 between the
# two models would be no news. Section 9 has the spread.
#
# ### Which classes are mixed up
#
# A **confusion matrix** counts every pair of true and predicted class. Rows are the truth; a perfect model has all on the diagonal.

# %%
import matplotlib.pyplot as plt

from mcvn_utils.plots import plot_confusion

for table in proba.values():
    confusion = pd.crosstab(y_test, table.idxmax(axis=1))
    assert confusion.loc["CRA", "RMG"] > 3 * confusion.loc["CRA", "BMG"]
    assert confusion.loc["BMG", "RMG"] > confusion.loc["BMG", "CRA"]
fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.3), layout="constrained")
for ax, (name, table) in zip(axes, proba.items(), strict=True):
    _ = plot_confusion(y_test, table.idxmax(axis=1), CLASSES, ax, title=name)
plt.show()

# %% [markdown]
# The middle column is where things go wrong: a missed crystalline alloy is nearly always called a ribbon, and so is a missed bulk glass.
# BMG and CRA, the two ends of the order, are rarely taken for each other. Both models lean to the class of which they have seen most.
#
# ### Without the shortcut
#
# How much of the good BMG score is the counting of elements? We score only test alloys of two or three elements, where counting does
# not help:

# %% tags=["nbval-ignore-output"]
few = (n_elements.iloc[test] <= 3).to_numpy()
hard = score({name: table[few] for name, table in proba.items()}, y_test[few])
drop = (scores["f1"] - hard["f1"]).unstack()
assert drop["BMG"].between(0.07, 0.35).all() and (drop["CRA"].abs() < 0.03).all()
pd.DataFrame({"all": scores["f1"], "up to 3 elements": hard["f1"]}).loc[order].round(3)

# %% [markdown]
# The F1 of BMG falls by 0.07 to 0.35; the other classes hardly change, since none of their alloys are left out. This is the
# score to have in mind when you ask about a new ternary. And for a new alloy of *five* elements the model
# will say BMG nearly always, because it has never seen one that was anything else.
#
# ## 5. Precision-recall curves
#
# The most probable class is one decision among many. If we demand a higher probability before we say CRA, precision rises and recall
# falls; if we demand less, the other way round. Each line below shows all these decisions at once. The area under it is
# the **average precision**; tossing a coin would give the share of the class (dotted).

# %%
from sklearn.metrics import average_precision_score

from mcvn_utils.plots import plot_precision_recall

assert all(0.65 < average_precision_score(y_test == "CRA", table["CRA"]) < 0.95 for table in proba.values())
plot_precision_recall(y_test, proba, CLASSES)
plt.show()

# %% [markdown]
# The dots are the decisions scored above. For CRA the dot sits high and to the left: precise, but timid. There is room
# to move right along the curve: to find more crystalline alloys, and to pay for it with precision. Moving along a curve changes no model,
# it changes what we do with its answer; a better model is a *higher* curve.
#
# ## 6. Asking for the crystalline alloys
#
# Say you screen candidates for melt spinning: a crystalline alloy that is missed costs a day at the wheel, a glass called crystalline
# costs a candidate of which you have plenty. Then CRA deserves a bonus $b$, added to the logarithm of its probability (its *logit*, but for a
# constant) before the largest is taken:
#
# $$\text{class} = \arg\max_c\,\big[\log p_c + b_c\big], \qquad b_{CRA} = b,\quad b_{BMG} = b_{RMG} = 0$$
#
# $b$ says how many times ($e^b$) a missed CRA is worse than a false alarm. With $b_c = -\log(\text{share of } c)$ in the training rows, all
# classes are treated as if they were equally frequent; this is **logit adjustment** (Menon et al., ICLR 2021). Between CRA and RMG that
# would be $b = \log(3708/1552) = 0.87$. (`MCVNClassifier(logit_adjustment="validation")` does it by itself: it takes the fraction of this
# bonus that is best on rows which its members set aside. Here we do it by hand, to see what it costs.)


# %%
def decide(table, bonus):
    """The most probable class after the bonus for CRA."""
    logits = np.log(table.clip(lower=1e-9))
    return logits.assign(CRA=logits["CRA"] + bonus).idxmax(axis=1)


# %% [markdown]
# How large a $b$? If we tried all values on the test rows and took the best, the test rows would have taken part in
# training, and their score would be no test any more. So we choose on **validation rows**: a fifth of the *training* rows, set aside. Models that
# have not seen them are needed, so we train both anew on the other four fifths, and use these helpers for the choice alone.

# %% tags=["nbval-ignore-output"]
from sklearn.model_selection import train_test_split

fit_rows, valid = train_test_split(train, test_size=0.2, stratify=glass.y.iloc[train], random_state=0)
assert not set(valid) & set(test) and set(valid) <= set(train)
helpers = train_both(fit_rows, "glass_validation", members=2)
valid_proba, y_valid = probabilities(helpers, valid), glass.y.iloc[valid]

# %% [markdown]
# Our rule, fixed before we look: the largest $b$ with which macro-F1 on the validation rows is no lower than without a bonus, and at most
# 0.005 below its best. (On a long flat stretch the far edge would be luck.)


# %%
def bonus_curve(table, y_true):
    rows = []
    for bonus in np.linspace(0, 2.5, 51):
        found = evaluation.classification_scores(y_true, decide(table, bonus)).set_index("class")
        rows.append({"bonus": bonus, **found.loc["CRA", ["precision", "recall"]], "macro-F1": found.loc["macro", "f1"]})
    return pd.DataFrame(rows)


curves = {name: bonus_curve(table, y_valid) for name, table in valid_proba.items()}
lowest = {name: max(c["macro-F1"][0], c["macro-F1"].max() - 0.005) for name, c in curves.items()}
chosen = {name: c["bonus"][c["macro-F1"] >= lowest[name]].max() for name, c in curves.items()}

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.4, 3.1), sharey=True, layout="constrained")
for ax, (name, curve) in zip(axes, curves.items(), strict=True):
    for column, style in {"recall": "-", "precision": "--", "macro-F1": ":"}.items():
        label = column if column == "macro-F1" else f"{column} of CRA"
        _ = ax.plot(curve["bonus"], curve[column], style, color="black", lw=1.6, label=label)
    _ = ax.axvline(chosen[name], color="tab:orange", label="chosen")
    _ = ax.set(xlabel="bonus b for CRA", title=f"{name}, validation rows: b = {chosen[name]:.2f}")
_ = axes[0].set_ylabel("score")
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %% [markdown]
# Recall climbs, precision falls, and macro-F1 is nearly flat before it goes down. Now the bonus is fixed and is
# applied, **once**, to the test rows, with the models of section 4. Recall cannot fall by a bonus, that is arithmetic; macro-F1 on new
# rows can, and we expect it to stay within 0.04 of what it was.


# %% tags=["nbval-ignore-output"]
def before_and_after(name):
    rows = {"before": decide(proba[name], 0), f"bonus {chosen[name]:.2f}": decide(proba[name], chosen[name])}
    for label, y_pred in rows.items():
        found = evaluation.classification_scores(y_test, y_pred).set_index("class")
        yield {
            "model": name,
            "decision": label,
            **found.loc["CRA", ["precision", "recall"]],
            "macro-F1": found.loc["macro", "f1"],
            "CRA found": ((y_pred == "CRA") & (y_test == "CRA")).sum(),
            "glasses called CRA": ((y_pred == "CRA") & (y_test != "CRA")).sum(),
        }


adjusted = pd.DataFrame([row for name in models for row in before_and_after(name)])
pairs = {column: adjusted[column].to_numpy().reshape(2, 2) for column in ("recall", "macro-F1")}
assert (pairs["recall"][:, 1] >= pairs["recall"][:, 0]).all() and np.abs(np.diff(pairs["macro-F1"])).max() < 0.04
adjusted.round(3)

# %% [markdown]
# Read the last two columns as a price: so many more crystalline alloys found, so many more glasses given up. Two honest remarks. The bonus
# was tuned on a few hundred validation rows, so it is itself uncertain. And XGBoost profits in the same way: a raised CRA recall
# is a merit of a network only when the other model was given the same chance.
#
# ## 7. A chemical system never seen
#
# Which question did we test? Cu46Zr54 is asked for when Cu50Zr50 is known: we filled gaps in systems already explored.
# Whoever looks for *new* glasses asks for systems nobody has made. For that, whole systems
# are held out: `evaluation.group_folds` deals the 700 systems to five folds, each held out once. We take the fold that holds out
# Al-Cu-Zr, for no better reason than that we shall draw its map below. MCVN's own validation rows are whole systems, too (`groups=`).

# %%
folds = evaluation.group_folds(glass)
new_train, new_test = next(fold for fold in folds if "Al-Cu-Zr" in set(glass.groups.iloc[fold[1]]))
assert evaluation.group_overlap(glass, (new_train, new_test)) == 0
new_train = limit(new_train)
newcomers = train_both(new_train, "glass_by_system", members=2, groups=glass.groups)

# %% tags=["nbval-ignore-output"]
new_proba, y_new = probabilities(newcomers, new_test), glass.y.iloc[new_test]
new_scores = score(new_proba, y_new)
loss = (scores["f1"] - new_scores["f1"]).unstack()
assert loss["macro"].between(0.03, 0.28).all() and (loss["BMG"] > loss["RMG"]).all()
assert FAST or new_scores.loc[("MCVN", "macro"), "f1"] > new_scores.loc[("XGBoost", "macro"), "f1"] - 0.02
pd.DataFrame({"random": scores["f1"], "by system": new_scores["f1"]}).loc[order].round(3)

# %% [markdown]
# Macro-F1 falls by 0.03 to 0.28, bulk glasses lose more than ribbons. The metal has not changed, our question has. Between the models the
# order may change, too: in the normal mode MCVN should be no more than 0.02 behind XGBoost here, and when this lesson was written it was
# 0.02 to 0.08 ahead, where the two were level before. Why? A guess: deep trees remember systems by exact values of descriptors, a smooth
# network cannot. One fold is one throw of the dice; section 9 tells whether it holds over five.
#
# ### Distance, and kinship
#
# How far is a test alloy from the nearest one that the model knows? We measure by the share of atoms that would have to be
# exchanged, $\frac12\sum_i |a_i - b_i|$ in at%, and count the errors of MCVN by that distance, on both splits.

# %%
from itertools import pairwise

from mcvn_utils import fractions
from sklearn.neighbors import NearestNeighbors

amounts = fractions(glass.X["formula"]).to_numpy()
edges = [0, 1, 2, 5, 10, 20, 100]
bins = [f"{low} to {high}" for low, high in pairwise(edges)]


def errors_by_distance(train, test, table):
    nearest = NearestNeighbors(n_neighbors=1, metric="manhattan").fit(amounts[train])
    distance = 50 * nearest.kneighbors(amounts[test])[0][:, 0]
    kind = pd.cut(distance, edges, include_lowest=True, labels=bins)
    wrong = pd.Series(table.idxmax(axis=1).to_numpy() != glass.y.iloc[test].to_numpy())
    return wrong.groupby(kind, observed=False).agg(["sum", "size"])


# %% tags=["nbval-ignore-output"]
near = {
    "random": errors_by_distance(train, test, proba["MCVN"]),
    "by system": errors_by_distance(new_train, new_test, new_proba["MCVN"]),
}
close, far = ({name: table.iloc[part].sum() for name, table in near.items()} for part in (slice(3), slice(3, None)))
error = {name: close[name]["sum"] / close[name]["size"] for name in near}
assert error["random"] < min(error["by system"] + 0.02, far["random"]["sum"] / far["random"]["size"])
assert close["random"]["size"] > 0.60 * len(test) and close["by system"]["size"] < 0.45 * len(new_test)
pd.concat(near, axis=1)

# %%
fig, ax = plt.subplots(figsize=(5.6, 3), layout="constrained")
for (name, table), style in zip(near.items(), ("o-", "s--"), strict=True):
    wrong = table["sum"] / table["size"]
    spread = np.sqrt(wrong * (1 - wrong) / table["size"])
    _ = ax.errorbar(table.index.astype(str), wrong, spread, fmt=style, color="black", capsize=3, label=name)
_ = ax.set(xlabel="distance to the nearest training alloy, at%", ylabel="share of wrong classes", ylim=(0, None))
_ = ax.legend(title="split")
plt.show()

# %% [markdown]
# On the random split an alloy close to a known one, within 5 at%, is judged more safely than one farther off (the bars are one standard
# error; the last group is small). More than 60 % of its test alloys are so close, against less than 45 % when systems are held out: a
# part of the difference between the two scores is *where* they ask. The other part is kinship. At the same small distance there tend to
# be more errors in a new system, for its nearest neighbour differs by a whole element: 3 at% of another element is not 3 at% more of the same.
#
# ## 8. Maps of ternary systems
#
# Now we put questions of our own. We lay a grid over all mixtures of aluminium, copper and zirconium, ask for the probability of a
# bulk glass, and draw the known alloys of the system on top. A corner is a pure element, an edge a binary system.


# %%
def ternary_grid(corners, step=2.5):
    n = round(100 / step)
    grid = step * np.array([(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)])
    text = ["".join(f"{element}{amount:g}" for element, amount in zip(corners, row, strict=True)) for row in grid]
    return grid / 100, pd.DataFrame({"formula": text})


def known_alloys(corners):
    inside = fractions(glass.X["formula"])[corners]
    inside = inside[inside.sum(axis=1) > 0.999]
    return {name: inside[glass.y[inside.index] == name].to_numpy() for name in CLASSES}


print({name: len(points) for name, points in known_alloys(["Al", "Cu", "Zr"]).items()})

# %%
from mcvn_utils.plots import plot_ternary


def draw_map(ax, model, corners, name, title):
    grid, alloys = ternary_grid(corners)
    values = model.predict_proba(alloys)[:, list(model.classes_).index(name)]
    return plot_ternary(grid, values, corners, ax, alloys=known_alloys(corners), title=title, label=f"P({name})")


# %%
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained")
for ax, (title, model) in zip(axes, {"system known": models, "system never seen": newcomers}.items(), strict=True):
    _ = draw_map(ax, model["MCVN"], ["Al", "Cu", "Zr"], "BMG", f"MCVN, {title}")
plt.show()

# %% [markdown]
# On the left the model of section 4, which knows most of these alloys; on the right that of section 7, to which alloys of just these three
# elements were never shown (some of the binary edges, and alloys with a fourth element, were). The bulk glasses lie around Cu50Zr50 with
# up to a tenth of aluminium. The left map is bright there. Look at how much of that field the right one
# found, from other alloys alone, and how far it is shifted.
#
# Look also at the ribbons (triangles) beside the bulk glasses on the zirconium-rich side: part of this border may be history, ribbons
# that nobody cast. And read no map where there are no marks. Inside this triangle not one alloy is crystalline, so nothing tells where glass ends; a
# network has an answer for every question, and there it is an opinion without a witness.
#
# Al-Ni-Zr was explored well: 175 ternary alloys of all three classes. Here we ask where glass *ends*, P(CRA), and compare the models.

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    _ = draw_map(ax, model, ["Al", "Ni", "Zr"], "CRA", name)
plt.show()

# %% [markdown]
# The ribbons stand in rows and follow a border: this system was mapped on purpose, and with it the aluminium-rich glasses in the upper
# island. XGBoost's trees ask "more than so much?", so its borders tend to run along lines of constant amounts; MCVN's are round. In the
# normal mode both agree about most of the marks, and differ where there are none.
#
# ## 9. Beside the paper, and beside the full measurement
#
# The paper prints these scores (its feature sets: O composition, E the 406 descriptors, E&P after principal components):

# %%
from mcvn_utils.study import paper_results

paper = paper_results().query("table == 'metallic_glass'")
paper = paper.pivot_table(index=["model", "features"], columns="target", values=["recall", "f1"])
paper.swaplevel(axis=1)[[(name, metric) for name in CLASSES for metric in ("recall", "f1")]]

# %% [markdown]
# (NaN: not printed. Four of the printed F1 do not follow from the precision and recall beside them; the file's notes say which.) The paper's
# message is the CRA recall of MCVN, 0.78 against 0.50 to 0.67 for the others. **The rows differ**, though: the authors used a larger
# collection that is not public in full, with a test set of 208 BMG, 1241 RMG and 510 CRA; ours has 363, 1112 and 466. Numbers on
# different rows stand side by side; they do not rank models. What we can compare is our XGBoost with our MCVN, and theirs with theirs.

# %% tags=["nbval-ignore-output"]
theirs = paper.xs("CRA", level="target", axis=1).loc[[("XGBoost", "E"), ("MCVN", "image+raw")]].droplevel("features")
ours = scores.xs("CRA", level="class")[["recall", "f1"]]
assert ours.loc["XGBoost", "recall"] > 0.70
pd.concat({"paper, CRA": theirs, "this lesson, CRA": ours}, axis=1).round(3)

# %% [markdown]
# In the paper XGBoost finds 67 % of the crystalline alloys; ours finds more than 70 % on our rows, before any bonus. A baseline that is
# well tended leaves less room for a new model to shine; it is the first thing to check in any comparison.
#
# Last, the full measurement: all splits, all training rows, the default MCVN, mean ± standard deviation over the folds. A difference that is smaller
# than the ± beside it says little; and since all models were measured on the same folds, the fair comparison is fold by fold
# (`evaluation.paired_difference`). `make results` makes the table:

# %% tags=["nbval-ignore-output"]
from pathlib import Path

measured = Path("../data/results/scores.csv")
if measured.exists() and "metallic_glass" in measured.read_text():
    full = pd.read_csv(measured).query("table == 'metallic_glass'")
    full = full[full["features"].isin(["E", "all"])]  # the others stand in lesson 07
    full = evaluation.summarise(full, ["protocol", "model", "class"], ["precision", "recall", "f1"])
    for metric in ("precision", "recall", "f1"):
        full[metric] = full[metric].map("{:.3f}".format) + " ± " + full.pop(f"{metric}_sd").map("{:.3f}".format)
    table = full.set_index(["protocol", "class", "model"]).sort_index()
else:
    table = "data/results/scores.csv has no glasses yet, or is not here: it is in the repository, made by make results"
table

# %% [markdown]
# ## What we have seen
#
# - BMG, RMG and CRA are steps of glass-forming ability: thickness squared sets the cooling rate, $R \approx 10/d^2$. The labels tell what was
#   tried, too.
# - RMG is 57 % of the table, and every alloy of four or more elements is BMG: counting elements gives 71 % accuracy and no metallurgy.
# - Precision asks about the calls, recall about the alloys; macro-F1 gives the rare class its voice where accuracy flatters.
# - On one random split both models reach a macro-F1 of 0.80 to 0.93 in the normal mode; errors go to the neighbouring class, mostly to RMG.
# - A bonus on the logit of CRA, chosen on validation rows, buys recall with precision; it helps any model.
# - On systems never seen macro-F1 falls by 0.03 to 0.28: the nearest known alloy is farther off, and of another kind. A map is worth as
#   much as the marks on it.

# %% [markdown]
# ## Check yourself
#
# 1. A ribbon of 50 micrometres was just glassy. What is its critical cooling rate?
#    <details><summary>Answer</summary>d = 0.005 cm, so 10 / 0.005² = 400 000 K/s.</details>
# 2. A model never says CRA. Which of accuracy, CRA precision, CRA recall and macro-F1 tell you at a glance?
#    <details><summary>Answer</summary>CRA recall is 0, and macro-F1 can be at most 2/3. Accuracy can still be 0.76. Precision is 0/0; the library
#    calls it 0.</details>
# 3. Of 100 crystalline alloys a model finds 80, and it calls 40 glasses crystalline. Precision, recall, F1?
#    <details><summary>Answer</summary>80/120 = 0.67, 80/100 = 0.80, and 2/(1/0.667 + 1/0.8) = 0.73.</details>
# 4. Why may the bonus not be chosen on the test rows? It is only one number.
#    <details><summary>Answer</summary>Then the test rows would help to build what they are to judge. One number fitted to them makes the score a
#    little too good; and nobody stops at one number.</details>
# 5. You propose a new alloy of six elements and the model says 98 % BMG. What do you reply?
#    <details><summary>Answer</summary>It has seen no alloy of four or more elements that was anything but BMG, so it would say so of nearly any. The
#    answer tells about the collection, not about the alloy.</details>

# %% [markdown]
# ## Exercises
#
# Blanks that tell you at once whether an answer is right: [exercises 06](exercises/06_amorphous_classification.ipynb). New words are in the [glossary](../docs/glossary.md).
#
# 1. (10 minutes) Draw P(BMG) of Ca-Mg-Zn and of Cu-Mg-Y with `draw_map`. Which known alloys lie on the wrong side, and are they among the
#    training rows?
# 2. (20 minutes) Take a bonus from costs: a missed CRA costs 5 hours, a false alarm 1 hour. Count the hours on the test rows for
#    $b = 0$, for $b = \log 5$ and for the chosen $b$. Which is cheapest, and is it the one with the best macro-F1?
# 3. (40 minutes) Shut the shortcut: train on alloys of two and three elements alone (`n_elements <= 3`) and test on such alloys. Is the BMG score of
#    section 4 reached, missed or beaten? Then ask this model about the alloys of four and more elements: how many does it call BMG?
#
# Next: [07 · The honest tables](07_honest_tables.ipynb)
