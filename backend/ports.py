"""What the services need of the world. Adapters keep these promises; `World` carries them all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from backend.domain.case import Case, CaseEvent
from backend.domain.clocks import Planned, Timer
from backend.domain.conversation import Conversation, Delivery, Message, Mode, NewMessage
from backend.domain.evidence import Evidence, EvidenceKind, Picture
from backend.domain.order import Order, PaymentMethod
from backend.domain.rule_book import RuleBook
from backend.domain.work import Alert, Shipment, Staff
from backend.payment_ports import PaymentGateway, RefundLegs


class Orders(Protocol):
    """Orders by number."""

    def get(self, order_no: str) -> Order | None: ...

    def customer_of(self, order_no: str) -> int | None:
        """The buyer's customer id."""

    def of_customer(self, customer_id: int, limit: int) -> list[Order]:
        """The customer's orders, newest first."""

    def put(self, *orders: Order) -> int:
        """Insert, or bring status and times of known orders up to date; how many were new.

        Raises Conflict, its subject the order's number, when goods or money of a known one differ: they are frozen.
        """

    def count(self) -> int: ...

    def claim_pieces(self, order_no: str, line_no: int, quantity: int) -> None:
        """Put pieces under a case. Raises Conflict when fewer are free: one open case per unit."""

    def free_pieces(self, order_no: str, line_no: int, quantity: int) -> None:
        """Give pieces back when their case ended without taking them."""

    def claimed_pieces(self, order_no: str) -> dict[int, int]:
        """Pieces under cases, by line."""


class Cases(Protocol):
    """Cases and drafts with their lines and logs."""

    def add(self, case: Case) -> Case:
        """Insert; the returned case carries its id. Raises Conflict on a second draft of a conversation."""

    def save(self, case: Case, *, expected_version: int) -> None:
        """Write all fields and lines. Raises Conflict unless the stored version is the expected one."""

    def get(self, case_id: int) -> Case | None: ...

    def by_number(self, case_no: str) -> Case | None: ...

    def draft_of(self, conversation_id: str) -> Case | None: ...

    def of_order(self, order_no: str) -> list[Case]:
        """Filed cases of an order, newest first."""

    def of_conversation(self, conversation_id: str) -> list[Case]:
        """Filed cases opened in a conversation, newest first."""

    def find(self, *, state: str | None, limit: int, after: str | None = None) -> list[Case]:
        """Filed cases by number, newest first."""

    def next_number(self, day: date) -> str:
        """The next free case number of that day: RC, the date, six digits."""

    def append(self, case_id: int, event: CaseEvent) -> None: ...

    def events(self, case_id: int) -> list[CaseEvent]: ...

    def last_move(self, case_id: int) -> CaseEvent | None:
        """The event that led to the present state; later ones that kept it are passed over."""


class Conversations(Protocol):
    """Conversations, their modes and identity proofs."""

    def open(self, conversation: Conversation) -> Conversation:
        """Insert, or return the one that this channel user has already."""

    def get(self, conversation_id: str) -> Conversation | None: ...

    def lock(self, conversation_id: str) -> Conversation:
        """Read for update: nobody else changes the row until this unit of work ends. Raises ConversationNotFound."""

    def touch(self, conversation_id: str, at: datetime) -> None:
        """The customer wrote at that time."""

    def change_mode(
        self, conversation_id: str, *, of: Iterable[Mode], to: Mode, by: str, waiting_since: datetime | None
    ) -> bool:
        """One statement: mode and epoch + 1 where the mode is one of `of`; False when it was not."""

    def queue_position(self, conversation_id: str) -> int:
        """1 for the next in line: the most urgent first, of the same urgency whoever waits longest."""

    def queued_before(self, before: datetime, limit: int) -> list[Conversation]:
        """Conversations waiting for a person since before that time, oldest first."""

    def prove(self, conversation_id: str, customer_id: int, how: str, at: datetime) -> None: ...

    def proven_customers(self, conversation_id: str) -> frozenset[int]: ...

    def add_identity_attempt(self, conversation_id: str, order_no: str, at: datetime, right: bool) -> None: ...

    def wrong_attempts(
        self, *, conversation_id: str | None = None, order_no: str | None = None, since: datetime
    ) -> list[datetime]:
        """Times of wrong identity answers of a conversation or for an order, oldest first."""


