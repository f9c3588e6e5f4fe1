"""Orders at the desk: a file looked at before it is stored, stored with its progress told, and orders searched."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.domain.access import Permission
from backend.domain.case import Case
from backend.domain.order import FeedOrder, Order
from backend.domain.order_import import Standing
from backend.domain.work import Staff
from backend.errors import ImportRefused
from backend.ports import World
from backend.services import audit
from backend.services.orders import Imported, put_orders
from backend.services.permissions import require

AT_ONCE = 500
"""Orders between two tellings of progress."""
FOUND = 50
"""Orders that a search gives."""


@dataclass(frozen=True)
class ImportPreview:
    """What a file would do: its right orders, how they stand to the stored ones, what is wrong, by line,
    and the columns that nobody reads.
    """

    file: str
    orders: tuple[FeedOrder, ...]
    standing: dict[str, Standing]
    problems: tuple[ImportRefused, ...]
    ignored: tuple[str, ...] = ()

    def count(self, standing: Standing) -> int:
        return Counter(self.standing.values())[standing]

    @property
    def importable(self) -> bool:
        """All of the file, or nothing of it."""
        return bool(self.orders) and not self.problems


def preview_import(world: World, raw: bytes, file: str, *, by: Staff) -> ImportPreview:
    """Look at a file, changing nothing. Raises RoleRefused."""
    require(by, Permission.IMPORT_ORDERS)
    found = world.order_files(raw, file)
    with world.read() as work:
        standing = work.order_search.standing([each.order for each in found.orders])
    clashes = [_clash(each) for each in found.orders if standing[each.order.order_no] is Standing.DIFFERENT]
    every = sorted((*found.problems, *clashes), key=lambda problem: problem.line)
    return ImportPreview(file, found.orders, standing, tuple(every), found.ignored)


def import_file(
    world: World, preview: ImportPreview, *, by: Staff, told: Callable[[int], None] = lambda done: None
) -> Imported:
    """Store what was looked at, all or nothing; `told` is given how many orders are done. Raises RoleRefused and
    ImportRefused, when another import changed what was looked at too.
    """
    require(by, Permission.IMPORT_ORDERS)
    if preview.problems:
        raise preview.problems[0]
    new, total = 0, len(preview.orders)
    with world.write() as work:
        for start in range(0, total, AT_ONCE):
            new += put_orders(work, preview.orders[start : start + AT_ONCE])
            told(min(start + AT_ONCE, total))
        audit.note(world, work, by.name, "orders:import:done", preview.file[:80], new=new, known=total - new)
        work.commit()
    return Imported(new=new, known=total - new)


def search_orders(world: World, words: str, *, by: Staff) -> Sequence[Order]:
    """Orders by number or its beginning, telephone or its last four digits, or name; newest first.

    Raises RoleRefused.
    """
    require(by, Permission.SEE_CASES)
    with world.read() as work:
        return work.order_search.find(words, FOUND)


def cases_of(world: World, order_no: str) -> Sequence[Case]:
    """What has been filed for an order, newest first."""
    with world.read() as work:
        return work.cases.of_order(order_no)


def _clash(each: FeedOrder) -> ImportRefused:
    return ImportRefused(file=each.file, line=each.line, column="order_no", reason=DIFFERENT)


DIFFERENT = "different"
"""The reason of a known order of which buyer, goods or money differ; the desk words it."""
