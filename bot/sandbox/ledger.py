"""The sandbox's own books in an SQLite file: refunds and payments by number, and callbacks still to be delivered."""

import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

PROCESSING, SUCCESS, FAILED, ABNORMAL = "PROCESSING", "SUCCESS", "FAILED", "ABNORMAL"
PAID = "PAID"
"""The state of which a payment's callback tells."""
ACCOUNTS = {"wechat": "招商银行信用卡0403", "alipay": "支付宝账户 138****6688"}
RETRIES = (1.0, 5.0, 30.0, 300.0, 3600.0)
"""Seconds after which a callback that was not taken is delivered again."""

_TABLES = """
CREATE TABLE IF NOT EXISTS refund (
    refund_no TEXT PRIMARY KEY, payment_no TEXT NOT NULL, amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    state TEXT NOT NULL, outcome TEXT NOT NULL, provider_no TEXT NOT NULL, account TEXT NOT NULL, code TEXT NOT NULL,
    created_at REAL NOT NULL, settles_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_refund_payment ON refund (payment_no);
CREATE INDEX IF NOT EXISTS ix_refund_settles ON refund (settles_at) WHERE state = 'PROCESSING';
CREATE TABLE IF NOT EXISTS payment (
    collection_no TEXT PRIMARY KEY, amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), method TEXT NOT NULL,
    provider_no TEXT NOT NULL, paid_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS callback (
    id TEXT PRIMARY KEY, refund_no TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, due_at REAL
);
CREATE INDEX IF NOT EXISTS ix_callback_due ON callback (due_at) WHERE due_at IS NOT NULL;
"""


