"""The page `docs/complaints.md`, written from the transition table of complaints itself."""

from backend.domain.case import Role
from backend.domain.complaint import DISPUTES, TABLE, Cause, Row, Stage
from backend.domain.complaint_clocks import CLOCKS, TOLD, ComplaintClock
from backend.services.complaint_notices import AFTER

_HEAD = """# The life of a complaint

Written by `python -m backend docs complaints > docs/complaints.md` from `backend/domain/complaint.py` and
`complaint_clocks.py`; a test keeps it up to date.

A complaint is about any number of cases of one conversation, or about none. While a disputed one is looked into, the
money of its cases does not move, and their customer's silence brings nothing about. A ruling ends that. A case goes
where a ruling in its customer's favour sends it (T44 of `lifecycle.md`), with that amount and no other."""


def complaints_page() -> list[str]:
    """The page's lines: causes, stages, transitions, diagram, clocks."""
    return [
        *_HEAD.splitlines(),
        *_section(
            "Causes", ("cause", "the customer reads", "keeps money from moving"), [_cause(each) for each in Cause]
        ),
        *_section(
            "Stages", ("stage", "the customer reads", "clock that they are told"), [_stage(each) for each in Stage]
        ),
        *_section(
            "Transitions",
            ("#", "from", "deed", "to", "who", "guard", "notice"),
            [_row(row) for row in TABLE],
            "`–` as a target means that the stage stays. A guard is checked by the service before the complaint moves.",
        ),
        *_diagram(),
        *_section(
            "Clocks",
            ("parameter", "runs in", "stands still in", "at its end"),
            [_clock(clock) for clock in CLOCKS],
            "Before a breach, whoever handles it is warned at 50 and 80 percent; after it, the last rung of\n"
            "`complaint.ladder` knows, and the customer is told a new time where they were told the first.",
        ),
    ]


def _section(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]], words: str = "") -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    text = ["", *words.splitlines()] if words else []
    return ["", f"## {title}", *text, "", *(f"| {' | '.join(line)} |" for line in lines)]


def _cause(cause: Cause) -> tuple[str, ...]:
    return cause.value, cause.label, "yes" if cause in DISPUTES else "no"


def _stage(stage: Stage) -> tuple[str, ...]:
    return stage.value, stage.label, f"`{TOLD[stage]}`" if stage in TOLD else "–"


def _row(row: Row) -> tuple[str, ...]:
    to, who = row.to.value if row.to else "–", ", ".join(role.value for role in row.roles)
    notice = f"`{AFTER[row.number]}`" if row.number in AFTER else "–"
    if row.number in ("C6", "C7") and Role.CUSTOMER not in row.roles:
        notice = "–"
    return row.number, _codes(row.froms), f"`{row.deed.value}`", to, who, row.guard.replace("_", " ") or "–", notice


def _clock(clock: ComplaintClock) -> tuple[str, ...]:
    runs, still = (tuple(stage for stage in Stage if stage in each) for each in (clock.runs_in, clock.pauses_in))
    return f"`{clock.name}`", _codes(runs), _codes(still), clock.end.value


def _codes(stages: tuple[Stage | None, ...]) -> str:
    return ", ".join(stage.value if stage else "–" for stage in stages) or "–"


def _diagram() -> list[str]:
    arrows = [
        f"    {origin.value if origin else '[*]'} --> {row.to.value}: {row.number} {row.deed.value}"
        for row in TABLE
        if row.to is not None
        for origin in row.froms
    ]
    return ["", "## Diagram", "", "```mermaid", "stateDiagram-v2", *dict.fromkeys(arrows), "```"]
