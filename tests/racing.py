"""Threads that start at the same moment: a race that a constraint has to decide."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Result = TypeVar("Result")


def race(runners: int, run: Callable[[int], Result]) -> list[Result]:
    """Call `run` with 0, 1, 2 … in a thread each, all at once; their results. Raises what one of them raises."""
    start = Barrier(runners)

    def runner(number: int) -> Result:
        start.wait()
        return run(number)

    with ThreadPoolExecutor(runners) as pool:
        return list(pool.map(runner, range(runners)))
