"""What the rules say to one request: outcome, amount, every check with its reason. Frozen, without clock
or query.
"""

from dataclasses import dataclass
from enum import Enum

from backend.domain.rule_types import Item


class Outcome(str, Enum):
    """The sum of all checks."""

    ALLOWED = "allowed"
    NEEDS_REVIEW = "needs_review"
    REFUSED = "refused"


class Result(str, Enum):
    """How one check went."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One rule applied: `reason` is the rule book's own Chinese sentence, filled in."""

    id: str
    result: Result
    reason: str
    overridable: bool = False


@dataclass(frozen=True)
class AmountLine:
    """One line of the refund's breakdown: `label` from the rule book, signed `fen`.

    `item` is the line's code. `goods`, `shipping`, `deduction`, `capped` and `points` sum to `total`;
    `discount` is told only, and `back_to` lines say where the total goes.
    """

    label: str
    fen: int
    item: str = ""


@dataclass(frozen=True)
class Verdict:
    """Outcome of judging one request against one version of the rule book.

    `remedy` is the remedy code the wish comes to; `refundable_fen` is 0 where no money moves; `freight_payer`
    is `merchant`, `customer`, `ruling` or `none`; `eta_workdays` the shortest and longest time a refund takes
    after approval; `alternatives` are wish codes that would be allowed when this one is refused. `most_fen`
    is the most that could be paid back in money for these goods, whatever the remedy.
    """

    outcome: Outcome
    remedy: str
    refundable_fen: int
    breakdown: tuple[AmountLine, ...]
    checks: tuple[Check, ...]
    rule_book_version: int
    freight_payer: str
    eta_workdays: tuple[int, int]
    alternatives: tuple[str, ...] = ()
    most_fen: int = 0

    @property
    def points_fen(self) -> int:
        """The value in points that goes back beside the money, in fen."""
        return -sum(line.fen for line in self.breakdown if line.item == Item.POINTS.value)

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.result is Result.FAIL)
