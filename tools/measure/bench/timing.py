"""The benchmarks' stopwatch."""

import time
from collections.abc import Callable


def best_time(work: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of the quickest of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
