"""What staff still have to know of: theirs by name or by role, in words, until somebody has dealt with it."""

from typing import Any

import pytest
from sqlalchemy import select

from backend.adapters.work_tables import staff_alert
from backend.domain.case import Actor, Case, Role
from backend.domain.lifecycle import Event
from backend.domain.work import Alert
from backend.ports import World
from backend.services import talk_ratings
from backend.services.acting import act
from backend.services.alert_list import count_alerts, open_alerts, settle_alerts, settle_moot_alerts
from backend.services.care_urging import urge
from backend.services.handoff import cancel_queue
from backend.services.notices import alert
from backend.services.staff import add_staff
from backend.services.talk_sla import watch_talk_clocks
from tests.clock import FakeClock
from tests.desk.conftest import Browser, LogIn
from tests.desk.talking import a_queued_talk
from tests.working import a_working_shop, file_case


@pytest.fixture
def li(log_in: LogIn) -> Browser:
    return log_in(Role.AGENT, "小李")


@pytest.fixture
def boss(log_in: LogIn) -> Browser:
    return log_in(Role.SUPERVISOR, "老陈")


@pytest.fixture
def late(world: World, clock: FakeClock) -> str:
    """A conversation that nobody has answered in time."""
    talk = a_queued_talk(world)
    clock.advance(minutes=10)
    watch_talk_clocks(world)
    return talk


def _ids(world: World, browser: Browser) -> list[str]:
    with world.read() as work:
        member = work.staff.get(browser.name)
    assert member is not None
    return [str(line.id) for line in open_alerts(world, member)]


def _settled(world: World) -> list[tuple[str, str]]:
    with world.read() as work:
        connection = work.connection  # type: ignore[attr-defined]
        columns = select(staff_alert.c.kind, staff_alert.c.seen_by).where(staff_alert.c.seen_at.is_not(None))
        return [tuple(row) for row in connection.execute(columns)]


def _told(world: World, kind: str, role: Role, about: str, name: str | None = None, **detail: Any) -> None:
    talk = a_queued_talk(world)
    with world.write() as work:
        key = f"{kind}:{about}:{role.value}:{name}"
        alert = Alert(None, kind, role, key, world.clock.now(), name, {"about": about, **detail}, conversation_id=talk)
        work.alerts.add(alert)
        work.commit()


def test_supervisors_read_what_is_late_and_agents_do_not(boss: Browser, li: Browser, late: str) -> None:
    page = boss.get("/alerts").text
    assert "没有在 11-22 10:10 前首次答复" in page and f"/talks/{late}" in page
    assert "没有在" not in li.get("/alerts").text


def test_the_bar_counts_what_is_open(boss: Browser, world: World, late: str) -> None:
    assert f'class="bell">{len(_ids(world, boss))}<' in boss.get("/alerts/count").text


def test_what_was_dealt_with_is_gone_for_all_of_the_role_and_its_row_says_who(
    boss: Browser, log_in: LogIn, world: World, late: str
) -> None:
    other = log_in(Role.SUPERVISOR, "老周")
    chosen = _ids(world, boss)
    answer = boss.post("/alerts/settle", data={"alert": chosen}, htmx=True)
    assert answer.status_code == 200 and "没有要处理的提醒" in answer.text
    assert _settled(world) == [(kind, "老陈") for kind, _ in _settled(world)] and len(_settled(world)) == len(chosen)
    assert "没有要处理的提醒" in other.get("/alerts").text and "bell" not in other.get("/alerts/count").text
    assert other.post("/alerts/settle", data={"alert": chosen}, htmx=True).status_code == 409


def test_nobody_deals_with_what_is_for_others(li: Browser, boss: Browser, world: World, late: str) -> None:
    assert li.post("/alerts/settle", data={"alert": _ids(world, boss)}, htmx=True).status_code == 409
    assert _settled(world) == []


def test_a_warning_is_gone_with_what_it_warned_of_but_what_was_late_stays(
    boss: Browser, li: Browser, world: World, late: str
) -> None:
    assert "没有空闲的客服" in boss.get("/alerts").text
    li.post(f"/talks/{late}/claim", htmx=True)
    li.post(f"/talks/{late}/resolve", data={"outcome": "no_answer"}, htmx=True)
    page = boss.get("/alerts").text
    assert "没有空闲的客服" not in page and "前首次答复" in page


def test_what_names_a_colleague_is_theirs_alone(li: Browser, log_in: LogIn, world: World) -> None:
    wang = log_in(Role.AGENT, "小王")
    _told(world, "warning", Role.AGENT, "first_answer:1", "小李", owner="小李")
    assert "小李 领取后还没有答复顾客" in li.get("/alerts").text
    assert "没有要处理的提醒" in wang.get("/alerts").text


def test_a_call_back_shows_the_score_and_what_the_customer_said(li: Browser, world: World) -> None:
    talk = a_queued_talk(world)
    li.post(f"/talks/{talk}/claim", htmx=True)
    li.post(f"/talks/{talk}/send", data={"text": "您好"}, htmx=True)
    li.post(f"/talks/{talk}/resolve", data={"outcome": "unsolved"}, htmx=True)
    with world.read() as work:
        (episode,) = work.episodes.of_conversation(talk)
    talk_ratings.rate_talk(world, talk, episode.id, 1)
    talk_ratings.add_words(world, talk, episode.id, "<b>一直没人理</b>")
    page = li.get("/alerts").text
    assert "顾客打了 1 分（小李），请回访" in page and "&lt;b&gt;一直没人理&lt;/b&gt;" in page


