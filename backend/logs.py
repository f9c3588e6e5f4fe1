"""What our processes say of their work: lines to read or JSON to search, each with whom it is about.

A line never repeats what a customer wrote, nor who they are: it names conversation, case, message and refund.
"""

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timezone
from functools import lru_cache, partial
from typing import Any

from structlog.contextvars import bound_contextvars, get_contextvars

from backend.domain.masking import masked_line
from backend.ports import UnitOfWork

READABLE, JSON = "text", "json"
"""The forms that `ANXIN_LOG` names."""

_CHATTY = ("apscheduler", "huey", "httpx", "jieba", "matplotlib", "rasa", "rasa_sdk", "sanic.root")
"""Libraries of which only warnings matter. httpx would tell every URL, and some hold a token."""

_FIRST, _LAST = ("time", "level", "process", "logger", "event"), ("exception",)
_mask = lru_cache(maxsize=256)(masked_line)
"""Most lines say what others have said, of conversations that were named just before."""
_json = partial(json.dumps, ensure_ascii=False, default=repr)


def configure(process: str, form: str) -> None:
    """Let this process log to its standard error, in one of the forms."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Line(process, _json if form == JSON else _readable))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def about(**facts: Any) -> AbstractContextManager[None]:
    """Every line of the block is about these: `conversation`, `case`, `message`, `refund`; None is left out."""
    return bound_contextvars(**{name: value for name, value in facts.items() if value is not None})


def once_committed(work: UnitOfWork, log: logging.Logger, said: str, *values: Any, **facts: Any) -> None:
    """Log what a unit of work has done as soon as it holds, and never when it is rolled back."""

    def say() -> None:
        with about(**facts):
            log.info(said, *values)

    work.once_committed(say)


class _Line(logging.Formatter):
    """What one line says: the same fields first, then whom it is about.

    No library and no unforeseen error can tell what nobody may read in a log.
    """

    def __init__(self, process: str, worded: Callable[[Mapping[str, Any]], str]) -> None:
        super().__init__()
        self._process, self._worded = process, worded

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, timezone.utc).replace(tzinfo=None)
        line = {
            "time": f"{at.isoformat(timespec='microseconds')}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "event": _mask(record.getMessage()),
        }
        line |= {
            name: _mask(fact) if isinstance(fact, str) else fact for name, fact in sorted(get_contextvars().items())
        }
        if record.exc_info:
            line["exception"] = _mask(self.formatException(record.exc_info))
        return self._worded(line)


def _readable(line: Mapping[str, Any]) -> str:
    facts = " ".join(f"{name}={value}" for name, value in line.items() if name not in (*_FIRST, *_LAST))
    told = f"{line['time']} {line['level'].upper()} {line['logger']}: {line['event']}"
    return "\n".join(filter(None, (f"{told} [{facts}]" if facts else told, line.get("exception"))))


__all__ = ["JSON", "READABLE", "about", "configure", "once_committed"]
