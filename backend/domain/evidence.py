"""Evidence: what kinds there are, what one piece is, and what a requirement still lacks."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from backend.domain.case import Role


class EvidenceKind(str, Enum):
    """What a photo shows, or that it is a video. The rule book asks for kinds by these codes."""

    GOODS = "goods"
    DEFECT = "defect"
    OUTER_BOX = "outer_box"
    WAYBILL = "waybill"
    LABEL = "label"
    UNPACKING = "unpacking"
    DAYLIGHT = "daylight"
    SCREENSHOT = "screenshot"
    DOCUMENT = "document"
    VIDEO = "video"
    OTHER = "other"


@dataclass(frozen=True)
class Evidence:
    """One stored photo or video: `sha256` of what the customer sent, `phash` (64-bit hex) of the picture for likeness.

    `object_key` and `thumbnail_key` name the stored objects (a video has no thumbnail); sizes in bytes and pixels.
    `brought_by` is who it came from: the customer, or staff who photographed what they have before them. `removed_at`:
    the stored objects are gone since then (aware UTC), their time being over.
    """

    id: str
    conversation_id: str
    case_id: int | None
    kind: EvidenceKind
    media_type: str
    sha256: str
    phash: str | None
    size: int
    width: int | None
    height: int | None
    object_key: str
    thumbnail_key: str | None
    created_at: datetime
    brought_by: Role = Role.CUSTOMER
    removed_at: datetime | None = None


@dataclass(frozen=True)
class Picture:
    """A photo made safe to show: `jpeg` upright and without any metadata, sizes in pixels, `phash` as 64-bit hex.

    `file_type` is what was sent: `jpg`, `png`, `webp` or `heic`.
    """

    file_type: str
    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    phash: str


@dataclass(frozen=True)
class EvidenceRequirement:
    """What a reason asks for: each of `photos` once, or, where `video_instead`, one video in place of them all."""

    photos: tuple[EvidenceKind, ...] = ()
    video_instead: bool = False

    def missing(self, present: tuple[EvidenceKind, ...]) -> tuple[EvidenceKind, ...]:
        """The kinds still to be sent, in the order they are asked for."""
        if self.video_instead and EvidenceKind.VIDEO in present:
            return ()
        return tuple(kind for kind in self.photos if kind not in present)
