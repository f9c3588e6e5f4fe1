"""An order file that was cut off while it was written, and an import whose process dies in the middle."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.adapters.database import Database
from backend.adapters.order_feed import read_order_file
from backend.settings import Settings
from tests.feeds import a_feed
from tests.sandbox import ROOT, environment
from tests.waiting import until

TWO_LINES = (
    {"line_no": "1", "unit_price": "30.00", "quantity": "1", "payments": "wechat:W2:100.00"},
    {"line_no": "2", "unit_price": "70.00", "quantity": "1", "payments": "wechat:W2:100.00"},
)


def _file() -> str:
    """Three orders, the second of two lines, whose last cells differ in length."""
    second = [{"order_no": "A1002", **line} for line in TWO_LINES]
    return a_feed({}, *second, {"order_no": "A1003", "payments": "wechat:W3:100.00"})


def test_of_a_file_cut_off_anywhere_no_order_is_taken_in_part() -> None:
    raw = _file().encode()
    whole, problems = read_order_file(raw, "orders.csv")
    assert len(whole) == 3 and problems == []
    for length in range(len(raw)):
        orders, found = read_order_file(raw[:length], "orders.csv")
        assert [each.order for each in orders] == [each.order for each in whole[: len(orders)]], length
        assert found or raw[length : length + 1] == b"\n" or raw[:length].endswith(b"\n"), (length, "nobody is told")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    orders = ({"order_no": f"B{number:06d}", "payments": f"wechat:B{number}:100.00"} for number in range(1000))
    path.write_text(a_feed(*orders), "utf-8")
    return path


def _orders(settings: Settings) -> Iterator[int]:
    database = Database(settings.database_url)
    with database.read() as work:
        yield work.orders.count()
    database.close()


def test_an_import_whose_process_dies_has_stored_all_or_nothing_and_is_simply_made_again(
    settings: Settings, large: Path
) -> None:
    command = [sys.executable, "-m", "backend", "orders", "import", str(large)]
    given = {**environment(settings)}
    dying = subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = Path(f"{settings.database_url.removeprefix('sqlite:///')}-wal")
    until(lambda: dying.poll() is not None or (journal.exists() and journal.stat().st_size > 0))
    os.kill(dying.pid, signal.SIGKILL)
    dying.wait()
    assert next(_orders(settings)) in (0, 1000)
    subprocess.run(command, cwd=ROOT, env=given, check=True, capture_output=True)
    assert next(_orders(settings)) == 1000
