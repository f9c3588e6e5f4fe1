"""Personal data at a buyer's wish: handed out, and erased from everywhere but the books.

An erasure is one transaction over all tables; the files go after it, and `finish_erasures` (a chore of the worker)
finds what a process that died left of them. The record of it lies in the evidence store, beside the database: a backup
of before does not know of it, and is erased again once it is restored (`erase_again`).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.domain.access import Permission
from backend.domain.case import Actor, Role
from backend.domain.erasing import Buyer, ErasureRecord, Footprint, OpenMatter
from backend.domain.evidence import Evidence
from backend.domain.lifecycle import Event
from backend.domain.work import Staff
from backend.errors import BuyerNotFound, Conflict, ConversationNotFound, ErasureRefused
from backend.ports import UnitOfWork, World
from backend.services import audit, erasure_records
from backend.services.evidence import delete_files
from backend.services.moving import move
from backend.services.permissions import require

TRIES = 10
"""A conversation of theirs may be in somebody's hands, and the buyer may prove who they are in one more meanwhile."""

BATCH = 100
RESTORED = "restore"
"""Who erases anew what a restored backup brings back."""


@dataclass(frozen=True)
class Erased:
    """What an erasure took, or would take: numbers of rows by kind; `open_matters` stand against it.

    `shared` are conversations among them that are another buyer's as well, whose words go too.
    """

    customer_id: int
    conversations: int
    cases: int
    photos: int
    open_matters: tuple[OpenMatter, ...] = ()
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Export:
    """All that is kept of a buyer: rows by table, and their files by name.

    `shared` are conversations of theirs that are another buyer's as well. Of these there is what hangs on the buyer's
    own cases; whose the other words are nobody can tell.
    """

    buyer: Buyer
    at: datetime
    rows: dict[str, list[dict[str, Any]]]
    files: tuple[Evidence, ...]
    shared: tuple[str, ...] = ()


def export(world: World, customer: str, *, by: str) -> Export:
    """Everything about the buyer with that telephone number or id, for them; the audit trail has who took it out.

    Raises BuyerNotFound.
    """
    with world.write() as work:
        buyer = _buyer(work, customer)
        made = _export(work, buyer, world.clock.now())
        audit.note(world, work, by, "personal:buyer:exported", f"customer:{buyer.id}")
        work.commit()
    return made


def _export(work: UnitOfWork, buyer: Buyer, now: datetime) -> Export:
    of = work.personal_data.footprint(buyer.id)
    own = work.personal_data.own(of)
    files = tuple(work.personal_data.files(own))
    return Export(buyer, now, work.personal_data.rows(own), files, _besides(of, own))


def _besides(of: Footprint, own: Footprint) -> tuple[str, ...]:
    return tuple(each for each in of.conversations if each not in own.conversations)


def what_erasing_takes(world: World, customer: str) -> Erased:
    """What `erase` would do now. Raises BuyerNotFound."""
    with world.read() as work:
        of = work.personal_data.footprint(_buyer(work, customer).id)
        return _counted(work, of)


def erase(world: World, customer: str, *, by: Staff) -> Erased:
    """Erase the buyer with that telephone number or id, for good.

    Raises RoleRefused, BuyerNotFound, and ErasureRefused, naming what is open: their cases and money need the data.
    """
    require(by, Permission.ERASE_PERSONAL)
    with world.read() as work:
        buyer = _buyer(work, customer)
    return _erase_for_good(world, buyer, by.name)


def erase_again(world: World, records: Sequence[ErasureRecord]) -> list[Erased]:
    """Erase once more who had been erased after a backup was made that is restored now; what was taken.

    They were erased with everything closed: what the backup has open of theirs is told, for staff to look after.
    """
    taken = []
    for record in records:
        with world.read() as work:
            buyer = work.personal_data.buyer(str(record.customer_id), by_id=True)
        if buyer is not None and erasure_records.is_of(record, buyer):
            taken.append(_erase_for_good(world, buyer, RESTORED, record))
    return taken


