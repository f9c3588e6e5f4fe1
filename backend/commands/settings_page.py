"""The page `docs/settings.md`, written from what the settings' classes say about themselves."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from types import ModuleType

from backend import settings
from backend.settings import channels, payments

_HEAD = """# Settings

Written by `python -m backend docs settings > docs/settings.md` from `backend/settings/`; a test keeps it up to date.

Settings are environment variables, also read from a file `.env` in the project's folder (`NAME=value`, one a line; what
the environment says goes before). They are checked once at start; a wrong one is named in one line. Secrets belong into
the environment or `.env`, which git ignores."""

_GROUPS = (
    ("The system", settings, "Settings"),
    ("Telegram", channels, "TelegramSettings"),
    ("WeChat Official Account", channels, "WeChatSettings"),
    ("WeCom customer service", channels, "WeComSettings"),
    ("WeChat Pay", payments, "WeChatPaySettings"),
    ("Alipay", payments, "AlipaySettings"),
)


def settings_page() -> list[str]:
    """The page's lines."""
    lines = _HEAD.splitlines()
    for title, module, name in _GROUPS:
        lines += ["", f"## {title}", "", "| setting | what it is |", "|---|---|"]
        lines += [f"| `{setting}` | {words} |" for setting, words in _described(module, name) if "…" not in setting]
    return lines


def _described(module: ModuleType, name: str) -> Iterator[tuple[str, str]]:
    """(setting, words) of each field: the text that stands below it, in the order of the class."""
    classes = [each for each in ast.parse(inspect.getsource(module)).body if isinstance(each, ast.ClassDef)]
    body = next(each.body for each in classes if each.name == name)[1:]  # its own docstring stands first
    texts = [each.value.value for each in body if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)]
    if len(texts) != len(fields(getattr(module, name))):
        raise ValueError(f"a field of {name} says nothing about itself")
    for text in texts:
        setting, _, words = re.sub(r"\s+", " ", str(text)).partition(": ")
        yield setting, words.replace("|", "\\|")
