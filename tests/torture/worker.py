"""A worker of a torture run: looks after refunds until it is killed."""

import logging
import time
from collections.abc import Mapping

from backend.bootstrap import open_backend
from backend.services.payouts import look_after_refunds
from backend.settings import read_settings
from tests.torture.clock import FastClock

IDLE_SECONDS = 0.02


def main(environment: Mapping[str, str], start: float) -> None:
    """Look after the refunds of the run that began at `start` (Unix time), until killed."""
    logging.disable(logging.ERROR)
    world = open_backend(read_settings(environment), clock=FastClock(start)).world
    while True:
        if not look_after_refunds(world, limit=10):
            time.sleep(IDLE_SECONDS)
