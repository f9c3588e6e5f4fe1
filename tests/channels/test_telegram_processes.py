"""Telegram with the real chat server and worker: what is forged, what hangs, who is killed, and very many at once."""

import asyncio
import itertools
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from backend.bootstrap import open_backend
from backend.services.conversations import Notice, open_conversation, tell
from backend.settings import read_settings
from bot import wording
from tests.channels.chat_server import Customer, running_chat
from tests.channels.telegram_system import (
    SECRET_HEADER,
    WEBHOOK,
    TelegramSystem,
    running_bot_api,
    running_worker,
    telegram_settings,
)
from tests.telegram import SECRET, a_photo, message, says
from tests.waiting import until

CUSTOMERS = int(os.environ.get("TELEGRAM_CUSTOMERS", "150"))
"""More on demand: 1,000 take the pace of Telegram's thirty messages a second, a minute and more."""
REPEATED, FORGED = 0.05, 0.02


@pytest.fixture(scope="module")
def system(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TelegramSystem]:
    var = tmp_path_factory.mktemp("telegram")
    shutil.copy(migrated_file, var / "anxin.db")
    with running_bot_api() as api:
        settings = telegram_settings(api)
        with running_chat(var, **settings) as chat:
            api.play("deliver", to=chat.url + WEBHOOK)
            backend = open_backend(read_settings({"ANXIN_VAR": str(var)}))
            yield TelegramSystem(chat, api, backend.world, settings)
            backend.close()


def said(system: TelegramSystem) -> list[dict[str, Any]]:
    """Every line of every customer of Telegram, whether it arrived or not, in its order."""
    return read(
        system,
        "SELECT c.channel_user_id AS user, m.author, m.text, m.delivery, m.answered "
        "FROM message m JOIN conversation c ON c.id = m.conversation_id "
        "WHERE c.channel = 'telegram' ORDER BY m.conversation_id, m.seq",
    )


def newest(system: TelegramSystem, user: int) -> str:
    """How far the last line of a customer's conversation has come."""
    return str([row["delivery"] for row in said(system) if row["user"] == str(user)][-1])


def read(system: TelegramSystem, sql: str) -> list[dict[str, Any]]:
    with database(system).connect() as connection:
        return [dict(row) for row in connection.execute(text(sql)).mappings()]


def end_leases(system: TelegramSystem) -> None:
    """As if the time were over that a killed process had taken for its sending."""
    with database(system).begin() as connection:
        connection.execute(text("UPDATE message SET leased_until = '2020-01-01 00:00:00' WHERE delivery = 'sending'"))


def database(system: TelegramSystem) -> Engine:
    return create_engine(f"sqlite:///{system.chat.var / 'anxin.db'}", connect_args={"timeout": 30})


def test_the_webhook_is_registered_with_its_secret_and_what_we_want_to_hear(system: TelegramSystem) -> None:
    webhook = until(lambda: system.api.books()["webhook"])
    assert webhook["url"] == system.settings["ANXIN_TELEGRAM_WEBHOOK_URL"] and webhook["secret"] == SECRET
    assert set(webhook["allowed"]) == {"message", "edited_message", "callback_query", "my_chat_member"}


@pytest.mark.parametrize("secret", [None, "", "somebody else's", SECRET + "x"], ids=["none", "empty", "other", "long"])
def test_a_forged_call_is_refused_and_nothing_of_it_is_kept(system: TelegramSystem, secret: str | None) -> None:
    assert system.post({"update_id": 5, **says(666, "转人工")}, secret).status_code == 403
    assert "666" not in {row["user"] for row in said(system)}


def test_a_secret_that_is_no_text_is_refused(system: TelegramSystem) -> None:
    headers = {SECRET_HEADER.encode(): b"\xff\xfe"}
    answer = httpx.post(system.chat.url + WEBHOOK, json={}, headers=headers, trust_env=False, timeout=60)
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [[], "x", {"update_id": 1, "message": 5}, {"message": message(667, "在吗")}])
def test_what_telegram_would_not_send_is_a_bad_request(system: TelegramSystem, body: Any) -> None:
    assert system.post(body).status_code == 400


def test_what_we_did_not_ask_for_is_taken_and_forgotten(system: TelegramSystem) -> None:
    assert system.post({"update_id": 9, "poll": {"id": "1"}}).status_code == 200


def test_a_link_with_an_order_asks_for_what_the_chat_asks_for(system: TelegramSystem) -> None:
    system.api.update(says(70, "/start 202611110001"))
    visitor = Customer(system.chat.url)
    asked = visitor.ask(text="订单 202611110001")[-1]["text"]
    visitor.http.close()
    assert until(lambda: system.api.sent(70)[1:])[0]["text"] == asked


