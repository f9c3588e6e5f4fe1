"""Evidence from the bytes a customer sends to the stored object and its row."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from backend.domain.case import Role
from backend.domain.evidence import EvidenceKind
from backend.errors import ConversationNotFound, EvidenceDamaged, EvidenceNotFound, EvidenceRefused, StorageFull
from backend.ports import EvidenceStore, World
from backend.services.evidence import keep_evidence, read_evidence
from backend.settings import Settings
from tests.builders import a_conversation, a_photo
from tests.clock import START, FakeClock
from tests.photos import PDF, SVG, a_bomb, a_jpeg, an_mp4, exif_of_a_telephone
from tests.racing import race


@pytest.fixture(autouse=True)
def _conversations(world: World) -> None:
    with world.write() as work:
        work.conversations.open(a_conversation())
        work.conversations.open(a_conversation("conv-2"))
        work.commit()


@pytest.fixture
def stored(settings: Settings) -> Iterator[Path]:
    """The folder of the evidence store."""
    yield settings.var / "evidence"


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def _pieces(world: World) -> int:
    with world.read() as work:
        return len(work.evidence.loose("conv-1"))


class _FullAfterOneObject:
    """A store whose room ends after the first object."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store, self._left = store, 1

    def put(self, key: str, data: bytes) -> None:
        if not self._left:
            raise StorageFull(key)
        self._left -= 1
        self._store.put(key, data)

    def get(self, key: str) -> bytes:
        return self._store.get(key)

    def delete(self, key: str) -> None:
        self._store.delete(key)

    def keys(self, folder: str) -> list[str]:
        return self._store.keys(folder)


def test_a_photo_is_stored_with_its_thumbnail_and_recorded(world: World, stored: Path) -> None:
    sent = a_jpeg(exif=exif_of_a_telephone())
    kept = keep_evidence(world, "conv-1", sent)
    evidence = kept.evidence
    assert not kept.repeated
    for key, ending in ((evidence.object_key, "jpg"), (evidence.thumbnail_key, "thumb.jpg")):
        digest = hashlib.sha256(world.evidence.get(str(key))).hexdigest()
        assert key == f"evidence/2026/11/{evidence.id}.{digest[:16]}.{ending}"
    assert (evidence.kind, evidence.case_id, evidence.media_type) == (EvidenceKind.OTHER, None, "image/jpeg")
    assert (evidence.width, evidence.height, evidence.created_at) == (800, 600, START)
    assert evidence.sha256 == hashlib.sha256(sent).hexdigest()
    assert _files(stored) == sorted(Path(str(key)).name for key in (evidence.object_key, evidence.thumbnail_key))
    with world.read() as work:
        assert work.evidence.loose("conv-1") == [evidence]


def test_only_its_own_conversation_and_staff_see_a_photo(world: World) -> None:
    evidence = keep_evidence(world, "conv-1", a_jpeg()).evidence
    for conversation_id in ("conv-1", None):
        data, media_type = read_evidence(world, evidence.id, conversation_id=conversation_id)
        assert (Image.open(BytesIO(data)).size, media_type, len(data)) == ((800, 600), "image/jpeg", evidence.size)
    small, _ = read_evidence(world, evidence.id, conversation_id="conv-1", thumbnail=True)
    assert Image.open(BytesIO(small)).size == (360, 270)
    for evidence_id, conversation_id in ((evidence.id, "conv-2"), ("unknown", "conv-1"), ("../../etc/passwd", None)):
        with pytest.raises(EvidenceNotFound):
            read_evidence(world, evidence_id, conversation_id=conversation_id)


