"""What a customer can have done in which state follows from the table of transitions."""

import pytest

from backend.domain.care import EVENTS, Deed, Lacking, event_of, lacking, meant, possible
from backend.domain.case import Role, State
from backend.domain.evidence import EvidenceKind
from backend.domain.lifecycle import Event, allowed_events
from tests.builders import a_photo

FILED = [state for state in State if state is not State.DRAFT]


@pytest.mark.parametrize("state", FILED)
def test_everything_the_table_lets_a_customer_do_is_a_deed(state: State) -> None:
    events = {event_of(deed, state) for deed in Deed if possible(deed, state)} - {None}

    assert events == set(allowed_events(state, Role.CUSTOMER)) - {Event.PICKUP_SCANNED}  # the carrier tells that


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("deed", list(Deed))
def test_a_deed_is_possible_only_as_an_event_that_is_allowed(deed: Deed, state: State) -> None:
    event = event_of(deed, state)

    assert event is None or (event in EVENTS[deed] and event in allowed_events(state, Role.CUSTOMER))


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("deed", list(Deed))
def test_what_is_meant_instead_is_possible(deed: Deed, state: State) -> None:
    instead = meant(deed, state)

    assert instead is None or possible(instead, state)


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.REJECTED, Event.APPEAL),
        (State.INSPECTION_ISSUE, Event.OBJECT),
        (State.AWAITING_CONFIRM, Event.PROBLEM),
        (State.PROPOSED, None),
    ],
)
def test_an_objection_is_what_the_state_makes_of_it(state: State, event: Event | None) -> None:
    assert event_of(Deed.DISPUTE, state) is event


def test_whoever_objects_to_an_offer_is_shown_what_they_can_answer() -> None:
    assert meant(Deed.DISPUTE, State.PROPOSED) is Deed.AGAIN


def test_words_and_kinds_are_lacking_until_each_is_there() -> None:
    codes = ["label", "购买渠道", "outer_box"]
    label = a_photo("p1", kind=EvidenceKind.LABEL)

    assert lacking(codes, [], told=False) == Lacking((EvidenceKind.LABEL, EvidenceKind.OUTER_BOX), ("购买渠道",))
    assert lacking(codes, [label], told=True) == Lacking((EvidenceKind.OUTER_BOX,), ())
    assert not lacking(codes, [label, a_photo("p2", kind=EvidenceKind.OUTER_BOX)], told=True)
