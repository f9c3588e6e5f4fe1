"""Serves a stand-in from the command line, on loopback only, until it is told to stop."""

import logging
import sys

from aiohttp import web

log = logging.getLogger(__name__)


def serve(app: web.Application, port: int) -> int:
    """The exit status: 1 when the port is taken, which is said in one line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:  # what hangs need not be waited for
        web.run_app(app, host="127.0.0.1", port=port, access_log=None, shutdown_timeout=0.1, print=_say_ready)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _say_ready(_banner: str) -> None:
    log.info("ready")
