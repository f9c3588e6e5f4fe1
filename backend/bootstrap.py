"""Opens the backend: the only place that names concrete adapters."""

import hashlib
import hmac
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock

from backend.adapters.bell import RedisBell
from backend.adapters.database import Database
from backend.adapters.evidence_store import open_evidence_store
from backend.adapters.manual_pay import ManualCollect, ManualPay
from backend.adapters.media import MediaReader
from backend.adapters.migrations import require_schema
from backend.adapters.order_feed import read_order_file
from backend.adapters.passwords import ArgonPasswords
from backend.adapters.rule_book import SHIPPED, parse, read_directory
from backend.adapters.rule_edit import YamlRuleTexts
from backend.adapters.sandbox_collect import SandboxCollect
from backend.adapters.sandbox_pay import SandboxPay
from backend.adapters.system import RandomTokens, SystemClock, secret_key
from backend.adapters.work_calendar import ChineseWorkCalendar, RememberedDays
from backend.domain.order import PaymentMethod
from backend.domain.rule_book import RuleBook
from backend.errors import RuleBookError
from backend.ports import Clock, UnitOfWork, World
from backend.ports.collections import PaymentCollector
from backend.ports.payments import PaymentGateway
from backend.settings import Settings, read_settings

GATEWAY_OF = {
    PaymentMethod.WECHAT: SandboxPay.name,
    PaymentMethod.ALIPAY: SandboxPay.name,
    PaymentMethod.CARD: ManualPay.name,
    PaymentMethod.BALANCE: ManualPay.name,
}
"""Who pays back what was paid by a method, where no provider's credentials are given for it.

Points need nobody: the shop counts them itself.
"""


FIRST_VERSION = 1
"""Of the rule book."""


@dataclass(frozen=True)
class Backend:
    """An open backend: its world for the services, the key that signs tokens, and how to close it."""

    world: World
    secret_key: str
    close: Callable[[], None]


def open_backend(settings: Settings, *, clock: Clock | None = None, rules: Path = SHIPPED) -> Backend:
    """Connect everything. Raises DatabaseNotReady, or RuleBookError when the rule files are broken."""
    bell = RedisBell(settings.redis_url) if settings.redis_url is not None else None
    database = Database(settings.database_url, bell.ring) if bell is not None else Database(settings.database_url)
    require_schema(database.engine)
    now = clock or SystemClock()
    _store_rule_files(database, rules, now)
    shelf = _RuleBookShelf(database)
    media = MediaReader()
    gateways = _open_gateways(settings)
    world = World(
        write=database.write,
        read=database.read,
        rule_book=shelf.current,
        rule_book_version=shelf.version,
        rule_texts=YamlRuleTexts(),
        order_files=read_order_file,
        calendar=ChineseWorkCalendar(RememberedDays(lambda: _own_days(database), now)),
        evidence=open_evidence_store(settings.evidence_url),
        media=media,
        clock=now,
        tokens=RandomTokens(),
        passwords=ArgonPasswords(),
        gateways={gateway.name: gateway for gateway in (*gateways.values(), *_always_there(settings))},
        gateway_of={**GATEWAY_OF, **{method: gateway.name for method, gateway in gateways.items()}},
        collectors={collector.name: collector for collector in _collectors(settings)},
        collector=ManualCollect.name if gateways else SandboxCollect.name,
        at_hand=database.at_hand,
    )

    def close() -> None:
        media.close()
        database.close()
        if bell is not None:
            bell.close()

    return Backend(world=world, secret_key=secret_key(settings.secret_key, settings.var), close=close)


def _open_gateways(settings: Settings) -> dict[PaymentMethod, PaymentGateway]:
    """The providers whose credentials are given, by what they pay back. Raises SettingsError for a useless key file.

    Their libraries are imported only for a shop that uses them: they take half a second, and one of them sets up
    logging anew.
    """
    gateways: dict[PaymentMethod, PaymentGateway] = {}
    if settings.wechat_pay is not None:
        from backend.adapters.wechat_pay import WeChatPay

        gateways[PaymentMethod.WECHAT] = WeChatPay(settings.wechat_pay)
    if settings.alipay is not None:
        from backend.adapters.alipay import Alipay

        gateways[PaymentMethod.ALIPAY] = Alipay(settings.alipay)
    return gateways


def _always_there(settings: Settings) -> tuple[PaymentGateway, ...]:
    """The sandbox has to answer for refunds that were begun before a shop had credentials."""
    return SandboxPay(sandbox_url(settings), sandbox_key(settings)), ManualPay()


def _collectors(settings: Settings) -> tuple[PaymentCollector, ...]:
    """Who takes payments. A shop with a real provider never sends its customers to the sandbox's page."""
    return SandboxCollect(sandbox_url(settings), sandbox_key(settings)), ManualCollect()


def sandbox_key(settings: Settings) -> bytes:
    """What the payment sandbox and we sign with, made of the secret key; bytes."""
    secret = secret_key(settings.secret_key, settings.var).encode()
    return hmac.new(secret, b"payment sandbox", hashlib.sha256).digest()


def sandbox_url(settings: Settings) -> str:
    """Where the payment sandbox is called; it never listens beyond this machine."""
    return f"http://127.0.0.1:{settings.sandbox_port}"


_opening = Lock()
_current: Backend | None = None


def current_backend() -> Backend:
    """The backend of this process: what `set_current` gave it, else opened once from the settings."""
    global _current
    with _opening:
        if _current is None:
            _current = open_backend(read_settings())
        return _current


def set_current(backend: Backend | None) -> None:
    """Let the whole process work on this backend; None lets the next call of `current_backend` open one."""
    global _current
    _current = backend


def _own_days(database: Database) -> dict[date, bool]:
    with database.read() as work:
        return work.work_days.overrides()


def _store_rule_files(database: Database, rules: Path, clock: Clock) -> None:
    """Files that have changed hold from now on, or from the later time they name; else what the desk changed stays.

    Put back to an older text, they bring that version back. A shop's first version may name a time that is past: some
    rule book is always in force.
    """
    source, now = read_directory(rules), clock.now()
    book = parse(source.text)
    with database.read() as work:
        if work.rule_books.newest_of_files() == source.sha256:
            return
    with database.write() as work:
        newest = work.rule_books.newest_period()
        if work.rule_books.newest_of_files() == source.sha256:
            return  # another process was first
        first = work.rule_books.current_version(now) is None
        work.rule_books.add(
            text=source.text,
            sha256=source.sha256,
            author=book.header.author,
            effective_from=(min if first else max)(book.effective_from, now),
            note=book.header.note,
            follows=newest,
        )
        work.commit()


class _RuleBookShelf:
    """Parsed rule books by version: parsing takes long, reading which version holds does not."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.version = lru_cache(maxsize=16)(self._parse)

    def current(self, at: datetime, within: UnitOfWork | None = None) -> RuleBook:
        """What is in force at that time; before all, as after a clock was set far back, the first."""
        with nullcontext(within) if within is not None else self._database.read() as work:
            found = work.rule_books.current_version(at)
        return self.version(found or FIRST_VERSION)

    def _parse(self, version: int) -> RuleBook:
        with self._database.read() as work:
            text = work.rule_books.get(version)
        if text is None:
            raise RuleBookError(f"there is no rule book version {version}")
        return parse(text, version=version)
