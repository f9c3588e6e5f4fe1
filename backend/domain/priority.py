"""How urgent a case is when it is filed (rule book, section 1: `priority.rules`)."""

from dataclasses import dataclass

from backend.domain.rules_of_review import Priority

WEIGHTS = {"safety": 3, "vip": 1, "amount": 1, "repeat_contact": 1}
"""Levels that each rule adds: whoever was hurt comes no later than those for whom all the others hold."""

HIGHEST = 9


@dataclass(frozen=True)
class Standing:
    """What is known of a case that is being filed: `worth_fen` is the most that could be paid back for its goods."""

    vip: bool
    safety: bool
    worth_fen: int
    repeat_contact: bool


def priority_at_filing(standing: Standing, rules: Priority) -> int:
    """The levels of the merchant's rules that hold, added up; 0 is the ordinary case, 9 the highest."""
    holds = {
        "vip": standing.vip,
        "safety": standing.safety,
        "amount": standing.worth_fen >= rules.amount,
        "repeat_contact": standing.repeat_contact,
    }
    return min(HIGHEST, sum(WEIGHTS[rule] for rule in rules.rules if holds.get(rule)))
