"""How the sandbox misbehaves: what was ordered for a refund, or whatever chance brings at a given rate."""

import random
from collections import deque

CALL = (
    "lose_call", "lose_answer", "late", "slow", "error", "error_after", "bad_signature", "wrong_amount",
    "false_failure", "fail", "abnormal", "refuse",
)  # fmt: skip
"""At the sending: the call or its answer is lost, the call arrives after we gave up, the answer takes its time, an
error although (not) taken, an answer with a wrong signature, amount or state; and how a refund ends: closed,
abnormal, or not even taken.
"""

QUERY = ("lose_answer", "slow", "error", "bad_signature")
CALLBACK = (
    "callback_lost", "callback_repeated", "callback_late", "callback_false", "callback_wrong_amount", "callback_forged",
    "callback_old",
)  # fmt: skip

NAMES = frozenset((*CALL, *QUERY, *CALLBACK))
ANY = "*"


class Faults:
    """Ordered faults first, each once; then by chance. `injected` counts them all."""

    def __init__(self, rate: float = 0.0, seed: int = 0) -> None:
        self._rate, self._chance = rate, random.Random(seed)
        self._ordered: dict[str, deque[str]] = {ANY: deque()}
        self.injected = 0

    def order(self, refund_no: str, fault: str) -> None:
        """Let a fault happen to a refund, or with `*` to whichever comes next. Raises ValueError for an unknown one."""
        if fault not in NAMES:
            raise ValueError(f"there is no fault {fault!r}, only {', '.join(sorted(NAMES))}")
        self._ordered.setdefault(refund_no, deque()).append(fault)

    def next(self, refund_no: str, among: tuple[str, ...]) -> str:
        """The fault that happens now, or ""."""
        for key in (refund_no, ANY):
            waiting = self._ordered.get(key)
            if waiting and waiting[0] in among:
                self.injected += 1
                return waiting.popleft()
        if self._chance.random() >= self._rate:
            return ""
        self.injected += 1
        return self._chance.choice(among)
