"""What platforms sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.engine import Connection, Row

from backend.adapters.inbox_tables import platform_update
from backend.adapters.repositories.upsert import insert_for
from backend.domain.inbox import KeptUpdate, PlatformUpdate

_KEY = platform_update.c
_UNDONE = _KEY.done_at.is_(None)


class InboxTable:
    """Keeps `ports.Inbox`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, update_: PlatformUpdate, at: datetime, due_at: datetime) -> bool:
        row = {
            "channel": update_.channel,
            "channel_user_id": update_.channel_user_id,
            "update_key": update_.key,
            "ranking": update_.ranking,
            "album": update_.album,
            "body": dict(update_.body),
            "at": at,
            "due_at": due_at,
        }
        insert = insert_for(self._connection, platform_update).values(row)
        kept = self._connection.execute(insert.on_conflict_do_nothing(index_elements=["channel", "update_key"]))
        if kept.rowcount and update_.album:
            self._connection.execute(update(platform_update).where(self._album_of(update_)).values(due_at=due_at))
        return bool(kept.rowcount)

    def first(self, channel: str, channel_user_id: str) -> list[KeptUpdate]:
        mine = select(platform_update).where(_UNDONE, _KEY.channel == channel, _KEY.channel_user_id == channel_user_id)
        row = self._connection.execute(mine.order_by(_KEY.ranking, _KEY.id).limit(1)).first()
        if row is None or not row.album:
            return [] if row is None else [_kept(row)]
        album = mine.where(_KEY.album == row.album).order_by(_KEY.ranking, _KEY.id)
        return [_kept(each) for each in self._connection.execute(album)]

    def lease(self, ids: Sequence[int], now: datetime, until: datetime) -> bool:
        free = or_(_KEY.leased_until.is_(None), _KEY.leased_until <= now)
        taken = self._connection.execute(
            update(platform_update)
            .where(_KEY.id.in_(ids), _UNDONE, free, _KEY.due_at <= now)
            .values(leased_until=until, attempts=_KEY.attempts + 1)
        )
        return bool(taken.rowcount == len(ids))

    def finish(self, ids: Sequence[int], at: datetime, error: str) -> None:
        self._connection.execute(
            update(platform_update).where(_KEY.id.in_(ids)).values(done_at=at, leased_until=None, error=error, body={})
        )

    def put_off(self, ids: Sequence[int], due_at: datetime) -> None:
        self._connection.execute(
            update(platform_update).where(_KEY.id.in_(ids)).values(due_at=due_at, leased_until=None)
        )

    def waiting(self, channel: str, now: datetime, limit: int) -> list[str]:
        mine = select(_KEY.channel_user_id).where(_UNDONE, _KEY.channel == channel)
        held_up = mine.where(or_(_KEY.leased_until > now, _KEY.due_at > now))
        free = mine.where(_KEY.channel_user_id.not_in(held_up)).group_by(_KEY.channel_user_id)
        return list(self._connection.execute(free.order_by(func.min(_KEY.id)).limit(limit)).scalars())

    def forget(self, before: datetime) -> int:
        return int(self._connection.execute(delete(platform_update).where(_KEY.done_at < before)).rowcount)

    def _album_of(self, update_: PlatformUpdate) -> object:
        mine = (_KEY.channel == update_.channel) & (_KEY.channel_user_id == update_.channel_user_id)
        return mine & (_KEY.album == update_.album) & _UNDONE


def _kept(row: Row) -> KeptUpdate:
    sent = PlatformUpdate(
        channel=row.channel,
        channel_user_id=row.channel_user_id,
        key=row.update_key,
        ranking=row.ranking,
        body=row.body,
        album=row.album,
    )
    return KeptUpdate(row.id, sent, row.at, row.attempts)