class Refused(Exception):
    """The provider does not take the call and changes nothing; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Refund:
    """One refund as its owner may see it; fen."""

    refund_no: str
    amount_fen: int
    state: str
    provider_no: str
    account: str
    code: str


@dataclass(frozen=True)
class Payment:
    """What somebody has paid for a collection; fen."""

    collection_no: str
    amount_fen: int
    method: str
    provider_no: str


@dataclass(frozen=True)
class Callback:
    """What is to be told: this refund came to this state, or what has this number was PAID."""

    id: str
    refund_no: str
    state: str
    tries: int


class Ledger:
    """The books. All times are Unix seconds."""

    def __init__(self, path: Path, settle_seconds: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._settle_seconds = settle_seconds
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)

    def accept(
        self, refund_no: str, payment_no: str, method: str, amount_fen: int, total_fen: int, outcome: str, now: float
    ) -> Refund:
        """Enter a refund; the one that is there already when it is the same. Raises Refused."""
        known = self._db.execute("SELECT payment_no, amount_fen FROM refund WHERE refund_no = ?", (refund_no,))
        found = known.fetchone()
        if found is None:
            self._enter(refund_no, payment_no, method, amount_fen, total_fen, outcome, now)
        elif found != (payment_no, amount_fen):
            raise Refused("NUMBER_IN_USE")
        refund = self.get(refund_no)
        assert refund is not None
        return refund

    def get(self, refund_no: str) -> Refund | None:
        rows = self._refunds("WHERE refund_no = ?", refund_no)
        return rows[0] if rows else None

    def between(self, since: float, until: float) -> list[Refund]:
        return self._refunds("WHERE created_at >= ? AND created_at < ? ORDER BY created_at, refund_no", since, until)

    def finish(self, refund_no: str, now: float) -> Refund:
        """Bring an abnormal refund on its way again; this time it arrives. Raises Refused."""
        changed = self._db.execute(
            "UPDATE refund SET state = ?, outcome = ?, code = '', settles_at = ? WHERE refund_no = ? AND state = ?",
            (PROCESSING, SUCCESS, now + self._settle_seconds, refund_no, ABNORMAL),
        )
        refund = self.get(refund_no)
        if refund is None or (not changed.rowcount and refund.state == FAILED):
            raise Refused("NOT_ABNORMAL")
        return refund

    def pay(self, collection_no: str, amount_fen: int, now: float) -> Payment:
        """Take a payment, with its callback; the one there is already when it was paid before."""
        provider_no = f"42{secrets.randbelow(10**16):016d}"
        self._db.execute("BEGIN")
        entered = self._db.execute(
            "INSERT OR IGNORE INTO payment VALUES (?, ?, ?, ?, ?)",
            (collection_no, amount_fen, "wechat", provider_no, now),
        )
        if entered.rowcount:
            callback = (secrets.token_hex(16), collection_no, PAID, now)
            self._db.execute("INSERT INTO callback VALUES (?, ?, ?, 0, ?)", callback)
        self._db.execute("COMMIT")
        payment = self.payment(collection_no)
        assert payment is not None
        return payment

    def payment(self, collection_no: str) -> Payment | None:
        rows = self._payments("WHERE collection_no = ?", collection_no)
        return rows[0] if rows else None

    def payments_between(self, since: float, until: float) -> list[Payment]:
        return self._payments("WHERE paid_at >= ? AND paid_at < ? ORDER BY paid_at, collection_no", since, until)

    def settle(self, now: float) -> int:
        """Bring refunds whose time has come to their outcome, with a callback each; how many."""
        query = "SELECT refund_no, outcome FROM refund WHERE state = ? AND settles_at <= ?"
        due = self._db.execute(query, (PROCESSING, now)).fetchall()
        for refund_no, outcome in due:
            code = {FAILED: "REFUND_CLOSED", ABNORMAL: "ACCOUNT_ABNORMAL"}.get(outcome, "")
            self._db.execute("BEGIN")
            self._db.execute("UPDATE refund SET state = ?, code = ? WHERE refund_no = ?", (outcome, code, refund_no))
            self._db.execute(
                "INSERT INTO callback VALUES (?, ?, ?, 0, ?)", (secrets.token_hex(16), refund_no, outcome, now)
            )
            self._db.execute("COMMIT")
        return len(due)

    def callbacks_due(self, now: float) -> list[Callback]:
        query = "SELECT id, refund_no, state, tries FROM callback WHERE due_at <= ? ORDER BY due_at LIMIT 100"
        return [Callback(*row) for row in self._db.execute(query, (now,))]

    def callback_ended(self, callback: Callback, *, taken: bool, now: float) -> None:
        """Note a delivery: taken, or due again after a while, or given up."""
        again = None if taken or callback.tries >= len(RETRIES) else now + RETRIES[callback.tries]
        self._db.execute(
            "UPDATE callback SET tries = tries + 1, due_at = ? WHERE id = ?",
            (again, callback.id),
        )

    def postpone(self, callback: Callback, until: float) -> None:
        self._db.execute("UPDATE callback SET due_at = ? WHERE id = ?", (until, callback.id))

    def close(self) -> None:
        self._db.close()

    def _enter(
        self, refund_no: str, payment_no: str, method: str, amount_fen: int, total_fen: int, outcome: str, now: float
    ) -> None:
        query = "SELECT coalesce(sum(amount_fen), 0) FROM refund WHERE payment_no = ? AND state <> ?"
        (already,) = self._db.execute(query, (payment_no, FAILED)).fetchone()
        if already + amount_fen > total_fen:
            raise Refused("EXCEEDS_PAYMENT")
        self._db.execute(
            "INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?)",
            (
                refund_no,
                payment_no,
                amount_fen,
                PROCESSING,
                outcome,
                f"50{secrets.randbelow(10**16):016d}",
                ACCOUNTS.get(method, ""),
                now,
                now + self._settle_seconds,
            ),
        )

    def _payments(self, condition: str, *values: object) -> list[Payment]:
        columns = "collection_no, amount_fen, method, provider_no"
        return [Payment(*row) for row in self._db.execute(f"SELECT {columns} FROM payment {condition}", values)]

    def _refunds(self, condition: str, *values: object) -> list[Refund]:
        columns = "refund_no, amount_fen, state, provider_no, account, code"
        return [Refund(*row) for row in self._db.execute(f"SELECT {columns} FROM refund {condition}", values)]
