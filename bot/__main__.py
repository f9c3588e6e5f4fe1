"""Starts the chat server: `python -m bot`."""

import gc
import logging
import os
import socket
import sys

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

from backend import logs
from backend.bootstrap import Backend, open_backend, set_current
from backend.errors import BackendError
from backend.model_file import MODEL, check_model
from backend.services.error_words import words_of
from backend.settings import Settings, read_settings


def main() -> int:
    """Serve until told to stop; 1 when something is in the way, which is said in one line."""
    gc.disable()  # until all is loaded (`bot.server`): a fifth of the start was looking for garbage that was not there
    try:
        settings = read_settings()
        _configure_logging(settings)
        check_model()
        listening = _listen(settings)
        backend = open_backend(settings)
    except BackendError as error:
        print(f"{words_of(error)} / {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    set_current(backend)
    try:
        return _serve(settings, backend, listening)
    finally:
        backend.close()


def _serve(settings: Settings, backend: Backend, listening: socket.socket) -> int:
    from bot import metrics
    from bot.channels.connection import Connection
    from bot.server import build_app  # imports Rasa's channels: nothing that ends in one line needs them

    app = build_app(settings, backend, MODEL)
    with metrics.told(settings, metrics.CHAT):
        app.run(sock=listening, protocol=Connection, access_log=False, motd=False)
    return 1 if app.ctx.failed else 0


def _listen(settings: Settings) -> socket.socket:
    """The socket to serve on. Raises OSError, saying what to do, when the port is taken."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.bind, settings.chat_port))
    except OSError as exc:
        where = f"{settings.bind}:{settings.chat_port}"
        raise OSError(
            f"{where} 无法监听：{exc.strerror}。请停掉占用它的程序，或设置 ANXIN_CHAT_PORT / cannot listen on {where}: "
            f"{exc.strerror}. Stop what uses it, or set ANXIN_CHAT_PORT"
        ) from exc
    return listening


def _configure_logging(settings: Settings) -> None:
    logs.configure("chat", settings.log)
    logging.captureWarnings(True)  # Rasa's libraries warn each other of their old age, by the dozen
    logging.getLogger("py.warnings").setLevel(logging.ERROR)


if __name__ == "__main__":
    sys.exit(main())
