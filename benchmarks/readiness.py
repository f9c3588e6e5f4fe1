"""What it takes until a bot is ready to serve, its model trained: seconds of processor time and by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.bots import Bot
from benchmarks.progress import bar


def readiness(bots: Sequence[Bot], repetitions: int) -> dict[str, dict[str, Any]]:
    """`cpu_seconds` and `wall_seconds` of each, medians of starts in turns; a bot's processes count together."""
    found: dict[str, list[tuple[float, float]]] = {bot.name: [] for bot in bots}
    for _ in bar(range(repetitions), "starts"):
        for bot in bots:
            with bot.started() as started:
                found[bot.name].append((started.cpu_seconds, started.wall_seconds))
    return {
        name: {"cpu_seconds": median(cpu for cpu, _ in runs), "wall_seconds": median(wall for _, wall in runs)}
        for name, runs in found.items()
    }
