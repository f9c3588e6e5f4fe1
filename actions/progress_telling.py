"""How a case stands, as the customer reads it: card, timeline, and what happens next by when."""

from collections.abc import Sequence

from rasa_sdk.executor import CollectingDispatcher

from actions.replies import moment
from actions.service import overdue
from backend.domain.care import last_move
from backend.domain.case import State
from backend.domain.request import Remedy
from backend.domain.waybill import carrier_named
from backend.domain.work import Direction
from backend.services.progress import CaseProgress


def utter_all(dispatcher: CollectingDispatcher, cases: Sequence[CaseProgress]) -> None:
    """How each of some cases stands."""
    for found in cases:
        utter_progress(dispatcher, found, among=len(cases) > 1)


def utter_progress(dispatcher: CollectingDispatcher, found: CaseProgress, *, among: bool = False) -> None:
    """Card, dated timeline, and what happens next by when; `among` others, whose that is."""
    case = found.case
    dispatcher.utter_message(json_message={"card": found.card})
    timeline = "\n".join(
        f"{moment(event.at)} {event.to_state.label}"
        for event in found.events
        if event.to_state not in (event.from_state, State.DRAFT)
    )
    dispatcher.utter_message(
        response="utter_progress",
        case_no=case.case_no,
        remedy=found.book.label(Remedy(case.remedy)),
        state=case.state.label,
        timeline=timeline,
    )
    say_next(dispatcher, found, among=among)


def say_next(dispatcher: CollectingDispatcher, found: CaseProgress, *, among: bool = False) -> None:
    """What happens next and by when; where the customer has a part in it, with the buttons for that."""
    case = found.case
    dispatcher.utter_message(
        response=f"utter_next_{_next_step(found)}",
        of=f"{case.case_no} " if among else "",
        due=moment(case.due_at),
        case_no=case.case_no,
        told=last_move(found.events).version,
        **_parcel(found),
    )


def _next_step(found: CaseProgress) -> str:
    state, direction = found.case.state, found.parcel.direction if found.parcel else None
    if state is State.INSPECTION_ISSUE and found.case.dispute_open:
        return "disputed"
    if (state, direction) in _UNDER_WAY:
        return _UNDER_WAY[state, direction]
    if found.waiting_for not in ("customer", "nobody", "carrier") and overdue(found.case.due_at):
        return "overdue"
    return state.value.lower() if found.waiting_for in ("customer", "nobody") else found.waiting_for


_UNDER_WAY: dict[tuple[State, Direction | None], str] = {
    (State.RETURN_IN_TRANSIT, Direction.RETURN): "parcel_to_us",
    (State.SENDING_BACK, Direction.SEND_BACK): "parcel_to_you",
    (State.REPLACEMENT_SHIPPED, Direction.REPLACEMENT): "parcel_to_you",
}


def _parcel(found: CaseProgress) -> dict[str, str]:
    """`carrier, number` of the parcel that is on its way, where one was told."""
    if found.parcel is None:
        return {}
    carrier = carrier_named(found.parcel.carrier)
    return {"carrier": carrier.name if carrier else "", "number": found.parcel.waybill_no}
