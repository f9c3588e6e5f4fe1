"""Each mistake in a rule file is refused at start, naming the file, the line and the parameter."""

from pathlib import Path

import pytest

from backend.adapters.rule_book import SHIPPED, load_rule_book, parse, read_directory
from backend.errors import RuleBookError
from backend.services.error_words import in_words

TEXT = read_directory(SHIPPED).text

# A mistake: the file, what stands there, what is put there instead, the parameter named, and the reason given.
MISTAKES = [
    pytest.param("window.yml", "  days: 7 ", "  dais: 7 ", "window.dais", "is not known here", id="unknown-key"),
    pytest.param("window.yml", "  days: 7 ", "  # days: 7", "window.days", "is missing", id="missing-parameter"),
    pytest.param("window.yml", "  days: 7 ", "  days: seven", "window.days", "whole number", id="wrong-type"),
    pytest.param("window.yml", "  days: 7 ", "  days: 7.5", "window.days", "whole number", id="a-float"),
    pytest.param(
        "window.yml", "  days: 7 ", f"  days: {'7' * 5000}", "window.days", "nine digits", id="endless-number"
    ),
    pytest.param(
        "refund.yml",
        "poll_minutes: [1, ",
        f"poll_minutes: [{10**12}, ",
        "refund.poll_minutes.1",
        "nine digits",
        id="huge",
    ),
    pytest.param(
        "review.yml",
        "review: 1 workday",
        f"review: {10**12} workdays",
        "sla.review",
        "9999 at most",
        id="clock-for-ever",
    ),
    pytest.param("window.yml", "  days: 7 ", "  days: [7]", "window.days", "single value", id="a-list"),
    pytest.param("window.yml", "  days: 7 ", "  days: 400", "window.days", "must be 0 to 365", id="out-of-range"),
    pytest.param("window.yml", "  days: 7 ", "  days: 3 ", "window.days", "acknowledged_by", id="legal-minimum"),
    pytest.param(
        "window.yml", "  quality_days: 15", "  quality_days: 0", "window.quality_days", "7 to 15", id="quality-0"
    ),
    pytest.param(
        "window.yml", "anchor: signed ", "anchor: sent ", "window.anchor", "is not one of signed", id="bad-code"
    ),
    pytest.param("window.yml", "unshipped: true", "unshipped: yes", "window.unshipped", "true or false", id="yes"),
    pytest.param("window.yml", "unshipped: true", "unshipped: false", "window.unshipped", "only be true", id="only"),
    pytest.param("window.yml", "amount: 2000.00", "amount: 2000", "priority.amount", "two decimals", id="money"),
    pytest.param("window.yml", "condition:", "conditions:", "conditions", "not a section", id="unknown-section"),
    pytest.param("window.yml", "  days: 7 ", "  days: 7\n  days: 8 ", "days", "stands twice", id="twice"),
    pytest.param("window.yml", "eligibility:", "refund:", "refund", "stands already in refund.yml", id="two-files"),
    pytest.param("window.yml", "  days: 7 ", "  days: 7: 8", "", "is not YAML", id="no-yaml"),
    pytest.param(
        "reasons.yml",
        "remedies: [repair, parts, exchange]",
        "remedies: []",
        "reasons.warranty.remedies",
        "offers nothing",
        id="no-remedies",
    ),
    pytest.param(
        "reasons.yml",
        "remedies: [service_refund, partial]",
        "remedies: [partial]",
        "reasons.service.remedies",
        "offers nothing",
        id="only-by-proposal",
    ),
    pytest.param(
        "reasons.yml",
        "photos: [goods, document]",
        "photos: [goods, paper]",
        "reasons.counterfeit.evidence.photos.2",
        "is not one of goods",
        id="unknown-evidence",
    ),
    pytest.param("reasons.yml", "  size: ", "  length: ", "reasons", "'length' is not one of", id="unknown-reason"),
    pytest.param("review.yml", "review: 1 workday", "review: soon", "sla.review", "time limit", id="clock"),
    pytest.param(
        "review.yml", "    agent: 500.00", "    agent: 6000.00", "approval.matrix", "lower level more", id="matrix"
    ),
    pytest.param(
        "review.yml", "    manager: null", "    # none", "approval.matrix", "no limit for manager", id="level"
    ),
    pytest.param(
        "review.yml",
        "nudge_hours: [24, 48]",
        "nudge_hours: [24, 96]",
        "need_info.nudge_hours",
        "all is over at 72",
        id="late-nudge",
    ),
    pytest.param(
        "review.yml",
        "    enabled: false\n    max_amount: 50.00",
        "    enabled: true\n    max_amount: 600.00",
        "approval.auto.max_amount",
        "above what an agent",
        id="auto-approval",
    ),
    pytest.param(
        "compensation.yml",
        "human_only: [counterfeit]",
        "human_only: [counterfeit, service]",
        "compensation.table.6.reason",
        "people name what they give",
        id="people-only-in-the-table",
    ),
    pytest.param(
        "compensation.yml",
        "sla_breach: {enabled: false, coupon: 5.00}",
        "sla_breach: {enabled: true, coupon: 0.00}",
        "compensation.sla_breach.coupon",
        "compensated by nothing",
        id="nothing-for-a-missed-time",
    ),
    pytest.param(
        "conversation.yml",
        "photo_distance: 6 ",
        "photo_distance: 8 ",
        "risk.signals.photo_distance",
        "must be 0 to 7",
        id="photo-distance-beyond-the-look-up",
    ),
    pytest.param(
        "review.yml",
        "requires: [rules, reason, alternatives]",
        "requires: [rules]",
        "reject.requires",
        "can only be [rules, reason, alternatives]",
        id="no-reason-asked",
    ),
    pytest.param(
        "returns.yml",
        "    carrier: merchant",
        "    carrier: customer",
        "freight.payer.carrier",
        "shop's cost",
        id="payer",
    ),
    pytest.param(
        "returns.yml",
        "    receiver: 安心售后退货仓（示例）",
        '    receiver: " "',
        "return.address.receiver",
        "nobody could send",
        id="no-address",
    ),
    pytest.param("returns.yml", "    judged: ruling", "    # nobody", "freight.payer.judged", "is missing", id="fault"),
    pytest.param(
        "amount.yml",
        "{B: 10, C: 30}",
        "{B: 20, C: 30}",
        "amount.deduction_schedule.B",
        "together they must be 100",
        id="grades-disagree",
    ),
    pytest.param(
        "amount.yml",
        "coupon_cash: false",
        "coupon_cash: true",
        "amount.coupon_cash",
        "never paid out",
        id="coupon-cash",
    ),
    pytest.param(
        "refund.yml", "    points: [0, 0]", "    # no points", "refund.eta_workdays.points", "is missing", id="no-eta"
    ),
    pytest.param("refund.yml", "alipay: [1, 3]", "alipay: [3, 1]", "refund.eta_workdays.alipay", "[1, 3]", id="span"),
    pytest.param(
        "refund.yml",
        "channels: [original, balance",
        "channels: [balance",
        "refund.channels",
        "begin with original",
        id="not-original",
    ),
    pytest.param(
        "refund.yml", "drain_first: []", "drain_first: [points]", "refund.drain_first", "points", id="drain-points"
    ),
    pytest.param(
        "refund.yml", "drain_first: []", "drain_first: [card, card]", "refund.drain_first", "twice", id="drain-twice"
    ),
    pytest.param(
        "refund.yml", "drain_first: []", "drain_first: [cash]", "refund.drain_first.1", "not one of", id="drain-cash"
    ),
    pytest.param("conversation.yml", "low_alert: 2", "low_alert: 6", "csat.low_alert", "above the scale", id="scale"),
    pytest.param("book.yml", "+08:00", "", "book.effective_from", "with its zone", id="naive-time"),
    pytest.param(
        "wording.yml",
        "本次 {pieces} 件",
        "本次 {count} 件",
        "wording.checks.pieces.pass",
        "{count}",
        id="unknown-field",
    ),
    pytest.param(
        "wording.yml", "本次 {pieces} 件", "本次 {pieces 件", "wording.checks.pieces.pass", "braces", id="open-brace"
    ),
    pytest.param(
        "wording.yml",
        "    risk.review:",
        "    risk.reviews:",
        "wording.checks.risk.reviews",
        "not known",
        id="sentence",
    ),
    pytest.param(
        "wording.yml",
        "    risk.review:",
        "    # risk.review:",
        "wording.checks.risk.review",
        "missing",
        id="no-sentence",
    ),
    pytest.param(
        "wording.yml", "      resend: 补发", "      # 补发", "wording.labels.wish.resend", "missing", id="label"
    ),
    pytest.param(
        "wording.yml",
        "      balance: 账户余额",
        "      balance: 7",
        "wording.labels.method.balance",
        "text",
        id="no-text",
    ),
]


