"""The merchant's own canned replies: who may keep them, what one must be, and two who change one at the same time."""

import pytest

from backend.domain.canned import ReplyText
from backend.domain.case import Role
from backend.domain.work import Staff
from backend.errors import CannedReplyNotFound, CannedReplyRefused, Conflict, RoleRefused
from backend.ports import World
from backend.services.canned_replies import add_reply, change_reply, own_replies, remove_reply
from backend.services.staff import add_staff
from tests.auditing import audit_trail
from tests.racing import race

GIFT = ReplyText("送小样", "{customer}好，这单我们给您补一份小样。", ("赠品",))


@pytest.fixture
def boss(each_world: World) -> Staff:
    return add_staff(each_world, "老陈", Role.SUPERVISOR)


def test_a_reply_is_kept_with_who_wrote_it(each_world: World, boss: Staff) -> None:
    added = add_reply(each_world, boss, ReplyText(" 送小样 ", f"{GIFT.text}\r\n", ("赠品", " 赠品 ", "")))
    assert own_replies(each_world) == [added]
    assert (added.title, added.text, added.tags) == (GIFT.title, GIFT.text, GIFT.tags)
    assert (added.changed_by, added.version) == ("老陈", 1)


@pytest.mark.parametrize(
    ("wanted", "reason", "what"),
    [
        (ReplyText("", "您好"), "title", ""),
        (ReplyText("长" * 41, "您好"), "title", ""),
        (ReplyText("问候", "  "), "text", ""),
        (ReplyText("问候", "长" * 501), "text", ""),
        (ReplyText("问候", "您好", tuple(str(number) for number in range(11))), "tags", ""),
        (ReplyText("问候", "您好，{name}"), "variable", "name"),
        (ReplyText("问候", "您好，{ customer }"), "brace", ""),
        (ReplyText("问候", "您好，customer}"), "brace", ""),
        (ReplyText("问候", "我们保证三天到"), "banned", "保证"),
    ],
    ids=["no title", "long title", "no text", "long text", "tags", "variable", "spaces", "stray", "banned"],
)
def test_what_cannot_be_sent_is_not_kept(
    each_world: World, boss: Staff, wanted: ReplyText, reason: str, what: str
) -> None:
    with pytest.raises(CannedReplyRefused) as refused:
        add_reply(each_world, boss, wanted)
    assert (refused.value.reason, refused.value.what) == (reason, what)
    assert own_replies(each_world) == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.WAREHOUSE, Role.FINANCE])
def test_who_may_not_keep_them_changes_nothing(each_world: World, boss: Staff, role: Role) -> None:
    known, other = add_reply(each_world, boss, GIFT), add_staff(each_world, "别人", role)
    with pytest.raises(RoleRefused):
        add_reply(each_world, other, ReplyText("另一条", "您好"))
    with pytest.raises(RoleRefused):
        change_reply(each_world, other, known.id, 1, ReplyText("另一条", "您好"))
    with pytest.raises(RoleRefused):
        remove_reply(each_world, other, known.id, 1)
    assert own_replies(each_world) == [known]


def test_a_title_is_used_once(each_world: World, boss: Staff) -> None:
    add_reply(each_world, boss, GIFT)
    other = add_reply(each_world, boss, ReplyText("另一条", "您好"))
    with pytest.raises(Conflict):
        add_reply(each_world, boss, GIFT)
    with pytest.raises(Conflict):
        change_reply(each_world, boss, other.id, 1, GIFT)
    assert [each.text for each in own_replies(each_world)] == ["您好", GIFT.text]


def test_of_several_who_change_one_at_the_same_time_one_does(each_world: World, boss: Staff) -> None:
    known = add_reply(each_world, boss, GIFT)

    def change(number: int) -> bool:
        try:
            change_reply(each_world, boss, known.id, known.version, ReplyText(GIFT.title, f"第 {number} 种说法"))
        except Conflict:
            return False
        return True

    outcomes = race(4, change)
    (kept,) = own_replies(each_world)
    assert sum(outcomes) == 1
    assert (kept.text, kept.version) == (f"第 {outcomes.index(True)} 种说法", 2)


def test_what_was_changed_meanwhile_is_not_removed(each_world: World, boss: Staff) -> None:
    known = add_reply(each_world, boss, GIFT)
    change_reply(each_world, boss, known.id, 1, ReplyText("送小样", "换一种说法"))
    with pytest.raises(Conflict):
        remove_reply(each_world, boss, known.id, 1)
    remove_reply(each_world, boss, known.id, 2)
    with pytest.raises(CannedReplyNotFound):
        remove_reply(each_world, boss, known.id, 2)
    assert own_replies(each_world) == []


def test_every_change_is_written_down_with_what_it_said_before(each_world: World, boss: Staff) -> None:
    known = add_reply(each_world, boss, GIFT)
    change_reply(each_world, boss, known.id, 1, ReplyText("送小样", "换一种说法"))
    remove_reply(each_world, boss, known.id, 2)
    trail = audit_trail(each_world, subject="送小样")
    assert [(each.action.rsplit(":")[-1], each.detail["was"]) for each in trail] == [
        ("removed", "换一种说法"),
        ("changed", GIFT.text),
        ("added", ""),
    ]
