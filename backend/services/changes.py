"""What has changed lately, for pages that show it: names of conversations and cases, found by their newest rows."""

from dataclasses import dataclass

from backend.ports import World
from backend.ports.changes import Newest, Row

LOOK_BACK = 50
"""Numbers are given out before their rows can be seen, so a little of the past is always looked at again."""


@dataclass(frozen=True)
class Changes:
    """The newest numbers seen, the rows near them, what was fresh, and what had been fresh the time before."""

    newest: Newest
    rows: frozenset[Row] = frozenset()
    fresh: frozenset[str] = frozenset()
    echo: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """What pages should fetch anew; everything is named twice: it may still have been on its way at first."""
        return self.fresh | self.echo


def changes_since(world: World, seen: Changes | None) -> Changes:
    """`queue`, `talk-ID`, `cases` and `case-NUMBER` for what was written since; nothing the first time."""
    with world.read() as work:
        newest = work.changes.newest()
        if seen is not None and newest == seen.newest:
            return Changes(newest, seen.rows, frozenset(), seen.fresh)
        since = newest if seen is None else seen.newest
        found = work.changes.rows_after(tuple(max(0, number - LOOK_BACK) for number in since))
    rows = frozenset(found)
    if seen is None:
        return Changes(newest, rows)
    fresh = frozenset(name for row in rows - seen.rows for name in found[row])
    return Changes(newest, rows, fresh, seen.fresh)
