"""Photos and videos of evidence for staff: photos are shown, whatever else there is can only be saved."""

from starlette.responses import Response

from backend.domain.access import Permission
from backend.services import audit
from backend.services.evidence import JPEG, MP4, read_evidence
from bot.desk.visit import Pages, Visit

pages = Pages()
_ENDINGS = {JPEG: "jpg", MP4: "mp4"}


@pages.get("/evidence/{id}", Permission.SEE_CASES)
def evidence(visit: Visit) -> Response:
    """`?small=1` is the thumbnail, a part of the page that shows it; looking at the whole is written down."""
    evidence_id, small = visit.path("id"), visit.query("small") == "1"
    data, media_type = read_evidence(visit.world, evidence_id, conversation_id=None, thumbnail=small)
    if not small:
        audit.note_look(visit.world, visit.member, "evidence", evidence_id, address=visit.address)
    if media_type == JPEG:
        return Response(data, media_type=JPEG)
    known = media_type if media_type in _ENDINGS else "application/octet-stream"
    name = f"{evidence_id}.{_ENDINGS.get(media_type, 'bin')}"
    return Response(data, media_type=known, headers={"Content-Disposition": f'attachment; filename="{name}"'})
