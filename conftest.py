"""Settings for tests and doctests: figures need no screen, none stays open, and examples need no imports."""

import sys
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

import mcvn_utils
import mcvn_utils.study

with suppress(ImportError):  # not by the environment: notebooks that a test runs have a backend of their own
    import matplotlib

    matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    """Close the figures that a test or a docstring's example has drawn."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session", autouse=True)
def names_of_examples(
    request: pytest.FixtureRequest, doctest_namespace: dict, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Give the examples in docstrings numpy, pandas, a folder, and the public names of the library and of ``study``.

    Loading all of these takes seconds, which a run without such examples saves.
    """
    if not any(isinstance(item, pytest.DoctestItem) for item in request.session.items):
        return
    doctest_namespace.update(np=np, pd=pd, folder=tmp_path_factory.mktemp("examples"))
    for module in (mcvn_utils, mcvn_utils.study):
        doctest_namespace.update({name: getattr(module, name) for name in module.__all__})