def test_what_a_queue_shows_is_not_told_twice(li: Browser, world: World) -> None:
    a_working_shop(world)
    file_case(world)
    a_queued_talk(world)
    assert "没有要处理的提醒" in li.get("/alerts").text


@pytest.mark.parametrize(
    ("kind", "about", "detail", "told"),
    [
        ("breach", "sla.review", {}, "审核已超时"),
        ("warning", "sla.review:50", {"percent": 50}, "审核的时限已用 50%"),
        ("escalation", "sla.finance:manager", {}, "财务付款超时，请接手"),
        ("task", "extra:RC1-E1:approved", {}, "补偿或运费要处理"),
        ("escalation", "something_of_tomorrow", {}, "已升级"),
        ("task", "coupon", {}, "优惠券  要退还买家"),
    ],
    ids=["breach", "warning", "escalation", "extra", "unknown", "lacking"],
)
def test_every_alert_has_words(
    boss: Browser, world: World, kind: str, about: str, detail: dict[str, Any], told: str
) -> None:
    _told(world, kind, Role.SUPERVISOR, about, **detail)
    assert told in boss.get("/alerts").text


@pytest.mark.parametrize("chosen", [[], ["x"], ["1; DROP"], ["9" * 30]])
def test_what_no_page_of_ours_sends_is_refused(li: Browser, chosen: list[str]) -> None:
    assert li.post("/alerts/settle", data={"alert": chosen}, htmx=True).status_code == 422


def test_both_databases_find_the_same(each_world: World) -> None:
    boss = add_staff(each_world, "老陈", Role.SUPERVISOR)
    _told(each_world, "task", Role.SUPERVISOR, "wanted:1")
    _told(each_world, "task", Role.SUPERVISOR, "SUBMITTED")
    _told(each_world, "task", Role.SUPERVISOR, "extra:1")
    assert count_alerts(each_world, boss) == len(open_alerts(each_world, boss)) == 2  # and that nobody is free
    assert settle_alerts(each_world, boss, [line.id for line in open_alerts(each_world, boss)]) == 2
    assert count_alerts(each_world, boss) == 0


def test_what_nobody_is_shown_is_put_away_and_what_is_open_stays(world: World, boss: Browser, late: str) -> None:
    shown = _ids(world, boss)
    assert settle_moot_alerts(world) > 0
    assert _ids(world, boss) == shown
    assert all(by == "system" and kind == "task" for kind, by in _settled(world))
    assert settle_moot_alerts(world) == 0


def test_a_warning_is_put_away_once_its_talk_is_over(world: World, boss: Browser, late: str) -> None:
    settle_moot_alerts(world)
    cancel_queue(world, late, by="customer")
    shown = _ids(world, boss)
    assert settle_moot_alerts(world) > 0
    assert _ids(world, boss) == shown, "what was late stays"


def test_what_a_supervisor_has_to_know_of_a_case_reaches_them_though_an_agent_looks_after_it(
    li: Browser, boss: Browser, world: World
) -> None:
    case = _a_case_of(world, li.name)
    _tell(world, case, Role.SUPERVISOR, "sla.review")
    assert _abouts(world, li.name) == []
    assert _abouts(world, boss.name) == ["sla.review"]


def test_what_a_supervisor_has_to_know_of_their_own_case_names_them(boss: Browser, log_in: LogIn, world: World) -> None:
    other = log_in(Role.SUPERVISOR, "老孙")
    _tell(world, _a_case_of(world, boss.name), Role.SUPERVISOR, "sla.review")
    assert (_abouts(world, boss.name), _abouts(world, other.name)) == (["sla.review"], [])


def test_an_alert_about_the_case_of_somebody_who_has_left_is_for_their_role(
    li: Browser, boss: Browser, log_in: LogIn, world: World
) -> None:
    left = log_in(Role.AGENT, "小赵")
    case = _a_case_of(world, left.name)
    with world.write() as work:
        work.staff_keeping.set_active(left.name, False)
        work.commit()
    _tell(world, case, Role.AGENT, "coupon")
    assert _abouts(world, li.name) == ["coupon"]


def _a_case_of(world: World, owner: str) -> Case:
    a_working_shop(world)
    case = file_case(world)
    return act(world, case.case_no or "", Event.TAKE_OVER, actor=Actor(Role.AGENT, owner))


def _tell(world: World, case: Case, role: Role, about: str) -> None:
    with world.write() as work:
        alert(work, case, "breach", role, world.clock.now(), about=about)
        work.commit()


def _abouts(world: World, name: str) -> list[str]:
    with world.read() as work:
        member = work.staff.get(name)
    assert member is not None
    return [line.alert.detail["about"] for line in open_alerts(world, member)]


def test_that_a_customer_presses_is_gone_once_the_case_has_moved_on(li: Browser, world: World) -> None:
    a_working_shop(world)
    case = file_case(world)
    urge(world, case.conversation_id, case.case_no or "", "")
    assert f'买家催办  <a href="/cases/{case.case_no}"' in li.get("/alerts").text
    act(world, case.case_no or "", Event.APPROVE, actor=Actor(Role.AGENT, li.name))
    assert "没有要处理的提醒" in li.get("/alerts").text
    assert settle_moot_alerts(world) > 0 and ("warning", "system") in _settled(world)