class Messages(Protocol):
    """The transcript, which is the outbox too."""

    def add(
        self, owner: Conversation, new: NewMessage, at: datetime, *, delivery: Delivery, epoch: int | None = None
    ) -> Message | None:
        """Append with the next number; None when the dedupe key is there already. Epoch: the conversation's own."""

    def by_dedupe_key(self, key: str) -> Message | None: ...

    def after(self, conversation_id: str, seq: int, limit: int) -> list[Message]:
        """What the customer may see after that number: their own messages and sent ones.

        It ends before the first row that is still on its way, so that a number once shown is never preceded later.
        """

    def newest_id(self) -> int: ...

    def since(self, message_id: int) -> dict[int, str]:
        """Ids of messages above that one, with their conversations."""

    def unanswered(self, before: datetime, limit: int) -> list[Message]:
        """Customer messages that no turn has taken to its end, older than `before`."""

    def unanswered_of(self, conversation_id: str) -> list[Message]:
        """Those of one conversation, in the order they came."""

    def mark_answered(self, message_id: int) -> None: ...

    def queued(self, conversation_id: str | None, limit: int) -> list[Message]:
        """Outbox rows that wait to be sent, oldest first; of one conversation or of all."""

    def lease(self, message_id: int, until: datetime) -> bool:
        """Take a queued row to SENDING by one conditional UPDATE; False when somebody else has it.

        A bot's row whose epoch the conversation has passed becomes SUPERSEDED instead, which is False too.
        """

    def settle(
        self,
        message_id: int,
        delivery: Delivery,
        at: datetime,
        *,
        text: str | None = None,
        payload: Mapping[str, Any] | None = None,
        error: str = "",
    ) -> None:
        """Record how a leased row ended, with the text and the payload that went out."""

    def lapsed(self, now: datetime, limit: int) -> list[Message]:
        """Rows left in SENDING by a process that died: their lease is over."""


class Buttons(Protocol):
    """Minted button tokens: short names for payloads that only we may send to the dialogue."""

    def mint(self, conversation_id: str, token: str, title: str, payload: str, expires_at: datetime) -> None: ...

    def redeem(self, conversation_id: str, token: str, now: datetime) -> tuple[str, str] | None:
        """(title, payload) of a token of this conversation that has not expired."""


class EvidenceRecords(Protocol):
    """What evidence there is; the bytes are in the EvidenceStore."""

    def add(self, evidence: Evidence) -> Evidence: ...

    def get(self, evidence_id: str) -> Evidence | None: ...

    def same_in_conversation(self, conversation_id: str, sha256: str) -> Evidence | None: ...

    def of_case(self, case_id: int) -> list[Evidence]: ...

    def loose(self, conversation_id: str) -> list[Evidence]:
        """Evidence of a conversation that belongs to no case yet, oldest first."""

    def count_unfiled(self, conversation_id: str, since: datetime) -> int:
        """Pieces sent since then that no filed case has taken."""

    def assign(self, evidence_id: str, case_id: int, kind: EvidenceKind) -> None: ...


class Handoffs(Protocol):
    """Episodes with people, and their append-only log."""

    def open(
        self, conversation_id: str, *, reason: str, summary: Mapping[str, Any], priority: int, at: datetime
    ) -> int:
        """The new episode's id. Raises Conflict when one of this conversation is open."""

    def current(self, conversation_id: str) -> int | None: ...

    def log(self, handoff_id: int, *, at: datetime, actor: str, from_mode: Mode, to_mode: Mode, epoch: int) -> None: ...

    def promise(self, handoff_id: int, promised_at: datetime) -> None: ...

    def promised(self, handoff_id: int) -> datetime | None:
        """By when an answer was promised."""

    def close(self, handoff_id: int, *, at: datetime, outcome: str) -> None: ...


