"""The same event for many cases: each in its own transaction, so that one that cannot go stops no other."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.domain.case import Actor, State
from backend.domain.lifecycle import Event
from backend.errors import BackendError, CaseNotFound
from backend.ports import World
from backend.services.acts import Given
from backend.services.doing import do_event

MOST = 200
"""Cases in one go: a page or two of a list."""

_AS_NEW = "A"


@dataclass(frozen=True)
class Done:
    """What came of one case: the state it is in now, or the error that kept it where it was."""

    case_no: str
    state: State | None = None
    error: BackendError | None = None


def do_to_many(
    world: World, event: Event, actor: Actor, versions: Mapping[str, int], *, staff: str | None = None
) -> list[Done]:
    """One event for every case of `versions`, each as it was seen; `staff` is whom `assign` names.

    An inspection passes every line that came as new.
    """
    return [_do(world, case_no, event, actor, version, staff) for case_no, version in versions.items()]


def _do(world: World, case_no: str, event: Event, actor: Actor, version: int, staff: str | None) -> Done:
    try:
        given = Given(staff=staff, grades=_as_new(world, case_no) if event is Event.INSPECT_PASS else {})
        moved = do_event(world, case_no, event, actor, given, expected_version=version)
    except BackendError as error:
        return Done(case_no, error=error)
    return Done(case_no, moved.state)


def _as_new(world: World, case_no: str) -> dict[int, str]:
    with world.read() as work:
        case = work.cases.by_number(case_no)
    if case is None:
        raise CaseNotFound(case_no)
    return {line.line_no: _AS_NEW for line in case.lines if line.received_quantity}
