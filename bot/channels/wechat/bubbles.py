"""Messages of our own: texts, texts with buttons, pictures; one call of the API each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backend.domain.wechat import LONGEST_TEXT, AnswerPart
from bot.channels.wechat import words
from bot.channels.wechat.calling import NeverSent, NoAnswer


class Api(Protocol):
    """The calls that write to a customer. Each raises ApiRefused, NeverSent or NoAnswer."""

    async def send_text(self, openid: str, text: str) -> None: ...

    async def send_menu(self, openid: str, text: str, items: Sequence[tuple[str, str]], below: str) -> None:
        """A text with (title, token) buttons below, and words below them."""

    async def send_image(self, openid: str, media_id: str) -> None: ...

    async def send_video(self, openid: str, media_id: str) -> None: ...

    async def upload(self, data: bytes, media_type: str) -> str:
        """A picture or film to be sent; its media id."""

    async def close(self) -> None:
        """Begin no more."""


class Bubble(Protocol):
    """One message to a customer."""

    async def send(self, api: Api, openid: str) -> None:
        """Raises what the API's calls raise."""

    def with_last_words(self) -> "Bubble":
        """The same, telling that WeChat takes nothing more before the customer writes, if there is room for it."""


@dataclass(frozen=True)
class Text:
    """Words, and with `buttons` (title, token) a line for each to press."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    below: str = ""

    async def send(self, api: Api, openid: str) -> None:
        if self.buttons:
            await api.send_menu(openid, self.text, self.buttons, self.below)
        else:
            await api.send_text(openid, "\n\n".join(filter(None, (self.text, self.below))))

    def with_last_words(self) -> "Text":
        last = replace(self, below=words.said("last"))
        whole = "\n".join((last.text, *(title for title, _ in last.buttons), "", last.below))
        return self if len(whole.encode()) > LONGEST_TEXT else last


@dataclass(frozen=True)
class Media:
    """A photo or film."""

    data: bytes
    media_type: str

    async def send(self, api: Api, openid: str) -> None:
        media_id = await self._uploaded(api)
        if self.media_type.startswith("video/"):
            await api.send_video(openid, media_id)
        else:
            await api.send_image(openid, media_id)

    def with_last_words(self) -> "Media":
        return self

    async def _uploaded(self, api: Api) -> str:
        """An upload that got no answer does no harm: the customer has seen nothing of it."""
        try:
            return await api.upload(self.data, self.media_type)
        except NoAnswer as exc:
            raise NeverSent(str(exc)) from exc


def bubbles_of(
    part: AnswerPart, buttons: Sequence[Mapping[str, str]], picture: tuple[bytes, str] | None
) -> list[Bubble]:
    """The messages for a row: the picture below its words, the buttons below the last of them."""
    pressed = tuple((button["title"], button["token"]) for button in buttons)
    taken = sum(len(title.encode()) + 1 for title, _ in pressed)
    texts = list(words.pieces_of(part.text, LONGEST_TEXT - taken)) or ([""] if pressed else [])
    said: list[Bubble] = [Text(text, pressed if place == len(texts) - 1 else ()) for place, text in enumerate(texts)]
    return said if picture is None else [*said, Media(*picture)]
