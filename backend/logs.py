"""What our processes say of their work: lines to read or JSON to search, each with whom it is about.

A line never repeats what a customer wrote, nor who they are: it names conversation, case, message and refund.
"""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name

from backend.domain.masking import masked_line
from backend.ports import UnitOfWork

READABLE, JSON = "text", "json"
"""The forms that `ANXIN_LOG` names."""

_CHATTY = ("apscheduler", "huey", "httpx", "jieba", "matplotlib", "rasa", "rasa_sdk", "sanic.root")
"""Libraries of which only warnings matter. httpx would tell every URL, and some hold a token."""

_OURS = ("time", "level", "process", "logger")
"""What nobody else has a say in."""
_FIRST, _LAST = (*_OURS, "event"), ("exception",)
_mask = lru_cache(maxsize=256)(masked_line)
"""Most lines say what others have said, of conversations that were named just before."""


def configure(process: str, form: str) -> None:
    """Let this process log to its standard error, in one of the forms."""
    shared: list[Any] = [
        merge_contextvars,
        add_log_level,
        add_logger_name,
        TimeStamper(fmt="iso", key="time"),
        format_exc_info,
    ]
    last: list[Any] = [_masked, JSONRenderer(ensure_ascii=False) if form == JSON else _readable]
    handler = logging.StreamHandler()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*shared, _of_process(process)],
            processors=[ProcessorFormatter.remove_processors_meta, *last],
        )
    )
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


def _of_process(process: str) -> Any:
    def ordered(_logger: Any, _method: str, line: dict[str, Any]) -> dict[str, Any]:
        """The same fields first in every line."""
        line["process"] = process
        first = {name: line.pop(name) for name in _FIRST}
        last = {name: line.pop(name) for name in _LAST if name in line}
        return {**first, **dict(sorted(line.items())), **last}

    return ordered


def _masked(_logger: Any, _method: str, line: dict[str, Any]) -> dict[str, Any]:
    """No library and no unforeseen error can tell what nobody may read in a log."""
    told = {name: value for name, value in line.items() if isinstance(value, str) and name not in _OURS}
    return {**line, **{name: _mask(value) for name, value in told.items()}}


def _readable(_logger: Any, _method: str, line: Mapping[str, Any]) -> str:
    facts = " ".join(f"{name}={value}" for name, value in line.items() if name not in (*_FIRST, *_LAST))
    told = f"{line['time']} {line['level'].upper()} {line['logger']}: {line['event']}"
    return "\n".join(filter(None, (f"{told} [{facts}]" if facts else told, line.get("exception"))))


__all__ = ["JSON", "READABLE", "about", "configure", "once_committed"]
