"""The Official Account's books: calls that wait for their answer, what may be sent to whom, the shared token.

WeChat takes an answer to a call for five seconds, and repeats a call that got none. What the outbox has to say is put
into the oldest call that still waits, by whichever process sends it; the process that holds the call takes it out. Who
changes a customer's calls locks the customer first, so that nothing is said twice, or by nobody.
"""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from backend.domain.wechat import ANSWERED_WITHIN, REPEATED_FOR, AnswerPart, Grant, OpenCall, Spent
from backend.ports import UnitOfWork, World

EARLY = timedelta(minutes=5)
"""A token is renewed so long before its end."""

FETCHED_WITHIN = timedelta(seconds=6)
ASKED_AGAIN = timedelta(hours=24)
"""An account that lacks a right may get it."""

LOOK_SECONDS = 0.05
NOT_HEARD = "WeChat did not wait for the answer"
REMEMBERED = timedelta(days=1)
"""A call that owes nothing is forgotten after so long: WeChat has long ceased to repeat it."""


class TokenNotFetched(Exception):
    """Nobody could fetch a token in time."""


def open_call(world: World, key: str, openid: str, grant: Grant | None = None) -> OpenCall:
    """A call that has just come, or has come again: it waits for its answer from now on, unless it has one.

    What the customer did grants us messages once. What older calls were to answer, and did not, goes into this one.
    """
    now = world.clock.now()
    until = now + ANSWERED_WITHIN
    with world.write() as work:
        work.wechat_followers.lock(openid)
        new = work.wechat_calls.open(key, openid, until)
        if new and grant is not None:
            work.wechat_followers.grant(openid, grant, now)
        call = work.wechat_calls.get(key)
        assert call is not None  # it was opened, now or before
        if not call.reply:
            owed = [old for old in work.wechat_calls.of_user(openid) if _owes(old, key, now)]
            parts = [part for old in owed for part in old.parts]
            for old in owed:
                work.wechat_calls.change(old, until=old.until)
            work.wechat_calls.change(call, until=until, parts=[*parts, *call.parts])
        work.wechat_calls.forget(now - REPEATED_FOR, openid)
        call = work.wechat_calls.get(key)
        work.commit()
    assert call is not None
    return call


def _owes(call: OpenCall, newest: str, now: datetime) -> bool:
    over = call.handed_over if call.reply else True
    return call.key != newest and bool(call.parts) and call.until < (now if over else now - REPEATED_FOR)


def get_call(world: World, key: str) -> OpenCall:
    """A call that was opened."""
    with world.read() as work:
        call = work.wechat_calls.get(key)
    assert call is not None, key
    return call


def add_part(world: World, openid: str, part: AnswerPart, fits: Callable[[Sequence[AnswerPart]], bool]) -> bool:
    """Put a part into the customer's oldest call that still waits, if it fits there; False when it does not."""
    with world.write() as work:
        work.wechat_followers.lock(openid)
        call = _waiting(work.wechat_calls.of_user(openid), world)
        if call is None or not fits([*call.parts, part]):
            return False
        added = work.wechat_calls.change(call, until=call.until, parts=[*call.parts, part])
        work.commit()
    return added


def hurry(world: World, openid: str) -> OpenCall | None:
    """Let the call that waits with something to say be answered now; that call, None when there is none."""
    with world.write() as work:
        work.wechat_followers.lock(openid)
        call = _waiting(work.wechat_calls.of_user(openid), world)
        if call is None or not call.parts:
            return None
        work.wechat_calls.change(call, until=world.clock.now(), parts=call.parts)
        work.commit()
    return call


def end_call(world: World, call: OpenCall, reply: str) -> bool:
    """Fix the answer of a call; False when its parts have changed.

    An empty reply is none: nothing more goes into the call, unless WeChat repeats it.
    """
    with world.write() as work:
        work.wechat_followers.lock(call.openid)
        ended = work.wechat_calls.change(call, until=world.clock.now(), parts=call.parts, reply=reply)
        work.commit()
    return ended


def hand_over(world: World, key: str, rest: Callable[[Sequence[AnswerPart]], Sequence[AnswerPart]]) -> None:
    """WeChat takes the answer of a call: of its parts, only what the answer had no room for is still owed."""
    with world.write() as work:
        found = work.wechat_calls.get(key)
        if found is None:
            return
        work.wechat_followers.lock(found.openid)
        call = work.wechat_calls.get(key)
        if call is None or not call.reply or call.handed_over:
            return
        work.wechat_calls.change(call, until=call.until, parts=rest(call.parts), handed_over=True)
        work.commit()


def take_back_unheard(world: World, limit: int = 100) -> int:
    """What was to be answered to calls that WeChat gave up goes back into the outbox; how many rows.

    WeChat repeats a call no more then: nobody can have heard it.
    """
    with world.read() as work:
        unheard = work.wechat_calls.unheard(world.clock.now() - REPEATED_FOR, limit)
    return sum(_take_back(world, call) for call in unheard)


def _take_back(world: World, call: OpenCall) -> int:
    with world.write() as work:
        work.wechat_followers.lock(call.openid)
        if not work.wechat_calls.change(call, until=call.until, handed_over=True):
            return 0  # another process was first
        now = world.clock.now()
        queued = sum(work.messages.queue_unheard(row, now, NOT_HEARD) for row in sorted(_rows([call])))
        work.commit()
    return queued


