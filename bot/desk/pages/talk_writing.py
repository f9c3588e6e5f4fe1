"""What staff write in a conversation and beside it: replies with photos, notes, drafts; and whose number it is."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from backend.domain.access import Permission
from backend.errors import EvidenceRefused, NotOwner
from backend.services import agent_talk, talks_view
from backend.services.agent_talk import AgentReply
from backend.services.conversations import get_conversation
from backend.services.evidence import keep_evidence
from bot.desk.pages.talks import refreshed
from bot.desk.visit import Pages, Visit, whole

pages = Pages()
LONGEST_ID = 40


@pages.post("/talks/{id}/send", Permission.TALK)
def send(visit: Visit) -> Response:
    """Words, a photo, or both; what the page sends twice under one name is one message."""
    said = AgentReply(
        text=visit.text("text").replace("\r\n", "\n"),
        image=_photo(visit),
        client_id=visit.text("client_id")[:LONGEST_ID] or None,
    )
    agent_talk.reply(visit.world, visit.path("id"), visit.member, said)
    return refreshed(visit) if visit.by_htmx else visit.go(f"/talks/{visit.path('id')}")


@pages.post("/talks/{id}/lines/{message}/again", Permission.TALK)
def send_again(visit: Visit) -> Response:
    """What did not arrive goes out once more."""
    agent_talk.send_again(visit.world, _number(visit.path("message")), visit.member)
    return refreshed(visit) if visit.by_htmx else visit.go(f"/talks/{visit.path('id')}")


@pages.post("/talks/{id}/note", Permission.TALK)
def note(visit: Visit) -> Response:
    agent_talk.add_note(visit.world, visit.path("id"), visit.member, visit.text("note"))
    return refreshed(visit) if visit.by_htmx else visit.go(f"/talks/{visit.path('id')}")


@pages.post("/talks/{id}/draft", Permission.TALK)
def draft(visit: Visit) -> Response:
    """What is not sent yet; it is there again for whoever wrote it, also when they lose the conversation meanwhile."""
    conversation = get_conversation(visit.world, visit.path("id"))
    agent_talk.keep_draft(visit.world, conversation.id, visit.member, visit.text("text"))
    return Response(status_code=204)


@pages.post("/talks/{id}/typing", Permission.TALK)
def typing(visit: Visit) -> Response:
    agent_talk.show_typing(visit.world, visit.path("id"), visit.member)
    return Response(status_code=204)


@pages.post("/talks/{id}/read", Permission.TALK)
def read(visit: Visit) -> Response:
    """The owner has seen the lines up to the number `seq`."""
    agent_talk.mark_read(visit.world, visit.path("id"), visit.member, _number(visit.text("seq")))
    return Response(status_code=204)


@pages.post("/talks/{id}/buyer", Permission.SEE_PERSONAL)
def buyer(visit: Visit) -> Response:
    """Name and telephone number in full."""
    found = talks_view.reveal_buyer(visit.world, visit.path("id"), visit.member, address=visit.address)
    return visit.render("talks/buyer.html", buyer=found)


def _number(text: str) -> int:
    """A number that a page of ours has sent. Raises HTTPException."""
    number = whole(text)
    if number is None:
        raise HTTPException(422)
    return number


def _photo(visit: Visit) -> str | None:
    """The id of an uploaded photo, which is kept as evidence that staff brought. Raises NotOwner, EvidenceRefused."""
    upload = visit.file("photo")
    if upload is None:
        return None
    conversation = get_conversation(visit.world, visit.path("id"))
    if conversation.owner != visit.member.name:
        raise NotOwner(conversation.owner)
    data = upload.file.read()
    if not (visit.world.media.type_of(data) or "").startswith("image/"):
        raise EvidenceRefused("not_an_image")
    return keep_evidence(visit.world, conversation.id, data, brought_by=visit.member.role).evidence.id
