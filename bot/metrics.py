"""How it goes, in numbers for Prometheus: `GET /metrics` on a port of its own (`ANXIN_METRICS_PORT`).

No label names a customer, an order or a text. `deploy/grafana.json` shows them all.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from backend.ports import World
from backend.settings import Settings

CHAT, DESK, WORKER = 0, 1, 2
"""Which port of the row is whose."""

RECEIVED = Counter("anxin_messages_received", "Messages of customers that were stored.", ["channel"])
DELIVERED = Counter("anxin_messages_delivered", "Outbox rows that came to an end.", ["channel", "outcome"])
TURN_SECONDS = Histogram(
    "anxin_turn_seconds",
    "From the bot's beginning to think until its answer was written.",
    ["outcome"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 8),
)
CHORE_FAILURES = Counter("anxin_chore_failures", "Rounds of the worker that failed and are made again.", ["chore"])

log = logging.getLogger(__name__)


class BacklogCollector(Collector):
    """What is left over in the database, asked for when Prometheus asks; while it is away, that alone is told."""

    def __init__(self, world: World) -> None:
        self._world = world

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = list(self._rows())
        except Exception as error:  # whatever keeps the database from answering: the other figures are to be told
            log.warning("cannot count what is left over: %s", error)
            found = []
        yield GaugeMetricFamily("anxin_database_up", "1 while the database answers.", value=int(bool(found)))
        yield from found

    def _rows(self) -> Iterator[GaugeMetricFamily]:
        rows = GaugeMetricFamily("anxin_backlog", "Rows that are on their way or left over.", labels=["kind", "state"])
        ages = GaugeMetricFamily("anxin_oldest_seconds", "How long the oldest of them waits; 0: none.", labels=["kind"])
        now = self._world.clock.now()
        with self._world.read() as work:
            for count in work.backlog.counts(now):
                rows.add_metric([count.kind, count.state], count.number)
            for oldest in work.backlog.oldest(now):
                waits = (now - oldest.since).total_seconds() if oldest.since is not None else 0
                ages.add_metric([oldest.kind], max(waits, 0))
        yield rows
        yield ages


@contextmanager
def told(settings: Settings, whose: int, world: World | None = None) -> Iterator[None]:
    """Tell Prometheus for the block; with a `world` also what is left over in its database."""
    if settings.metrics_port is None:
        yield
        return
    server, _ = start_http_server(settings.metrics_port + whose, addr=settings.bind)
    stop = _with_backlog(world)
    log.info("metrics on port %s", settings.metrics_port + whose)
    try:
        yield
    finally:
        stop()
        _close(server)


def _with_backlog(world: World | None) -> Callable[[], None]:
    if world is None:
        return lambda: None
    backlog = BacklogCollector(world)
    REGISTRY.register(backlog)
    return lambda: REGISTRY.unregister(backlog)


def _close(server: WSGIServer) -> None:
    server.shutdown()
    server.server_close()
