"""What the Official Account remembers."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Text, case, cast, delete, false, func, or_, select, update
from sqlalchemy.engine import Connection, Row

from backend.adapters.inbox_tables import platform_update
from backend.adapters.repositories.upsert import insert_for
from backend.adapters.tables import ON_ITS_WAY, message
from backend.adapters.wechat_tables import wechat_account, wechat_call, wechat_follower, wecom_cursor
from backend.domain.conversation import Delivery
from backend.domain.wechat import AFTER_MESSAGE, AnswerPart, Grant, OpenCall, Spent

_ACCOUNT, _FOLLOWER, _CALL = wechat_account.c, wechat_follower.c, wechat_call.c


class WeChatAccountTable:
    """Keeps `ports.WeChatAccounts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def token(self, app_id: str, now: datetime) -> str | None:
        query = select(_ACCOUNT.token).where(_ACCOUNT.app_id == app_id, _ACCOUNT.token_until > now)
        token: str | None = self._connection.execute(query).scalar()
        return token

    def lease(self, app_id: str, now: datetime, until: datetime, *, refused: str) -> bool:
        insert = insert_for(self._connection, wechat_account).values(app_id=app_id)
        self._connection.execute(insert.on_conflict_do_nothing(index_elements=["app_id"]))
        useless = or_(_ACCOUNT.token_until.is_(None), _ACCOUNT.token_until <= now, _ACCOUNT.token == refused)
        free = or_(_ACCOUNT.leased_until.is_(None), _ACCOUNT.leased_until <= now)
        return self._set(app_id, useless, free, leased_until=until)

    def keep_token(self, app_id: str, token: str, until: datetime) -> None:
        self._set(app_id, token=token, token_until=until, leased_until=None)

    def release(self, app_id: str) -> None:
        self._set(app_id, leased_until=None)

    def answers_only(self, app_id: str, now: datetime) -> bool:
        query = select(_ACCOUNT.app_id).where(_ACCOUNT.app_id == app_id, _ACCOUNT.answers_only_until > now)
        return self._connection.execute(query).first() is not None

    def set_answers_only(self, app_id: str, until: datetime) -> None:
        self._set(app_id, answers_only_until=until)

    def _set(self, app_id: str, *conditions: Any, **values: Any) -> bool:
        changed = update(wechat_account).where(_ACCOUNT.app_id == app_id, *conditions).values(**values)
        return bool(self._connection.execute(changed).rowcount)


class WeChatFollowerTable:
    """Keeps `ports.WeChatFollowers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, openid: str) -> None:
        self._know(openid)
        self._connection.execute(select(_FOLLOWER.openid).where(_FOLLOWER.openid == openid).with_for_update())

    def grant(self, openid: str, grant: Grant, now: datetime) -> None:
        self._know(openid)
        left, until = _columns(grant is AFTER_MESSAGE)
        self._set(openid, **{left.name: grant.messages, until.name: now + grant.within, "follows": True})

    def spend(self, openid: str, messages: int, now: datetime) -> Spent | None:
        for after_message in (False, True):  # what is over sooner is used first
            left, until = _columns(after_message)
            if self._set(openid, left >= messages, until > now, **{left.name: left - messages}):
                end = select(until).where(_FOLLOWER.openid == openid)
                over_at: datetime = self._connection.execute(end).scalar_one()
                return Spent(messages, self._left(openid, now), after_message, over_at)
        return None

    def give_back(self, openid: str, spent: Spent, messages: int) -> bool:
        left, until = _columns(spent.after_message)
        return self._set(openid, until == spent.until, **{left.name: left + messages})

    def exhaust(self, openid: str) -> None:
        over = {"message_window_until": None, "click_window_until": None}
        self._set(openid, left_after_message=0, left_after_click=0, **over)

    def follow(self, openid: str, *, follows: bool) -> None:
        self._know(openid)
        self._set(openid, follows=follows)

    def follows(self, openid: str) -> bool:
        known: bool | None = self._connection.execute(
            select(_FOLLOWER.follows).where(_FOLLOWER.openid == openid)
        ).scalar()
        return known is not False

    def _left(self, openid: str, now: datetime) -> int:
        counted = [case((until > now, left), else_=0) for left, until in (_columns(False), _columns(True))]
        query = select(counted[0] + counted[1]).where(_FOLLOWER.openid == openid)
        return int(self._connection.execute(query).scalar_one())

    def _know(self, openid: str) -> None:
        row = {"openid": openid, "follows": True, "left_after_message": 0, "left_after_click": 0}
        insert = insert_for(self._connection, wechat_follower).values(row)
        self._connection.execute(insert.on_conflict_do_nothing(index_elements=["openid"]))

    def _set(self, openid: str, *conditions: Any, **values: Any) -> bool:
        changed = update(wechat_follower).where(_FOLLOWER.openid == openid, *conditions).values(**values)
        return bool(self._connection.execute(changed).rowcount)


