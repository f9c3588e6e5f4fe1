"""A verdict as the public contract shows it, and in lines for people."""

from typing import Any

from backend.commands.answer import table
from backend.commands.times import amount
from backend.domain.verdict import Outcome, Result, Verdict

OUTCOME = {Outcome.ALLOWED: "符合规则", Outcome.NEEDS_REVIEW: "需要人工审核", Outcome.REFUSED: "不符合规则"}
RESULT = {Result.PASS: "通过", Result.WARN: "待核", Result.FAIL: "不符"}


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Outcome, rule book version and checks, and what follows from them."""
    return {
        "outcome": verdict.outcome.value,
        "rule_book_version": verdict.rule_book_version,
        "remedy": verdict.remedy,
        "refundable_fen": verdict.refundable_fen,
        "breakdown": [vars(line) for line in verdict.breakdown],
        "freight_payer": verdict.freight_payer,
        "eta_workdays": list(verdict.eta_workdays),
        "alternatives": list(verdict.alternatives),
        "checks": [
            {"id": check.id, "result": check.result.value, "reason": check.reason, "overridable": check.overridable}
            for check in verdict.checks
        ],
    }


def verdict_lines(verdict: Verdict) -> list[str]:
    """The outcome, the amount with its breakdown, and every check."""
    parts = "，".join(f"{line.label} {amount(line.fen)}" for line in verdict.breakdown)
    checks = [(RESULT[check.result], check.id, check.reason) for check in verdict.checks]
    return [
        f"判定 {OUTCOME[verdict.outcome]}（规则第 {verdict.rule_book_version} 版）  处理方式 {verdict.remedy}",
        f"应退 {amount(verdict.refundable_fen)}（{parts or '-'}）  运费 {verdict.freight_payer}",
        f"其他可选 {'、'.join(verdict.alternatives) or '-'}",
        "",
        *table(("结果", "规则", "说明"), checks),
    ]
