"""`docs lifecycle | complaints | settings | commands`: pages of `docs/`, written from the code itself."""

from argparse import ArgumentParser, Namespace

from backend.commands.answer import Answer
from backend.commands.arguments import Commands, add_command
from backend.commands.commands_page import commands_page
from backend.commands.complaints_page import complaints_page
from backend.commands.settings_page import settings_page
from backend.domain.case import State
from backend.domain.clocks import CLOCKS
from backend.domain.lifecycle import TABLE, Row
from backend.domain.progress import WAITING
from backend.settings import Settings

_HEAD = """# The life of a case

Written by `python -m backend docs lifecycle > docs/lifecycle.md` from `backend/domain/lifecycle.py`, `progress.py` and
`clocks.py`; a test keeps it up to date."""


def register(nouns: Commands, parser: ArgumentParser) -> None:
    """Add the noun `docs` with its verbs; `parser` is the whole command line, which one of them describes."""
    verbs = nouns.add_parser("docs", help="文档").add_subparsers(required=True, metavar="VERB")
    add_command(verbs, "lifecycle", _lifecycle, help="输出售后单状态与流转的说明页")
    add_command(verbs, "complaints", _complaints, help="输出投诉状态与流转的说明页")
    add_command(verbs, "settings", _settings_page, help="输出全部设置项的说明页")
    add_command(verbs, "commands", lambda *_: _page(commands_page(parser)), help="输出全部命令的说明页")


def _lifecycle(_arguments: Namespace, _settings: Settings) -> Answer:
    return _page(lifecycle_page())


def _complaints(_arguments: Namespace, _settings: Settings) -> Answer:
    return _page(complaints_page())


def _settings_page(_arguments: Namespace, _settings: Settings) -> Answer:
    return _page(settings_page())


def _page(lines: list[str]) -> Answer:
    return Answer({"page": "\n".join(lines)}, lines)


def lifecycle_page() -> list[str]:
    """The page's lines: states, transitions, diagram, clocks."""
    return [
        *_HEAD.splitlines(),
        "",
        "## States",
        "",
        "| state | the customer reads | waits for | clock |",
        "|---|---|---|---|",
        *(_state_line(state) for state in State),
        "",
        "## Transitions",
        "",
        "`–` as a target means that the state stays. A guard is checked by the service before the case moves.",
        "",
        "| # | from | event | to | who | guard |",
        "|---|---|---|---|---|---|",
        *(_row_line(row) for row in TABLE),
        "",
        "## Diagram",
        "",
        "Withdrawal (T40), editing (T41), reopening (T42) and what keeps the state are left out.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        *_arrows(),
        "```",
        "",
        "## Clocks",
        "",
        "A clock that stood still goes on where it stopped. Before a breach, staff are warned at 50 and 80 percent.",
        "",
        "| parameter | runs in | stands still in | at its end |",
        "|---|---|---|---|",
        *_clock_lines(),
    ]


def _state_line(state: State) -> str:
    waiting = WAITING[state]
    clock = f"`{waiting.clock}`" if waiting.clock else "–"
    return f"| {state.value} | {state.label} | {waiting.for_whom} | {clock}{', paused for the shop' * waiting.paused} |"


def _row_line(row: Row) -> str:
    froms = "any" if set(row.froms) == set(State) else _codes(row.froms)
    events = ", ".join(f"`{event.value}`" for event in row.events)
    roles = ", ".join(role.value for role in row.roles)
    return f"| {row.number} | {froms} | {events} | {_codes(row.targets)} | {roles} | {row.guard.replace('_', ' ')} |"


def _codes(states: tuple[State | None, ...]) -> str:
    return ", ".join(state.value if state else "–" for state in states) or "–"


def _arrows() -> list[str]:
    """One arrow for each pair of states, with the numbers and events that lead along it."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in TABLE:
        if row.number in ("T40", "T41", "T42") or not row.targets:
            continue
        for origin in row.froms:
            for target in row.targets:
                label = f"{row.number} {'/'.join(event.value for event in row.events)}"
                labels = found.setdefault((origin.value if origin else "[*]", target.value), [])
                if label not in labels:
                    labels.append(label)
    return [f"    {origin} --> {target}: {', '.join(labels)}" for (origin, target), labels in found.items()]


def _clock_lines() -> list[str]:
    return [
        f"| `{clock.name}` | {_codes(_in_order(clock.runs_in))} | {_codes(_in_order(clock.pauses_in))} "
        f"| {clock.end.value.replace('_', ' ')} |"
        for clock in CLOCKS
    ]


def _in_order(states: frozenset[State]) -> tuple[State, ...]:
    return tuple(state for state in State if state in states)
