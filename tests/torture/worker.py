"""A worker of a torture run: queues and looks after refunds and payments, as the real one does, until it is killed."""

import logging
import time
from collections.abc import Mapping

from backend.bootstrap import open_backend
from backend.settings import read_settings
from bot.jobs import COLLECTIONS, REFUNDS, Jobs, open_queue
from tests.torture.clock import FastClock

IDLE_SECONDS = 0.02


def main(environment: Mapping[str, str], start: float) -> None:
    """Look after all money of the run that began at `start` (Unix time), until killed."""
    logging.disable(logging.ERROR)
    settings = read_settings(environment)
    backend = open_backend(settings, clock=FastClock(start))
    queue = open_queue(settings.queue_url, backend.secret_key)
    jobs = Jobs(backend.world, queue, (REFUNDS, COLLECTIONS), longest_pause=IDLE_SECONDS)
    jobs.start()
    while True:
        jobs.sweep()
        time.sleep(IDLE_SECONDS)
