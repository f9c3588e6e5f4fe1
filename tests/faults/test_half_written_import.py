"""An order file that was cut off while it was written, and an import whose process dies in the middle."""

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

TWO_LINES = (
    {"line_no": "1", "unit_price": "30.00", "quantity": "1", "payments": "wechat:W2:100.00"},
    {"line_no": "2", "unit_price": "70.00", "quantity": "1", "payments": "wechat:W2:100.00"},
)

_DIES = """
import os, signal, sys
from backend.__main__ import main
from backend.adapters.database import DatabaseUnitOfWork
from backend.adapters.repositories.orders import OrderTable
from backend.services.orders import Imported

def dying(owner, name, calls):
    whole = getattr(owner, name)
    def until_then(*given, **named):
        nonlocal calls
        calls -= 1
        if calls < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*given, **named)
    setattr(owner, name, until_then)

point = sys.argv.pop(1)
dying(*{
    "with half of it written": (OrderTable, "_put_some", 1),
    "before it holds": (DatabaseUnitOfWork, "commit", 0),
    "after": (Imported, "__init__", 0),
}[point])
main(sys.argv[1:])
"""


def _file() -> str:
    """Three orders, the second of two lines, whose last cells differ in length."""
    second = [{"order_no": "A1002", **line} for line in TWO_LINES]
    return a_feed({}, *second, {"order_no": "A1003", "payments": "wechat:W3:100.00"})


def test_of_a_file_cut_off_anywhere_no_order_is_taken_in_part() -> None:
    raw = _file().encode()
    whole = read_order_file(raw, "orders.csv")
    assert len(whole.orders) == 3 and whole.problems == ()
    for length in range(len(raw)):
        found = read_order_file(raw[:length], "orders.csv")
        kept = [each.order for each in found.orders]
        assert kept == [each.order for each in whole.orders[: len(kept)]], length
        assert found.problems or raw[length : length + 1] == b"\n" or raw[:length].endswith(b"\n"), (
            length,
            "nobody is told",
        )


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


def _import_and_die(settings: Settings, large: Path, point: str) -> int:
    command = [sys.executable, "-c", _DIES, point, "orders", "import", str(large)]
    return subprocess.run(command, cwd=ROOT, env=environment(settings), timeout=120).returncode


@pytest.mark.parametrize(("point", "stored"), [("with half of it written", 0), ("before it holds", 0), ("after", 1000)])
def test_an_import_whose_process_dies_has_stored_all_or_nothing_and_is_simply_made_again(
    settings: Settings, large: Path, point: str, stored: int
) -> None:
    assert _import_and_die(settings, large, point) == -signal.SIGKILL
    assert next(_orders(settings)) == stored
    command = [sys.executable, "-m", "backend", "orders", "import", str(large)]
    subprocess.run(command, cwd=ROOT, env=environment(settings), check=True, capture_output=True)
    assert next(_orders(settings)) == 1000
