"""Reads what was counted in the warehouse from a CSV file: UTF-8, one article a row, `sku,quantity`.

`quantity` is what lies on the shelf, whatever is kept for cases included.
"""

from pathlib import Path

from backend.adapters.csv_file import read_rows, read_text
from backend.domain.stock import StockItem

HEADER = ("sku", "quantity")


def read_stock(path: Path) -> list[StockItem]:
    """The articles of a file. Raises ImportRefused for the first thing wrong, OSError without a file."""
    items: dict[str, StockItem] = {}
    for row in read_rows(read_text(path), HEADER, file=str(path), kind="库存文件"):
        sku = row["sku"].words(80)
        if sku in items:
            raise row["sku"].refused(f"{sku} 出现了两次，请合并成一行")
        items[sku] = StockItem(sku, row["quantity"].number(least=0))
    return list(items.values())
