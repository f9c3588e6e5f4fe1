"""Messages of our own: texts, texts with buttons, pictures, notices by a template; one call of WeChat's API each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backend.domain.wechat import LONGEST_TEXT, AnswerPart
from bot.channels.wechat import words
from bot.channels.wechat.api import NeverSent, NoAnswer, WeChatApi


class Bubble(Protocol):
    """One message to a customer."""

    async def send(self, api: WeChatApi, openid: str) -> None:
        """Raises what the API's calls raise."""

    def with_last_words(self) -> "Bubble":
        """The same, telling that WeChat takes nothing more before the customer writes, if there is room for it."""


@dataclass(frozen=True)
class Text:
    """Words, and with `buttons` (title, token) a line for each to press."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    below: str = ""

    async def send(self, api: WeChatApi, openid: str) -> None:
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

    async def send(self, api: WeChatApi, openid: str) -> None:
        media_id = await self._uploaded(api)
        if self.media_type.startswith("video/"):
            await api.send_video(openid, media_id)
        else:
            await api.send_image(openid, media_id)

    def with_last_words(self) -> "Media":
        return self

    async def _uploaded(self, api: WeChatApi) -> str:
        """An upload that got no answer does no harm: the customer has seen nothing of it."""
        try:
            return await api.upload(self.data, self.media_type)
        except NoAnswer as exc:
            raise NeverSent(str(exc)) from exc


@dataclass(frozen=True)
class Template:
    """A notice in the account's own form; `subscription` for one that the customer agreed to get."""

    template_id: str
    fields: dict[str, str]
    subscription: bool

    async def send(self, api: WeChatApi, openid: str) -> None:
        send = api.send_subscription if self.subscription else api.send_template
        await send(openid, self.template_id, self.fields)

    def with_last_words(self) -> "Template":
        return self


def bubbles_of(
    part: AnswerPart, buttons: Sequence[Mapping[str, str]], picture: tuple[bytes, str] | None
) -> list[Bubble]:
    """The messages for a row: the picture below its words, the buttons below the last of them."""
    pressed = tuple((button["title"], button["token"]) for button in buttons)
    taken = sum(len(title.encode()) + 1 for title, _ in pressed)
    texts = list(words.pieces_of(part.text, LONGEST_TEXT - taken)) or ([""] if pressed else [])
    said: list[Bubble] = [Text(text, pressed if place == len(texts) - 1 else ()) for place, text in enumerate(texts)]
    return said if picture is None else [*said, Media(*picture)]
