"""From measured figures to what a shop of a given size needs: `python -m benchmarks.capacity [--write]`.

Reads `benchmarks/results/load.json`, `growth.json` and `bench.json`; what is missing is said, with the command that
measures it. `--write` puts the tables into `docs/capacity.md`. Arithmetic, and a simulation of the busiest hours
(`benchmarks.day`).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.day import MESSAGES, busiest, festival, simulate
from benchmarks.page import PAGE, put

RESULTS = Path(__file__).parent / "results"
DOCUMENT = PAGE.parent / "capacity.md"
SIZES = (10_000, 100_000, 1_000_000)
"""Conversations a day."""
FULL = 0.6
"""How much of a core is used in the busiest hour: above, waiting grows quickly."""
TO_PEOPLE = 0.15
"""Of conversations that end with people. An assumption; `report containment` tells a shop its own."""
A_DAY_EACH = 100
"""Conversations that one agent sees through in a day. An assumption."""
COMMITS = 3
"""Transactions of a turn on the web chat that write, as counted over the talk of `benchmarks.dialogues` (2.8)."""
_COMMANDS = {
    "load": "benchmarks.load --write",
    "growth": "benchmarks.growth_curve --write",
    "bench": "benchmarks",
}


class NotMeasured(Exception):
    """A figure is missing; says what measures it."""


@dataclass(frozen=True)
class Measured:
    """What was measured: seconds of a core for each message, of the processes and of the database; sizes."""

    turn_seconds: float
    database_seconds: float
    bytes_a_conversation: float
    chat_mb: float


def read(folder: Path = RESULTS) -> Measured:
    """From the result files. Raises NotMeasured."""
    load, growth, bench = (_result(folder, name) for name in ("load", "growth", "bench"))
    usual, largest = load["rounds"][0], growth["sizes"][-1]
    return Measured(
        turn_seconds=usual["cores_used"] / usual["answered_per_second"],
        database_seconds=largest["ms"]["turn"] / 1000,
        bytes_a_conversation=largest["gigabytes"] * 2**30 / largest["cases"],
        chat_mb=bench["memory"]["chat_mb"],
    )


def _result(folder: Path, name: str) -> Any:
    path = folder / f"{name}.json"
    if not path.is_file():
        raise NotMeasured(f"{path.name} is missing: run python -m {_COMMANDS[name]} first")
    return json.loads(path.read_text(encoding="utf-8"))


def processes(conversations_a_second: float, turn_seconds: float) -> int:
    """Chat processes that keep up, each on a core of its own."""
    return max(1, ceil(conversations_a_second * MESSAGES * turn_seconds / FULL))


def tables(measured: Measured) -> str:
    """What was put in, what a shop needs (arithmetic), and how long its customers wait (simulation), as Markdown."""
    return "\n\n".join((_put_in(measured), _needed(measured), _waited(measured)))


def _put_in(measured: Measured) -> str:
    return "\n".join(
        (
            "| measured | |",
            "|---|---:|",
            f"| core time for a message: chat, desk and worker | {measured.turn_seconds * 1000:.1f} ms |",
            f"| a turn's database work with a long past, the waiting for it included |"
            f" {measured.database_seconds * 1000:.1f} ms |",
            f"| database for a conversation with its case | {measured.bytes_a_conversation / 1024:.0f} kB |",
            f"| memory of a chat process | {measured.chat_mb:.0f} MB |",
        )
    )


def _needed(measured: Measured) -> str:
    heads = ("", *(f"{size:,} a day" for size in SIZES))
    rows = [
        ("messages a second, busiest hour", *(f"{busiest(size) * MESSAGES:.1f}" for size in SIZES)),
        ("… of 11 November", *(f"{festival(size) * MESSAGES:.0f}" for size in SIZES)),
        ("chat processes, busiest hour", *(f"{processes(busiest(size), measured.turn_seconds)}" for size in SIZES)),
        ("… of 11 November", *(f"{processes(festival(size), measured.turn_seconds)}" for size in SIZES)),
        ("their memory, 11 November, GB", *(f"{_memory(measured, size):.1f}" for size in SIZES)),
        ("database cores at most, 11 November", *(f"{_database_cores(measured, size)}" for size in SIZES)),
        ("its commits a second, 11 November", *(f"{festival(size) * MESSAGES * COMMITS:,.0f}" for size in SIZES)),
        ("database grows in a year, GB", *(f"{_year(measured, size):,.0f}" for size in SIZES)),
        ("agents at the desk, ordinary day", *(f"{ceil(size * TO_PEOPLE / A_DAY_EACH):,}" for size in SIZES)),
    ]
    lines = ["By arithmetic:", "", _row(heads), _row(("---", *("---:" for _ in SIZES))), *map(_row, rows)]
    return "\n".join(lines)


def _waited(measured: Measured) -> str:
    lines = [
        "By simulation of ten minutes of the busiest hour, milliseconds from sending to the answer:",
        "",
        _row(("conversations a day", "hour", "chat processes", "messages", "p50", "p95", "p99")),
        _row(("---:", "---", *("---:" for _ in range(5)))),
    ]
    for size in SIZES:
        for hour, rate in (("ordinary", busiest(size)), ("11 November", festival(size))):
            enough = processes(rate, measured.turn_seconds)
            for number in dict.fromkeys((enough, ceil(enough / 2))):
                found = simulate(rate, measured.turn_seconds, number)
                times = (f"{each:,.0f}" for each in (found.p50_ms, found.p95_ms, found.p99_ms))
                lines.append(_row((f"{size:,}", hour, str(number), f"{found.messages:,}", *times)))
    return "\n".join(lines)


def _memory(measured: Measured, size: int) -> float:
    return processes(festival(size), measured.turn_seconds) * measured.chat_mb / 1024


def _database_cores(measured: Measured, size: int) -> int:
    return max(1, ceil(festival(size) * MESSAGES * measured.database_seconds / FULL))


def _year(measured: Measured, size: int) -> float:
    return size * 365 * measured.bytes_a_conversation / 2**30


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """The command line; 1 where something is not measured yet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/capacity.md")
    options = parser.parse_args()
    try:
        told = tables(read())
    except NotMeasured as error:
        print(error, file=sys.stderr)
        return 1
    print(told)
    if options.write:
        put("capacity", told, DOCUMENT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
