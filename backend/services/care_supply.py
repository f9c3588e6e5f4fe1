"""What a customer sends about a filed case: piece by piece what was asked for, and photos for an objection.

Pieces and words are kept as they come, each with an entry in the log, so nothing is lost between two visits; the case
goes on (T5) as soon as nothing is lacking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.domain.care import Deed, Lacking, lacking, possible
from backend.domain.case import SYSTEM, Case, CaseEvent, Role, State
from backend.domain.evidence import Evidence, EvidenceKind, EvidenceRequirement
from backend.domain.filing import sort_evidence
from backend.domain.lifecycle import Event
from backend.errors import Conflict
from backend.ports import UnitOfWork, World
from backend.services import care
from backend.services.acts import Given, kinds_among
from backend.services.moving import move

SUPPLIED = "supplied"
"""Marks an entry of the log as the customer's own words and pieces, noted by the system."""


@dataclass(frozen=True)
class Supplied:
    """What came of something sent: `adopted` new pieces, whether `words` were kept, and what is still lacking."""

    case: Case
    lacking: Lacking
    adopted: int
    words: bool


def supply(world: World, conversation_id: str, case_no: str, evidence: Sequence[str] = (), words: str = "") -> Supplied:
    """Keep what the customer sends of what was asked for; with the last of it the review goes on.

    Photos of the conversation that belong to nothing and came since the question count as sent. Raises CaseNotFound,
    and Conflict (subject `state`) when nothing is asked for.
    """
    supplied = _keep(world, conversation_id, case_no, evidence, words)
    if supplied.lacking:
        return supplied
    told = "\n".join(_words(_asked(world, conversation_id, case_no)))
    done = care.do(world, conversation_id, case_no, Deed.SUPPLY, Given(reason=told))
    return Supplied(done.case, supplied.lacking, supplied.adopted, supplied.words)


def still_lacking(world: World, matter: care.Matter) -> Lacking:
    """What a case that waits for more still lacks."""
    with world.read() as work:
        return _lacking(work, matter.case, matter.progress.events)


def attach(world: World, conversation_id: str, case_no: str, evidence: Sequence[str]) -> int:
    """Hang pieces on a case that is disputed; how many are new to it. Raises CaseNotFound."""
    matter = care.matter_of(world, conversation_id, case_no)
    with world.write() as work:
        work.conversations.lock(matter.case.conversation_id)
        new = _adopt(work, matter.case, _sent(work, matter.case, conversation_id, evidence), (), [])
        work.commit()
    return len(new)


def add(world: World, conversation_id: str, case_no: str, evidence: Sequence[str] = (), words: str = "") -> int:
    """Keep pieces and words that nobody asked for with a case that goes on as it was; how many pieces are new to it.

    The log says so, for whoever has to do with it next. Raises CaseNotFound, and Conflict (subject `state`) where
    nobody will read them there.
    """
    matter = care.matter_of(world, conversation_id, case_no)
    with world.write() as work:
        work.conversations.lock(matter.case.conversation_id)
        case = work.cases.get(matter.case.id) or matter.case
        if not possible(Deed.ADD, case.state):
            raise Conflict(f"nothing can be added in {case.state.value}", subject="state")
        new = _adopt(work, case, _sent(work, case, conversation_id, evidence), (), work.evidence.of_case(case.id))
        if new or words:
            note(world, work, case, new, words, world.clock.now())
        work.commit()
    return len(new)


def _keep(world: World, conversation_id: str, case_no: str, evidence: Sequence[str], words: str) -> Supplied:
    matter = care.matter_of(world, conversation_id, case_no)
    now = world.clock.now()
    with world.write() as work:
        work.conversations.lock(matter.case.conversation_id)
        case = work.cases.get(matter.case.id) or matter.case
        if case.state is not State.NEED_INFO:
            raise Conflict(f"nothing is asked for in {case.state.value}", subject="state")
        asked = _since_asked(work.cases.events(case.id))
        loose = [piece for piece in work.evidence.loose(conversation_id) if piece.brought_by is Role.CUSTOMER]
        early = [piece.id for piece in loose if piece.created_at >= asked[0].at]
        sent = _sent(work, case, conversation_id, list(dict.fromkeys((*early, *evidence))), asked[0].at)
        new = _adopt(work, case, sent, kinds_among(asked[0].detail["item_codes"]), _pieces(work, case, asked))
        if new or words:
            case = note(world, work, case, new, words, now)
        left = _lacking(work, case, work.cases.events(case.id))
        work.commit()
    return Supplied(case, left, len(new), bool(words))


def note(
    world: World, work: UnitOfWork, case: Case, new: Sequence[str], words: str, now: datetime, **more: str
) -> Case:
    """Log what came from the customer: pieces, their own words, and what `more` says of it."""
    detail = {"reason": words, "evidence": list(new), SUPPLIED: True, **more}
    return move(world, work, case, Event.NOTE, actor=SYSTEM, now=now, detail=detail)


def _lacking(work: UnitOfWork, case: Case, events: Sequence[CaseEvent]) -> Lacking:
    asked = _since_asked(events)
    return lacking(asked[0].detail["item_codes"], _pieces(work, case, asked), told=bool(_words(asked)))


def _pieces(work: UnitOfWork, case: Case, asked: Sequence[CaseEvent]) -> list[Evidence]:
    """What came to the case since it was asked for."""
    return [piece for piece in work.evidence.of_case(case.id) if piece.created_at >= asked[0].at]


def _asked(world: World, conversation_id: str, case_no: str) -> list[CaseEvent]:
    return _since_asked(care.matter_of(world, conversation_id, case_no).progress.events)


def _since_asked(events: Sequence[CaseEvent]) -> list[CaseEvent]:
    """The newest question of the review, and all that was logged after it."""
    start = max(place for place, entry in enumerate(events) if entry.event == Event.ASK_INFO.value)
    return list(events[start:])


def _words(asked: Sequence[CaseEvent]) -> list[str]:
    return [entry.detail["reason"] for entry in asked if entry.detail.get(SUPPLIED) and entry.detail.get("reason")]


def _sent(
    work: UnitOfWork, case: Case, conversation_id: str, ids: Sequence[str], since: datetime | None = None
) -> list[Evidence]:
    """The pieces of the customer's own among these that can be taken: they hang on nothing, and are not from before."""
    homes = (case.conversation_id, conversation_id)
    found = [piece for piece in map(work.evidence.get, ids) if piece is not None]
    pieces = [piece for piece in found if piece.brought_by is Role.CUSTOMER]
    return [
        piece
        for piece in pieces
        if piece.conversation_id in homes and _is_free(work, piece) and (since is None or piece.created_at >= since)
    ]


def _is_free(work: UnitOfWork, piece: Evidence) -> bool:
    """Whether a piece hangs on nothing, or on an application that was withdrawn unfiled."""
    holder = work.cases.get(piece.case_id) if piece.case_id is not None else None
    return holder is None or holder.case_no is None


def _adopt(
    work: UnitOfWork,
    case: Case,
    sent: Sequence[Evidence],
    kinds: Sequence[EvidenceKind],
    present: Sequence[Evidence],
) -> list[str]:
    """Hang pieces on the case, each taken for the first kind asked for that is not `present`; their ids."""
    sorted_kinds = sort_evidence([*present, *sent], EvidenceRequirement(photos=tuple(kinds)))
    for piece in sent:
        work.evidence.assign(piece.id, case.id, sorted_kinds[piece.id])
    return [piece.id for piece in sent]
