"""A page that is open when its buyer is erased: it shows no more words and begins a new conversation."""

from pathlib import Path

from sqlalchemy import text

from backend.adapters.database import Database
from backend.domain.erasing import ERASED
from backend.settings import read_settings
from tests.channels.chat_server import ChatProcess, Customer


def erased(server: ChatProcess, conversation_id: str) -> None:
    """What an erasure leaves of a conversation."""
    database = Database(read_settings({"ANXIN_VAR": str(Path(server.var))}).database_url)
    with database.write() as work:
        told = {"id": conversation_id, "words": ERASED}
        work.connection.execute(text("UPDATE message SET text = :words WHERE conversation_id = :id"), told)
        work.connection.execute(text("UPDATE conversation SET erased_at = opened_at WHERE id = :id"), told)
        work.commit()
    database.close()


def test_the_session_is_over_and_the_page_opens_another(chat: ChatProcess) -> None:
    customer = Customer(chat.url)
    customer.ask(text="你好")
    erased(chat, customer.session["conversation_id"])

    assert customer.post(text="还在吗").status_code == 401
    assert customer.http.get("/webhooks/webchat/messages").status_code == 401
    assert customer.http.get("/webhooks/webchat/sessions").json() == {"conversation_id": None}
    again = customer.http.get("/webhooks/webchat/messages", params={"after": 1})
    assert {row["text"] for row in again.json()} <= {ERASED}
