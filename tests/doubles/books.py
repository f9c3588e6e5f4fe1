"""The books of what plays a provider: payments that are drained, refunds by number, faults ordered for a number."""

from collections import defaultdict, deque
from dataclasses import dataclass
from threading import Lock


@dataclass
class Refund:
    """A refund in the books, in fen; `outcome` is how it ends once somebody asks."""

    number: str
    payment_no: str
    amount_fen: int
    provider_no: str
    outcome: str
    settled: bool = False


class Books:
    """Under a lock of its own. Every number pays once, no payment gives back more than `paid_fen`."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.refunds: dict[str, Refund] = {}
        self._faults: dict[str, deque[str]] = defaultdict(deque)

    def order_fault(self, number: str, fault: str) -> None:
        with self.lock:
            self._faults[number].append(fault)

    def fault(self, number: str, among: tuple[str, ...]) -> str:
        """The next fault ordered for a number if it is one of these, else ""; each happens once."""
        with self.lock:
            waiting = self._faults[number]
            return waiting.popleft() if waiting and waiting[0] in among else ""

    def enter(self, number: str, payment_no: str, amount_fen: int, paid_fen: int) -> tuple[str, bool]:
        """Take a refund: "" or why not, and whether money moves by this."""
        outcome = self.fault(number, ("fail", "abnormal"))
        with self.lock:
            known = self.refunds.get(number)
            if known is not None:
                return ("" if known.amount_fen == amount_fen else "discordant"), False
            drained = sum(refund.amount_fen for refund in self.refunds.values() if refund.payment_no == payment_no)
            if drained + amount_fen > paid_fen:
                return "too_much", False
            provider_no = f"5030{len(self.refunds):08d}"
            self.refunds[number] = Refund(number, payment_no, amount_fen, provider_no, outcome or "success")
            return "", True

    def paid(self, prefix: str = "") -> dict[str, int]:
        """What has really gone to customers, in fen by number."""
        refunds = [refund for refund in self.refunds.values() if refund.number.startswith(prefix)]
        return {refund.number: refund.amount_fen for refund in refunds if refund.outcome == "success"}
