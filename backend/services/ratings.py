"""What customers think of how their cases were handled: kept once for each case, a low score brings a call-back."""

from datetime import datetime
from typing import Any

from backend.domain.case import STAFF_ROLES, Case, Role, State
from backend.domain.rating import LEAST, MOST, Rating
from backend.errors import CaseNotFound, RatingRefused
from backend.ports import UnitOfWork, World
from backend.services import notices
from backend.services.case_rules import rules_of
from backend.services.identity import is_proven
from backend.services.locking import locked_case

COMMENT_LENGTH = 1000
_RATED = (State.AWAITING_CONFIRM, State.CLOSED)


def rate(world: World, conversation_id: str, case_no: str, score: int, comment: str = "") -> Rating:
    """Keep a customer's score and words for a case; the first rating stays, and is given when there is one.

    Raises RatingRefused for a score off the scale or a case that goes on, and CaseNotFound for a case that this
    conversation has not proven to be its own.
    """
    if not LEAST <= score <= MOST:
        raise RatingRefused("score", f"give a whole number from {LEAST} to {MOST}, not {score}")
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        _refuse(work, case, conversation_id)
        rating = Rating(case.id, conversation_id, score, comment.strip()[:COMMENT_LENGTH], _staff_of(work, case), now)
        if not work.ratings.add(rating):
            return work.ratings.of_case(case.id) or rating
        if score <= rules_of(world, work, case, now).csat.low_alert:
            _ask_for_call_back(work, case, rating, now)
        work.commit()
    return rating


def add_words(world: World, conversation_id: str, case_no: str, words: str) -> bool:
    """Keep the words that follow a score given without any; False when there is no such rating.

    Raises CaseNotFound for a case that this conversation has not proven to be its own.
    """
    with world.write() as work:
        case = locked_case(work, case_no)
        _refuse(work, case, conversation_id)
        added = work.ratings.add_words(case.id, words.strip()[:COMMENT_LENGTH])
        work.commit()
    return added


def rating_of(world: World, case_no: str) -> Rating | None:
    """The rating of a case, if it has one. Raises CaseNotFound."""
    with world.read() as work:
        case = work.cases.by_number(case_no)
        if case is None:
            raise CaseNotFound(case_no)
        return work.ratings.of_case(case.id)


def _refuse(work: UnitOfWork, case: Case, conversation_id: str) -> None:
    if not (case.order_no and is_proven(work, conversation_id, case.order_no)):
        raise CaseNotFound(case.case_no or "")
    if case.state not in _RATED:
        raise RatingRefused("state", f"case {case.case_no} is {case.state.value}: it is rated at its end")


def _staff_of(work: UnitOfWork, case: Case) -> str | None:
    """Who looks after the case, else who of the staff acted on it last."""
    people = [event.actor for event in work.cases.events(case.id) if event.role in STAFF_ROLES]
    return case.owner or (people[-1] if people else None)


def _ask_for_call_back(work: UnitOfWork, case: Case, rating: Rating, now: datetime) -> None:
    """Whoever looked after it is to call back, and the supervisor knows."""
    for role in (Role.AGENT, Role.SUPERVISOR):
        told: dict[str, Any] = {"score": rating.score, "comment": rating.comment, "rated_staff": rating.staff_name}
        notices.alert(work, case, "task", role, now, about=f"call_back:{role.value}", **told)