class WeChatCallTable:
    """Keeps `ports.WeChatCalls`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, key: str, openid: str, until: datetime) -> bool:
        row = {
            "update_key": key,
            "openid": openid,
            "until": until,
            "version": 0,
            "parts": [],
            "reply": "",
            "handed_over": False,
        }
        insert = insert_for(self._connection, wechat_call).values(row)
        opened = self._connection.execute(insert.on_conflict_do_nothing(index_elements=["update_key"]))
        return bool(opened.rowcount)

    def get(self, key: str) -> OpenCall | None:
        row = self._connection.execute(select(wechat_call).where(_CALL.update_key == key)).first()
        return None if row is None else _call(row)

    def of_user(self, openid: str) -> list[OpenCall]:
        query = select(wechat_call).where(_CALL.openid == openid).order_by(_CALL.id)
        return [_call(row) for row in self._connection.execute(query)]

    def change(
        self,
        call: OpenCall,
        *,
        until: datetime,
        parts: Sequence[AnswerPart] = (),
        reply: str | None = None,
        handed_over: bool | None = None,
    ) -> bool:
        values = {
            "until": until,
            "parts": [asdict(part) for part in parts],
            "reply": call.reply if reply is None else reply,
            "handed_over": call.handed_over if handed_over is None else handed_over,
            "version": call.version + 1,
        }
        unchanged = (_CALL.id == call.id) & (_CALL.version == call.version)
        changed = self._connection.execute(update(wechat_call).where(unchanged).values(**values))
        return bool(changed.rowcount)

    def unheard(self, before: datetime, limit: int) -> list[OpenCall]:
        ended = (_CALL.until < before) & (_CALL.handed_over == false())
        query = select(wechat_call).where(ended).order_by(_CALL.until).limit(limit)
        return [_call(row) for row in self._connection.execute(query)]

    def forget(self, before: datetime, openid: str | None = None) -> int:
        over = (_CALL.until < before) & (cast(_CALL.parts, Text) == "[]")
        mine = over if openid is None else over & (_CALL.openid == openid)
        return int(self._connection.execute(delete(wechat_call).where(mine)).rowcount)

    def is_settled(self, channel: str, key: str, conversation_id: str) -> bool:
        unread = _exists(
            platform_update.c.channel == channel,
            platform_update.c.update_key == key,
            platform_update.c.done_at.is_(None),
        )
        mine = message.c.conversation_id == conversation_id
        own = select(func.max(message.c.seq)).where(mine, message.c.dedupe_key == f"{conversation_id}:{key}")
        unanswered = _exists(mine, message.c.answered == false(), message.c.seq <= own.scalar_subquery())
        unsent = _exists(mine, ON_ITS_WAY)
        return not self._connection.execute(select(or_(unread, unanswered, unsent))).scalar_one()

    def has_waiting(self, conversation_id: str) -> bool:
        held = _exists(message.c.conversation_id == conversation_id, message.c.delivery == Delivery.HELD.value)
        return bool(self._connection.execute(select(held)).scalar_one())


class WeComCursorTable:
    """Keeps `ports.WeComCursors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def know(self, open_kfid: str) -> str:
        insert = insert_for(self._connection, wecom_cursor).values(open_kfid=open_kfid, cursor="")
        self._connection.execute(insert.on_conflict_do_nothing(index_elements=["open_kfid"]))
        query = select(wecom_cursor.c.cursor).where(wecom_cursor.c.open_kfid == open_kfid)
        return str(self._connection.execute(query).scalar_one())

    def keep(self, open_kfid: str, cursor: str) -> None:
        row = update(wecom_cursor).where(wecom_cursor.c.open_kfid == open_kfid)
        self._connection.execute(row.values(cursor=cursor))

    def known(self) -> list[str]:
        return list(self._connection.execute(select(wecom_cursor.c.open_kfid)).scalars())


def _exists(*conditions: Any) -> Any:
    return select(1).where(*conditions).exists()


def _columns(after_message: bool) -> tuple[Any, Any]:
    if after_message:
        return _FOLLOWER.left_after_message, _FOLLOWER.message_window_until
    return _FOLLOWER.left_after_click, _FOLLOWER.click_window_until


def _call(row: Row) -> OpenCall:
    parts = tuple(
        AnswerPart(part["text"], tuple(part["options"]), part["numbered"], part.get("row")) for part in row.parts
    )
    return OpenCall(row.id, row.update_key, row.openid, row.until, row.version, parts, row.reply, row.handed_over)
