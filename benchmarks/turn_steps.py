"""Where the time of a turn goes: `python -m benchmarks.turn_steps [--filings N] [--write]`.

Talks to a chat server whose steps are timed (`benchmarks.stepped_chat`). `--write` puts the table into
`docs/performance.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.bots import Bot, opened, ours_watched
from benchmarks.customers import visits
from benchmarks.dialogues import CONFIRM, QUESTIONS, file_case
from benchmarks.machine import circumstances
from benchmarks.page import put
from benchmarks.progress import bar
from benchmarks.shop import photo_of, stock_up

Steps = Mapping[str, Sequence[Mapping[str, float]]]
_SHOWN = (("a question about the rules", QUESTIONS[0].ours), ("the turn that files", CONFIRM.ours))


def steps_of(filings: int) -> Steps:
    """Seconds of each step of each turn, by the customer's text; so many cases are filed, a question before each."""
    with tempfile.TemporaryDirectory(prefix="anxin-steps-") as name:
        var, steps = Path(name), Path(name) / "steps.json"
        bot = ours_watched(var, steps)
        with opened(var) as world:
            orders = stock_up(world, filings)
        with bot.started():
            asyncio.run(_talk(bot, orders, var))
        found: Steps = json.loads(steps.read_text(encoding="utf-8"))
        return found


async def _talk(bot: Bot, orders: Sequence[str], folder: Path) -> None:
    async with visits() as visiting:
        for number, order_no in enumerate(bar(orders, "filing")):
            customer = await visiting.customer(bot, order_no)
            await customer.says(QUESTIONS[0].ours)
            await file_case(customer, "ours", order_no, photo_of(folder, number))


def table(found: Steps) -> str:
    """Median milliseconds of each step, a column a kind of turn, the dearest steps first."""
    columns = [_medians(found[text]) for _, text in _SHOWN]
    steps = sorted({step for column in columns for step in column}, key=lambda step: -columns[-1].get(step, 0.0))
    rows = [f"| {step} | {' | '.join(_milliseconds(column.get(step)) for column in columns)} |" for step in steps]
    sums = " | ".join(_milliseconds(sum(column.values())) for column in columns)
    titles = " | ".join(title for title, _ in _SHOWN)
    return "\n".join([f"| step, ms | {titles} |", "|---|---:|---:|", *rows, f"| **sum** | {sums} |"])


def write(filings: int) -> str:
    """Put the table of so many filings into the page; the table."""
    found = table(steps_of(filings))
    put("steps", f"Medians of {filings} turns, {circumstances()['date'][:10]}.\n\n{found}")
    return found


def _medians(turns: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The first turn warms up."""
    counted = turns[1:] or turns
    steps = {step for turn in counted for step in turn}
    return {step: median(turn.get(step, 0.0) for turn in counted) * 1000 for step in steps}


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turn_steps", description=__doc__)
    parser.add_argument("--filings", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    print(write(options.filings) if options.write else table(steps_of(options.filings)))


if __name__ == "__main__":
    main()
