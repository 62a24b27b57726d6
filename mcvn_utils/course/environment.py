"""Look at the environment once, at the top of each lesson: versions, device, and what is missing.

Nothing is installed or changed. Without torch the check runs, too.
"""

import os
import platform
import sys
from importlib import metadata

from .. import __version__

PYTHON = (3, 11)
CORE = ("numpy", "pandas", "scikit-learn", "scipy")
# What the lessons import besides the core and torch, by the names under which they are installed.
XGBOOST = "xgboost" if sys.platform == "darwin" else "xgboost-cpu"
LESSONS = ("matplotlib", "seaborn", "ipywidgets", "pillow", "tqdm", "safetensors", "jsonschema", XGBOOST)
# The same package under another name: the full build of XGBoost, which Colab and conda have.
OTHER_NAMES = {"xgboost-cpu": ("xgboost",)}
TORCH_LESSONS = "lessons 00 and 04 to 07"


def installed_version(name: str) -> str | None:
    """Return the version of an installed distribution, or None, without importing it."""
    for candidate in (name, *OTHER_NAMES.get(name, ())):
        try:
            return metadata.version(candidate)
        except metadata.PackageNotFoundError:
            continue
    return None


def find_device() -> str:
    """Name the device on which networks would train: CUDA with its GPU's name, MPS (Apple), or CPU. Imports torch."""
    import torch

    if torch.cuda.is_available():
        return f"CUDA ({torch.cuda.get_device_name()})"
    return "MPS (Apple GPU)" if torch.backends.mps.is_available() else "CPU"


def count_cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux; a container or a batch queue may allow fewer than there are
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def find_problems() -> list[str]:
    """Return one sentence with its remedy for each thing that would stop a lesson; empty when all is well."""
    problems = []
    if sys.version_info < PYTHON:
        wanted = "Python {}.{}".format(*PYTHON)
        problems.append(f"Python {platform.python_version()} is too old: install {wanted} or newer.")
    missing = [name for name in (*CORE, *LESSONS) if installed_version(name) is None]
    if missing:
        problems.append(f"{', '.join(missing)} not installed: pip install {' '.join(missing)}")
    if installed_version("torch") is None:
        problems.append(f"torch: not installed, {TORCH_LESSONS} need it: pip install torch")
    return problems


def check_environment() -> bool:
    """Print versions, device, cores and mode, and say OK or what to do; return whether the mode is fast.

    It is fast when the environment variable ``MCVN_FAST`` is set, and neither empty nor 0. The lessons then take fewer
    ensemble members, steps and samples, and the numbers in their text do not apply.

    >>> fast = check_environment()  # doctest: +ELLIPSIS
    mcvn_utils ...
    """
    fast = os.environ.get("MCVN_FAST", "") not in ("", "0")
    print(f"mcvn_utils {__version__}, Python {platform.python_version()}")
    print(", ".join(f"{name} {installed_version(name) or 'missing'}" for name in (*CORE, "torch")))
    device, cores = find_device() if installed_version("torch") else "CPU", count_cores()
    print(f"Device: {device}, {cores} {'core' if cores == 1 else 'cores'}")
    print(f"Fast mode: {'on, fewer members and steps (MCVN_FAST is set)' if fast else 'off'}")
    problems = [f"To do: {problem}" for problem in find_problems()]
    print(*(problems or ["OK: everything that the lessons need is here."]), sep="\n")
    return fast
