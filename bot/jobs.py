"""What is due on cases and their money, run by huey: the rows in the database say what, the queue only who and when.

A task names a row; whoever runs it takes that row by one conditional UPDATE, so a task that comes twice, or to two
workers, has its effect once. A task that is lost (huey forgets what a killed worker had in its hands) is found again by
`sweep` once its lease is over. `docs/adr/0007-the-due-row-is-the-truth-huey-only-runs-it.md` says why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.serializer import SignedSerializer

from backend.ports import World
from backend.services.collections_paid import due_collections, look_after_collection
from backend.services.payouts import due_refunds, look_after_refund
from backend.services.timers import due_timers, run_timers

NAME = "anxin"
THREADS = 4
"""Tasks at a time in one worker: a provider that answers slowly holds up one of them."""

LONGEST_PAUSE = 0.5
"""Seconds after which an idle thread looks into the queue again."""


@dataclass(frozen=True)
class Job:
    """A kind of row that becomes due: how to find the keys of those that are, and how to do one of them.

    `do` takes the row first and does nothing where somebody else has it or it is due no more.
    """

    name: str
    due: Callable[[World], list[Any]]
    do: Callable[[World, Any], object]


TIMERS = Job("run_timers", due_timers, run_timers)
REFUNDS = Job("look_after_refund", due_refunds, look_after_refund)
COLLECTIONS = Job("look_after_collection", due_collections, look_after_collection)


def open_queue(url: str, secret_key: str) -> Huey:
    """The queue behind a URL (`settings.queue_url`). Tasks are signed: nobody else can put in what we unpickle."""
    given: dict[str, Any] = {"results": False, "serializer": SignedSerializer(secret_key)}
    if url.startswith("sqlite:///"):
        return SqliteHuey(NAME, filename=url.removeprefix("sqlite:///"), **given)
    if url.startswith("postgresql://"):
        return PostgresHuey(NAME, dsn=url, **given)
    return RedisHuey(NAME, url=url, **given)


class _Consumer(Consumer):
    def _set_signal_handlers(self) -> None:
        """Whoever starts us listens to signals and stops us."""


class Jobs:
    """Finds what is due, and runs it in threads of this process beside those of other workers."""

    def __init__(
        self,
        world: World,
        queue: Huey,
        jobs: Sequence[Job] = (TIMERS, REFUNDS, COLLECTIONS),
        *,
        longest_pause: float = LONGEST_PAUSE,
    ) -> None:
        self._world, self._queue = world, queue
        self._tasks = [(job, self._task(job)) for job in jobs]
        self._consumer = _Consumer(queue, workers=THREADS, periodic=False, max_delay=longest_pause)

    def sweep(self) -> int:
        """Queue whatever is due; how many rows that were. Nothing while there is work left in the queue."""
        if self._queue.pending_count():
            return 0
        found = [(task, key) for job, task in self._tasks for key in job.due(self._world)]
        for task, key in found:
            task(key)
        return len(found)

    def start(self) -> None:
        """Begin to run tasks."""
        self._consumer.start()

    def stop(self) -> None:
        """Finish the tasks in hand; what is still queued is for the next worker."""
        self._consumer.stop(graceful=True)
        self._queue.storage.close()

    def _task(self, job: Job) -> Callable[[Any], object]:
        def run(key: Any) -> None:
            job.do(self._world, key)

        task: Callable[[Any], object] = self._queue.task(name=job.name)(run)
        return task