def finish_erasures(world: World) -> int:
    """Remove the files that a process which died left of erasures; returns of how many buyers."""
    with world.read() as work:
        undone = work.personal_data.undone(BATCH)
    for customer_id in undone:
        _remove_files(world, customer_id)
    return len(undone)


def _erase_for_good(world: World, buyer: Buyer, by: str, record: ErasureRecord | None = None) -> Erased:
    busy = None
    for _ in range(TRIES):
        with world.write() as work, ExitStack() as undo:
            of, busy = _held(work, buyer, busy)
            if of is None:
                continue
            taken = _erase(world, work, of, buyer, by, record, undo)
            work.commit()
            undo.pop_all()
        _remove_files(world, buyer.id)
        return taken
    raise Conflict(f"customer {buyer.id} goes on being written to and proven: try again", subject=str(buyer.id))


def _held(work: UnitOfWork, buyer: Buyer, busy: str | None) -> tuple[Footprint | None, str | None]:
    """What is to be erased, locked; None when somebody has some of it in hand: a conversation, which is given, or more.

    Others lock their case's conversation and then the one that its buyer reads, whatever their ids. So whoever locks
    all of them waits for none while holding another, but for what was `busy` (else the buyer) before all else.
    """
    if busy is None:
        work.personal_data.lock(buyer.id)
    else:
        _lock(work, busy)
    of = work.personal_data.footprint(buyer.id)
    in_hand = work.personal_data.hold(of)
    if in_hand is not None:
        return None, in_hand
    locked = work.personal_data.lock(buyer.id, wait=False)
    return (of, None) if locked and work.personal_data.footprint(buyer.id) == of else (None, None)


def _erase(
    world: World, work: UnitOfWork, of: Footprint, buyer: Buyer, by: str, record: ErasureRecord | None, undo: ExitStack
) -> Erased:
    now, counted = world.clock.now(), _counted(work, of)
    if counted.open_matters and record is None:
        raise ErasureRefused(counted.open_matters)
    _withdraw_drafts(world, work, of, now)
    kept = erasure_records.keep(world, record or erasure_records.record_of(world, buyer, now))
    if record is None:
        undo.callback(world.evidence.delete, kept)
    work.personal_data.erase(of, by, now)
    told: dict[str, Any] = {"conversations": counted.conversations, "cases": counted.cases, "photos": counted.photos}
    audit.note(world, work, by, "personal:buyer:erased", f"customer:{buyer.id}", **told)
    return counted


def _lock(work: UnitOfWork, conversation_id: str) -> None:
    try:
        work.conversations.lock(conversation_id)
    except ConversationNotFound:
        return  # erased with another buyer already: nobody writes there any more


def _withdraw_drafts(world: World, work: UnitOfWork, of: Footprint, now: datetime) -> None:
    for conversation_id in of.conversations:
        draft = work.cases.draft_of(conversation_id)
        if draft is not None:
            actor = Actor(Role.CUSTOMER, conversation_id)
            move(world, work, draft, Event.WITHDRAW, actor=actor, now=now, detail={"cause": "erased"})


def _remove_files(world: World, customer_id: int) -> None:
    now = world.clock.now()
    with world.read() as work:
        files = work.personal_data.files(work.personal_data.footprint(customer_id))
    delete_files(world, files)
    with world.write() as work:
        for piece in files:
            work.evidence.mark_removed(piece.id, now)
        work.personal_data.finish(customer_id, now)
        work.commit()


def _counted(work: UnitOfWork, of: Footprint) -> Erased:
    return Erased(
        customer_id=of.customer_id,
        conversations=len(of.conversations),
        cases=len(of.cases),
        photos=len(work.personal_data.files(of)),
        open_matters=tuple(work.personal_data.open_matters(of)),
        shared=_besides(of, work.personal_data.own(of)),
    )


def _buyer(work: UnitOfWork, customer: str) -> Buyer:
    found = work.personal_data.buyer(customer.replace(" ", "").replace("-", ""))
    if found is None:
        raise BuyerNotFound(customer)
    return found
