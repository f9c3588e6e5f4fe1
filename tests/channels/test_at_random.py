"""Every call of the chat port, made at random of a real server over PostgreSQL with every platform switched on."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import strategies as st
from schemathesis import Case

from backend.adapters.migrations import upgrade
from tests.at_random import TRICKY, call_at_random
from tests.channels.chat_server import Customer, running_chat
from tests.channels.wechat_side import AES_KEY, SECRET, TOKEN, settings_for
from tests.openapi import Operation, operations
from tests.ports import free_port
from tests.postgres import temporary_database
from tests.telegram import SECRET as TELEGRAM_SECRET
from tests.telegram import TOKEN as TELEGRAM_TOKEN

ENDLESS = ("/webhooks/webchat/events",)
RASAS_OWN = ("/webhooks/rest", "/webhooks/rest/webhook")
CALLED = [
    each
    for each in operations("both", "webchat", "platforms", "payments", "development")
    if each.path not in (*ENDLESS, *RASAS_OWN)
]
EXAMPLES = 10
CALLS_OF_ONE = 12
"""One customer may write twenty times in ten seconds."""
PATIENCE = 0.01
"""Seconds that a call may be held."""


class Caller:
    """Somebody new for every dozen calls, so that nobody is too fast."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._calls = itertools.count()
        self._token = ""

    def prepare(self, operation: Operation, case: Case, data: st.DataObject) -> None:
        """Prove who calls, and be in a hurry."""
        if next(self._calls) % CALLS_OF_ONE == 0:
            self._token = Customer(self.url).session["token"]
        if operation.tag == "webchat":
            case.headers["Authorization"] = f"Bearer {self._token}"
        if operation.path.endswith("/telegram/updates"):
            case.headers["X-Telegram-Bot-Api-Secret-Token"] = TELEGRAM_SECRET
        with contextlib.suppress(ValueError, TypeError, KeyError):
            case.query["wait"] = min(float(case.query["wait"]), PATIENCE)
        if case.media_type == "application/json" and data.draw(st.booleans()):
            case.body = _sensible(operation, data)


def _sensible(operation: Operation, data: st.DataObject) -> Any:
    """A body that is taken: what comes behind it has to bear its words."""
    said, number = data.draw(st.sampled_from(TRICKY) | st.text(max_size=40)), data.draw(st.integers(1, 2**40))
    chat = {"id": number, "type": "private", "first_name": said[:64]}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": {**chat, "is_bot": False}, "text": said}
    return {"update_id": number, "message": message} if operation.path.endswith("updates") else {"text": said}


@pytest.fixture(scope="module")
def caller(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    nowhere = free_port()
    platforms = {
        **settings_for(nowhere),
        "ANXIN_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "ANXIN_TELEGRAM_URL": f"http://127.0.0.1:{nowhere}",
        "ANXIN_TELEGRAM_SECRET": TELEGRAM_SECRET,
        "ANXIN_TELEGRAM_WEBHOOK_URL": "https://shop.example/webhooks/telegram/updates",
        "ANXIN_WECOM_CORP_ID": "ww0000000000000001",
        "ANXIN_WECOM_SECRET": SECRET,
        "ANXIN_WECOM_TOKEN": TOKEN,
        "ANXIN_WECOM_AES_KEY": AES_KEY,
        "ANXIN_WECOM_URL": f"http://127.0.0.1:{nowhere}",
    }
    with temporary_database(postgres_server) as url:
        upgrade(url)
        given = {"ANXIN_DATABASE_URL": url, "ANXIN_DEV_API": "1", **platforms}
        with running_chat(tmp_path_factory.mktemp("at-random"), **given) as chat:
            yield Caller(chat.url)


@pytest.mark.parametrize("operation", CALLED, ids=lambda each: f"{each.method} {each.path}")
def test_a_call_is_answered_as_described_whatever_it_holds(caller: Caller, operation: Operation) -> None:
    call_at_random(caller.url, operation, lambda case, data: caller.prepare(operation, case, data), examples=EXAMPLES)
