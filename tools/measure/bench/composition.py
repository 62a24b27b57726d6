"""Time parse_formula against pymatgen's Composition on the 6470 alloys of metallic_glass, in the same run.

    python -m tools.measure.bench.composition

Prints microseconds a formula (best of seven rounds, the two taking turns) and the ratio; exits with 1 where
parse_formula is the slower one.
"""

import sys
import time
from collections.abc import Callable

from pymatgen.core import Composition

from mcvn_utils import fractions, load_metallic_glass, parse_formula

ROUNDS = 7


def microseconds(read: Callable[[str], object], formulas: list[str]) -> float:
    """Time of one pass over the formulas, per formula."""
    start = time.perf_counter()
    for formula in formulas:
        read(formula)
    return (time.perf_counter() - start) / len(formulas) * 1e6


def main() -> int:
    """Measure, print, and compare."""
    formulas = load_metallic_glass().X["formula"].tolist()
    bracketed = [formula for formula in formulas if "(" in formula]
    ours, theirs, column, brackets = [], [], [], {Composition: [], parse_formula: []}
    for _ in range(ROUNDS):
        ours.append(microseconds(parse_formula, formulas))
        theirs.append(microseconds(Composition, formulas))
        for read, times in brackets.items():  # pymatgen remembers its last 512 formulas: by now all are others
            times.append(microseconds(read, bracketed))
        start = time.perf_counter()
        fractions(formulas)
        column.append((time.perf_counter() - start) / len(formulas) * 1e6)
    print(f"{len(formulas)} formulas, microseconds each, best of {ROUNDS} rounds")
    print(f"                        all   the {len(bracketed)} with brackets")
    print(f"  pymatgen Composition {min(theirs):5.1f}   {min(brackets[Composition]):5.1f}")
    print(f"  parse_formula        {min(ours):5.1f}   {min(brackets[parse_formula]):5.1f}")
    print(f"  fractions (column)   {min(column):5.1f}")
    print(f"ratio pymatgen / parse_formula: {min(theirs) / min(ours):.1f}")
    return int(min(ours) > min(theirs))


if __name__ == "__main__":
    sys.exit(main())
