"""The desk: `python -m bot.desk` serves the staff's console."""

import sys

import uvicorn

from backend import logs
from backend.bootstrap import Backend, open_backend
from backend.errors import BackendError
from backend.settings import Settings, read_settings
from bot import metrics
from bot.desk.app import build_app
from bot.desk.connection import Connection

STOP_SECONDS = 5
"""What is under way may take so long to end; open event streams are cut then."""


def main() -> int:
    """Serve until told to stop; 1 when something is in the way, which is said in one line."""
    try:
        settings = read_settings()
        logs.configure("desk", settings.log)
        backend = open_backend(settings)
    except BackendError as error:
        print(error, file=sys.stderr)
        return 1
    server = uvicorn.Server(config_of(settings, backend))
    try:
        with metrics.told(settings, metrics.DESK, backend.world):
            server.run()
    finally:
        backend.close()
    return 0 if server.started else 1


def config_of(settings: Settings, backend: Backend) -> uvicorn.Config:
    """How the desk is served; of who calls, only the proxies that the operator trusts are believed."""
    return uvicorn.Config(
        build_app(backend, settings.redis_url),
        host=settings.bind,
        port=settings.desk_port,
        http=Connection,
        ws="none",
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        forwarded_allow_ips=list(settings.trusted_proxies),
    )


if __name__ == "__main__":
    sys.exit(main())
