"""A short name for :mod:`mcvn_utils.course.checks`."""

from .course.checks import *  # noqa: F403
from .course.checks import __all__  # noqa: F401
