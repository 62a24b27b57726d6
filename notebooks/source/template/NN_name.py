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
# # NN · Name of the lesson
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/mcvn-tutorial/mcvn-tutorial/blob/main/notebooks/NN_name.ipynb) [![Open in Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/mcvn-tutorial/mcvn-tutorial/main?urlpath=lab/tree/notebooks/NN_name.ipynb)
#
# One sentence: why should somebody with an alloy in hand care?

# %% [markdown]
# ## Objectives
#
# In this lesson you will
#
# - do one thing, in words that a beginner understands;
# - do another; three to seven in all, and each comes back in "What we have seen".
#
# **Before you start**: which lessons, and what else one should know.
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
# ## 1. An idea, as a short heading
#
# The idea in prose first. Explain the metal as well as the method. A formula names its symbols and units: the mean atomic radius
#
# $$\bar r = \sum_i x_i\, r_i$$
#
# with the atomic fractions $x_i$ (no unit) and the radii $r_i$ in pm. Then a short cell that shows it.

# %%
from mcvn_utils import element_table, parse_formula

shares = parse_formula("Cu64Zr36")
radii = element_table()["atomic_radius"]
mean_radius = sum(share * radii[symbol] for symbol, share in shares.items())
print(f"{mean_radius:.0f} pm")

# %% [markdown]
# Then a sentence on what we see. Zirconium's atom is larger than copper's, so the mean lies between them.
#
# ## 2. A claim, and the cell that asserts it
#
# State ranges, and assert them: the mean lies between 130 and 160 pm. In fast mode (`FAST`) take fewer samples where it takes long.
# A cell whose output may differ from machine to machine carries the tag `nbval-ignore-output`.

# %%
assert 130 < mean_radius < 160

# %% [markdown]
# ## 3. A figure where people would rather look than read
#
# Axis labels with units, a title, readable without colour; end the cell with `plt.show()`.

# %%
import matplotlib.pyplot as plt
import numpy as np

zirconium = np.linspace(0, 1, 11)
fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
_ = ax.plot(100 * zirconium, (1 - zirconium) * radii["Cu"] + zirconium * radii["Zr"], color="black")
_ = ax.set(xlabel="zirconium, at%", ylabel="mean atomic radius, pm", title="Cu-Zr")
plt.show()

# %% [markdown]
# Say in words what is to be seen: a straight line, because the mean is linear in the fractions. Who cannot see the figure reads it here.
#
# ## What we have seen
#
# - The objectives again, as results, with the numbers that were measured.
#
# ## Check yourself
#
# **1.** A question that makes the reader think, not search?
#
# <details><summary>Answer</summary>The answer, and why.</details>
#
# **2.** A question about a number?
#
# <details><summary>Answer</summary>The answer, with its unit.</details>
#
# **3.** A question about the metal?
#
# <details><summary>Answer</summary>The answer.</details>
#
# **4.** A colleague does what this lesson warns of. What do you say?
#
# <details><summary>Answer</summary>The answer.</details>
#
# **5.** What does the result not show?
#
# <details><summary>Answer</summary>The answer.</details>
#
# ## Exercises
#
# A line with a link to the notebook of blanks, `exercises/NN_name.ipynb`.
#
# 1. (5 minutes) An easy one.
# 2. (15 minutes) One that takes a function of one's own.
# 3. (30 minutes) One with an open end.
#
# Next: the next lesson, as a link.
