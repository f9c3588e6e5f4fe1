"""What platforms sent: kept in one transaction before they are answered, then taken to its end once and in order."""

from collections.abc import Sequence
from datetime import timedelta

from backend.domain.inbox import KeptUpdate, PlatformUpdate
from backend.ports import World

ALBUM_ENDS = timedelta(seconds=1)
"""An album is whole when no more of it has come for so long: platforms send its pictures one by one."""

LEASE = timedelta(seconds=90)
"""How long making something of an update may take, downloads included, before it counts as left behind."""

REMEMBERED = timedelta(days=7)
"""Platforms repeat a call for a day at most; after this its number is forgotten."""

BATCH = 100


def keep(world: World, update: PlatformUpdate) -> bool:
    """Keep what a platform sent; False when it had been kept before."""
    now = world.clock.now()
    with world.write() as work:
        kept = work.inbox.keep(update, now, now + ALBUM_ENDS if update.album else now)
        work.commit()
    return kept


def take(world: World, channel: str, channel_user_id: str) -> list[KeptUpdate]:
    """A user's next message: one update or a whole album. Empty when there is none, or it is not this caller's."""
    now = world.clock.now()
    with world.write() as work:
        found = work.inbox.first(channel, channel_user_id)
        if not found or not work.inbox.lease([each.id for each in found], now, now + LEASE):
            return []
        work.commit()
    return found


def finish(world: World, taken: Sequence[KeptUpdate], error: str = "") -> None:
    """They have come to their end, or to an `error` that trying again would not mend."""
    with world.write() as work:
        work.inbox.finish([each.id for each in taken], world.clock.now(), error)
        work.commit()


def put_off(world: World, taken: Sequence[KeptUpdate], delay: timedelta) -> None:
    """Try them again after so long; what the user sent afterwards waits with them."""
    with world.write() as work:
        work.inbox.put_off([each.id for each in taken], world.clock.now() + delay)
        work.commit()


def waiting(world: World, channel: str) -> list[str]:
    """Users of a channel of whom something is to be taken."""
    with world.read() as work:
        return work.inbox.waiting(channel, world.clock.now(), BATCH)


def forget_old(world: World) -> int:
    """Remove what came to its end long ago; returns how many."""
    with world.write() as work:
        forgotten = work.inbox.forget(world.clock.now() - REMEMBERED)
        work.commit()
    return forgotten
