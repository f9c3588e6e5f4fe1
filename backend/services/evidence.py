"""Takes photos and videos as evidence, and shows them to who may see them."""

import hashlib
import logging
import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.domain.case import Role, State
from backend.domain.conversation import ON_BEHALF
from backend.domain.evidence import Evidence, EvidenceKind, Picture
from backend.domain.rules_of_review import EvidenceRules
from backend.errors import ConversationNotFound, EvidenceDamaged, EvidenceNotFound, EvidenceRefused
from backend.ports import UnitOfWork, World
from backend.services.identity import is_proven

JPEG = "image/jpeg"
MP4 = "video/mp4"
MEGABYTE = 2**20
COUNTED_SINCE = timedelta(days=1)
"""`evidence.max_files` holds for what a conversation sent within this time and has not filed yet."""

NAMED_DIGITS = 16
"""So much of an object's SHA-256, in hexadecimal, is part of its key."""
_NAMED = re.compile(rf"\.([0-9a-f]{{{NAMED_DIGITS}}})\.(?:thumb\.)?(?:jpg|mp4)$")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptEvidence:
    """What was kept; `repeated` when the conversation had sent the same file before, and it is here still."""

    evidence: Evidence
    repeated: bool


def keep_evidence(world: World, conversation_id: str, data: bytes, *, brought_by: Role = Role.CUSTOMER) -> KeptEvidence:
    """Check a file from outside, store it, and record it for the conversation; it belongs to no case yet.

    A photo is stored as a new JPEG without metadata, a video as it came. Limits: rule book, section 3; that of the
    number is the customer's own, whatever staff bring. Raises ConversationNotFound, EvidenceRefused, or StorageFull;
    nothing is kept then.
    """
    now = world.clock.now()
    rules = world.rule_book(now).rules.evidence
    with world.read() as work:
        if work.conversations.get(conversation_id) is None:
            raise ConversationNotFound(conversation_id)
        known = work.evidence.same_in_conversation(conversation_id, _sha256(data))
        if known is not None and known.removed_at is None:
            return KeptEvidence(known, repeated=True)
        _refuse_too_many(work, conversation_id, brought_by, now, rules)
    evidence, objects = _examined(world, _blank(world, conversation_id, data, brought_by, now), data, rules)
    with ExitStack() as undo:
        for key, content in objects.items():
            undo.callback(world.evidence.delete, key)
            world.evidence.put(key, content)
        kept = _record(world, evidence, rules)
        repeated = kept.object_key != evidence.object_key
        if not repeated:
            undo.pop_all()
    return KeptEvidence(kept, repeated)


def read_evidence(
    world: World, evidence_id: str, *, conversation_id: str | None, thumbnail: bool = False
) -> tuple[bytes, str]:
    """The stored file or its thumbnail, with its media type; for staff without a conversation.

    Raises EvidenceNotFound for one of another conversation, and for the thumbnail of a video; EvidenceDamaged for one
    that is no longer what was kept.
    """
    with world.read() as work:
        evidence = work.evidence.get(evidence_id)
        theirs = evidence is not None and _may_see(work, evidence, conversation_id)
    if evidence is None or not theirs:
        raise EvidenceNotFound(evidence_id)
    key = evidence.thumbnail_key if thumbnail else evidence.object_key
    if key is None:
        raise EvidenceNotFound(evidence_id)
    data = world.evidence.get(key)
    if not _is_intact(key, data):
        log.error("evidence %s is damaged: %s", evidence_id, key)
        raise EvidenceDamaged(evidence_id)
    return data, evidence.media_type


def delete_files(world: World, pieces: Iterable[Evidence]) -> None:
    """Take the files of these pieces out of the store, gone already or not; their rows are the caller's."""
    for piece in pieces:
        for key in filter(None, (piece.object_key, piece.thumbnail_key)):
            world.evidence.delete(key)


def _is_intact(key: str, data: bytes) -> bool:
    """Whether it is what its key names; keys of before say nothing of it."""
    named = _NAMED.search(key)
    return named is None or _sha256(data).startswith(named.group(1))


def _may_see(work: UnitOfWork, evidence: Evidence, conversation_id: str | None) -> bool:
    """Whether a piece is of this conversation, or of a case of the buyer that it has proven to be, wherever filed."""
    if conversation_id in (None, evidence.conversation_id):
        return True
    case = work.cases.get(evidence.case_id) if evidence.case_id is not None else None
    if case is not None and case.order_no and is_proven(work, conversation_id or "", case.order_no):
        return True
    home = work.conversations.get(evidence.conversation_id)
    if home is None or home.channel != ON_BEHALF:
        return False
    return home.customer_id in work.conversations.proven_customers(conversation_id or "")