@pytest.mark.parametrize(("file", "stands", "instead", "rule_id", "reason"), MISTAKES)
def test_a_mistake_is_refused_with_file_line_and_parameter(
    file: str, stands: str, instead: str, rule_id: str, reason: str, tmp_path: Path
) -> None:
    shipped = (SHIPPED / file).read_text(encoding="utf-8")
    assert shipped.count(stands) == 1, "the mistake must be in one place"
    for path in SHIPPED.glob("*.yml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / file).write_text(shipped.replace(stands, instead), encoding="utf-8")
    with pytest.raises(RuleBookError) as refused:
        load_rule_book(tmp_path)
    told = refused.value
    assert (told.file, told.rule_id) == (file, rule_id)
    assert reason in told.reason
    assert in_words(told.reason) != told.reason, "operators read it in Chinese"
    first = shipped[: shipped.index(stands)].count("\n") + 1
    section = _line_of_section(shipped, first)
    assert section <= told.line <= first + instead.count("\n") + 1


def _line_of_section(text: str, line: int) -> int:
    """The line of the section that a line stands in: what is missing is told there."""
    lines = text.split("\n")
    return max((no for no in range(1, line + 1) if lines[no - 1][:1].strip() not in ("", "#")), default=1)


def test_the_line_is_that_of_the_mistake_itself() -> None:
    with pytest.raises(RuleBookError) as refused:
        parse(TEXT.replace("anchor: signed ", "anchor: never "))
    lines = (SHIPPED / "window.yml").read_text(encoding="utf-8").split("\n")
    (line,) = (number for number, text in enumerate(lines, 1) if "anchor: signed" in text)
    assert (refused.value.file, refused.value.line, refused.value.rule_id) == ("window.yml", line, "window.anchor")


def test_what_an_overdue_review_approves_is_within_an_agents_limit() -> None:
    dear = TEXT.replace("max_amount: 50.00", "max_amount: 600.00")
    assert parse(dear).rules.approval.auto.max_amount == 60000, "nothing is approved by itself, so nothing is wrong"
    with pytest.raises(RuleBookError) as refused:
        parse(dear.replace("review_breach_action: escalate ", "review_breach_action: auto_approve "))
    assert refused.value.rule_id == "approval.auto.max_amount"


def test_a_threshold_that_no_case_can_reach_is_strange_but_possible() -> None:
    book = parse(TEXT.replace("threshold: 1  ", "threshold: 8  "))
    assert any("risk.threshold" in warning and "no case" in warning for warning in book.warnings)
