"""Starts the payment sandbox: `python -m bot.sandbox`, on loopback only."""

import argparse
import logging
import sys
from collections.abc import Sequence

from aiohttp import web

from backend import logs
from backend.bootstrap import sandbox_key
from backend.errors import BackendError
from backend.settings import Settings, read_settings
from bot.sandbox.faults import Faults
from bot.sandbox.ledger import Ledger
from bot.sandbox.server import build_app

LEDGER = "sandbox.db"
SETTLE_SECONDS = 3.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 1 when something is in the way, which is said in one line."""
    given = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        logs.configure("sandbox", settings.log)
        ledger = Ledger(settings.var / LEDGER, given.settle)
        app = build_app(ledger, Faults(given.chaos, given.seed), sandbox_key(settings), notify_url(settings))
        web.run_app(app, host="127.0.0.1", port=settings.sandbox_port, access_log=None, print=_say_ready)
    except (BackendError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def notify_url(settings: Settings) -> str:
    """Where callbacks go: the chat server's webhook on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.bind, settings.bind)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.chat_port}/webhooks/payments/sandbox"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="支付沙箱")
    parser.add_argument("--settle", type=float, default=SETTLE_SECONDS, help="退款处理时长（秒）")
    parser.add_argument("--chaos", type=float, default=0.0, help="随机故障的比例，0 到 1")
    parser.add_argument("--seed", type=int, default=0, help="随机故障的种子")
    return parser


def _say_ready(_banner: str) -> None:
    logging.getLogger("bot.sandbox").info("ready")


if __name__ == "__main__":
    sys.exit(main())