@pytest.mark.parametrize("thumbnail", [False, True])
def test_what_is_no_longer_what_was_kept_is_not_shown(world: World, stored: Path, thumbnail: bool) -> None:
    evidence = keep_evidence(world, "conv-1", a_jpeg()).evidence
    for file in stored.rglob("*.jpg"):
        rotten = bytearray(file.read_bytes())
        rotten[len(rotten) // 2] ^= 1
        file.write_bytes(bytes(rotten))
    with pytest.raises(EvidenceDamaged):
        read_evidence(world, evidence.id, conversation_id="conv-1", thumbnail=thumbnail)


def test_what_was_kept_under_a_key_of_before_is_shown_as_it_is(world: World) -> None:
    evidence = replace(a_photo(), conversation_id="conv-1")
    with world.write() as work:
        work.evidence.add(evidence)
        work.commit()
    world.evidence.put(evidence.object_key, b"whatever")
    assert read_evidence(world, evidence.id, conversation_id="conv-1") == (b"whatever", "image/jpeg")


def test_a_video_is_kept_as_it_came_without_thumbnail(world: World, stored: Path) -> None:
    sent = an_mp4(100_000)
    evidence = keep_evidence(world, "conv-1", sent).evidence
    assert (evidence.kind, evidence.media_type, evidence.phash) == (EvidenceKind.VIDEO, "video/mp4", None)
    assert read_evidence(world, evidence.id, conversation_id="conv-1") == (sent, "video/mp4")
    assert _files(stored) == [Path(evidence.object_key).name]
    with pytest.raises(EvidenceNotFound):
        read_evidence(world, evidence.id, conversation_id="conv-1", thumbnail=True)


def test_the_same_photo_again_is_the_one_there_is(world: World, stored: Path) -> None:
    first = keep_evidence(world, "conv-1", a_jpeg())
    again = keep_evidence(world, "conv-1", a_jpeg())
    assert again.repeated and again.evidence == first.evidence
    assert len(_files(stored)) == 2


def test_the_same_photo_of_another_conversation_is_evidence_of_its_own(world: World) -> None:
    first = keep_evidence(world, "conv-1", a_jpeg())
    other = keep_evidence(world, "conv-2", a_jpeg())
    assert not other.repeated and other.evidence.id != first.evidence.id
    assert other.evidence.sha256 == first.evidence.sha256


def test_racing_uploads_of_one_photo_keep_it_once(world: World, stored: Path) -> None:
    kept = race(4, lambda _number: keep_evidence(world, "conv-1", a_jpeg()))
    assert sorted(each.repeated for each in kept) == [False, True, True, True]
    assert len({each.evidence.id for each in kept}) == 1
    assert len(_files(stored)) == 2


@pytest.mark.parametrize(
    ("data", "reason", "limit"),
    [
        (b"", "empty", None),
        (PDF, "not_an_image", None),
        (SVG, "not_an_image", None),
        (a_jpeg()[:4000], "unreadable", None),
        (a_bomb(20_000), "too_many_pixels", 40_000_000),
        (b"\xff\xd8\xff" + bytes(50 * 2**20), "too_big", 10),
        (bytes(11 * 2**20), "too_big", 10),
        (an_mp4(51 * 2**20), "too_big", 50),
        (an_mp4()[:-1], "broken_film", None),
    ],
    ids=["empty", "pdf", "svg", "cut", "bomb", "50 MB jpeg", "11 MB of nothing", "51 MB video", "cut video"],
)
def test_what_is_refused_says_why_and_leaves_nothing(
    world: World, stored: Path, data: bytes, reason: str, limit: int | None
) -> None:
    with pytest.raises(EvidenceRefused) as caught:
        keep_evidence(world, "conv-1", data)
    assert (caught.value.reason, caught.value.limit) == (reason, limit)
    assert _files(stored) == [] and _pieces(world) == 0


def test_nine_files_a_day_are_taken(world: World, clock: FakeClock) -> None:
    for number in range(9):
        keep_evidence(world, "conv-1", an_mp4(1000 + number))
    with pytest.raises(EvidenceRefused) as caught:
        keep_evidence(world, "conv-1", an_mp4())
    assert (caught.value.reason, caught.value.limit) == ("too_many", 9)
    assert keep_evidence(world, "conv-1", an_mp4(1000)).repeated
    keep_evidence(world, "conv-2", an_mp4())
    clock.advance(days=1)
    keep_evidence(world, "conv-1", an_mp4())


def test_what_staff_photograph_leaves_the_customer_their_nine_files(world: World) -> None:
    for number in range(8):
        keep_evidence(world, "conv-1", an_mp4(1000 + number))
    for number in range(10):
        keep_evidence(world, "conv-1", an_mp4(2000 + number), brought_by=Role.WAREHOUSE)
    assert keep_evidence(world, "conv-1", an_mp4()).evidence.brought_by is Role.CUSTOMER
    with pytest.raises(EvidenceRefused, match="too_many"):
        keep_evidence(world, "conv-1", an_mp4(5000))


def test_racing_uploads_never_pass_the_limit(world: World, stored: Path) -> None:
    for number in range(7):
        keep_evidence(world, "conv-1", an_mp4(1000 + number))

    def upload(number: int) -> bool:
        try:
            keep_evidence(world, "conv-1", an_mp4(2000 + number))
        except EvidenceRefused:
            return False
        return True

    assert sorted(race(5, upload)) == [False] * 3 + [True] * 2
    assert len(_files(stored)) == _pieces(world) == 9


def test_without_room_nothing_is_kept(world: World, stored: Path) -> None:
    full = replace(world, evidence=_FullAfterOneObject(world.evidence))
    with pytest.raises(StorageFull):
        keep_evidence(full, "conv-1", a_jpeg())
    assert _files(stored) == [] and _pieces(world) == 0


def test_an_unknown_conversation_is_refused(world: World, stored: Path) -> None:
    with pytest.raises(ConversationNotFound):
        keep_evidence(world, "nobody", a_jpeg())
    assert _files(stored) == []
