"""What the Official Account remembers: its token, what it may send to whom, calls that wait for their answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from backend.domain.wechat import AnswerPart, Grant, OpenCall, Spent


class WeChatAccounts(Protocol):
    """What all processes share about an account, by its AppID."""

    def token(self, app_id: str, now: datetime) -> str | None:
        """The access token, while it is good."""

    def lease(self, app_id: str, now: datetime, until: datetime, *, refused: str) -> bool:
        """The right to fetch a new token, by one conditional UPDATE.

        False while somebody else has it, or when there is a good one that is not the `refused` one.
        """

    def keep_token(self, app_id: str, token: str, until: datetime) -> None:
        """A new token, good until then; the lease is over."""

    def release(self, app_id: str) -> None:
        """No new token could be had; the lease is over."""

    def answers_only(self, app_id: str, now: datetime) -> bool:
        """Whether WeChat said lately that the account may only answer."""

    def set_answers_only(self, app_id: str, until: datetime) -> None:
        """WeChat has just said so; it is to be asked again then."""


class WeChatFollowers(Protocol):
    """What may be sent to whom, by OpenID."""

    def lock(self, openid: str) -> None:
        """Nobody else changes the customer's calls until this unit of work ends: all who do so lock here first."""

    def grant(self, openid: str, grant: Grant, now: datetime) -> None:
        """The customer wrote (`AFTER_MESSAGE`) or clicked (`AFTER_CLICK`): so much may be sent from now on."""

    def spend(self, openid: str, messages: int, now: datetime) -> Spent | None:
        """Take so many of what is granted by one conditional UPDATE; None when it is not enough."""

    def give_back(self, openid: str, spent: Spent, messages: int) -> bool:
        """So many of what was spent have not been sent; False when the grant is over, or another has come since."""

    def exhaust(self, openid: str) -> None:
        """WeChat takes no more: every grant is over."""

    def follow(self, openid: str, *, follows: bool) -> None:
        """The customer subscribed, or unsubscribed."""

    def follows(self, openid: str) -> bool:
        """False only for somebody who is known to have unsubscribed."""


class WeChatCalls(Protocol):
    """Calls that wait for their answer."""

    def open(self, key: str, openid: str, until: datetime) -> bool:
        """A new call; False when it has been opened before."""

    def get(self, key: str) -> OpenCall | None: ...

    def of_user(self, openid: str) -> list[OpenCall]:
        """Every call of a customer that is remembered, oldest first."""

    def change(
        self,
        call: OpenCall,
        *,
        until: datetime,
        parts: Sequence[AnswerPart] = (),
        reply: str | None = None,
        handed_over: bool | None = None,
    ) -> bool:
        """Write its end, parts, reply and whether that was handed over (None: as it was) by one conditional UPDATE.

        False when somebody was first: the version has changed.
        """

    def unheard(self, before: datetime, limit: int) -> list[OpenCall]:
        """Calls that ended before then without an answer that was handed over, oldest first."""

    def forget(self, before: datetime, openid: str | None = None) -> int:
        """Remove calls that ended before then and owe nothing, of one customer or of all; how many."""

    def is_settled(self, channel: str, key: str, conversation_id: str) -> bool:
        """Whether an update was read, its message answered, and all that was said has left the outbox."""

    def has_waiting(self, conversation_id: str) -> bool:
        """Whether a row of the outbox waits for the customer to write."""


class WeComCursors(Protocol):
    """How far each customer-service account of WeCom's has been read, by its `open_kfid`."""

    def know(self, open_kfid: str) -> str:
        """The account's cursor; empty for one that was not known."""

    def keep(self, open_kfid: str, cursor: str) -> None: ...

    def known(self) -> list[str]:
        """Every account that was ever read."""
