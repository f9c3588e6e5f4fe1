"""The worker: `python -m bot.worker`. Sends what is left in the outbox, and does what time alone brings about.

Everything is found in the database by its time stamps, so a worker that was away makes up for it, and several do no
harm to each other. What is quick is done here, what may take long (timers, providers) by `bot.jobs`. Knows nothing of
Rasa.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from backend import logs
from backend.bootstrap import Backend, open_backend
from backend.errors import BackendError
from backend.ports import World
from backend.services.alert_list import settle_moot_alerts
from backend.services.crisis import watch_for_crises
from backend.services.handoff import turn_into_tickets
from backend.services.inbox import forget_old
from backend.services.presence import look_after_talks
from backend.services.privacy import finish_erasures
from backend.services.receipts import look_again
from backend.services.retention import forget_old_transcripts, remove_old_evidence
from backend.services.rule_news import tell_of_new_rules
from backend.services.talk_sla import watch_talk_clocks
from backend.services.waiting import look_after_queue
from backend.services.wechat import forget_ended
from backend.settings import Settings, read_settings
from bot import metrics
from bot.channels.senders import close_senders, open_senders
from bot.delivery import Senders, deliver, take_back_lapsed
from bot.jobs import Jobs, open_queue

OWN_TIME = timedelta(seconds=1)
"""A row is left so long to the process that wrote it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    """Something to be done again and again, with so many seconds between."""

    name: str
    seconds: float
    do: Callable[[], Awaitable[object]]


def chores_of(world: World, senders: Senders, jobs: Jobs) -> list[Chore]:
    """Everything the worker does (architecture page, "Running it")."""
    return [
        *(Chore(f"send the outbox of {name}", 1, partial(_send_outbox, world, senders, name)) for name in senders),
        Chore("take back lapsed rows", 5, lambda: take_back_lapsed(world, senders)),
        Chore("turn long waits into tickets", 5, lambda: asyncio.to_thread(turn_into_tickets, world)),
        Chore("look after the queue", 5, lambda: asyncio.to_thread(look_after_queue, world)),
        Chore("look after talks", 5, lambda: asyncio.to_thread(look_after_talks, world)),
        Chore("watch how long talks wait", 5, lambda: asyncio.to_thread(watch_talk_clocks, world)),
        Chore("put away moot alerts", 60, lambda: asyncio.to_thread(settle_moot_alerts, world)),
        Chore("watch for crises", 60, lambda: asyncio.to_thread(watch_for_crises, world)),
        Chore("tell of new rules", 60, lambda: asyncio.to_thread(tell_of_new_rules, world)),
        Chore("remove old evidence", 3600, lambda: asyncio.to_thread(remove_old_evidence, world)),
        Chore("forget old transcripts", 3600, lambda: asyncio.to_thread(forget_old_transcripts, world)),
        Chore("finish erasures", 60, lambda: asyncio.to_thread(finish_erasures, world)),
        Chore("forget old updates", 3600, lambda: asyncio.to_thread(forget_old, world)),
        Chore("forget answers to WeChat", 3600, lambda: asyncio.to_thread(forget_ended, world)),
        Chore("ask again about missed refunds", 300, lambda: asyncio.to_thread(look_again, world)),
        Chore("queue what is due on cases and refunds", 1, lambda: asyncio.to_thread(jobs.sweep)),
    ]


async def _send_outbox(world: World, senders: Senders, channel: str) -> int:
    """A chore for each channel: one whose platform hangs holds up no other."""
    return await deliver(world, senders, channel=channel, older_than=OWN_TIME)


async def work(chores: Sequence[Chore], stop: asyncio.Event) -> None:
    """Do the chores until told to stop; what is under way is finished."""
    await asyncio.gather(*(_repeat(chore, stop) for chore in chores))


async def _repeat(chore: Chore, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await chore.do()
        except Exception:  # the database may be away for a while: the next time finds what this one missed
            log.exception("cannot %s", chore.name)
            metrics.CHORE_FAILURES.labels(chore.name).inc()
        try:
            await asyncio.wait_for(stop.wait(), chore.seconds)
        except asyncio.TimeoutError:
            continue


async def _run(world: World, settings: Settings, jobs: Jobs) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    senders = open_senders(world, settings)
    log.info("ready")
    await work(chores_of(world, senders, jobs), stop)
    await close_senders(senders)


def serve(backend: Backend, settings: Settings) -> None:
    """Work on a backend until told to stop; what is in hand is finished."""
    jobs = Jobs(backend.world, open_queue(settings.queue_url, backend.secret_key))
    jobs.start()
    try:
        asyncio.run(_run(backend.world, settings, jobs))
    finally:
        jobs.stop()


def main() -> int:
    """Work until told to stop; 1 when something is in the way, which is said in one line."""
    try:
        settings = read_settings()
        logs.configure("worker", settings.log)
        backend = open_backend(settings)
        try:
            with metrics.told(settings, metrics.WORKER, backend.world):
                serve(backend, settings)
        finally:
            backend.close()
    except BackendError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
