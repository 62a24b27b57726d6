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
# # Alloy explorer
#
# Type the formula of an alloy and press Enter, pick a known one, or move a slider with the mouse or the arrow keys.
# The alloy is drawn as a small picture, and a small trained MCVN says how likely each class is:
# **BMG**, bulk metallic glass, a glass even in pieces of a millimetre and more; **RMG**, a glass only as a thin ribbon;
# **CRA**, a crystalline alloy. It was trained on 6470 published alloys. Far from all of them, its answer is a guess.

# %%
from mcvn_utils import MCVNClassifier, load_metallic_glass
from mcvn_utils.datasets import data_path
from mcvn_utils.course import alloy_app
from mcvn_utils.course import KnownAlloys

model = MCVNClassifier.load(data_path("glass_mcvn.safetensors"), device="cpu")
alloy_app(model, KnownAlloys(load_metallic_glass()))
