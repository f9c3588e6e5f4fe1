"""`python -m backend stock …`: counting what can be sent, from a file or one by one."""

from pathlib import Path

import pytest

from backend.settings import Settings
from tests.commanding import Refused, Run, refused, run, stand_in

__all__ = ["refused", "run"]


@pytest.fixture(autouse=True)
def _here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(settings, monkeypatch)


def test_what_was_counted_is_imported_and_counted_again_by_hand(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("sku,quantity\nCUP,12\nASH,0\n", "utf-8")

    run("stock", "import", str(file))
    run("stock", "set", "CUP", "7")

    assert run("stock", "show") == [
        {"sku": "ASH", "quantity": 0, "reserved": 0},
        {"sku": "CUP", "quantity": 7, "reserved": 0},
    ]
    assert run("stock", "show", "CUP") == [{"sku": "CUP", "quantity": 7, "reserved": 0}]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sku,quantity\nCUP,1\nCUP,2\n", "3: sku: CUP 出现了两次"),
        ("sku,quantity\nCUP,-1\n", "2: quantity: -1 不是 0 到"),
        ("sku,quantity\n,1\n", "2: sku: 不能为空"),
        ("sku,pieces\nCUP,1\n", "1: quantity: 表头缺少这些列：quantity；不认识的列：pieces"),
    ],
)
def test_nothing_of_a_bad_file_is_imported(run: Run, refused: Refused, tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(text, "utf-8")
    assert what in refused("stock", "import", str(file))
    assert run("stock", "show") == []


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
def test_bad_input_is_told_what_to_give_instead(refused: Refused, arguments: tuple[str, ...], what: str) -> None:
    assert what in refused("stock", *arguments)
