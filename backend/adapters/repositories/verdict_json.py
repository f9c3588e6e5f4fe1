"""A verdict as it is stored with its case, and read back."""

from typing import Any

from backend.domain.verdict import AmountLine, Check, Outcome, Result, Verdict


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Plain JSON of every field; enums by their values."""
    return {
        **vars(verdict),
        "outcome": verdict.outcome.value,
        "breakdown": [vars(line) for line in verdict.breakdown],
        "checks": [{**vars(check), "result": check.result.value} for check in verdict.checks],
    }


def verdict_from_json(plain: dict[str, Any]) -> Verdict:
    """The inverse of `verdict_to_json`."""
    return Verdict(
        **{
            **plain,
            "outcome": Outcome(plain["outcome"]),
            "breakdown": tuple(AmountLine(**line) for line in plain["breakdown"]),
            "checks": tuple(Check(**{**check, "result": Result(check["result"])}) for check in plain["checks"]),
            "eta_workdays": tuple(plain["eta_workdays"]),
            "alternatives": tuple(plain["alternatives"]),
        }
    )
