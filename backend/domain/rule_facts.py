"""The rules as ready-made values for answers about the policy: "7", "1 个工作日", "商家承担".

Values only; the sentences around them are the dialogue's. A value whose name ends in a unit (`_days`, `_hours`,
`_times`, `_mb`) is the bare number, any other is words of the rule book's wording.
"""

from enum import Enum

from backend.domain.evidence import EvidenceRequirement
from backend.domain.money import yuan
from backend.domain.rule_book import EVERYTHING, RuleBook, Scope
from backend.domain.rule_types import Clock, Fault, Restore, Span, Unit
from backend.domain.rule_wording import term_of
from backend.domain.rules import Rules


def rule_facts(book: RuleBook, scope: Scope = EVERYTHING) -> dict[str, str]:
    """Every value that an answer about the policy may name, for goods, buyer and channel of a scope."""
    rules = book.rules_for(scope)
    return {
        **_window(book, rules),
        **_evidence(book, rules),
        **_times(book, rules),
        **_way_back(book, rules),
        **_money(book, rules),
        **_other_remedies(book, rules),
    }


def _window(book: RuleBook, rules: Rules) -> dict[str, str]:
    return {
        "window_days": str(rules.window.days),
        "quality_days": str(rules.window.quality_days),
        "warranty_days": str(rules.window.warranty_days),
        "missing_parts_hours": str(rules.window.missing_parts_hours),
        "expired_offers": book.joined(_term(book, offer) for offer in rules.window.expired_action),
        "non_returnable": book.joined(rules.eligibility.non_returnable_categories),
        "condition": book.joined(rules.condition.checklist.values()),
        "appeal_days": str(rules.appeal.days),
        "confirm_days": str(rules.confirm.auto_days),
    }


def _evidence(book: RuleBook, rules: Rules) -> dict[str, str]:
    lists = {f"evidence_{code.value}": _asked(book, rule.evidence) for code, rule in rules.reasons.items()}
    limits = rules.evidence
    return {
        **lists,
        "evidence": _all_evidence(book, rules),
        "evidence_max_files": str(limits.max_files),
        "evidence_image_mb": str(limits.max_mb.image),
        "evidence_video_mb": str(limits.max_mb.video),
    }


def _times(book: RuleBook, rules: Rules) -> dict[str, str]:
    hours = rules.calendar.agent_hours
    return {
        "first_response_hours": str(rules.sla.first_response_hours),
        "solution_hours": str(rules.sla.solution_hours),
        "replacement_hours": str(rules.sla.replacement_ship_hours),
        "review_time": duration(book, rules.sla.review),
        "inspect_time": duration(book, rules.sla.inspect),
        "finance_time": duration(book, rules.sla.finance),
        "repair_time": book.unit("workdays", n=rules.sla.repair_workdays),
        "refund_max_time": book.unit("workdays", n=rules.refund.max_workdays.default),
        "complaint_time": book.unit("workdays", n=rules.complaint.reply_workdays),
        "complaint_ack_hours": str(rules.complaint.ack_hours),
        "agent_hours": book.unit("hours_of_day", start=hours.from_, end=hours.to),
        **{f"{name}_time": _span(book, span) for name, span in rules.refund.eta_workdays.items()},
        **{f"{name}_days": _bare_span(span) for name, span in rules.refund.eta_workdays.items()},
    }


def _way_back(book: RuleBook, rules: Rules) -> dict[str, str]:
    payers = {f"freight_{fault.value}": book.label(rules.freight.payer[fault]) for fault in Fault}
    return {
        **payers,
        "freight_method": _term(book, rules.freight.method),
        "freight_cap": book.unit("up_to", amount=yuan(rules.freight.reimburse_cap)),
        "return_methods": book.joined(_term(book, method) for method in rules.return_.methods),
        "return_receiver": rules.return_.address.receiver,
        "return_phone": rules.return_.address.phone,
        "return_address": rules.return_.address.address,
        "packing_notes": "".join(rules.return_.packing_notes),
        "ship_by_days": str(rules.return_.ship_by_days),
    }


def _money(book: RuleBook, rules: Rules) -> dict[str, str]:
    include = rules.amount.include_shipping
    first, *others = rules.refund.channels
    coupon = "coupon_never" if rules.coupon.restore is Restore.NEVER else "coupon_all_lines"
    return {
        "refund_channel": _term(book, first),
        "refund_other_channels": book.joined(_term(book, channel) for channel in others),
        "keep_item_max": book.unit("yuan", amount=yuan(rules.refund.keep_item_max)),
        "shipping_merchant_fault": _shipping(book, include.merchant_fault),
        "shipping_customer_fault": _shipping(book, include.customer_fault),
        "shipping_unshipped": _shipping(book, include.unshipped_whole_order),
        "coupon": book.wording.labels.terms[coupon],
        "points": book.wording.labels.terms["points_proportional"],
    }


def _other_remedies(book: RuleBook, rules: Rules) -> dict[str, str]:
    kinds = dict.fromkeys(row.kind for row in rules.compensation.table if rules.compensation.enabled)
    terms = book.wording.labels.terms
    return {
        "exchange_times": str(rules.exchange.max_times),
        "exchange_scope": terms["same_product" if rules.exchange.same_product_only else "any_product"],
        "exchange_out_of_stock": book.joined(_term(book, each) for each in rules.exchange.oos_fallback),
        "warranty_exclusions": book.joined(rules.warranty.exclusions),
        "warranty_expired": _term(book, rules.warranty.expired_policy),
        "repair_cost": _term(book, rules.repair.parts_and_labour),
        "compensation_kinds": book.joined(_term(book, kind) for kind in kinds) or terms["compensation_none"],
        "compensation_human_only": book.joined(book.label(code) for code in rules.compensation.human_only),
    }


def duration(book: RuleBook, clock: Clock) -> str:
    """A time limit in words, such as "1 个工作日"."""
    units = {Unit.HOUR: "hours", Unit.DAY: "days", Unit.WORKDAY: "workdays"}
    return book.unit(units[clock.unit], n=clock.amount)


def _span(book: RuleBook, span: Span) -> str:
    if span.longest == 0:
        return book.unit("same_day")
    if span.shortest == span.longest:
        return book.unit("workdays", n=span.longest)
    return book.unit("workday_span", least=span.shortest, most=span.longest)


def _bare_span(span: Span) -> str:
    return str(span.longest) if span.shortest == span.longest else f"{span.shortest}–{span.longest}"


def _all_evidence(book: RuleBook, rules: Rules) -> str:
    """Every reason that asks for something, with what it asks for."""
    asked = (
        book.unit("evidence_of", reason=rule.label, photos=_asked(book, rule.evidence))
        for rule in rules.reasons.values()
        if rule.evidence.photos
    )
    return book.unit("list_separator").join(asked)


def _asked(book: RuleBook, wanted: EvidenceRequirement) -> str:
    if not wanted.photos:
        return book.wording.labels.terms["no_evidence"]
    photos = book.joined(book.label(kind) for kind in wanted.photos)
    return book.unit("or_video", photos=photos) if wanted.video_instead else photos


def _shipping(book: RuleBook, included: bool) -> str:
    return book.wording.labels.terms["shipping_back" if included else "shipping_kept"]


def _term(book: RuleBook, code: Enum) -> str:
    return book.wording.labels.terms[term_of(code)]
