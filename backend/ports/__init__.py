"""What the services need of the world. Adapters keep these promises; `World` carries them all."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.domain.order import PaymentMethod
from backend.domain.rule_book import RuleBook
from backend.ports.access import Accounts, AuditTrail, Passwords, StaffSessions
from backend.ports.alert_list import AlertLists
from backend.ports.backlog import Backlogs
from backend.ports.bindings import Bindings
from backend.ports.canned import OwnReplies
from backend.ports.case_queue import CaseQueues
from backend.ports.cases import Cases, EvidenceRecords, Orders
from backend.ports.changes import LatestRows
from backend.ports.collections import Collections, PaymentCollector
from backend.ports.complaints import Complaints
from backend.ports.conversations import Buttons, Conversations, DialogueEvents, Handoffs, Messages
from backend.ports.drills import Drills
from backend.ports.duties import Duties
from backend.ports.extras import Extras, SpotChecks
from backend.ports.inbox import Inbox
from backend.ports.order_desk import OrderFiles, OrderSearch
from backend.ports.outside import Clock, EvidenceStore, Media, Tokens, WorkCalendar
from backend.ports.ownership import Episodes, Handbacks, Notes, Ownership, Presences
from backend.ports.payments import PaymentGateway, RefundLegs
from backend.ports.privacy import PersonalData, Transcripts
from backend.ports.ratings import Ratings
from backend.ports.reports import Improvements, Reports
from backend.ports.risk import RiskSignals
from backend.ports.rule_changes import RuleChanges, RuleTexts
from backend.ports.rules import RuleBooks, WorkDays
from backend.ports.staff_keeping import StaffKeeping
from backend.ports.stock import Stock
from backend.ports.talk import TalkRecords
from backend.ports.talk_lists import TalkLists
from backend.ports.wechat import WeChatAccounts, WeChatCalls, WeChatFollowers, WeComCursors
from backend.ports.work import Alerts, Shipments, StaffMembers, Timers


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit()` rolls back."""

    orders: Orders
    cases: Cases
    case_queues: CaseQueues
    conversations: Conversations
    messages: Messages
    buttons: Buttons
    evidence: EvidenceRecords
    handoffs: Handoffs
    dialogue: DialogueEvents
    refunds: RefundLegs
    collections: Collections
    timers: Timers
    complaints: Complaints
    complaint_timers: Timers
    staff: StaffMembers
    shipments: Shipments
    alerts: Alerts
    risk: RiskSignals
    extras: Extras
    spot_checks: SpotChecks
    ratings: Ratings
    improvements: Improvements
    reports: Reports
    stock: Stock
    rule_books: RuleBooks
    work_days: WorkDays
    accounts: Accounts
    sessions: StaffSessions
    audit: AuditTrail
    changes: LatestRows
    ownership: Ownership
    episodes: Episodes
    presences: Presences
    notes: Notes
    handbacks: Handbacks
    rule_changes: RuleChanges
    order_search: OrderSearch
    staff_keeping: StaffKeeping
    talk: TalkRecords
    own_replies: OwnReplies
    alert_lists: AlertLists
    talk_lists: TalkLists
    inbox: Inbox
    bindings: Bindings
    wechat_accounts: WeChatAccounts
    wechat_followers: WeChatFollowers
    wechat_calls: WeChatCalls
    wecom_cursors: WeComCursors
    backlog: Backlogs
    duties: Duties
    drills: Drills
    personal_data: PersonalData
    transcripts: Transcripts
    told_in: dict[int, str]
    """By buyer the conversation that is locked to tell them in (`services.reaching`)."""

    def commit(self) -> None: ...

    def once_committed(self, say: Callable[[], None]) -> None:
        """Have that called when this has been committed, and never when it is rolled back."""


class RuleBookInForce(Protocol):
    """The rule book that holds at a time, looked up in the unit of work given, else in one of its own."""

    def __call__(self, at: datetime, within: UnitOfWork | None = None, /) -> RuleBook: ...


@dataclass(frozen=True)
class World:
    """All that a service may touch. `write()` opens a unit of work that writes, `read()` one that only reads."""

    write: Callable[[], AbstractContextManager[UnitOfWork]]
    read: Callable[[], AbstractContextManager[UnitOfWork]]
    rule_book: RuleBookInForce
    rule_book_version: Callable[[int], RuleBook]
    rule_texts: RuleTexts
    order_files: OrderFiles
    calendar: WorkCalendar
    evidence: EvidenceStore
    media: Media
    clock: Clock
    tokens: Tokens
    passwords: Passwords
    gateways: Mapping[str, PaymentGateway]
    gateway_of: Mapping[PaymentMethod, str]
    collectors: Mapping[str, PaymentCollector]
    collector: str
    """Who takes the payments that are asked for from now on; the others answer for earlier ones."""
    at_hand: bool
    """Whether the database answers at once, for it is a file of this machine."""


__all__ = [
    "Alerts",
    "Buttons",
    "Cases",
    "Clock",
    "Complaints",
    "Conversations",
    "DialogueEvents",
    "EvidenceRecords",
    "EvidenceStore",
    "Extras",
    "Handoffs",
    "Improvements",
    "Media",
    "Messages",
    "Orders",
    "Ratings",
    "Reports",
    "RiskSignals",
    "RuleBooks",
    "Shipments",
    "SpotChecks",
    "StaffMembers",
    "Stock",
    "Timers",
    "Tokens",
    "UnitOfWork",
    "WorkCalendar",
    "WorkDays",
    "World",
]
