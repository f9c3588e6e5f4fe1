"""Any event by any actor, as the command line and the desk have it: money and receipts have services of their own."""

from backend.domain.case import Actor, Case, State
from backend.domain.lifecycle import Event
from backend.ports import World
from backend.services.acting import NOTHING, act
from backend.services.acts import Given
from backend.services.receipts import not_received, problem
from backend.services.refunds import pay_refund, reroute_refund, retry_refund

MONEY = frozenset({Event.PAY, Event.RETRY, Event.REROUTE})
"""What finance does about the money of a case."""


def do_event(
    world: World,
    case_no: str,
    event: Event,
    actor: Actor,
    given: Given = NOTHING,
    target: State | None = None,
    expected_version: int | None = None,
) -> Case:
    """Make an event happen and give the case as it is then; what it raises stands with `acting.act` and `refunds`."""
    if event is Event.PAY:
        return pay_refund(world, case_no, actor, expected_version=expected_version)
    if event is Event.RETRY:
        return retry_refund(world, case_no, actor, expected_version=expected_version)
    if event is Event.REROUTE:
        return reroute_refund(world, case_no, actor, given.consent, expected_version=expected_version)
    if event is Event.NOT_RECEIVED:
        return not_received(world, case_no, actor).case
    if event is Event.PROBLEM:
        return problem(world, case_no, actor, given.reason).case
    return act(world, case_no, event, actor=actor, given=given, target=target, expected_version=expected_version)
