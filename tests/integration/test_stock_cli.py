"""`python -m backend stock …`: counting what can be sent, from a file or one by one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.__main__ import main
from backend.settings import Settings
from tests.commanding import stand_in

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the test's own database; its status and what it printed."""
    stand_in(settings, monkeypatch)

    def run(*arguments: str) -> tuple[int, str]:
        status = main(arguments)
        printed = capsys.readouterr()
        return status, printed.err if status else printed.out

    return run


def show(run: Run, *sku: str) -> Any:
    status, printed = run("stock", "show", *sku, "--json")
    assert status == 0, printed
    return json.loads(printed)


def test_what_was_counted_is_imported_and_counted_again_by_hand(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("sku,quantity\nCUP,12\nASH,0\n", "utf-8")

    assert run("stock", "import", str(file))[0] == 0
    assert run("stock", "set", "CUP", "7")[0] == 0

    assert show(run) == [
        {"sku": "ASH", "quantity": 0, "reserved": 0},
        {"sku": "CUP", "quantity": 7, "reserved": 0},
    ]
    assert show(run, "CUP") == [{"sku": "CUP", "quantity": 7, "reserved": 0}]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sku,quantity\nCUP,1\nCUP,2\n", "3: sku: CUP 出现了两次"),
        ("sku,quantity\nCUP,-1\n", "2: quantity: -1 不是 0 到"),
        ("sku,quantity\n,1\n", "2: sku: 不能为空"),
        ("sku,pieces\nCUP,1\n", "1: quantity: 表头缺少这一列"),
        ("sku,quantity,shelf\nCUP,1,A\n", "1: shelf: 库存文件没有这一列"),
    ],
)
def test_nothing_of_a_bad_file_is_imported(run: Run, tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(text, "utf-8")
    status, printed = run("stock", "import", str(file))
    assert status == 1
    assert what in printed
    assert show(run) == []


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("set", "CUP", "-3"), "不是数量"),
        (("set", " ", "3"), "商品编码须为"),
        (("set", "C" * 81, "3"), "商品编码须为"),
        (("show", "CUP"), "没有登记 CUP 的库存"),
        (("import", "no-such-file.csv"), "无法读取"),
    ],
)
def test_bad_input_is_told_what_to_give_instead(run: Run, arguments: tuple[str, ...], what: str) -> None:
    status, printed = run("stock", *arguments)
    assert (status, what in printed) == (1, True), printed
