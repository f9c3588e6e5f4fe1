"""One version of the merchant's rule book: which rules hold for which goods, buyer and channel, and its
words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from backend.domain.evidence import EvidenceKind
from backend.domain.order import PaymentMethod
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_types import Fault, FreightPayer, Item
from backend.domain.rule_wording import Wording
from backend.domain.rules import Rules, with_parameter
from backend.domain.rules_of_review import ReasonRule

CATEGORY_SEPARATOR = "/"


@dataclass(frozen=True)
class Scope:
    """What rules are asked for, or set for; in an override, an absent part matches everything."""

    sku: str | None = None
    category: str | None = None
    campaign: str | None = None
    tier: str | None = None
    channel: str | None = None
    shop: str | None = None

    def covers(self, asked: "Scope") -> bool:
        """Whether an override with this scope holds for what is asked; a category includes those below it."""
        return in_category(asked.category, self.category) and all(
            own is None or own == theirs
            for own, theirs in (
                (self.sku, asked.sku),
                (self.campaign, asked.campaign),
                (self.tier, asked.tier),
                (self.channel, asked.channel),
                (self.shop, asked.shop),
            )
        )

    @property
    def rank(self) -> tuple[int, ...]:
        """How specific it is: product before category, campaign, customer tier, channel and shop."""
        depth = self.category.count(CATEGORY_SEPARATOR) + 1 if self.category is not None else 0
        rest = (self.campaign, self.tier, self.channel, self.shop)
        return (self.sku is not None, depth, *(part is not None for part in rest))


def in_category(category: str | None, rule: str | None) -> bool:
    """Whether a category such as 食品/水果 is the one a rule names or lies below it; no rule is any."""
    if rule is None:
        return True
    return category is not None and (category == rule or category.startswith(rule + CATEGORY_SEPARATOR))


EVERYTHING = Scope()


@dataclass(frozen=True)
class Override:
    """Parameters, by dotted name, that hold for a scope only. A broken legal minimum names who answers for
    it.
    """

    scope: Scope
    set: Mapping[str, Any]
    acknowledged_by: str = ""


@dataclass(frozen=True)
class Header:
    """Whose rule book this is, from when it holds (aware UTC), and what changed."""

    title: str
    effective_from: datetime
    author: str
    approver: str
    note: str


@dataclass(frozen=True)
class RuleBook:
    """A valid rule book. `version` is the number of its row, `text_hash` the SHA-256 of its canonical text.

    `warnings` are what its check found strange but possible.
    """

    version: int
    text_hash: str
    header: Header
    rules: Rules
    wording: Wording
    overrides: tuple[Override, ...] = ()
    warnings: tuple[str, ...] = ()
    _resolved: dict[tuple[int, ...], Rules] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def effective_from(self) -> datetime:
        return self.header.effective_from

    def rules_for(self, scope: Scope = EVERYTHING) -> Rules:
        """The rules that hold for a scope: the merchant's own, overridden from the least to the most
        specific.
        """
        matching = tuple(number for number, each in enumerate(self.overrides) if each.scope.covers(scope))
        if not matching:
            return self.rules
        if matching not in self._resolved:
            self._resolved[matching] = self._resolve(matching)
        return self._resolved[matching]

    def reason(self, code: Reason | str) -> ReasonRule:
        """The merchant's rule for a reason. Raises ValueError for an unknown code."""
        return self.rules.reasons[Reason(code)]

    def label(self, code: Enum) -> str:
        """What a wish, remedy, reason, evidence kind, payment method, payer, fault or breakdown line is
        called.
        """
        if isinstance(code, Reason):
            return self.rules.reasons[code].label
        labels = self.wording.labels
        groups: dict[type[Enum], Mapping[Any, str]] = {
            Wish: labels.wish,
            Remedy: labels.remedy,
            EvidenceKind: labels.evidence,
            FreightPayer: labels.freight,
            Fault: labels.fault,
            PaymentMethod: labels.method,
            Item: labels.breakdown,
        }
        return groups[type(code)][code]

    def sentence(self, key: str, **told: object) -> str:
        """The reason given by a check, such as "window.expired", with its fields filled in."""
        return self.wording.checks[key].format(**told)

    def unit(self, key: str, **told: object) -> str:
        """A quantity in words, such as `unit("days", n=7)`."""
        return self.wording.units[key].format(**told)

    def joined(self, words: Iterable[str]) -> str:
        """Words one after another, as a sentence lists them."""
        return self.unit("separator").join(words)

    def _resolve(self, matching: tuple[int, ...]) -> Rules:
        rules = self.rules
        for override in sorted((self.overrides[number] for number in matching), key=_rank):
            rules = overridden(rules, override)
        return rules


def overridden(rules: Rules, override: Override) -> Rules:
    """The rules with an override's parameters in place. Raises KeyError with the name that nothing stands under."""
    for name, value in override.set.items():
        try:
            rules = with_parameter(rules, tuple(name.split(".")), value)
        except KeyError as unknown:
            raise KeyError(name) from unknown
    return rules


def _rank(override: Override) -> tuple[int, ...]:
    return override.scope.rank