def test_the_web_chat_goes_on_while_telegram_hangs(system: TelegramSystem) -> None:
    system.api.play("fault", method="sendMessage", fault="hang", times=-1)
    system.api.play("fault", method="getFile", fault="hang", times=-1)
    try:
        for user in range(100, 140):
            system.api.update(says(user, "在吗") if user % 2 else says(user, photo=a_photo("P")))
        until(lambda: sum(method == "sendMessage" for method, _ in system.api.books()["calls"]) >= 20)
        visitor = Customer(system.chat.url)
        assert [row["from"] for row in visitor.ask(text="你好")] == ["customer", "bot"]
        visitor.http.close()
    finally:
        system.api.play("heal")


def test_a_worker_killed_while_sending_sends_nothing_twice_and_its_successor_the_rest(system: TelegramSystem) -> None:
    system.api.update(says(80, "在吗"))
    until(lambda: len(system.api.sent(80)) == 2)
    conversation = open_conversation(system.world, "telegram", "80")
    system.api.play("fault", method="sendMessage", fault="hang", chat_id=80)
    with running_worker(system) as worker:
        tell(system.world, conversation.id, Notice("queue_waits"))
        until(lambda: system.api.books()["calls"].count(["sendMessage", 80]) == 3)
        assert newest(system, 80) == "sending"
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    end_leases(system)
    with running_worker(system):
        until(lambda: newest(system, 80) == "unknown")
        assert len(system.api.sent(80)) == 2
        system.api.update(says(80, "还在吗"))
        until(lambda: len(system.api.sent(80)) == 4)
    assert system.api.sent(80)[2]["text"] == wording.render("queue_waits", {}).text


def test_very_many_customers_at_once_are_each_answered_once(system: TelegramSystem) -> None:
    users = range(1000, 1000 + CUSTOMERS)
    system.api.play("chats", chats=[{"id": user, "type": "private", "first_name": "李"} for user in users])
    calls = calls_of(users, random.Random(1))
    with running_worker(system):
        codes = asyncio.run(post_all(system.chat.url, calls))
        until(lambda: all_is_said(system, users), seconds=60 + CUSTOMERS)
    genuine = sum(is_genuine for chain in calls for _, is_genuine in chain)
    assert codes == Counter({200: genuine, 403: sum(map(len, calls)) - genuine})
    lines, arrived = said(system), Counter(each["chat_id"] for each in system.api.books()["sent"])
    assert not [row for row in lines if row["user"].startswith("-")]
    for user in users:
        theirs = [row for row in lines if row["user"] == str(user)]
        assert [row["text"] for row in theirs if row["author"] == "customer"] == [f"在吗 {user}", "谢谢"]
        answers = [row["delivery"] for row in theirs if row["author"] != "customer"]
        assert answers == ["sent"] * 3 and arrived[user] == 3


def calls_of(users: range, chance: random.Random) -> list[list[tuple[dict[str, Any], bool]]]:
    """Of each customer two messages, one after the other; five in a hundred are repeated, and two in a hundred are
    forged beside them for somebody who never wrote.
    """
    numbers = itertools.count(500_000)
    chains = []
    for user in users:
        chain = []
        for words in (f"在吗 {user}", "谢谢"):
            call = {"update_id": next(numbers), **says(user, words)}
            chain += [(call, True)] * (2 if chance.random() < REPEATED else 1)
            if chance.random() < FORGED:
                chain.append(({"update_id": next(numbers), **says(-user, "转人工")}, False))
        chains.append(chain)
    return chains


async def post_all(url: str, calls: list[list[tuple[dict[str, Any], bool]]]) -> Counter[int]:
    """Post each customer's in their order, those of all customers mixed, as Telegram does."""
    codes: Counter[int] = Counter()
    room = asyncio.Semaphore(20)

    async def post(http: httpx.AsyncClient, chain: list[tuple[dict[str, Any], bool]]) -> None:
        for body, genuine in chain:
            async with room:
                headers = {SECRET_HEADER: SECRET if genuine else "guessed"}
                codes[(await http.post(WEBHOOK, json=body, headers=headers)).status_code] += 1

    async with httpx.AsyncClient(base_url=url, timeout=120, trust_env=False) as http:
        await asyncio.gather(*(post(http, chain) for chain in calls))
    return codes


def all_is_said(system: TelegramSystem, users: range) -> bool:
    lines = [row for row in said(system) if row["user"].isdecimal() and int(row["user"]) in users]
    heard = [row for row in lines if row["author"] == "customer" and row["answered"]]
    return len(heard) == 2 * len(users) and not [row for row in lines if row["delivery"] in ("queued", "sending")]
