"""The list of cases: queues, filters, pages, and doing the same with many."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.case import Role, State
from backend.domain.case_queue import Queue, first_queue
from backend.domain.lifecycle import Event
from backend.domain.request import Reason, Remedy
from backend.services.case_batch import MOST, do_to_many
from backend.services.case_queue import Filters, queue_page, read_place, write_place
from bot.desk.answers import words_for
from bot.desk.pages.case_words import form_words, words
from bot.desk.visit import BadForm, Pages, Visit, whole

pages = Pages()

BATCHES: dict[Event, tuple[Role, ...]] = {
    Event.TAKE_OVER: (Role.AGENT, Role.SUPERVISOR, Role.MANAGER),
    Event.ASSIGN: (Role.AGENT, Role.SUPERVISOR, Role.MANAGER),
    Event.APPROVE: (Role.AGENT, Role.SUPERVISOR, Role.MANAGER),
    Event.INSPECT_PASS: (Role.WAREHOUSE,),
    Event.PAY: (Role.FINANCE,),
}
"""What can be done to many cases at once, and by whom; an inspection passes all their pieces as new."""


@pages.get("/cases", Permission.SEE_CASES)
def cases(visit: Visit) -> Response:
    """A page of a queue; `?queue=` and the filters stand in the address, so that it can be kept and sent."""
    queue, filters = _queue(visit), _filters(visit)
    page = queue_page(visit.world, visit.member, queue, filters, read_place(visit.query("after")))
    return visit.render(
        "cases/list.html",
        queue=queue,
        queues=tuple(Queue),
        filters=filters,
        page=page,
        next=_address(visit, after=write_place(page.next)) if page.next else "",
        here=_address(visit),
        states=[state for state in State if state is not State.DRAFT],
        batches=[event for event, roles in BATCHES.items() if visit.member.role in roles],
        **_labels(visit),
    )


@pages.get("/cases/counts", Permission.SEE_CASES)
def counts(visit: Visit) -> Response:
    """How many wait where: fetched again whenever a case has changed."""
    page = queue_page(visit.world, visit.member, Queue.MINE, Filters(), limit=1)
    return visit.render("cases/queues.html", queue=_queue(visit), queues=tuple(Queue), counts=page.counts)


@pages.post("/cases/batch", Permission.SEE_CASES)
def batch(visit: Visit) -> Response:
    """One event to each chosen case, each in a transaction of its own; what did not go is told with why."""
    known = {event.value: event for event, roles in BATCHES.items() if visit.member.role in roles}
    event = known.get(visit.text("event"))
    chosen = [str(each) for each in visit.form.getlist("case")]
    if event is None:
        raise BadForm(form_words("event"))
    if not 0 < len(chosen) <= MOST:
        raise BadForm(form_words("chosen"))
    versions = dict(_chosen(each) for each in chosen)
    done = do_to_many(visit.world, event, visit.actor, versions, staff=visit.text("staff") or None)
    results = [(each.case_no, each.state, words_for(each.error, 422) if each.error else "") for each in done]
    return visit.render("cases/batch.html", event=event, results=results, words=words())


def _chosen(text: str) -> tuple[str, int]:
    """A case and the version that was seen, as the list's boxes have them."""
    case_no, _, seen = text.partition(":")
    version = whole(seen)
    if version is None:
        raise BadForm(form_words("chosen"))
    return case_no, version


def _queue(visit: Visit) -> Queue:
    text = visit.query("queue")
    return Queue(text) if text in {queue.value for queue in Queue} else first_queue(visit.member.role)


def _filters(visit: Visit) -> Filters:
    state, reason = visit.query("state"), visit.query("reason")
    return Filters(
        state=State(state) if state in State.__members__ else None,
        reason=reason if reason in {each.value for each in Reason} else None,
        owner=_plain(visit.query("owner")) or None,
        overdue=visit.query("overdue") == "1",
        risky=visit.query("risky") == "1",
        text=_plain(visit.query("text")),
    )


def _plain(text: str) -> str:
    """What was typed, without what no database takes."""
    return text.replace("\x00", "").strip()[:60]


def _address(visit: Visit, **changes: str) -> str:
    kept = {name: value for name, value in visit.request.query_params.items() if name != "after" and value}
    return f"/cases?{urlencode({**kept, **changes})}"


def _labels(visit: Visit) -> dict[str, Any]:
    """The words of the rule book in force, for remedies and reasons."""
    book = visit.world.rule_book(visit.world.clock.now())
    return {
        "words": words(),
        "remedies": {remedy.value: book.label(remedy) for remedy in Remedy},
        "reasons": {reason.value: book.label(reason) for reason in Reason},
    }
