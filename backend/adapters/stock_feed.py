"""Reads what was counted in the warehouse from a CSV file: UTF-8, one article a row, `sku,quantity`.

`quantity` is what lies on the shelf, whatever is kept for cases included.
"""

from pathlib import Path

from backend.adapters.csv_file import read_sheet, read_text
from backend.domain.stock import StockItem

HEADER = ("sku", "quantity")


def read_stock(path: Path) -> tuple[list[StockItem], tuple[str, ...]]:
    """The articles of a file, and its columns that nobody reads. Raises ImportRefused for the first
    thing wrong, OSError without a file.
    """
    items: dict[str, StockItem] = {}
    sheet = read_sheet(read_text(path), HEADER, file=str(path))
    for row in sheet.rows:
        sku = row["sku"].words(80)
        if sku in items:
            raise row["sku"].refused(f"{sku} 出现了两次，请合并成一行")
        items[sku] = StockItem(sku, row["quantity"].number(least=0))
    return list(items.values()), sheet.ignored