class Timers(Protocol):
    """What is due when, for each case. A waiting timer is done by whoever leased it, once."""

    def set(self, case_id: int, clock: str, planned: Sequence[Planned], at: datetime) -> None: ...

    def of_case(self, case_id: int) -> list[Timer]:
        """All timers there ever were, by due time."""

    def open_of(self, case_id: int) -> list[Timer]:
        """Those that wait or are paused."""

    def pause(self, timer_id: int, remaining: timedelta) -> None: ...

    def resume(self, timer_id: int, due_at: datetime) -> None: ...

    def cancel(self, timer_ids: Sequence[int]) -> None: ...

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Waiting timers whose time has come and whom nobody has leased, oldest first."""

    def lease(self, timer_id: int, now: datetime, until: datetime) -> bool:
        """Take a due timer by one conditional UPDATE; False when somebody else has it or it is due no more."""

    def finish(self, timer_id: int) -> bool:
        """Mark a waiting timer as done; False when it no longer waits."""


class StaffMembers(Protocol):
    """Who works for the shop."""

    def add(self, member: Staff, at: datetime) -> None:
        """Raises Conflict for a name in use."""

    def get(self, name: str) -> Staff | None: ...

    def all(self) -> list[Staff]:
        """By name."""


class Shipments(Protocol):
    """The parcels of cases."""

    def add(self, parcel: Shipment) -> None:
        """Raises Conflict (subject `waybill`) for a return whose waybill another case has."""

    def of_case(self, case_id: int) -> list[Shipment]:
        """In the order they were told."""


class Alerts(Protocol):
    """What staff should know."""

    def add(self, alert: Alert) -> bool:
        """False when it was alerted before."""

    def of_case(self, case_id: int) -> list[Alert]:
        """Oldest first."""


class DialogueEvents(Protocol):
    """What Rasa remembers of a conversation: its tracker's events as JSON, numbered from 1."""

    def current_session(self, conversation_id: str) -> tuple[int, list[str]]:
        """The position before the newest session's first event, and the session's events. (0, []) for none."""

    def all_sessions(self, conversation_id: str) -> list[str]:
        """Every event, oldest first."""

    def append(self, conversation_id: str, position: int, events: Sequence[tuple[str, str]]) -> None:
        """Write (kind, data) after that position. Raises Conflict when somebody else has written there."""


class RuleBooks(Protocol):
    """Versions of the rule book, each a row for good."""

    def add(self, *, text: str, sha256: str, author: str, effective_from: datetime, note: str) -> int:
        """Store a version; the number of the existing one when this text is stored already."""

    def version_of(self, sha256: str) -> int | None:
        """The version with this text, if it is stored."""

    def current_version(self, at: datetime) -> int | None:
        """The version in force at that time."""

    def get(self, version: int) -> str | None: ...


class WorkDays(Protocol):
    """The merchant's own exceptions to the calendar."""

    def overrides(self) -> dict[date, bool]: ...

    def put(self, day: date, is_workday: bool, note: str) -> None: ...


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit()` rolls back."""

    orders: Orders
    cases: Cases
    conversations: Conversations
    messages: Messages
    buttons: Buttons
    evidence: EvidenceRecords
    handoffs: Handoffs
    dialogue: DialogueEvents
    refunds: RefundLegs
    timers: Timers
    staff: StaffMembers
    shipments: Shipments
    alerts: Alerts
    rule_books: RuleBooks
    work_days: WorkDays

    def commit(self) -> None: ...


class WorkCalendar(Protocol):
    """Which days are working days, 调休 included."""

    def is_workday(self, day: date) -> bool: ...

    def covers(self, year: int) -> bool: ...


class EvidenceStore(Protocol):
    """Where the bytes of evidence lie, by key."""

    def put(self, key: str, data: bytes) -> None:
        """Store under a new key, whole or not at all. Raises Conflict for a key in use, StorageFull without room."""

    def get(self, key: str) -> bytes:
        """Raises EvidenceNotFound for an unknown key."""

    def delete(self, key: str) -> None:
        """Remove it if it is there."""


class Media(Protocol):
    """What photos and videos from outside really are."""

    def type_of(self, data: bytes) -> str | None:
        """The media type told by the first bytes, never by a name; None where they tell nothing."""

    def develop(self, data: bytes) -> Picture:
        """A safe picture of a photo. Raises EvidenceRefused: `not_an_image`, `unreadable` or `too_many_pixels`."""


class Clock(Protocol):
    """The time now, aware UTC."""

    def now(self) -> datetime: ...


class Tokens(Protocol):
    """Unguessable names."""

    def new(self, size: int) -> str:
        """`size` characters of lower-case letters and digits."""


@dataclass(frozen=True)
class World:
    """All that a service may touch. `write()` opens a unit of work that writes, `read()` one that only reads."""

    write: Callable[[], AbstractContextManager[UnitOfWork]]
    read: Callable[[], AbstractContextManager[UnitOfWork]]
    rule_book: Callable[[datetime], RuleBook]
    rule_book_version: Callable[[int], RuleBook]
    calendar: WorkCalendar
    evidence: EvidenceStore
    media: Media
    clock: Clock
    tokens: Tokens
    gateways: Mapping[str, PaymentGateway]
    gateway_of: Mapping[PaymentMethod, str]
