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
# # 04 · Building MCVN
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/mcvn-tutorial/mcvn-tutorial/blob/main/notebooks/04_building_mcvn.ipynb) [![Open in Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/mcvn-tutorial/mcvn-tutorial/main?urlpath=lab/tree/notebooks/04_building_mcvn.ipynb)
#
# A network is a chain of small sums and products, and each link can be opened and looked at. We open the published
# one, find a part that cannot work, and build one that can.

# %% [markdown]
# ## Objectives
#
# In this lesson you will
#
# - follow one steel through the published network, layer by layer;
# - see that its attention weights are always 1, and why;
# - say what a token is, and write attention between tokens out in full;
# - put an attending network together: element tokens, picture, raw features, fusion, head;
# - train one member with a loop of your own and read its curves;
# - train several members in one batch, and measure what that saves;
# - set soft decision trees beside it, which err on other alloys;
# - read an ensemble's spread and a map of its attention, and know what neither of them says.
#
# **Before you start**: lessons [02](02_descriptor_densification.ipynb) and [03](03_image_mapping.ipynb). You need no
# torch yet; what is used here is explained here.
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
# ## 1. The published network, layer by layer
#
# Our companion is NIMS-127, a chromium-molybdenum steel from the NIMS fatigue data sheets, of the kind that shafts
# and bolts are made of: 0.36 % C, 1.0 % Cr, 0.16 % Mo. It was **quenched** from 855 °C, which makes it hard and
# brittle (martensite), and **tempered** at 550 °C, which trades some of the hardness for toughness. Its targets are
# fatigue, tensile and fracture strength, and hardness.
#
# Rows that differ only in the tempering temperature come from one **heat**, one melt of the furnace. We keep whole
# heats for the test, as a new steel will be a new heat, too.
#
# `NetworkInputs` walks the road of lessons 01 to 03 in one go. Whatever it learns (the limits of the grays, the
# straightening of the raw features) it learns on the training rows. torch wants **tensors**: arrays that also
# remember how they were computed, so that torch can tell later how a result would change with each number that went
# in.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from mcvn_utils import load_nims_steel
from mcvn_utils.evaluation import group_folds
from mcvn_utils.model import NetworkInputs
from mcvn_utils import PublishedMCVN

steel = load_nims_steel()
train, test = group_folds(steel)[0]
reader = NetworkInputs(**steel.composition).fit(steel.X.iloc[train])
inputs = {name: torch.from_numpy(array) for name, array in reader.transform(steel.X).items()}
one = {name: x[[steel.X.index.get_loc("NIMS-127")]] for name, x in inputs.items()}
{name: tuple(x.shape) for name, x in one.items()}

# %% [markdown]
# One steel (the first number of each shape counts alloys): a picture with one channel of 24 x 21 pixels, ten elements
# with their fractions, iron among them, and 16 **raw features**, which are the columns of the table.
#
# The published network has a **picture branch**. A convolution slides a small window over the picture; at each stop
# it multiplies the pixels $x_{ij}$ it sees by its weights and adds them up,
#
# $$y = b + \sum_{i,j} w_{ij}\,x_{ij},$$
#
# with the same $w_{ij}$ and $b$ at every stop. Three sets of weights draw three new pictures, called channels or
# **feature maps**. The weights start as random numbers and are learned later. We send our steel through, one layer at
# a time:

# %%
torch.manual_seed(0)
published = PublishedMCVN(n_raw=16, n_outputs=4).eval()
outputs = [one["image"]]
for layer in published.image:
    outputs.append(layer(outputs[-1]).detach())
    print(f"{layer!s:50} output {tuple(outputs[-1].shape[1:])}")

# %%
from mcvn_utils.plots import plot_feature_maps

names = ["picture", *[f"convolution {k}\n{h} x {w}" for k, h, w in ((1, 8, 7), (2, 6, 5), (3, 4, 3), (4, 3, 2))]]
plot_feature_maps({name: maps[0] for name, maps in zip(names, outputs[:5], strict=True)})
plt.show()

# %% [markdown]
# The first window is 3 x 3 and moves on by 3: each stop is exactly one cell of lesson 03, one element feature with
# its seven statistics. So the first maps have 8 x 7 places, one for each feature. The later windows mix neighbouring
# features, and at the end 504 pixels have become **four** numbers.
#
# One thing is missing. Between the convolutions stands no *activation*, no bend such as ReLU, $\max(0, x)$. A sum of
# sums is a sum: without a bend the four convolutions can do no more than a single linear layer could (exercise 1
# proves it).
#
# The rest: the **raw branch** passes the 16 features through an attention and a linear layer to 8 numbers. **Joined**
# with the picture's four they are 12, pass a second attention, and the **head** turns them into the four properties.
# All parts with their numbers of learned weights:


# %%
def count_weights(network):
    """Learned numbers in each part of a network."""
    sizes = pd.Series({name: parameter.numel() for name, parameter in network.named_parameters()})
    return sizes.groupby(lambda name: name.split(".")[0], sort=False).sum()


count_weights(published)

# %% [markdown]
# ## 2. The attention that is always 1
#
# Attention is meant to let features look at each other: the network weighs, for each alloy anew, which of them matter
# for which. The weights of one look sum to 1. Here are those of the published network, both attentions with two heads
# each, for all 360 steels:

# %%
with torch.no_grad():
    before, attention = published(inputs, return_attention=True)
for name, weights in attention.items():
    print(f"{name:5} weights of shape {tuple(weights.shape)}, from {weights.min():.3f} to {weights.max():.3f}")
assert all((weights == 1).all() for weights in attention.values())

# %% [markdown]
# Not one differs from 1. It cannot: the weights are a **softmax** of scores $s_j$, one for each thing $j$ that could
# be looked at,
#
# $$w_j = \frac{e^{s_j}}{\sum_k e^{s_k}},$$
#
# and the published network hands the whole vector of 16 features (or 12) over as **one** thing. With a single score
# the fraction is $e^{s}/e^{s} = 1$, whatever $s$ is, before training and after. No feature ever attends to another.
#
# The scores come from weights called *queries* and *keys*. If the scores do not matter, neither do those. Let us ruin
# them all and predict again:

# %%
dead = 0
with torch.no_grad():
    for layer in (published.raw_attention, published.joint_attention):
        for parameter in (layer.qkv.weight, layer.qkv.bias):
            queries_and_keys = parameter[: 2 * layer.out.in_features]
            dead += queries_and_keys.normal_(std=100).numel()
    assert torch.equal(published(inputs), before)
print(
    f"{dead} of {count_weights(published).sum()} weights are noise now; all predictions are the same to the last digit"
)

# %% [markdown]
# A third of the network is decoration. What is left of an attention with weight 1 is a linear layer, a useful thing,
# so the network learns all the same; the paper reports an average R² of 0.92 on these steels. That the weights are 1
# is our own finding, from the published layer sizes, and such slips are common: the shapes fit, the loss falls,
# nothing complains. **A layer's name does not tell what it does. Print its weights.**
#
# ## 3. What is a token?
#
# Attention works between the members of a *set*: the words of a sentence, the patches of a photograph. Each member is
# described by a row of numbers, its **token**. To wrap a whole alloy into a single token is like handing over a
# sentence as one long word.
#
# What are the members of an alloy? Its **elements**. Take La55Al25Ni20, one of the first bulk glasses without a noble
# metal (Inoue, 1989), and describe each element by four of its features. To make units comparable we *standardise*:
# subtract the mean over all elements, divide by the spread.

# %%
from mcvn_utils import element_table

columns = ["en_pauling", "covalent_radius_cordero", "melting_point", "num_d_valence"]
known = element_table()[columns]
tokens = ((known - known.mean()) / known.std()).loc[["La", "Al", "Ni"]]
tokens.round(2)

# %% [markdown]
# Three tokens of width 4. Lanthanum is large and gives electrons away, nickel is small and holds them, aluminium
# stands between. How many elements there are, and in which order they are written, is up to the alloy.
#
# ## 4. Attention, written out
#
# Each token asks a question, its **query** $q$; each shows a label, its **key** $k$; and each has something to hand
# over, its **value** $v$. All three are made from the token by matrices, which are learned. Token $i$ compares its
# query with every key, turns the scores into weights, and collects the values:
#
# $$s_{ij} = \frac{q_i \cdot k_j}{\sqrt{d}}, \qquad w_{ij} = \frac{e^{s_{ij}}}{\sum_m e^{s_{im}}}, \qquad z_i = \sum_j w_{ij}\,v_j.$$
#
# Here $d$ is the length of a query; dividing by $\sqrt d$ keeps long queries from making huge scores (Vaswani et al.,
# 2017). To subtract the largest score first changes no weight, as it cancels in the fraction; it keeps $e^s$ from
# overflowing. That is all of it:


# %%
def attend(query, key, value):
    """Scaled dot-product attention: each row of ``query`` collects rows of ``value``; also returns the weights."""
    scores = query @ key.T / query.shape[1] ** 0.5
    exponentials = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    weights = exponentials / exponentials.sum(dim=1, keepdim=True)
    return weights @ value, weights


# %% [markdown]
# Nothing is learned yet, so we choose the matrices by hand, as a metallurgist would. Two of Inoue's rules for bulk
# glasses ask for atoms of different **size** that like each other, and a liking comes with different
# **electronegativity**. Let each element look for its opposite in both: the query is the pair (electronegativity,
# radius), the key the same pair with its sign turned, and the value is the token itself.

# %%
from mcvn_utils.plots import plot_attention

x = torch.tensor(tokens.to_numpy(), dtype=torch.float32)
collected, weights = attend(query=x[:, :2], key=-x[:, :2], value=x)
assert torch.allclose(weights.sum(dim=1), torch.ones(3)) and weights.argmax(dim=1).tolist() == [2, 0, 0]
plot_attention(weights, tokens.index, title="La55Al25Ni20")
plt.show()

# %% [markdown]
# Read it row by row; each row sums to 1. Lanthanum looks at nickel most and hardly at itself. The two small atoms
# look at lanthanum, nickel a little more so, being more electronegative. What each has collected is a mixture of its
# partners' features: the same nickel collects something else in another alloy.
#
# In a network the matrices are learned, and several attentions work side by side, each on its own slice of the
# numbers: **heads**. One may compare sizes, another electron counts. The library's `Attention` does this for many
# alloys at once. It must give what our function gives, head by head:

# %%
from mcvn_utils.model import Attention

torch.manual_seed(0)
library, x = Attention(width=8, n_heads=2), torch.randn(3, 8)
theirs, their_weights = library(x[None])
query, key, value = library.qkv(x).chunk(3, dim=1)
heads = [attend(query[:, h], key[:, h], value[:, h]) for h in (slice(0, 4), slice(4, 8))]
ours = library.out(torch.cat([collected for collected, _ in heads], dim=1))
assert torch.allclose(ours, theirs[0], atol=1e-6)
assert all(torch.allclose(heads[h][1], their_weights[0, h], atol=1e-6) for h in (0, 1))

# %% [markdown]
# ## 5. Element tokens
#
# A good token of an element says three things, which are added: **what it is** (24 learned numbers for each element,
# its identity), **what it is like** (its 58 features of lesson 02, through a linear layer), and **how much** of it
# there is. Identity alone would be mute about elements that training has rarely shown; the features let yttrium
# borrow from what was learned about gadolinium. The fraction $f$ is encoded as twelve numbers: $f$, $\sqrt f$, $\log
# f$, and hinges $\max(0, f - t)$ beyond nine thresholds $t$. The logarithm tells 0.01 % from 0.1 %, which to plain
# $f$ is all the same; from hinges any bent line can be put together.
#
# Alloys have different numbers of elements, but a batch must be a rectangle. So short lists are filled up with 0, "no
# element":

# %%
from mcvn_utils import fractions
from mcvn_utils.model import element_tokens
from mcvn_utils.model import ElementBranch

table = torch.tensor(element_table().to_numpy(), dtype=torch.float32)
torch.manual_seed(0)
branch = ElementBranch(table, width=24, n_heads=4, n_blocks=1, dropout=0.05).eval()
alloys = fractions(["Cu64Zr36", "La55Al25Ni20", "Zr41.2Ti13.8Cu12.5Ni10Be22.5"])
numbers, amounts = map(torch.from_numpy, element_tokens(alloys.to_numpy(), n_tokens=5))
what_it_is, what_it_is_like = branch.identity[numbers], branch.features(branch.table[numbers])
tokens = what_it_is + what_it_is_like + branch.amount(branch.encode_amounts(amounts))
print(numbers, amounts, tuple(tokens.shape), sep="\n")

# %% [markdown]
# Atomic numbers, the largest share first; fractions; and 3 alloys x 5 tokens of width 24.
#
# Two more parts before the tokens may look around. A **summary** token, the same for all alloys, is put in front; it
# has no element of its own and is free to collect what matters for the answer. And "no element" must not be looked
# at: a **padding mask** adds $-\infty$ to its score, and $e^{-\infty} = 0$. The same place is used for a hint: $\beta
# \log f$ is added to an element's score, so that it starts with a weight in proportion to $f^{\beta}$. How much the
# amount counts, $\beta$, is learned.

# %%
with torch.no_grad():
    summary, (weights,) = branch(numbers, amounts)
names = ["summary", "Cu", "Zr", "none", "none", "none"]
plot_attention(weights[0].mean(0)[:3], names[:3], columns=names, title="Cu64Zr36")
plt.show()

assert weights[0, :, :, 3:].max() == 0
with torch.no_grad():
    wider, _ = branch(*(torch.nn.functional.pad(x, (0, 3)) for x in (numbers, amounts)))
    turned, _ = branch(numbers.flip(1), amounts.flip(1))
assert torch.allclose(wider, summary, atol=1e-5) and torch.allclose(turned, summary, atol=1e-5)
print("one row of numbers an alloy:", tuple(summary.shape))

# %% [markdown]
# The columns of "none" are 0, exactly. (The branch is untrained, so the other weights mean nothing yet.) Two promises
# follow, and the last lines assert them: more padding changes nothing, and neither does the order in which the
# elements are written. Each alloy leaves this branch as 48 numbers: the summary token, and the mean of the element
# tokens weighted by their fractions.
#
# ## 6. The picture, one cell at a time
#
# Our picture branch keeps the good idea of the published one: read one 3 x 3 cell a step. A convolution whose window
# is 3 x 3 and moves on by 3 never sees a pixel twice. So it is the same as cutting the picture into its 56 cells and
# sending each, a row of 9 numbers, through one linear layer, here with 8 outputs:

# %%
from mcvn_utils.model import PictureBranch

picture = PictureBranch(n_out=64, shape=(24, 21))
cells = picture.cells(inputs["image"]).reshape(-1, 56, 9)
kernel = picture.stem.weight.reshape(8, 1, 3, 3)
convolved = torch.nn.functional.conv2d(inputs["image"], kernel, picture.stem.bias, stride=3)
assert torch.allclose(picture.stem(cells), convolved.flatten(2).transpose(1, 2), atol=1e-5)

# %% [markdown]
# Equal. The linear layer is a plain matrix product, which section 9 will welcome. Before it the branch standardises
# each pixel over the training rows, since many pixels of steels hardly change or never do. After it each cell is told
# its place by eight learned numbers, and one more linear layer mixes all 56 cells: it may join features from opposite
# corners, which a small window cannot. (A layer with a bend between the cells, as in
# [MLP-Mixer](https://arxiv.org/abs/2105.01601), was tried: on glasses of chemical systems never seen it did not help.)
#
# ## 7. Gate, fusion, head
#
# The **raw features**, standardised, are what the maker has set: temperatures, reduction, inclusions, and the
# composition once more in wt%. Each passes a **gate**, one learned number $g$ a feature that multiplies it by
# $\sigma(g) = 1/(1 + e^{-g})$, between 0 (shut) and 1 (open). A feature that only adds noise can be turned down.
#
# A smooth network sees 0.30 and 0.32 % of carbon as nearly one; a tree may cut between them. So `MCVNRegressor` also writes each
# number **by pieces**: cut at the quantiles of its training values, one input a piece that says how far the number has come
# in it ([Gorishniy and others](https://arxiv.org/abs/2203.05556)). That helps where neighbours are alike, and harms where it
# lets a network learn heats by heart. So half of the pieces, drawn anew in each step, are hidden in training (a *dropout* of the inputs): then a single
# piece cannot be leant on. `encoding="smooth"` leaves them out, as we do here.
#
# From 1500 formulas on there is enough to learn from for more of this. Then the library cuts the amount of each element into 24 pieces instead
# of 8, and **the grays of the picture** as well: a cell is read as nine standard scores and eight or nine steps of gray for each of its pixels. Since
# every cell shows another feature, each gets a linear layer of its own (`PieceBranch`) in place of the one stem that all share here.
#
# **Fusion** is simple: lay the three rows of numbers side by side. The **head** is two layers of 64 neurons with a
# bend after each (SiLU, a smooth ReLU) and *dropout*, which silences a few neurons at random in training, so that
# none can be relied on alone. In torch a network is a class: `__init__` says which parts there are, `forward` what
# happens to an input.

# %%
from torch import nn
from mcvn_utils.model import Standardise


class AttendingNetwork(nn.Module):
    def __init__(self, n_raw, n_outputs, width=24, hidden=64):
        super().__init__()
        self.raw_scaling, self.gate = Standardise(n_raw), nn.Parameter(torch.ones(n_raw))
        self.elements = ElementBranch(table, width, n_heads=4, n_blocks=1, dropout=0.05)
        self.picture = PictureBranch(hidden, shape=(24, 21))
        layer1, layer2 = nn.Linear(n_raw + 2 * width + hidden, hidden), nn.Linear(hidden, hidden)
        bend = [nn.SiLU(), nn.Dropout(0.05)]
        self.head = nn.Sequential(layer1, *bend, layer2, *bend, nn.Linear(hidden, n_outputs))

    def forward(self, inputs):
        raw = self.raw_scaling(inputs["raw"]) * self.gate.sigmoid()
        elements, _weights = self.elements(inputs["elements"], inputs["amounts"])
        picture = self.picture(self.picture.prepare(inputs["image"]))
        return self.head(torch.cat([raw, elements, picture], dim=1))


# %% [markdown]
# The library's `MCVN` is this network, with a switch for each branch and the attention handed out on request. To be
# sure that it is the same, we give it our weights and compare what the two say about 360 steels. Then we count.

# %%
from mcvn_utils import MCVN


def make_attending():
    return MCVN(4, n_raw=16, element_features=table, width=24, n_blocks=1, hidden=64, dropout=0.05)


ours, theirs = AttendingNetwork(n_raw=16, n_outputs=4).eval(), make_attending().eval()
theirs.load_state_dict(ours.state_dict())
assert torch.allclose(ours(inputs), theirs(inputs), atol=1e-5)

# %%
sizes = pd.DataFrame({"published": count_weights(published), "attending": count_weights(theirs)})
sizes.loc["all"] = sizes.sum()
assert 10 < sizes.loc["all", "attending"] / sizes.loc["all", "published"] < 40
sizes.astype("Int64")

# %% [markdown]
# Some twenty times the published network, and many more weights than steels. That is common today and no harm by
# itself, provided that one watches rows that are not trained on. Most weights sit where 56 cells x 8 numbers are
# mixed, in the head, and in the elements, each of which has an identity of its own.
#
# ## 8. Train one member
#
# Training is: guess, compare, adjust. The **loss** is the mean squared difference between guess and truth over the
# four targets, each standardised on the training rows. torch follows the computation backwards (`loss.backward()`)
# and finds for each weight in which direction the loss falls; the **optimizer** (AdamW) takes a small step that way.
# Each step looks at a **batch** of 32 rows.
#
# Some heats of the training rows are set aside as **validation** rows: never trained on, only looked at. Each member
# of an ensemble will set aside others.

# %%
from sklearn.model_selection import GroupShuffleSplit

steps, n_members = (150, 4) if FAST else (400, 8)
y = steel.y.to_numpy()
y_mean, y_spread = y[train].mean(axis=0), y[train].std(axis=0)
target = torch.tensor((y - y_mean) / y_spread, dtype=torch.float32)
splitter = GroupShuffleSplit(n_members, test_size=0.15, random_state=0)
rows = [(train[a], train[b]) for a, b in splitter.split(train, groups=steel.groups.iloc[train])]
assert not set(rows[0][0]) & set(rows[0][1]) and not set(test) & set(train)
print(f"{len(rows[0][0])} rows to train on, {len(rows[0][1])} to validate, {len(test)} to test")

# %% [markdown]
# The loop. Its schedule lets the size of the steps rise first and then fall to nothing (one cycle), which settles
# quickly.


# %%
def take(rows):
    return {name: x[rows] for name, x in inputs.items()}


def train_one(network, train, valid, steps, every=10):
    """Train a network in batches of 32 rows; returns the training and validation losses (checks, 2)."""
    network.learn_scaling(take(train))
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps, pct_start=0.2)
    random, curves = np.random.default_rng(0), []
    for step in range(1, steps + 1):
        batch = random.choice(train, 32, replace=False)
        loss = (network.train()(take(batch)) - target[batch]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % every == 0:
            with torch.no_grad():
                validation = (network.eval()(take(valid)) - target[valid]).square().mean()
            curves.append((loss.item(), validation.item()))
    return np.array(curves)


# %% tags=["nbval-ignore-output"]
from mcvn_utils.plots import plot_history

torch.manual_seed(0)
network = make_attending()
curves = train_one(network, *rows[0], steps)
plot_history({"train": curves[:, :1], "validation": curves[:, 1:]}, steps, title="One member")
plt.show()

# %% [markdown]
# A loss of 1 is the guess "every steel is the mean steel". Both curves fall steeply, then slowly. What to look for:
# if the blue curve **rises** while the gray one falls, the network learns its training rows by heart; if both still
# fall at the end, train longer. The ring is the best moment on validation rows; the library keeps each member's
# weights of that moment. (Not so on 1500 alloys and more, unless groups are given: there the *mean* of the members still
# gains while each of them grows too sure of itself, and the last weights are kept.) Now the steels of heats it has never met:

# %% tags=["nbval-ignore-output"]
from mcvn_utils.evaluation import regression_scores

guess = network(take(test)).detach().numpy() * y_spread + y_mean
scores = regression_scores(steel.y.iloc[test], guess).set_index("target")
assert scores["r2"].between(0.80, 0.99).all()
scores.round(2)

# %% [markdown]
# R² between 0.80 and 0.99 for each target (RMSE and MAE in MPa, and in HV for the hardness), from one network and one
# split. Whether that is good, and better than a forest of trees, takes repeated splits and a fair comparison: lesson
# [05](05_steel_regression.ipynb). Here we go on building.
#
# ## 9. From one member to many, in one batch
#
# Members that start from different random weights, and set different rows aside, make different errors, and their
# mean is better than they are. But eight members cost eight trainings. Or do they?
#
# A step of a small network is a few hundred tiny operations. For each, Python and torch spend some microseconds on
# getting it started, whether it multiplies ten numbers or ten thousand. So: **stack** the weights of all members to
# tensors with one more axis, and start each operation once for all of them. `torch.func.vmap` rewrites a network that
# way:

# %%
from torch.func import functional_call, stack_module_state, vmap

members = [make_attending().eval() for _ in range(3)]
stacked = stack_module_state(members)
together = vmap(lambda weights: functional_call(members[0], weights, (inputs,)))(stacked)
assert torch.allclose(together, torch.stack([member(inputs) for member in members]), atol=1e-4)
print("gates:", tuple(stacked[0]["gate"].shape), " predictions:", tuple(together.shape))

# %% [markdown]
# Three members x 16 gates; three members x 360 steels x 4 targets; and the same numbers as one by one. Nothing passes
# from member to member, and the gradient of the summed loss gives each what it would have got alone. The library's
# `train_members` is our loop on stacked weights. How long do 20 steps take, one member after another and batched? We
# take the shorter of two runs, for the published network and for ours.

# %% tags=["nbval-ignore-output"]
import time
from mcvn_utils.model import Plan, train_members


def squared_error(outputs, target):
    return (outputs - target).square().mean(1)


def one_after_another(make, k):
    for _ in range(k):
        train_one(make(), *rows[0], steps=20, every=20)


def batched(make, k):
    plan = Plan(steps=20, batch_size=32, checks=1)
    train_members(make, inputs, target, rows[:1] * k, squared_error, plan=plan, device="cpu")


def seconds(work, make, k):
    start = time.perf_counter()
    work(make, k)
    return time.perf_counter() - start


# %% tags=["nbval-ignore-output"]
from mcvn_utils.plots import plot_batching

timing = []
for name, make in {"published": lambda: PublishedMCVN(16, 4), "attending": make_attending}.items():
    for k in (1, 8) if FAST else (1, 2, 4, 8):
        times = {work.__name__: min(seconds(work, make, k) for _ in range(2)) for work in (one_after_another, batched)}
        timing.append({"network": name, "members": k, **times, "ratio": times["one_after_another"] / times["batched"]})
timing = pd.DataFrame(timing)
assert timing.loc[(timing["network"] == "published") & (timing["members"] == 8), "ratio"].item() > 1.3
plot_batching(timing)
plt.show()
timing.round(2)

# %% [markdown]
# Your numbers will differ; the shape should not. For the tiny published network nearly all of the time goes into
# getting things started, and more members are nearly free. What we assert is weak on purpose: eight of them batched
# are at least 1.3 times as fast as one after another, on any machine, even a busy one. The attending network has more
# real work in each operation; with batches of 256 rows instead of 32 both would save less. On a graphics card, where
# thousands of small sums run side by side, they save more.
#
# ## 10. An ensemble and its spread
#
# So let us have all members, each with validation heats of its own:

# %% tags=["nbval-ignore-output"]
plan = Plan(steps, batch_size=32)
ensemble = train_members(make_attending, inputs, target, rows, squared_error, plan=plan, device="cpu")
plot_history(ensemble.history, steps, title=f"{len(ensemble)} members")
plt.show()

# %% [markdown]
# The curves end at different heights, as each member looks at other validation heats; the heights do not tell who is
# best. The test steels are the same for all. For $K$ members with predictions $f_k$, mean $\bar f$ and truth $y$, a
# line of algebra gives (Krogh and Vedelsby, 1995)
#
# $$\underbrace{(\bar f - y)^2}_{\text{ensemble}} = \underbrace{\frac1K \sum_k (f_k - y)^2}_{\text{average member}} - \underbrace{\frac1K \sum_k (f_k - \bar f)^2}_{\text{spread, squared}}.$$
#
# The ensemble beats its average member by exactly the members' disagreement. It can never be worse.

# %% tags=["nbval-ignore-output"]
predicted, truth = ensemble.predict(inputs)[:, test].double(), target[test].double()
average_member = (predicted - truth).square().mean()
of_ensemble = (predicted.mean(0) - truth).square().mean()
spread = predicted.var(0, unbiased=False).mean()
assert torch.isclose(of_ensemble, average_member - spread) and spread < 0.5 * of_ensemble
print(f"ensemble {of_ensemble:.4f} = average member {average_member:.4f} - spread {spread:.4f}")

# %% [markdown]
# The spread is much **smaller** than the error: all members were trained on nearly the same steels and miss the test
# steels in the same direction. A spread is no error bar. What is it good for? Take our chromium-molybdenum steel and
# change one thing at a time, within what the training steels cover and beyond.


# %% tags=["nbval-ignore-output"]
from mcvn_utils.plots import plot_members


def vary(feature, values):
    """Hardness of NIMS-127 in HV by each member (members, values), one feature changed."""
    changed = steel.X.loc[["NIMS-127"] * len(values)].assign(**{feature: values})
    asked = {name: torch.from_numpy(x) for name, x in reader.transform(changed).items()}
    return ensemble.predict(asked).numpy()[:, :, 3] * y_spread[3] + y_mean[3]


sweeps = {"tempering_temperature": np.linspace(400, 800, 41), "C": np.linspace(0.1, 1.0, 37)}
hardness = {feature: vary(feature, values) for feature, values in sweeps.items()}
spread = {feature: pd.Series(hardness[feature].std(axis=0), sweeps[feature]) for feature in sweeps}
hot = spread["tempering_temperature"]
assert max(hot[400], hot[800]) > 1.5 * hot.loc[550:680].mean()
assert spread["C"].iloc[-1] > 1.2 * spread["C"].loc[0.35:0.45].mean()

fig, axes = plt.subplots(1, 2, figsize=(7, 2.6), sharey=True, layout="constrained")
for ax, (feature, values) in zip(axes, sweeps.items(), strict=True):
    known = steel.X[feature].iloc[train].agg(["min", "max"])
    plot_members(values, hardness[feature], known, ax, xlabel=f"{feature.replace('_', ' ')}, {steel.units[feature]}")
_ = axes[0].set_ylabel("hardness, HV")
_ = axes[1].legend(loc="lower right", fontsize=8)
plt.show()

# %% [markdown]
# The metallurgy is right: the hotter the tempering, the coarser the carbides and the softer the steel; carbon makes
# martensite hard. Where training rows are many the members agree; towards the edge and beyond it they fan out, since
# nothing holds them together. At 400 or at 800 °C, whichever is worse, they disagree at least 1.5 times as much as in
# the middle, at 1 % carbon at least 1.2 times. So the spread warns of **leaving the known range**, though softly: on the plateau at high carbon no member
# has any data to stand on.
#
# ## 11. Beside the network: soft trees
#
# On tables like ours forests of **decision trees** are hard to beat. A tree asks yes-or-no questions ("more than 0.4 % carbon?"),
# one after the other, and answers with the value of the leaf that it ends in. A network draws smooth curves through
# the same rows; so the two err on different alloys, which is what an ensemble lives on. But a yes-or-no question has
# no slope, and gradients cannot train it.
#
# Make the answer **soft**: "yes" to the degree $\sigma((x - t)/\tau)$, with a threshold $t$ and a temperature $\tau$
# that are learned. The share of an alloy that reaches a leaf is the product of the answers on the way, shares sum to
# 1, and the output is $\sum_{\text{leaves}} \text{share} \times \text{value}$. *Which* feature $x$ is asked for is learned as
# well, by a softmax over the features, as attention does; all nodes of one depth ask the same question
# ([NODE](https://arxiv.org/abs/1909.06312)). Features enter by **rank**, which puts all on one scale. Now `train_members`
# can train forests as it trains networks; here each has 64 trees of four questions.

# %% tags=["nbval-ignore-output"]
from mcvn_utils.model import find_knots, ranks
from mcvn_utils.model import SoftTrees


def make_trees():
    return SoftTrees(16, 4, n_own=16, temperature=0.3)


knots = find_knots(steel.X.iloc[train].to_numpy(), 32)
ranked = {"ranks": torch.from_numpy(ranks(steel.X.to_numpy(), knots))}
plan = Plan(steps, batch_size=32, learning_rate=2e-2, weight_decay=0.06)
to_the_end = [(a, b[:0]) for a, b in rows]  # the same training rows; trees gain until the last step
forest = train_members(make_trees, ranked, target, to_the_end, squared_error, plan=plan, device="cpu")
voices = {"networks": predicted.mean(0), "soft trees": forest.predict(ranked)[:, test].double().mean(0)}
alike = np.corrcoef(*[(voice - truth).flatten() for voice in voices.values()])[0, 1]
voices["mean of both"] = torch.stack(list(voices.values())).mean(0)
errors = pd.Series({name: (voice - truth).square().mean().item() for name, voice in voices.items()})
assert errors["mean of both"] < errors[["networks", "soft trees"]].mean() and alike < 0.95
print(errors.round(4).to_string(), f"correlation of the two errors: {alike:.2f}", sep="\n")

# %% [markdown]
# The formula of section 10 holds for two voices too: their mean beats their average by their disagreement. It need not beat the better of
# the two. So `MCVNRegressor` and `MCVNClassifier` set a forest beside each network, trained on the same rows, and validation rows choose
# its share in the answer, from nothing to three quarters (`trees=False` leaves it out). Lesson [07](07_honest_tables.ipynb) measures
# what that is worth.
#
# ## 12. A map of attention
#
# The elements of these steels are nearly always the same ten, dull tokens. The metallic glasses are made of 2 to 8
# out of some fifty elements, so there attention has something to choose. We train four small classifiers on 2000
# alloys; the picture is switched off, and the loss is the **cross-entropy**, $-\log$ of the probability that the
# network gives to the true class.

# %% tags=["nbval-ignore-output"]
from mcvn_utils import load_metallic_glass
from mcvn_utils.model import ElementTokens
from sklearn.model_selection import StratifiedShuffleSplit


def make_classifier():
    return MCVN(3, image_shape=None, element_features=table, width=24, n_blocks=1, hidden=64)


glass = load_metallic_glass()
glass_reader = NetworkInputs(**glass.composition, parts=[ElementTokens()]).fit(glass.X)
glass_inputs = {name: torch.from_numpy(x) for name, x in glass_reader.transform(glass.X).items()}
code = torch.from_numpy(pd.Categorical(glass.y).codes.astype(np.int64))
splitter = StratifiedShuffleSplit(4, train_size=1000 if FAST else 2000, test_size=500, random_state=0)
glass_rows = list(splitter.split(glass.X, glass.y))
cross_entropy, plan = nn.CrossEntropyLoss(reduction="none"), Plan(120 if FAST else 300, batch_size=64)
classifiers = train_members(make_classifier, glass_inputs, code, glass_rows, cross_entropy, plan=plan, device="cpu")
right = (classifiers.predict(glass_inputs).argmax(-1) == code).float()
accuracy = np.array([right[k, valid].mean().item() for k, (_, valid) in enumerate(glass_rows)])
assert 0.65 < accuracy.mean() < 0.90
accuracy.round(2)

# %% [markdown]
# Between 65 and 90 % of the validation rows right: enough to look inside (lesson
# [06](06_amorphous_classification.ipynb) does it well). We ask each member for its attention on three glasses of
# lesson 03, and draw the mean over members and heads.

# %% tags=["nbval-ignore-output"]
from mcvn_utils.composition import ELEMENTS

glasses = ["Zr41.2Ti13.8Cu12.5Ni10Be22.5", "Pd40Ni40P20", "Mg65Cu25Y10"]
asked = {k: torch.from_numpy(x) for k, x in glass_reader.transform(pd.DataFrame({"formula": glasses})).items()}
seen = []
for k in range(len(classifiers)):
    _, attention = classifiers.member(k)(asked, return_attention=True)
    seen.append(attention["elements"][0].mean(1).detach())
seen = torch.stack(seen).numpy()
names = [["summary", *[ELEMENTS[z - 1] for z in numbers.tolist() if z]] for numbers in asked["elements"]]
fig, axes = plt.subplots(1, 3, figsize=(7.6, 2.7), layout="constrained", width_ratios=[6, 4, 4])
for ax, formula, name, weights in zip(axes, glasses, names, seen.mean(axis=0), strict=True):
    plot_attention(weights[: len(name), : len(name)], name, ax, title=formula)
plt.show()

# %% [markdown]
# The top row is the look of the summary token, which goes to the head; below it the elements look at each other. An
# element's share does not settle it: yttrium with 10 at% draws more attention than magnesium with 65. It is tempting
# to tell a story now. First ask the members whether they tell the same one: the top row of Vitreloy 1, by each
# member.

# %% tags=["nbval-ignore-output"]
look = seen[:, 0, 0, : len(names[0])]
assert np.allclose(look.sum(axis=1), 1, atol=1e-5) and look.std(axis=0).max() > 0.03
assert seen.mean(axis=0)[2, 0, 3] > seen.mean(axis=0)[2, 0, 1]  # yttrium before magnesium
plot_attention(look, [f"member {k}" for k in range(4)], columns=names[0], title=glasses[0])
plt.show()

# %% [markdown]
# They do not, though they classify about equally well. So:
#
# - attention says where **this** network gathered numbers, not what **causes** a glass;
# - the values matter as well as the weights, and there are detours: the fraction-weighted mean hands every element to
#   the head, attended or not;
# - a pattern is worth telling when it returns in members that were started differently. Show the mean *and* the
#   disagreement.
#
# ## What we have seen
#
# - The published network turns 504 pixels into 4 numbers and 16 features into 8; its four convolutions without a bend
#   are one linear map.
# - Its attentions are given one token each. A softmax over one score is 1, so a third of its weights never matter.
# - A token is one member of a set. An alloy's tokens are its elements: what each is, what it is like, how much there
#   is of it.
# - Attention is a weighted mean whose weights come from comparing queries with keys; a mask hides what is not there.
# - Reading one cell a step is a convolution of stride 3 and, the same, a linear layer on 3 x 3 pixels.
# - A training loop has some fifteen lines; validation rows tell when to stop.
# - Members batched as one model cost less than one after another, the more so the smaller the network and the batch.
# - Soft trees ask questions that gradients can train. They err on other alloys than a network, so the mean of both gains.
# - An ensemble beats its average member by exactly its spread. The spread warns of leaving the known range; it is no
#   error bar, and attention is no explanation.
#
# ## Check yourself
#
# **1.** Your attention layer receives a tensor of shape (32, 1, 16): 32 alloys, one token of width 16. What are its
# weights?
#
# <details><summary>Answer</summary>All 1. There is one token an alloy, so one score, and the softmax of one score is 1. For attention
# between the 16 features the shape must be (32, 16, width), with some numbers that stand for each feature.</details>
#
# **2.** Why is the mask minus infinity, added before the softmax, and not a multiplication of the weights by 0 after
# it?
#
# <details><summary>Answer</summary>After the softmax the remaining weights would no longer sum to 1: the padding would have taken its
# part. Before it, <i>e</i> to the minus infinity is 0, and the sum runs over the real tokens only.</details>
#
# **3.** You write an alloy's elements in alphabetical order instead of the largest first. What changes in the
# prediction?
#
# <details><summary>Answer</summary>Nothing, up to rounding: tokens carry no place, attention is a sum over tokens, and the mean is
# weighted by fractions. Words in a sentence are different; there the place is added to the token.</details>
#
# **4.** The validation loss was lowest at step 250 and you keep those weights. May you report that validation loss as
# the model's error?
#
# <details><summary>Answer</summary>No. The step was chosen because this loss was low there, so it is too friendly. Report the error on
# test rows that took no part in any choice.</details>
#
# **5.** Eight members agree on the hardness of a steel to within 2 HV. Is the prediction good to 2 HV?
#
# <details><summary>Answer</summary>No. They were trained on nearly the same steels with the same features and share their blind spots;
# on the test heats the error was larger than the spread by far. Agreement is necessary for trust, not sufficient.</details>
#
# ## Exercises
#
# Blanks that tell you at once whether an answer is right: [exercises 04](exercises/04_building_mcvn.ipynb). New words are in the [glossary](../docs/glossary.md).
#
# 1. (5 minutes) Show that the four published convolutions are one linear map: feed them two steels' pictures and the
#    picture halfway between. What must come out, and does it? Then put a `torch.relu` between two of them.
# 2. (10 minutes) In section 4, let each element look for its *like* instead of its opposite. Predict the heat map
#    before you draw it. Then multiply all queries by 10 and explain what happens to the rows.
# 3. (30 minutes) Switch the picture off (`image_shape=None` in `make_attending`) and train the ensemble again, then
#    the elements (`element_features=None`). How do the error, the number of weights and the time change? What does a
#    steel's picture know that its raw features do not?
#
# Next: [05 · Steel regression](05_steel_regression.ipynb)
