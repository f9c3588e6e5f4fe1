"""What reports and improvement actions need of the tables: figures that the database counts itself."""

from datetime import datetime
from typing import Any, Protocol

from backend.domain.improvement import Improvement
from backend.domain.report import Period, Phase

Row = dict[str, Any]
"""One line of a report: plain values by the codes of its columns (`docs/reports.md`)."""


class Improvements(Protocol):
    """Actions against repeating causes."""

    def add(self, action: Improvement) -> Improvement:
        """Insert; the returned one carries its id. Raises Conflict when one of this cause is open."""

    def get(self, action_id: int) -> Improvement | None: ...

    def all(self, *, only_open: bool) -> list[Improvement]:
        """Those due first come first."""

    def close(self, action_id: int, *, by: str, at: datetime, outcome: str) -> bool:
        """Finish an open one, by one conditional UPDATE; False when it is closed already."""


class Reports(Protocol):
    """Counts over a period. A case belongs to the period in which it was last submitted; drafts to none."""

    def states(self, period: Period) -> list[Row]:
        """`state, close_reason, cases`."""

    def reasons(self, period: Period) -> list[Row]:
        """`reason_claimed, reason_confirmed, cases`."""

    def products(self, period: Period) -> list[Row]:
        """`sku, product, cases, pieces, sold_pieces`."""

    def channels(self, period: Period) -> list[Row]:
        """`channel, cases`."""

    def dispositions(self, period: Period) -> list[Row]:
        """`disposition, cases, pieces`: what became of the goods that were accepted."""

    def stays(self, period: Period, phase: Phase) -> Row:
        """`visits, p50_seconds, p90_seconds` of a phase, over the visits that are over."""

    def clock(self, period: Period, phase: Phase, now: datetime) -> Row:
        """`sla_met, sla_missed, sla_running` of a phase's clock."""

    def orders(self, period: Period) -> Row:
        """`orders, orders_refunded, sales_fen` of the orders placed."""

    def money(self, period: Period) -> Row:
        """`refunds, cases_refunded, refunded_fen, points_fen` of what was paid back in the period, and
        `freight_fen, compensation_fen` of what was given beside it.
        """

    def freight(self, period: Period) -> list[Row]:
        """`payer, cases, parcels, shipping_back_fen, freight_fen`."""

    def rejections(self, period: Period) -> Row:
        """`cases, rejected, appealed, appeals_won, appeals_lost, appeals_open`."""

    def ratings(self, period: Period) -> list[Row]:
        """`score, ratings` of those given in the period."""

    def handoffs(self, period: Period) -> list[Row]:
        """`handoff_reason, handoffs`."""

    def containment(self, period: Period) -> Row:
        """`conversations, handed_over`: customers who wrote, and those of them whom people were called for."""

    def causes(self, period: Period, least: int) -> list[Row]:
        """`reason, sku, product, cases`: at least so many cases of one reason with one product, the most first."""

    def complaints(self, period: Period) -> list[Row]:
        """`cause, complaints, complaints_open, complaints_ruled, supported, partly_supported, not_supported,
        escalated, withdrawn` of the complaints opened in the period.
        """

    def complaint_stages(self, period: Period) -> list[Row]:
        """`stage, complaints`."""

    def complaint_stays(self, period: Period, phase: Phase) -> Row:
        """Like `stays`, of complaints."""

    def complaint_clock(self, period: Period, phase: Phase, now: datetime) -> Row:
        """Like `clock`, of complaints."""

    def cases_of_cause(self, reason: str, sku: str, since: datetime, until: datetime) -> tuple[int, int]:
        """Cases of a cause submitted, and pieces of the product sold, from `since` to before `until`."""

    def newest_case(self, reason: str, sku: str, since: datetime) -> int | None:
        """The id of the newest case of a cause since then."""
