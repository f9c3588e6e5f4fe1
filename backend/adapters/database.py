"""The engine and the unit of work over it: one transaction, rolled back unless committed."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from backend import ports
from backend.adapters.reporting import ReportQueries
from backend.adapters.repositories.access import AccountTable, AuditTable, StaffSessionTable
from backend.adapters.repositories.alert_list import AlertListTable
from backend.adapters.repositories.backlog import BacklogQueries
from backend.adapters.repositories.bindings import BindingTable
from backend.adapters.repositories.buttons import ButtonTable
from backend.adapters.repositories.canned import OwnReplyTable
from backend.adapters.repositories.case_queue import CaseQueueTable
from backend.adapters.repositories.cases import CaseTable
from backend.adapters.repositories.changes import LatestRowsTable
from backend.adapters.repositories.collections import CollectionTable
from backend.adapters.repositories.complaints import ComplaintTable
from backend.adapters.repositories.conversations import ConversationTable, Locked
from backend.adapters.repositories.dialogue import DialogueEventTable
from backend.adapters.repositories.drills import DrillQueries
from backend.adapters.repositories.duties import DutyTable
from backend.adapters.repositories.evidence import EvidenceTable
from backend.adapters.repositories.extras import ExtraTable, SpotCheckTable
from backend.adapters.repositories.handoffs import HandoffTable
from backend.adapters.repositories.improvements import ImprovementTable
from backend.adapters.repositories.inbox import InboxTable
from backend.adapters.repositories.messages import MessageTable
from backend.adapters.repositories.order_search import OrderSearchTable
from backend.adapters.repositories.orders import OrderTable
from backend.adapters.repositories.ownership import EpisodeTable, OwnershipTable
from backend.adapters.repositories.privacy import PersonalDataTable
from backend.adapters.repositories.ratings import RatingTable
from backend.adapters.repositories.refund_legs import RefundLegTable
from backend.adapters.repositories.risk import RiskSignalTable
from backend.adapters.repositories.rule_books import RuleBookTable, WorkDayTable
from backend.adapters.repositories.rule_changes import RuleChangeTable
from backend.adapters.repositories.staff_keeping import StaffKeepingTable
from backend.adapters.repositories.staff_talk import HandbackTable, NoteTable, PresenceTable
from backend.adapters.repositories.stock import StockTable
from backend.adapters.repositories.talk import TalkTable
from backend.adapters.repositories.talk_lists import TalkListTable
from backend.adapters.repositories.timers import TimerTable
from backend.adapters.repositories.transcripts import TranscriptTable
from backend.adapters.repositories.wechat import (
    WeChatAccountTable,
    WeChatCallTable,
    WeChatFollowerTable,
    WeComCursorTable,
)
from backend.adapters.repositories.work import AlertTable, ShipmentTable, StaffTable
from backend.adapters.work_tables import timer
from backend.calling import WriteLockTaken, may_wait
from backend.errors import StorageFull
from backend.ports.access import Accounts, AuditTrail, StaffSessions
from backend.ports.alert_list import AlertLists
from backend.ports.backlog import Backlogs
from backend.ports.bindings import Bindings
from backend.ports.canned import OwnReplies
from backend.ports.case_queue import CaseQueues
from backend.ports.changes import LatestRows
from backend.ports.collections import Collections
from backend.ports.drills import Drills
from backend.ports.duties import Duties
from backend.ports.inbox import Inbox
from backend.ports.order_desk import OrderSearch
from backend.ports.ownership import Episodes, Handbacks, Notes, Ownership, Presences
from backend.ports.payments import RefundLegs
from backend.ports.privacy import PersonalData, Transcripts
from backend.ports.rule_changes import RuleChanges
from backend.ports.staff_keeping import StaffKeeping
from backend.ports.talk import TalkRecords
from backend.ports.talk_lists import TalkLists
from backend.ports.wechat import WeChatAccounts, WeChatCalls, WeChatFollowers, WeComCursors

_PATIENCE_SECONDS = 30
"""How long a transaction waits for SQLite's write lock."""
_MOST_WAITING = 10
"""Connections to a file: each keeps what it has read, up to two megabytes."""
_POSTGRESQL_DISK_FULL = "53100"


