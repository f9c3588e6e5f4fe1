"""The photos that a document shows, small, as part of the page itself."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from backend.errors import EvidenceNotFound
from backend.ports import World
from backend.services.evidence import JPEG, read_evidence

_LISTS = ("photos", "their_photos")
"""Where the facts of a document name photos."""


def pictures_of(world: World, facts: Mapping[str, Any]) -> dict[str, str]:
    """Data URIs, by evidence id, of the photos that the facts name: the thumbnails we encoded ourselves.

    Videos and photos that are no longer kept are left out.
    """
    return dict(_pictures(world, facts))


def _pictures(world: World, facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for photo in (photo for name in _LISTS for photo in facts.get(name, ())):
        if photo["media_type"] != JPEG:
            continue
        try:
            data, _media_type = read_evidence(world, photo["id"], conversation_id=None, thumbnail=True)
        except EvidenceNotFound:
            continue
        yield photo["id"], f"data:{JPEG};base64,{base64.b64encode(data).decode()}"
