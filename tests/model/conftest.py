"""Settings for the tests of the model: a Ctrl-C of one test is not the first of two in the next."""

import math

import pytest

pytest.importorskip("torch")

from mcvn_utils.model import training


@pytest.fixture(autouse=True)
def no_ctrl_c_before(monkeypatch):
    monkeypatch.setattr(training, "_kept_at", [-math.inf])