Kept = TypeVar("Kept")


class _Made(Generic[Kept]):
    """A repository of a unit of work, made when it is first asked for: most units need two or three of them all."""

    def __init__(self, make: Callable[[Connection], Kept]) -> None:
        self._make = make

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, unit: "DatabaseUnitOfWork", _owner: type) -> Kept:
        made = self._make(unit.connection)
        vars(unit)[self._name] = made
        return made


class _Knowing(_Made[Kept]):
    """One that is told, too, what the unit of work knows of the conversations that it has locked."""

    def __init__(self, make: Callable[[Connection, Locked], Kept]) -> None:
        self._making = make

    def __get__(self, unit: "DatabaseUnitOfWork", _owner: type) -> Kept:
        made = self._making(unit.connection, unit.locked)
        vars(unit)[self._name] = made
        return made


class DatabaseUnitOfWork:
    """One transaction with the repositories that share it."""

    orders = _Made[ports.Orders](OrderTable)
    cases = _Made[ports.Cases](CaseTable)
    case_queues = _Made[CaseQueues](CaseQueueTable)
    conversations = _Knowing[ports.Conversations](ConversationTable)
    messages = _Knowing[ports.Messages](MessageTable)
    buttons = _Made[ports.Buttons](ButtonTable)
    evidence = _Made[ports.EvidenceRecords](EvidenceTable)
    handoffs = _Made[ports.Handoffs](HandoffTable)
    dialogue = _Made[ports.DialogueEvents](DialogueEventTable)
    refunds = _Made[RefundLegs](RefundLegTable)
    collections = _Made[Collections](CollectionTable)
    timers = _Made[ports.Timers](TimerTable)
    complaints = _Made[ports.Complaints](ComplaintTable)
    complaint_timers = _Made[ports.Timers](lambda connection: TimerTable(connection, timer.c.complaint_id))
    staff = _Made[ports.StaffMembers](StaffTable)
    shipments = _Made[ports.Shipments](ShipmentTable)
    alerts = _Made[ports.Alerts](AlertTable)
    ratings = _Made[ports.Ratings](RatingTable)
    risk = _Made[ports.RiskSignals](RiskSignalTable)
    extras = _Made[ports.Extras](ExtraTable)
    spot_checks = _Made[ports.SpotChecks](SpotCheckTable)
    improvements = _Made[ports.Improvements](ImprovementTable)
    reports = _Made[ports.Reports](ReportQueries)
    stock = _Made[ports.Stock](StockTable)
    rule_books = _Made[ports.RuleBooks](RuleBookTable)
    work_days = _Made[ports.WorkDays](WorkDayTable)
    accounts = _Made[Accounts](AccountTable)
    sessions = _Made[StaffSessions](StaffSessionTable)
    audit = _Made[AuditTrail](AuditTable)
    changes = _Made[LatestRows](LatestRowsTable)
    ownership = _Knowing[Ownership](OwnershipTable)
    episodes = _Made[Episodes](EpisodeTable)
    presences = _Made[Presences](PresenceTable)
    notes = _Made[Notes](NoteTable)
    handbacks = _Made[Handbacks](HandbackTable)
    rule_changes = _Made[RuleChanges](RuleChangeTable)
    order_search = _Made[OrderSearch](OrderSearchTable)
    staff_keeping = _Made[StaffKeeping](StaffKeepingTable)
    talk = _Knowing[TalkRecords](TalkTable)
    own_replies = _Made[OwnReplies](OwnReplyTable)
    alert_lists = _Made[AlertLists](AlertListTable)
    talk_lists = _Made[TalkLists](TalkListTable)
    inbox = _Made[Inbox](InboxTable)
    bindings = _Knowing[Bindings](BindingTable)
    wechat_accounts = _Made[WeChatAccounts](WeChatAccountTable)
    wechat_followers = _Made[WeChatFollowers](WeChatFollowerTable)
    wechat_calls = _Made[WeChatCalls](WeChatCallTable)
    wecom_cursors = _Made[WeComCursors](WeComCursorTable)
    backlog = _Made[Backlogs](BacklogQueries)
    duties = _Made[Duties](DutyTable)
    drills = _Made[Drills](DrillQueries)
    personal_data = _Knowing[PersonalData](PersonalDataTable)
    transcripts = _Made[Transcripts](TranscriptTable)

    def __init__(self, connection: Connection, written: Callable[[], None] = lambda: None) -> None:
        self.connection = connection
        self._written = written
        self._told: list[Callable[[], None]] = []
        self.told_in: dict[int, str] = {}
        self.locked = Locked()

    def commit(self) -> None:
        self.connection.commit()
        self.locked.forget_all()  # nothing is locked any more
        self.told_in.clear()
        self._written()
        for say in self._told:
            say()
        self._told.clear()

    def once_committed(self, say: Callable[[], None]) -> None:
        self._told.append(say)


