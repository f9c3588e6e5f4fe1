"""What the real chat process writes to its log: nothing about the customer, and no failure where somebody just left."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from backend.settings import Settings
from tests.channels.chat_server import CALLS, ChatProcess, Customer, running_chat
from tests.waiting import until

NAME, PHONE, ORDER, ADDRESS = "欧阳小明", "13812345678", "202611200001", "浙江省杭州市西湖区文三路478号3单元"
SAID = f"我叫{NAME}，电话{PHONE}，订单{ORDER}的杯子碎了，住{ADDRESS}，要退款"


@pytest.fixture
def broken_turn(settings: Settings) -> str:
    """The log of a chat server whose turn breaks over a missing table, after a customer told it everything."""
    with running_chat(settings.var) as server:
        customer = Customer(server.url)
        token = str(customer.session["token"])
        customer.rows_until("bot", 0)
        with closing(sqlite3.connect(Path(settings.var) / "anxin.db")) as database:
            database.execute("ALTER TABLE after_sales_case RENAME TO case_away")
        customer.post(text=SAID)
        until(lambda: "Traceback" in server.log.read_text("utf-8", errors="replace"))
        log = server.log.read_text("utf-8", errors="replace")
    assert token not in log
    return log


def test_a_turn_that_breaks_tells_the_log_nothing_about_the_customer(broken_turn: str) -> None:
    assert [told for told in (NAME, PHONE, ORDER, ADDRESS, "文三路", "杯子碎了") if told in broken_turn] == []


def test_who_closes_the_page_or_breaks_off_a_photo_is_no_failure(chat: ChatProcess, customer: Customer) -> None:
    proof = f"Host: x\r\nAuthorization: Bearer {customer.session['token']}\r\n"
    before = chat.log.stat().st_size
    for head in (
        f"GET {CALLS}/messages?after=99&wait=30 HTTP/1.1\r\n{proof}\r\n",
        f"POST {CALLS}/messages HTTP/1.1\r\n{proof}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{{",
    ):
        with socket.create_connection(("127.0.0.1", urlsplit(chat.url).port or 0)) as line:
            line.sendall(head.encode())
            assert customer.http.get("/health").status_code == 200  # it has begun by then
    customer.ask(text="你好")
    assert "ERROR" not in chat.log.read_bytes()[before:].decode()
