"""What a shop asks its database for, by how old the shop is: `python -m benchmarks.growth_curve [--sizes N …]`.

One PostgreSQL server with one database for each size (`benchmarks.past_shop`). They are asked in turns, so that
whatever else the machine does falls on all of them. Times are medians of the real services, without Rasa and HTTP; the
server does not wait for the disk (`fsync=off`). `--write` puts them into `benchmarks/results/growth.json`, the plot
`docs/images/growth.png` and the section "Growth" of `docs/performance.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib import pyplot
from sqlalchemy import create_engine, text

from backend.bootstrap import open_backend
from backend.domain.case import Role
from backend.domain.work import Staff
from backend.ports import World
from backend.settings import read_settings
from benchmarks.database_work import first_board, first_pages, look_up_status, make_reports, say_and_answer
from benchmarks.machine import circumstances
from benchmarks.page import IMAGES, put, rounded, save
from benchmarks.past_shop import A_DAY, STILL_OPEN, PastShop, fill
from benchmarks.progress import bar, say
from tests.postgres import OPTIONS, temporary_database, temporary_postgres
from tests.working import NAMES

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RESULT = Path(__file__).parent / "results" / "growth.json"
SERVER = f"{OPTIONS} -c shared_buffers=1GB -c maintenance_work_mem=512MB -c max_wal_size=4GB -c random_page_cost=1.1"
"""Pages cost what they cost on solid-state disks, as `docs/deployment.md` advises."""
MEMBER = Staff(NAMES[Role.AGENT], Role.AGENT)
MONTH = timedelta(days=30)
_SELDOM = 5
"""A month's report is made only so often for each time that the others are asked."""
Figures = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """A shop of some age, open."""

    past: PastShop
    world: World
    newest: date
    """The last day that is full of cases that are over."""

    def conversation(self, chance: random.Random) -> tuple[str, str]:
        """Somebody's conversation and order."""
        number = chance.randint(1, self.past.cases)
        return self.past.conversation(number), self.past.order_no(number)


async def _turn(shop: Shop, chance: random.Random) -> None:
    say_and_answer(shop.world, shop.conversation(chance)[0], "我的退款到哪一步了")


async def _status(shop: Shop, chance: random.Random) -> None:
    look_up_status(shop.world, *shop.conversation(chance))


async def _queue(shop: Shop, _chance: random.Random) -> None:
    first_pages(shop.world, MEMBER)


async def _board(shop: Shop, _chance: random.Random) -> None:
    first_board(shop.world, MEMBER)


async def _day(shop: Shop, _chance: random.Random) -> None:
    make_reports(shop.world, shop.newest, shop.newest)


async def _month(shop: Shop, _chance: random.Random) -> None:
    make_reports(shop.world, shop.newest - MONTH + timedelta(days=1), shop.newest)


ASKED: dict[str, Callable[[Shop, random.Random], Awaitable[None]]] = {
    "turn": _turn,
    "status": _status,
    "queue": _queue,
    "board": _board,
    "day": _day,
    "month": _month,
}
TITLES = {
    "turn": "a turn's database work",
    "status": "status by order number",
    "queue": "two queues, two pages each",
    "board": "an agent's conversations and bell",
    "day": "report of a day",
    "month": "report of 30 days",
}


def measured(sizes: Sequence[int], repetitions: int) -> Figures:
    """`sizes`, of each `cases, messages, gigabytes` and the medians in milliseconds by what was asked."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anxin-growth-")))
        server = stack.enter_context(temporary_postgres(SERVER))
        shops = [stack.enter_context(_opened(server, folder, cases)) for cases in sizes]
        times = asyncio.run(_times(shops, repetitions))
        return {
            "a_day": A_DAY,
            "still_open": STILL_OPEN,
            "repetitions": repetitions,
            "server": SERVER,
            "sizes": [
                {**_volume(shop), "ms": {what: median(found) for what, found in times[shop.past.cases].items()}}
                for shop in shops
            ],
        }


async def _times(shops: Sequence[Shop], repetitions: int) -> dict[int, dict[str, list[float]]]:
    chance = random.Random(1)
    found: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in bar(range(repetitions + 1), "asking"):
        for what, ask in ASKED.items():
            if what == "month" and number % _SELDOM:
                continue
            for shop in shops:
                began = time.perf_counter()
                await ask(shop, chance)
                if number:  # the first time warms up
                    found[shop.past.cases][what].append((time.perf_counter() - began) * 1000)
    return found


@contextmanager
def _opened(server: str, folder: Path, cases: int) -> Iterator[Shop]:
    with temporary_database(server) as url:
        began = time.perf_counter()
        past = fill(url, folder, cases)
        say(f"  {cases:,} cases in {time.perf_counter() - began:.0f} s")
        backend = open_backend(read_settings({"ANXIN_VAR": str(folder), "ANXIN_DATABASE_URL": url}))
        try:
            yield Shop(past, backend.world, past.newest_day)
        finally:
            backend.close()


def _volume(shop: Shop) -> Figures:
    engine = create_engine(shop.past.url)
    with engine.connect() as connection:
        messages = connection.execute(text("SELECT count(*) FROM message")).scalar_one()
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    engine.dispose()
    return {"cases": shop.past.cases, "messages": messages, "gigabytes": size / 2**30}


def table(found: Figures) -> str:
    """The figures as Markdown, a column a size."""
    sizes, cores, load = found["sizes"], found["machine"]["cores"], found["machine"]["load_average"][-1]
    head = " | ".join(f"{each['cases']:,} cases" for each in sizes)
    lines = [
        f"Measured on {found['date'][:10]}, medians of {found['repetitions']}, {cores} cores with a"
        f" load of {load:.0f} at the end.{' On so busy a machine only the shapes count.' if load > cores else ''}",
        "",
        f"| milliseconds | {head} |",
        f"|---|{'---:|' * len(sizes)}",
        f"| messages | {' | '.join(format(each['messages'], ',') for each in sizes)} |",
        f"| gigabytes | {' | '.join(format(each['gigabytes'], '.1f') for each in sizes)} |",
    ]
    for what, title in TITLES.items():
        lines.append(f"| {title} | {' | '.join(format(each['ms'][what], '.1f') for each in sizes)} |")
    return "\n".join(lines)


def plot(found: Figures, path: Path) -> None:
    """Every curve over the number of cases, both scales logarithmic."""
    figure, axis = pyplot.subplots(figsize=(9, 4.4))
    cases = [each["cases"] for each in found["sizes"]]
    for what, title in TITLES.items():
        axis.plot(cases, [each["ms"][what] for each in found["sizes"]], marker="o", label=title)
    axis.set(xscale="log", yscale="log", xlabel="cases that the shop has had", ylabel="milliseconds, median")
    axis.grid(visible=True, alpha=0.3)
    axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    axis.spines[["top", "right"]].set_visible(False)
    save(figure, path)


def write(found: Figures) -> None:
    """All of it, in place of what an earlier run has left."""
    RESULT.write_text(f"{json.dumps(found, ensure_ascii=False, indent=2)}\n", encoding="utf-8")
    plot(found, IMAGES / "growth.png")
    put("growth", f"{table(found)}\n\n![What is asked for, by how many cases there have been](images/growth.png)")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth_curve", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="cases")
    parser.add_argument("--repetitions", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="keep the result, the plot and the table")
    options = parser.parse_args()
    found = {**rounded(measured(options.sizes, options.repetitions)), **circumstances()}
    print(table(found))
    if options.write:
        write(found)


if __name__ == "__main__":
    main()
