"""Measures everything and judges it: `python -m benchmarks [--quick] [--postgresql]`, which is `make bench`.

Writes `benchmarks/results/bench.json`, the plots `docs/images/bench_*.png` and the tables of `docs/performance.md`; a
quick run writes nothing but what it prints. Exit status 1 unless every mark is met.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backend.settings import read_settings
from benchmarks import growth, page, talks, turn_steps
from benchmarks.bots import Bot, floor, opened, ours, stock
from benchmarks.customers import NotAnswered
from benchmarks.desk_latency import on_this_machine
from benchmarks.dialogues import busy_talk
from benchmarks.machine import circumstances
from benchmarks.marks import marks_of
from benchmarks.memory import memory_of, visit_desk
from benchmarks.models import DEFAULT_EPOCHS, Trained, floor_model, stock_model, train_ours
from benchmarks.processes import DidNotStart
from benchmarks.progress import say
from benchmarks.readiness import readiness
from benchmarks.shop import stock_up
from benchmarks.talks import AT_ONCE, LATE, Party

Results = dict[str, Any]
_BYTES_A_CASE = 10_000
_GIGABYTE = 2**30


@dataclass(frozen=True)
class Plan:
    """How often each thing is measured."""

    name: str
    starts: int
    filings: int
    crowds: int
    long_talks: int
    cases: int
    look_ups: int
    desk_messages: int
    steps: int
    sentences: int | None = None
    """About how many sentences the stock bot is trained on; None is all."""

    @property
    def text_turns(self) -> int:
        """How many our chat process has served when its memory is looked at."""
        return self.filings * 5 + self.crowds * AT_ONCE * len(busy_talk("")) + self.long_talks * LATE


FULL = Plan("full", 3, 60, 3, 6, 1_000_000, 60, 100, 30)
QUICK = Plan("quick", 1, 12, 2, 2, 100_000, 15, 30, 0, sentences=2_000)


def main() -> int:
    """The command line; 0 when every mark is met."""
    options = _options()
    plan = QUICK if options.quick else FULL
    if options.sentences is not None:
        plan = replace(plan, sentences=options.sentences)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what has been started is stopped
    began = time.monotonic()
    try:
        with _folder(plan) as folder:
            results = measured(plan, Path(folder), postgresql=options.postgresql)
    except (DidNotStart, NotAnswered) as error:
        print(error, file=sys.stderr)
        return 1
    results |= {"plan": plan.name, "minutes": round((time.monotonic() - began) / 60, 1), **circumstances()}
    if plan is FULL:
        page.write(results)
        turn_steps.write(plan.steps)
    return _judged(results)


def measured(plan: Plan, folder: Path, *, postgresql: bool) -> Results:
    """Everything, one thing after the other. Raises DidNotStart."""
    if plan is not FULL:
        say("快速测量：次数少，案例少 / A quick run: fewer repetitions, fewer cases. Its figures are rough.")
    _say(1, "训练 / Training (the stock bot's takes long, once)")
    trained = floor_model(), stock_model(plan.sentences)
    results: Results = {"training": _training(trained[1])}
    with ExitStack() as shops:
        bots = _bots(folder, *(each.archive for each in trained))
        worlds = [shops.enter_context(opened(bot.var)) for bot in bots[:2]]
        _say(2, "启动 / Starting")
        results["readiness"] = readiness([_alone(bots[0]), *bots[1:]], plan.starts)
        with ExitStack() as running:
            parties = [Party(bot, running.enter_context(bot.started()), []) for bot in bots]
            for party, world in zip(parties, [*worlds, worlds[0]], strict=True):
                party.orders.extend(stock_up(world, plan.filings + 2 + plan.crowds * AT_ONCE))
            results |= asyncio.run(_talks(plan, parties, folder))
            visit_desk(bots[0].desk, worlds[0])
            results["memory"] = memory_of(parties, plan.text_turns)
    _say(6, f"查进度 / Status with {growth.FEW:,} and with {plan.cases:,} cases")
    results["growth"] = {"SQLite": asyncio.run(growth.on_sqlite(folder, plan.cases, plan.look_ups))}
    if postgresql:
        results["growth"]["PostgreSQL"] = asyncio.run(growth.on_postgresql(folder, plan.cases, plan.look_ups))
    _say(7, "客服到顾客 / From the agent's page to the customer's")
    results["desk"] = on_this_machine(plan.desk_messages)
    return results


async def _talks(plan: Plan, parties: list[Party], folder: Path) -> Results:
    _say(3, "填表 / The form")
    form = await talks.form_turns(parties, folder, plan.filings)
    _say(4, f"{AT_ONCE} 个会话同时 / conversations at once")
    crowd = await talks.turns_a_second(parties, plan.crowds)
    _say(5, f"长会话 / Conversations of {LATE} turns")
    return {"form_turn": form, "turns_a_second": crowd, "long_talk": await talks.long_talks(parties, plan.long_talks)}


def _training(trained: Trained) -> Results:
    return {
        "ours_seconds": train_ours(),
        "stock_seconds": trained.training["wall_seconds"],
        "stock_epochs": trained.training["epochs"],
        "stock_reckoned_seconds": trained.training["reckoned_seconds"],
        "reckoned_epochs": DEFAULT_EPOCHS,
        "stock_trained_before": trained.again,
    }


def _bots(folder: Path, floor_archive: Path, stock_archive: Path) -> list[Bot]:
    """Ours first, with desk and worker; each with a folder of its own."""
    vars_ = {name: folder / name for name in ("ours", "stock", "floor")}
    for var in vars_.values():
        var.mkdir()
    return [
        ours(vars_["ours"], beside=True),
        stock(vars_["stock"], stock_archive),
        floor(vars_["floor"], floor_archive),
    ]


def _alone(bot: Bot) -> Bot:
    """Its chat server without desk and worker."""
    return replace(bot, commands=bot.commands[:1])


def _folder(plan: Plan) -> tempfile.TemporaryDirectory[str]:
    """Where everything is written until it is over. Raises DidNotStart where it has no room."""
    base = read_settings().var / "bench"
    base.mkdir(parents=True, exist_ok=True)
    needed = plan.cases * _BYTES_A_CASE / _GIGABYTE + 2
    free = shutil.disk_usage(base).free / _GIGABYTE
    if free < needed:
        raise DidNotStart(
            f"磁盘空间不足 / not enough disk: {needed:.0f} GB are needed under {base}, {free:.0f} GB are free"
        )
    return tempfile.TemporaryDirectory(prefix="run-", dir=base)


def _say(step: int, text: str) -> None:
    say(f"[{step}/7] {text} …")


def _judged(results: Results) -> int:
    marks = marks_of(results)
    for mark in marks:
        print(f"{'✓' if mark.met else '✗'} {mark.what}: {mark.found} (mark: {mark.wanted})")
    met = sum(mark.met for mark in marks)
    quick = "" if results["plan"] == FULL.name else " (quick run: rough)"
    print(f"达标 / Marks met: {met} of {len(marks)}{quick}")
    return 0 if met == len(marks) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, 100,000 cases: rough figures")
    parser.add_argument("--postgresql", action="store_true", help="look-ups on PostgreSQL too")
    parser.add_argument("--sentences", type=int, help="train the stock bot on about this many sentences, for a try")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
