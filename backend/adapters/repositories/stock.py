"""Stock and what of it is kept for cases. Two cases that want the last piece are decided by one UPDATE."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from backend.adapters.repositories.upsert import insert_for
from backend.adapters.stock_tables import stock_item, stock_reservation
from backend.domain.stock import StockItem
from backend.errors import Conflict


class StockTable:
    """Keeps `ports.Stock`. Rows are always taken in the order of their articles, so no two cases block each other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, sku: str) -> StockItem | None:
        row = self._connection.execute(select(stock_item).where(stock_item.c.sku == sku)).first()
        return None if row is None else _item(row)

    def all(self) -> list[StockItem]:
        return [_item(row) for row in self._connection.execute(select(stock_item).order_by(stock_item.c.sku))]

    def put(self, items: Sequence[StockItem], at: datetime) -> None:
        for item in sorted(items, key=_sku):
            counted = {"quantity": item.quantity, "updated_at": at}
            insert = insert_for(self._connection, stock_item).values(sku=item.sku, reserved=0, **counted)
            try:
                self._connection.execute(insert.on_conflict_do_update(index_elements=["sku"], set_=counted))
            except IntegrityError as exc:
                raise Conflict(f"more pieces of {item.sku} are reserved for cases", subject=item.sku) from exc

    def reserve(self, case_id: int, sku: str, pieces: int, at: datetime) -> bool:
        key = stock_item.c
        taken = self._connection.execute(
            update(stock_item)
            .where(key.sku == sku, key.reserved + pieces <= key.quantity)
            .values(reserved=key.reserved + pieces)
        )
        if taken.rowcount != 1:
            return False
        self._connection.execute(stock_reservation.insert().values(case_id=case_id, sku=sku, pieces=pieces, at=at))
        return True

    def reserved_for(self, case_id: int) -> dict[str, int]:
        key = stock_reservation.c
        rows = self._connection.execute(select(stock_reservation).where(key.case_id == case_id).order_by(key.sku))
        return {row.sku: row.pieces for row in rows}

    def release(self, case_id: int) -> None:
        for sku, pieces in self._taken_from(case_id).items():
            self._connection.execute(
                update(stock_item).where(stock_item.c.sku == sku).values(reserved=stock_item.c.reserved - pieces)
            )

    def consume(self, case_id: int) -> None:
        key = stock_item.c
        for sku, pieces in self._taken_from(case_id).items():
            left = {"quantity": key.quantity - pieces, "reserved": key.reserved - pieces}
            self._connection.execute(update(stock_item).where(key.sku == sku).values(left))

    def _taken_from(self, case_id: int) -> dict[str, int]:
        """What was kept for a case until now."""
        kept = self.reserved_for(case_id)
        if kept:
            self._connection.execute(delete(stock_reservation).where(stock_reservation.c.case_id == case_id))
        return kept


def _item(row: Row) -> StockItem:
    return StockItem(row.sku, row.quantity, row.reserved)


def _sku(item: StockItem) -> str:
    return item.sku