def rows_in_hand(work: UnitOfWork, openid: str) -> set[int]:
    """Rows that left the outbox for a call and may not have been heard; the customer is locked for the unit of work."""
    work.wechat_followers.lock(openid)
    return _rows(work.wechat_calls.of_user(openid))


def take_out(work: UnitOfWork, openid: str, rows: Collection[int]) -> None:
    """Say nothing of these rows to the customer any more, who is locked: a call that is repeated hears the rest."""
    for call in work.wechat_calls.of_user(openid):
        left = [part for part in call.parts if part.row not in rows]
        if len(left) < len(call.parts):
            work.wechat_calls.change(call, until=call.until, parts=left, reply=call.reply if call.handed_over else "")


def _rows(calls: Sequence[OpenCall]) -> set[int]:
    return {part.row for call in calls for part in call.parts if part.row is not None}


def forget_ended(world: World) -> int:
    """Remove calls that ended long ago and owe nothing; how many."""
    with world.write() as work:
        forgotten = work.wechat_calls.forget(world.clock.now() - REMEMBERED)
        work.commit()
    return forgotten


def is_settled(world: World, channel: str, key: str, conversation_id: str) -> bool:
    """Whether an update is read, its message answered, and all that was said has left the outbox."""
    with world.read() as work:
        return work.wechat_calls.is_settled(channel, key, conversation_id)


def has_waiting(world: World, conversation_id: str) -> bool:
    """Whether something waits for the customer to write."""
    with world.read() as work:
        return work.wechat_calls.has_waiting(conversation_id)


def grant(world: World, openid: str, granted: Grant) -> None:
    """The customer did something that lets us write."""
    with world.write() as work:
        work.wechat_followers.grant(openid, granted, world.clock.now())
        work.commit()


def spend(world: World, openid: str, messages: int) -> Spent | None:
    """Take so many of the messages that WeChat grants; None when there are not enough."""
    with world.write() as work:
        spent = work.wechat_followers.spend(openid, messages, world.clock.now())
        work.commit()
    return spent


def give_back(world: World, openid: str, spent: Spent, messages: int) -> None:
    """So many of those were not sent after all: they may be again, as long as what granted them holds."""
    with world.write() as work:
        work.wechat_followers.give_back(openid, spent, messages)
        work.commit()


def exhaust(world: World, openid: str) -> None:
    """WeChat takes no more for this customer, whatever we counted."""
    with world.write() as work:
        work.wechat_followers.exhaust(openid)
        work.commit()


def follow(world: World, openid: str, *, follows: bool) -> None:
    """The customer subscribed, or unsubscribed."""
    with world.write() as work:
        work.wechat_followers.follow(openid, follows=follows)
        work.commit()


def follows(world: World, openid: str) -> bool:
    """False only for somebody who is known to have unsubscribed."""
    with world.read() as work:
        return work.wechat_followers.follows(openid)


def welcome_back(world: World, conversation_id: str) -> int:
    """Queue again what waited for a customer who has just subscribed; how many rows."""
    with world.write() as work:
        released = work.messages.release(conversation_id)
        work.commit()
    return released


def answers_only(world: World, app_id: str) -> bool:
    """Whether WeChat said lately that the account has no right to write first."""
    with world.read() as work:
        return work.wechat_accounts.answers_only(app_id, world.clock.now())


def set_answers_only(world: World, app_id: str) -> None:
    """WeChat has just said so; it is asked again after a day."""
    with world.write() as work:
        work.wechat_accounts.set_answers_only(app_id, world.clock.now() + ASKED_AGAIN)
        work.commit()


def access_token(world: World, app_id: str, fetch: Callable[[], tuple[str, int]], *, refused: str = "") -> str:
    """The account's token, which all processes share: one fetches it, the others wait.

    `refused` is a token that WeChat takes no more. `fetch` gives a new one and how many seconds it is good for. Blocks.
    Raises TokenNotFetched, or whatever `fetch` raises.
    """
    deadline = time.monotonic() + FETCHED_WITHIN.total_seconds()
    while time.monotonic() < deadline:
        with world.read() as work:
            token = work.wechat_accounts.token(app_id, world.clock.now())
        if token is not None and token != refused:
            return token
        if _leased(world, app_id, refused):
            return _fetched(world, app_id, fetch)
        time.sleep(LOOK_SECONDS)
    raise TokenNotFetched(app_id)


def _leased(world: World, app_id: str, refused: str) -> bool:
    now = world.clock.now()
    with world.write() as work:
        leased = work.wechat_accounts.lease(app_id, now, now + FETCHED_WITHIN, refused=refused)
        work.commit()
    return leased


def _fetched(world: World, app_id: str, fetch: Callable[[], tuple[str, int]]) -> str:
    try:
        token, seconds = fetch()
    except Exception:
        with world.write() as work:
            work.wechat_accounts.release(app_id)
            work.commit()
        raise
    with world.write() as work:
        until = world.clock.now() + timedelta(seconds=seconds)
        work.wechat_accounts.keep_token(app_id, token, max(until - EARLY, world.clock.now() + timedelta(seconds=30)))
        work.commit()
    return token


def _waiting(calls: Sequence[OpenCall], world: World) -> OpenCall | None:
    now = world.clock.now()
    return next((call for call in calls if not call.reply and call.until > now), None)
