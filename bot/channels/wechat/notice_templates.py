"""The account's templates, for notices when WeChat takes nothing else: which notice goes by which, and with what."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import TemplateError

from backend.domain.conversation import Message
from backend.errors import SettingsError
from backend.settings import WeChatTemplate
from bot import wording

_LONGEST = {"thing": 20, "phrase": 5, "character_string": 32, "const": 20, "name": 10}
"""Characters that a field takes, by how its name begins. Source: WeChat's page on subscription notices."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FilledTemplate:
    """A notice in the account's own form."""

    template_id: str
    fields: dict[str, str]
    subscription: bool


class NoticeTemplates:
    """By the name of the notice. Raises SettingsError for a notice that does not exist."""

    def __init__(self, templates: Mapping[str, WeChatTemplate]) -> None:
        unknown = sorted(set(templates) - set(wording.notice_names()))
        if unknown:
            raise SettingsError("ANXIN_WECHAT_TEMPLATES", f"there is no notice {', '.join(unknown)}")
        self._templates = templates

    def filled(self, message: Message) -> FilledTemplate | None:
        """The notice in its form; None when it has none, or its form asks for what the notice does not know."""
        template = self._templates.get(message.template or "")
        if template is None:
            return None
        params = {"text": message.text, **message.payload.get("params", {})}
        try:
            fields = {name: _short(name, wording.filled(words, params)) for name, words in template.fields.items()}
        except TemplateError as exc:
            log.error("ANXIN_WECHAT_TEMPLATES: %s cannot be filled: %s", message.template, exc)
            return None
        return FilledTemplate(template.template_id, fields, template.subscription)


def _short(name: str, value: str) -> str:
    longest = _LONGEST.get(name.rstrip("0123456789"))
    return value if longest is None or len(value) <= longest else f"{value[: longest - 1]}…"
