"""Shows a customer the photos that a decision rests on: those they sent, and those taken at the inspection."""

from collections.abc import Sequence

from backend.domain.case import Case, Role
from backend.domain.evidence import Evidence
from backend.domain.rule_book import RuleBook
from backend.ports import UnitOfWork, World
from backend.services.conversations import Notice
from backend.services.reaching import say_about

MOST = 6
"""Photos of each side at a time: nobody scrolls through more."""


def show(world: World, work: UnitOfWork, case: Case, book: RuleBook, *, number: int = 1) -> int:
    """Put both sides' photos where the customer reads of the case, a labelled bubble each; how many there are.

    Once for the case's version and `number`. Videos are left out: a bubble shows a picture.
    """
    pieces = [piece for piece in work.evidence.of_case(case.id) if piece.media_type.startswith("image/")]
    own = [piece for piece in pieces if piece.brought_by is Role.CUSTOMER][-MOST:]
    ours = [piece for piece in pieces if piece.brought_by is not Role.CUSTOMER][-MOST:]
    _say(world, work, case, "photo_of_customer", own, book, number)
    _say(world, work, case, "photo_of_inspection", ours, book, number)
    return len(own) + len(ours)


def _say(
    world: World,
    work: UnitOfWork,
    case: Case,
    template: str,
    pieces: Sequence[Evidence],
    book: RuleBook,
    number: int,
) -> None:
    for place, piece in enumerate(pieces, 1):
        params = {"case_no": case.case_no, "place": place, "of": len(pieces), "kind": book.label(piece.kind)}
        key = f"{template}:{piece.id}:{case.version}:{number}"
        say_about(world, work, case, Notice(template, params, case_id=case.id, dedupe_key=key, image=piece.id))