def _examined(world: World, blank: Evidence, data: bytes, rules: EvidenceRules) -> tuple[Evidence, dict[str, bytes]]:
    """The record of a file that may be kept, and the objects to store for it by key."""
    if not data:
        raise EvidenceRefused("empty")
    media_type = world.media.type_of(data)
    if media_type == MP4 and "mp4" in rules.types:
        _refuse_too_big(data, rules.max_mb.video)
        if not world.media.is_whole_film(data):
            raise EvidenceRefused("broken_film")
        return _video(blank, data)
    if media_type is not None and not media_type.startswith("image/"):
        raise EvidenceRefused("not_an_image")
    _refuse_too_big(data, rules.max_mb.image)
    picture = world.media.develop(data)
    if picture.file_type not in rules.types:
        raise EvidenceRefused("not_an_image")
    return _photo(blank, picture)


def _blank(world: World, conversation_id: str, data: bytes, brought_by: Role, now: datetime) -> Evidence:
    """A record that knows whose file it is, but not yet what."""
    evidence_id = world.tokens.new(20)
    return Evidence(
        id=evidence_id,
        conversation_id=conversation_id,
        case_id=None,
        kind=EvidenceKind.OTHER,
        media_type="",
        sha256=_sha256(data),
        phash=None,
        size=len(data),
        width=None,
        height=None,
        object_key=f"evidence/{now:%Y}/{now:%m}/{evidence_id}",
        thumbnail_key=None,
        created_at=now,
        brought_by=brought_by,
    )


def _video(blank: Evidence, data: bytes) -> tuple[Evidence, dict[str, bytes]]:
    key = _key(blank, data, "mp4")
    return replace(blank, kind=EvidenceKind.VIDEO, media_type=MP4, object_key=key), {key: data}


def _photo(blank: Evidence, picture: Picture) -> tuple[Evidence, dict[str, bytes]]:
    key, thumbnail_key = _key(blank, picture.jpeg, "jpg"), _key(blank, picture.thumbnail, "thumb.jpg")
    photo = replace(
        blank,
        media_type=JPEG,
        phash=picture.phash,
        size=len(picture.jpeg),
        width=picture.width,
        height=picture.height,
        object_key=key,
        thumbnail_key=thumbnail_key,
    )
    return photo, {key: picture.jpeg, thumbnail_key: picture.thumbnail}


def _key(blank: Evidence, data: bytes, ending: str) -> str:
    """Where an object is stored: the name tells what is in it, so that one that rots is found out."""
    return f"{blank.object_key}.{_sha256(data)[:NAMED_DIGITS]}.{ending}"


def _record(world: World, evidence: Evidence, rules: EvidenceRules) -> Evidence:
    """Write the row; the known one where the same file came in meanwhile. The lock makes the count exact."""
    with world.write() as work:
        work.conversations.lock(evidence.conversation_id)
        kept = work.evidence.same_in_conversation(evidence.conversation_id, evidence.sha256)
        if kept is None or kept.removed_at is not None:
            _refuse_too_many(work, evidence.conversation_id, evidence.brought_by, evidence.created_at, rules)
            kept = work.evidence.add(evidence) if kept is None else _renewed(work, kept, evidence)
        work.commit()
    return kept


def _renewed(work: UnitOfWork, removed: Evidence, sent: Evidence) -> Evidence:
    """A file that was removed and is sent again: with its case where that goes on, else new for whatever comes."""
    case = work.cases.get(removed.case_id) if removed.case_id is not None else None
    renewed = replace(sent, id=removed.id)
    if case is not None and case.state is not State.CLOSED:
        renewed = replace(renewed, case_id=case.id, kind=removed.kind)
    work.evidence.renew(renewed)
    return renewed


def _refuse_too_many(
    work: UnitOfWork, conversation_id: str, brought_by: Role, now: datetime, rules: EvidenceRules
) -> None:
    if brought_by is not Role.CUSTOMER:
        return
    if work.evidence.count_unfiled_of_customer(conversation_id, now - COUNTED_SINCE) >= rules.max_files:
        raise EvidenceRefused("too_many", limit=rules.max_files)


def _refuse_too_big(data: bytes, megabytes: int) -> None:
    if len(data) > megabytes * MEGABYTE:
        raise EvidenceRefused("too_big", limit=megabytes)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
