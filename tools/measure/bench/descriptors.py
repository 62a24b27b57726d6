"""How fast are the descriptors? Ratios from one run on one machine, in one thread.

    python -m tools.measure.bench.descriptors            # a minute
    python -m tools.measure.bench.descriptors --parity   # XenonPy on all 6470 glasses, and compares every value

A time is the best of several runs, from fractions (n, 94) to a new array (n, 406), checks included.
"""

import argparse
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from mcvn_utils.composition.conversion import as_fractions, format_formula
from mcvn_utils.datasets.loaders import load_metallic_glass
from mcvn_utils.descriptors.descriptor import CompositionDescriptor
from mcvn_utils.descriptors.elements import element_table
from tools.measure.bench.timing import best_time


def padded_gather(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Work in the plain vectorised way: every alloy is padded to the largest number of elements in the table."""
    most = np.count_nonzero(weights, axis=1).max()
    order = np.argsort(-weights, axis=1)[:, :most]
    w = np.take_along_axis(weights, order, axis=1)[:, :, None]
    p, present = values[order], w > 0
    with np.errstate(all="ignore"):
        ave = (w * p).sum(axis=1)
        var = (w * (p - ave[:, None]) ** 2).sum(axis=1)
        gmean = np.where(present, p**w, 1.0).prod(axis=1)
        hmean = 1.0 / np.where(present, w / p, 0.0).sum(axis=1)
    largest = np.where(present, p, -np.inf).max(axis=1)
    smallest = np.where(present, p, np.inf).min(axis=1)
    return np.hstack([ave, ave, var, gmean, hmean, largest, smallest])


def xenonpy_seconds(fractions: pd.DataFrame, repeats: int) -> tuple[float, pd.DataFrame] | None:
    """Seconds and descriptors of XenonPy's own featurizer, or None where it is not installed."""
    sys.path.append(str(Path(__file__).resolve().parents[3] / "tests"))
    from tests.helpers.xenonpy_reference import xenonpy_compositions

    warnings.simplefilter("ignore")
    try:
        featurizer = xenonpy_compositions(element_table())
    except ImportError:
        return None
    present = pd.Series([row[row > 0].to_dict() for _, row in fractions.iterrows()], index=fractions.index)
    featurizer.transform(present.iloc[:2])
    return best_time(lambda: featurizer.transform(present), repeats), featurizer.transform(present)


def matminer_seconds(fractions: pd.DataFrame) -> float | None:
    """Seconds of matminer's Magpie featurizer, row by row, or None where it is not installed."""
    try:
        from matminer.featurizers.composition import ElementProperty
        from pymatgen.core import Composition
    except ImportError:
        return None
    magpie = ElementProperty.from_preset("magpie")
    rows = [Composition(format_formula(row[row > 0])) for _, row in fractions.iterrows()]
    magpie.featurize(rows[0])
    return best_time(lambda: [magpie.featurize(row) for row in rows], 2)


def composition_grid(n: int) -> pd.DataFrame:
    """Return the first n alloys Zr-Cu-Ni-Al in steps of 0.5 at% (1 373 701 in all), as a table of four columns."""
    steps = 200
    i, j = (k.ravel() for k in np.meshgrid(np.arange(steps + 1), np.arange(steps + 1), indexing="ij"))
    blocks = []
    for k in range(steps + 1):
        inside = i + j + k <= steps
        rest = steps - i[inside] - j[inside] - k
        blocks.append(np.stack([i[inside], j[inside], np.full(inside.sum(), k), rest], axis=1) / 2)
        if sum(map(len, blocks)) >= n:
            break
    return pd.DataFrame(np.vstack(blocks)[:n], columns=["Zr", "Cu", "Ni", "Al"])


def peak_memory() -> float:
    """Largest resident size of this process so far, GB."""
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobyte / 1e9


def grid_run(n: int) -> tuple[float, float]:
    """Seconds for n alloys of the grid, and GB of memory that were needed beside the result.

    The result's memory is written once before the clock starts: a virtual machine may take 10 s to hand over 3 GB.
    """
    grid = composition_grid(n)
    result = np.full((n, 406), np.nan)
    before = peak_memory()
    start, descriptor = time.perf_counter(), CompositionDescriptor()
    for row in range(0, n, 10_000):  # one piece of 32 MB after the other
        result[row : row + 10_000] = descriptor.transform(grid.iloc[row : row + 10_000])
    return time.perf_counter() - start, peak_memory() - before


def write_bandwidth() -> float:
    """Bytes a second that one thread writes to memory."""
    array = np.zeros(2**26)  # half a gigabyte, far more than any cache
    return array.nbytes / best_time(lambda: array.fill(1.0))


def report_grid() -> None:
    """One million alloys in pieces; the largest run comes first, so that its peak of memory is its own."""
    runs = {size: grid_run(size) for size in (1_000_000, 100_000, 10_000)}
    print("a grid of Zr-Cu-Ni-Al alloys, in pieces")
    for size, (seconds, memory) in sorted(runs.items()):
        beside = f", {memory:.2f} GB of memory beside the result" if size == 1_000_000 else ""
        print(f"  {size:9,d} alloys {seconds:7.2f} s, {seconds / size * 1e6:.2f} microseconds an alloy{beside}")


def report_glasses(parity: bool) -> None:
    """Ours against others on the metallic glasses."""
    glasses = as_fractions(load_metallic_glass().X["formula"])
    weights, values = glasses.to_numpy(), element_table().to_numpy()
    descriptor = CompositionDescriptor()
    n = len(glasses)
    ours = best_time(lambda: descriptor.transform(glasses), 15) / n
    checks = best_time(lambda: as_fractions(glasses), 15) / n
    share = 406 * 8 / ours / write_bandwidth()
    print(f"{n} glasses, microseconds an alloy")
    print(f"  {'CompositionDescriptor.transform':33s} {ours * 1e6:9.2f}   checks of the input: {checks * 1e6:.2f}")
    print(f"  {1 / ours:,.0f} rows a second, {share:.0%} of what one thread can write to memory")

    def compare(what: str, seconds: float | None) -> None:
        if seconds is None:
            print(f"  {what:33s}   skipped: not installed")
        else:
            print(f"  {what:33s} {seconds * 1e6:9.2f}   ours is {seconds / ours:,.1f} times as fast")

    compare("padded gather in numpy", best_time(lambda: padded_gather(weights, values), 5) / n)
    few = glasses.sample(300, random_state=0)
    magpie = matminer_seconds(few)
    compare("matminer Magpie (300 rows)", None if magpie is None else magpie / len(few))
    subset = glasses if parity else few
    found = xenonpy_seconds(subset, 1 if parity else 3)
    compare(f"XenonPy, n_jobs=1 ({len(subset)} rows)", None if found is None else found[0] / len(subset))
    if found is not None:
        report_differences(descriptor.set_output(transform="pandas").transform(subset), found[1])


def report_differences(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Largest relative difference a statistic; variances of 0, where XenonPy has rounding noise, apart."""
    same_nan = ours.isna().equals(theirs.isna())
    print(f"  the same NaN places as XenonPy: {same_nan}; largest relative difference")
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = ((ours - theirs).abs() / theirs.abs()).where(ours != 0, 0.0)
    for statistic, part in relative.T.groupby(lambda name: name.split(":")[0], sort=False):
        print(f"    {statistic:6s} {np.nanmax(part.to_numpy()):.1e}")
    noise = theirs.where(ours == 0).abs().max().max()
    print(f"    where ours is exactly 0, XenonPy has at most {noise:.1e}")


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parity", action="store_true", help="compare with XenonPy on all glasses")
    asked = parser.parse_args()
    report_grid()
    report_glasses(asked.parity)
    return 0


if __name__ == "__main__":
    sys.exit(main())
