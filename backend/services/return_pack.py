"""What a customer needs to send goods back: number, address, contact, who pays, by when (N2).

All but the address is as the rules were when the case was filed: goods go to where the shop is when it is told.
"""

from datetime import datetime
from typing import Any

from backend.domain.case import Case
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import FreightPayer, ReturnMethod
from backend.domain.rules import Rules
from backend.ports import UnitOfWork, World
from backend.services.case_rules import rules_now


def return_pack(
    world: World, work: UnitOfWork, case: Case, book: RuleBook, rules: Rules, at: datetime
) -> dict[str, Any]:
    """`return_no, receiver, phone, address, packing_notes, freight` (label), `ship_by`; `reimburse_cap_fen` and
    `pickup_over_kg` are None where the rules do not offer it.
    """
    address = rules_now(world, work, case, at).return_.address
    payer = FreightPayer(case.verdict.freight_payer) if case.verdict else FreightPayer.RULING
    reimbursed = payer is FreightPayer.MERCHANT and rules.freight.method.value == "prepaid"
    large = ReturnMethod.PICKUP_WHEN_LARGE in rules.return_.methods
    return {
        "return_no": case.case_no,
        "receiver": address.receiver,
        "phone": address.phone,
        "address": address.address,
        "packing_notes": list(rules.return_.packing_notes),
        "freight": book.label(payer),
        "reimburse_cap_fen": rules.freight.reimburse_cap if reimbursed else None,
        "pickup_over_kg": rules.return_.pickup_over_kg if large else None,
        "ship_by": case.due_at.isoformat() if case.due_at else None,
    }
