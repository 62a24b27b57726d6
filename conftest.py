"""Settings for tests and doctests: figures need no screen, and none stays open after a test."""

import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

with suppress(ImportError):  # not by the environment: notebooks that a test runs have a backend of their own
    import matplotlib

    matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    """Close the figures that a test or a docstring's example has drawn."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
