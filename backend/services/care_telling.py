"""Says once more, on request, what a case last said to its customer, and shows its photos."""

from backend.domain.case import CaseEvent
from backend.domain.conversation import Message
from backend.domain.lifecycle import TRANSITIONS, Event, Step
from backend.ports import World
from backend.services import both_sides, care, notices
from backend.services.case_rules import book_of, rules_of
from backend.services.locking import locked_case


def tell_again(world: World, conversation_id: str, case_no: str, number: int) -> bool:
    """Say the notice that a case's present state began with, with its buttons, once for each `number`.

    False where there is none, or where notices of the case go to another conversation. Raises CaseNotFound.
    """
    matter = care.matter_of(world, conversation_id, case_no)
    template = _template(matter)
    if template is None or care.is_elsewhere(matter, conversation_id):
        return False
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        book, rules = book_of(world, case, now), rules_of(world, work, case, now)
        detail = matter.moved.detail
        notices.tell(world, work, case, template, book=book, rules=rules, now=now, detail=detail, number=number)
        work.commit()
    return True


def just_offered(world: World, conversation_id: str, case_no: str, message_id: int) -> bool:
    """Whether the last that was said before a customer's message is the offer that waits for their yes or no.

    Not the one of an inspection, or of goods that are out of stock: those leave more than these two. Raises
    CaseNotFound.
    """
    matter = care.matter_of(world, conversation_id, case_no)
    with world.read() as work:
        answers = [each for each in work.messages.unanswered_of(conversation_id) if each.id == message_id]
        before = [row for each in answers for row in work.messages.before(conversation_id, each.seq, 1)]
    return any(_offers(row, matter) for row in before)


def _offers(row: Message, matter: care.Matter) -> bool:
    return row.template == "proposal_made" and row.case_id == matter.case.id and row.at >= matter.moved.at


def show_photos(world: World, conversation_id: str, case_no: str, number: int) -> int:
    """Show both sides' photos of a case, once for each `number`; how many there are. Raises CaseNotFound."""
    matter = care.matter_of(world, conversation_id, case_no)
    if care.is_elsewhere(matter, conversation_id):
        return 0
    with world.write() as work:
        shown = both_sides.show(world, work, matter.case, matter.progress.book, number=number)
        work.commit()
    return shown


def _template(matter: care.Matter) -> str | None:
    """The notice after the event that led here, unless the state is not the customer's any more."""
    step = _step(matter.moved)
    waits = matter.progress.waiting_for in ("customer", "nobody")
    return notices.template_after(step, Event(matter.moved.event), matter.case) if step and waits else None


def _step(moved: CaseEvent) -> Step | None:
    rows = TRANSITIONS[moved.from_state, Event(moved.event)].by(moved.role)
    fitting = [row for row in rows if moved.to_state in row.targets_from(moved.from_state)]
    return Step(moved.from_state, moved.to_state, fitting[0].number) if fitting else None