class Database:
    """A database by its URL, SQLite or PostgreSQL; `written` is called after each transaction that wrote."""

    def __init__(self, url: str, written: Callable[[], None] = lambda: None) -> None:
        self.engine = _engine(url)
        self._written = written
        self._waiting: list[Connection] = []
        """Of a file's; any thread takes and gives."""

    @property
    def at_hand(self) -> bool:
        """Whether it is a file, which answers at once."""
        return bool(self.engine.dialect.name == "sqlite")

    @contextmanager
    def write(self) -> Iterator[DatabaseUnitOfWork]:
        """A unit of work that may write. On SQLite it holds the write lock from its beginning.

        Raises StorageFull when the database has no room for it.
        """
        try:
            with self._connection() as connection:
                if self.at_hand:
                    _begin_writing(connection)
                yield DatabaseUnitOfWork(connection, self._written)
        except OperationalError as exc:
            if _no_room(exc):
                raise StorageFull(str(exc.orig)) from exc
            raise

    @contextmanager
    def read(self) -> Iterator[DatabaseUnitOfWork]:
        """A unit of work that only reads."""
        with self._connection() as connection:
            if self.at_hand:
                connection.connection.execute("BEGIN")
            yield DatabaseUnitOfWork(connection)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """One for a transaction; those to a file, which does not go away, wait at hand for the next."""
        if not self.at_hand:
            with self.engine.connect() as connection:
                yield connection
            return
        connection = self._taken() or self.engine.connect()
        try:
            yield connection
            _end(connection)
        except BaseException:
            connection.close()
            raise
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(connection)
        else:
            connection.close()

    def _taken(self) -> Connection | None:
        """The connection that waits since last: it has most at hand, pages, and statements that it has planned."""
        try:
            return self._waiting.pop()
        except IndexError:
            return None

    def close(self) -> None:
        while (connection := self._taken()) is not None:
            connection.close()
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, future=True, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        url,
        future=True,
        poolclass=NullPool,  # `Database` keeps those that wait
        connect_args={"check_same_thread": False, "timeout": _PATIENCE_SECONDS, "cached_statements": 512},
        hide_parameters=True,  # an error would tell the log what customers wrote
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _end(connection: Connection) -> None:
    """Whatever is not committed is rolled back, also what only the driver knows to have begun."""
    if connection.in_transaction():
        connection.rollback()
    else:
        connection.connection.rollback()


def _no_room(error: OperationalError) -> bool:
    disk_full = getattr(error.orig, "pgcode", None) == _POSTGRESQL_DISK_FULL
    return disk_full or "database or disk is full" in str(error.orig)


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # we begin transactions ourselves, see `Database`
    cursor = dbapi_connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_writing(connection: Connection) -> None:
    # SQLite has no row locks: a writing transaction takes the one write lock at once, or two of them could
    # both read, both decide, and one fail in the middle.
    if may_wait():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif not _begun_at_once(connection.connection):
        raise WriteLockTaken


def _begun_at_once(sqlite: Any) -> bool:
    """By SQLite's own connection: through the engine three statements take as long as the work of many a service."""
    sqlite.execute("PRAGMA busy_timeout=0")
    try:
        sqlite.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False  # whatever is in the way is met again, and told, by whoever waits
    finally:
        sqlite.execute(f"PRAGMA busy_timeout={1000 * _PATIENCE_SECONDS}")
    return True
