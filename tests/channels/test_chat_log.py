"""What the real chat process writes to its log when something unforeseen breaks a turn: nothing about the customer."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.settings import Settings
from tests.channels.chat_server import Customer, running_chat
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
