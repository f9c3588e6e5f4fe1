"""N9: customers of open cases hear what a new rule book changes for the steps ahead of them, once, and by day."""

import hashlib
from datetime import datetime, timedelta

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.conversation import Message
from backend.domain.lifecycle import Event
from backend.ports import World
from backend.ports.rules import DESK
from backend.services import rule_news
from backend.services.rule_news import tell_of_new_rules
from bot import wording
from tests.clock import FakeClock
from tests.due import run_due
from tests.racing import race
from tests.working import a_working_shop, case_in, do, file_case

S, E, R = State, Event, Role


def change(world: World, old: str, new: str, *, from_: datetime | None = None) -> int:
    """A new rule book; the number of its version."""
    with world.write() as work:
        current = work.rule_books.current_version(world.clock.now())
        text = work.rule_books.get(current or 0) or ""
        assert old in text
        text = text.replace(old, new)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        effective = from_ or world.clock.now()
        version = work.rule_books.add(
            text=text, sha256=sha256, author="小王", effective_from=effective, note="", source=DESK
        )
        work.commit()
    return version


def news(world: World, case: Case) -> list[Message]:
    with world.read() as work:
        rows = work.messages.queued(case.conversation_id, 100)
    return [row for row in rows if row.template == "rules_changed"]


def test_n9_a_change_ahead_of_a_case_is_told_once_and_the_case_keeps_its_rules(each_world: World) -> None:
    case = case_in(each_world, S.SUBMITTED)
    change(each_world, "ship_by_days: 7", "ship_by_days: 10")

    assert tell_of_new_rules(each_world) == 1
    assert tell_of_new_rules(each_world) == 0

    (notice,) = news(each_world, case)
    text = wording.render("rules_changed", notice.payload["params"]).text
    assert "寄回商品的期限：原来 7 天，新规则 10 天" in text
    assert "仍按提交时的规则" in text and "更有利" in text
    approved = do(each_world, case, E.APPROVE, R.AGENT)
    assert approved.rule_book_version == case.rule_book_version
    assert approved.due_at is not None
    assert (approved.due_at.date() - each_world.clock.now().date()).days == 7


def test_a_stricter_change_is_told_as_one_that_does_not_touch_the_case(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    change(world, "auto_days: 7", "auto_days: 5")
    tell_of_new_rules(world)
    (notice,) = news(world, case)
    text = wording.render("rules_changed", notice.payload["params"]).text
    assert "更严的规定不会用在它上面" in text and "更有利" not in text


@pytest.mark.parametrize(
    ("state", "old", "new"),
    [
        (S.RECEIVED, "ship_by_days: 7", "ship_by_days: 10"),
        (S.SUBMITTED, "queue_ack_seconds: 60", "queue_ack_seconds: 90"),
        (S.CLOSED, "ship_by_days: 7", "ship_by_days: 10"),
    ],
    ids=["behind it", "not about cases", "closed"],
)
def test_whom_nothing_changes_for_is_left_in_peace(world: World, state: State, old: str, new: str) -> None:
    case = case_in(world, state)
    change(world, old, new)
    assert tell_of_new_rules(world) == 0
    assert news(world, case) == []


def test_a_case_that_was_filed_under_the_new_rules_hears_nothing(world: World, clock: FakeClock) -> None:
    change(world, "ship_by_days: 7", "ship_by_days: 10")
    clock.advance(seconds=1)
    case = case_in(world, S.SUBMITTED)
    assert tell_of_new_rules(world) == 0
    assert news(world, case) == []


def test_rules_that_are_to_come_are_told_when_they_have_come(world: World, clock: FakeClock) -> None:
    case = case_in(world, S.SUBMITTED)
    change(world, "ship_by_days: 7", "ship_by_days: 10", from_=clock.now() + timedelta(hours=2))
    assert tell_of_new_rules(world) == 0

    clock.advance(hours=3)

    assert tell_of_new_rules(world) == 1
    assert len(news(world, case)) == 1


def test_nobody_is_told_of_rules_at_night(world: World, clock: FakeClock) -> None:
    case = case_in(world, S.SUBMITTED)
    clock.advance(hours=13)  # 23:00
    change(world, "ship_by_days: 7", "ship_by_days: 10")
    tell_of_new_rules(world)
    assert news(world, case) == []
    clock.advance(hours=9)
    run_due(world)
    assert len(news(world, case)) == 1


def test_two_workers_tell_once_even_where_one_died_before_it_noted_how_far_it_was(each_world: World) -> None:
    case = case_in(each_world, S.SUBMITTED)
    version = change(each_world, "ship_by_days: 7", "ship_by_days: 10")
    rule_news._tell(each_world, case.id, version)
    do(each_world, case, E.NOTE, R.AGENT, reason="改变版本号")

    race(2, lambda _: tell_of_new_rules(each_world))

    assert len(news(each_world, case)) == 1


def test_many_cases_are_told_batch_by_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = case_in(world, S.SUBMITTED)
    others = []
    for number in (2, 3):
        conversation, order = f"conv-{number}", f"20261120000{number}"
        a_working_shop(world, conversation=conversation, order=order, phone=f"139000{number}6688")
        others.append(file_case(world, conversation=conversation, order=order))
    monkeypatch.setattr(rule_news, "BATCH", 2)
    change(world, "ship_by_days: 7", "ship_by_days: 10")

    assert [tell_of_new_rules(world) for _ in range(3)] == [2, 1, 0]

    assert [len(news(world, case)) for case in (first, *others)] == [1, 1, 1]
