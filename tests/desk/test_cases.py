"""Cases at the desk: each role's queue and main job, who may not, what is stale, and what else a case shows."""

import re
from dataclasses import replace

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event
from backend.domain.request import Remedy
from backend.domain.verdict import Result
from backend.ports import World
from backend.services.complaints import file_complaint
from bot.desk.rendering import _environment
from tests.auditing import audit_trail
from tests.desk.conftest import Browser, LogIn
from tests.photos import a_jpeg
from tests.rule_changing import ADDRESS, put_in_force
from tests.working import NAMES, WAYS, a_working_shop, case_in, do, file_case, stored


def _log_in(log_in: LogIn, role: Role) -> Browser:
    return log_in(role, NAMES[role])


def _do(browser: Browser, case: Case, event: Event, **fields: object):  # type: ignore[no-untyped-def]
    """The form of an event as the page of this version sends it."""
    files = fields.pop("files", None)
    data = {"event": event.value, "version": str(case.version), **fields}
    return browser.post(f"/cases/{case.case_no}/do", data=data, files=files, htmx=True)


MAIN_JOBS = [
    (State.SUBMITTED, Role.AGENT, Event.APPROVE, {}, State.AWAITING_RETURN),
    (State.SUBMITTED, Role.AGENT, Event.ASK_INFO, {"items": ["label"]}, State.NEED_INFO),
    (
        State.SUBMITTED,
        Role.AGENT,
        Event.PROPOSE,
        {"remedy": "REFUND_ONLY", "amount": "30", "reason": "不用寄回"},
        State.PROPOSED,
    ),
    (
        State.SUBMITTED,
        Role.AGENT,
        Event.REJECT,
        {"rules": ["window"], "reason": "不符合", "alternatives": ["none"]},
        State.REJECTED,
    ),
    (State.PENDING_APPROVAL, Role.SUPERVISOR, Event.APPROVE, {}, State.AWAITING_RETURN),
    (State.PENDING_APPROVAL, Role.MANAGER, Event.SEND_BACK, {"reason": "再核实"}, State.SUBMITTED),
    (State.AWAITING_RETURN, Role.AGENT, Event.TRACKING_ADDED, {"waybill": "SF1357924680999"}, State.RETURN_IN_TRANSIT),
    (State.RETURN_IN_TRANSIT, Role.WAREHOUSE, Event.RECEIVE, {"counted_1": "2"}, State.RECEIVED),
    (State.RECEIVED, Role.WAREHOUSE, Event.INSPECT_PASS, {"grade_1": "A"}, State.REFUND_PENDING),
    (State.REFUND_PENDING, Role.FINANCE, Event.PAY, {}, State.REFUNDING),
    (
        State.REPLACEMENT_PENDING,
        Role.WAREHOUSE,
        Event.SHIP,
        {"waybill": "YT1357924680999", "checked": "yes"},
        State.REPLACEMENT_SHIPPED,
    ),
    (State.REPAIRING, Role.REPAIR, Event.REPAIRED, {"waybill": "YT1357924680999"}, State.REPLACEMENT_SHIPPED),
    (
        State.REPAIRING,
        Role.REPAIR,
        Event.UNREPAIRABLE,
        {"remedy": "REPAIR", "amount": "25.50", "reason": "进水"},
        State.PROPOSED,
    ),
    (State.SENDING_BACK, Role.AGENT, Event.DELIVERED, {"waybill": "YT1357924680999"}, State.CLOSED),
    (State.REPLACEMENT_SHIPPED, Role.AGENT, Event.DELIVERED, {}, State.AWAITING_CONFIRM),
    (State.CLOSED, Role.AGENT, Event.REOPEN, {"reason": "买家来电"}, State.SUBMITTED),
]


@pytest.mark.parametrize(
    ("state", "role", "event", "fields", "target"),
    MAIN_JOBS,
    ids=[f"{job[0].value}-{job[2].value}" for job in MAIN_JOBS],
)
def test_a_role_does_its_main_job_from_the_page(
    world: World, log_in: LogIn, state: State, role: Role, event: Event, fields: dict[str, object], target: State
) -> None:
    case = case_in(world, state)
    browser = _log_in(log_in, role)
    page = browser.get(f"/cases/{case.case_no}")
    assert page.status_code == 200 and f'value="{event.value}"' in page.text
    answer = _do(browser, case, event, **fields)
    assert (answer.status_code, answer.headers.get("hx-redirect")) == (204, f"/cases/{case.case_no}"), answer.text
    moved = stored(world, case)
    with world.read() as work:
        (entry,) = (each for each in work.cases.events(case.id) if each.version == case.version + 1)
    assert moved.state is target
    assert (entry.event, entry.actor) == (event.value, browser.name)
    assert browser.get(f"/cases/{case.case_no}").status_code == 200


@pytest.mark.parametrize("state", list(WAYS), ids=lambda state: state.value)
def test_a_case_can_be_looked_at_in_every_state(world: World, log_in: LogIn, state: State) -> None:
    case = case_in(world, state)
    for role in (Role.MANAGER, Role.REPAIR):
        page = log_in(role).get(f"/cases/{case.case_no}")
        assert page.status_code == 200 and f"{case.case_no}" in page.text


@pytest.mark.parametrize(
    ("role", "event"),
    [(Role.WAREHOUSE, Event.APPROVE), (Role.FINANCE, Event.REJECT), (Role.AGENT, Event.PAY), (Role.ADMIN, Event.NOTE)],
)
def test_a_wrong_role_is_refused_by_the_service_and_shown_whose_it_is(
    world: World, log_in: LogIn, role: Role, event: Event
) -> None:
    case = case_in(world, State.SUBMITTED)
    browser = log_in(role)
    answer = _do(browser, case, event, reason="x")
    assert answer.status_code == 409 and "您的角色" in answer.text
    assert stored(world, case) == case
    page = browser.get(f"/cases/{case.case_no}").text
    assert f'name="event" value="{event.value}"' not in page
    if role is Role.WAREHOUSE:
        assert re.search(r"<b>批准</b> 由客服、主管、经理进行", page)


def test_what_a_guard_refuses_is_not_offered_but_told_with_its_reason(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED, price_fen=200000)
    page = _log_in(log_in, Role.AGENT).get(f"/cases/{case.case_no}").text
    assert 'name="event" value="approve"' not in page and "超出您的审批权限" in page
    assert stored(world, case) == case


def test_looking_at_a_case_changes_nothing(world: World, log_in: LogIn) -> None:
    for_execution = case_in(world, State.INSPECTION_ISSUE)
    file_complaint(world, for_execution.conversation_id, "没有用过", for_execution.case_no)
    before = stored(world, for_execution)
    page = _log_in(log_in, Role.SUPERVISOR).get(f"/cases/{before.case_no}").text
    assert "请先在投诉里作出支持买家的裁定" in page and "争议中" in page
    assert stored(world, before) == before


def test_who_decides_on_a_stale_page_is_told_what_has_changed(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    browser = _log_in(log_in, Role.AGENT)
    do(world, case, Event.HOLD, Role.SUPERVISOR, reason="核实一下")
    answer = _do(browser, case, Event.APPROVE)
    assert answer.status_code == 409 and "周主管 暂停付款" in answer.text
    assert stored(world, case).state is State.SUBMITTED
    news = browser.get(f"/cases/{case.case_no}/news?since={case.version}")
    assert "刚刚有变化：售后主管 周主管 暂停付款" in news.text
    assert "刚刚有变化" not in browser.get(f"/cases/{case.case_no}/news?since={case.version + 1}").text


@pytest.mark.parametrize(
    ("state", "role", "event"),
    [(State.SUBMITTED, Role.AGENT, Event.APPROVE), (State.REFUND_PENDING, Role.FINANCE, Event.PAY)],
)
def test_a_double_click_does_one_thing(world: World, log_in: LogIn, state: State, role: Role, event: Event) -> None:
    case = case_in(world, state)
    browser = _log_in(log_in, role)
    assert _do(browser, case, event).status_code == 204
    _do(browser, case, event)
    with world.read() as work:
        done = [each for each in work.cases.events(case.id) if each.event == event.value]
        legs = work.refunds.of_case(case.id)
    assert len(done) == 1 and len(legs) == (1 if event is Event.PAY else 0)


def test_a_note_that_is_sent_twice_is_written_once(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    browser = _log_in(log_in, Role.AGENT)
    answers = [_do(browser, case, Event.NOTE, reason="已致电").status_code for _ in range(2)]
    with world.read() as work:
        notes = [each for each in work.cases.events(case.id) if each.event == "note"]
    assert answers == [204, 409] and len(notes) == 1


def test_nobody_pays_what_they_approved(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.REFUND_PENDING)
    browser = log_in(Role.FINANCE, "小方")
    with world.write() as work:
        work.cases.append(
            case.id,
            replace(work.cases.events(case.id)[-1], event="approve", actor="小方", version=case.version + 1),
        )
        work.cases.save(replace(case, version=case.version + 1), expected_version=case.version)
        work.commit()
    case = stored(world, case)
    assert "须由两个人完成" in browser.get(f"/cases/{case.case_no}").text
    answer = _do(browser, case, Event.PAY)
    assert answer.status_code == 422 and "须由两个人完成" in answer.text
    assert stored(world, case).state is State.REFUND_PENDING


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"amount": "一百"}, "金额请写成 12.34"),
        ({"amount": "-5"}, "金额请写成 12.34"),
        ({"amount": "12.345"}, "金额请写成 12.34"),
        ({"amount": "120"}, "不能超过买家实付"),
        ({"amount": "99.99"}, "请改为向买家提出方案"),
        ({"remedy": "MAGIC"}, "请从列表里选择"),
    ],
)
def test_a_form_that_cannot_be_is_answered_with_what_to_do(
    world: World, log_in: LogIn, fields: dict[str, str], says: str
) -> None:
    case = case_in(world, State.SUBMITTED)
    answer = _do(_log_in(log_in, Role.AGENT), case, Event.APPROVE, **fields)
    assert answer.status_code == 422 and says in answer.text
    assert answer.headers["hx-retarget"] == "#toasts"
    assert stored(world, case) == case


@pytest.mark.parametrize("event", ["", "start", "expire", "refund_succeeded", "nonsense"])
def test_events_that_the_desk_does_not_make_are_refused(world: World, log_in: LogIn, event: str) -> None:
    case = case_in(world, State.SUBMITTED)
    form = {"event": event, "version": str(case.version)}
    answer = _log_in(log_in, Role.AGENT).post(f"/cases/{case.case_no}/do", data=form)
    assert answer.status_code == 422 and stored(world, case) == case


class TestInspection:
    def test_the_amount_is_shown_before_it_is_sent_and_photos_come_with_it(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.RECEIVED)
        browser = _log_in(log_in, Role.WAREHOUSE)
        path = f"/cases/{case.case_no}/offer"
        assert "选好每个商品的等级后" in browser.get(path).text
        assert "应退 <b>¥90.00</b>" in browser.get(f"{path}?grade_1=B").text
        files = [("photos", ("a.jpg", a_jpeg(seed=1))), ("photos", ("b.jpg", a_jpeg(seed=2)))]
        answer = _do(browser, case, Event.INSPECT_FAIL, grade_1="B", reason="杯口有痕迹", files=files)
        assert answer.status_code == 204, answer.text
        with world.read() as work:
            found = work.cases.last_move(case.id)
            photos = [each for each in work.evidence.of_case(case.id) if each.brought_by is Role.WAREHOUSE]
        assert found is not None and found.detail["offer_fen"] == 9000
        assert sorted(found.detail["photos"]) == sorted(each.id for each in photos) and len(photos) == 2
        page = browser.get(f"/cases/{case.case_no}").text
        assert all(f"/evidence/{each.id}?small=1" in page for each in photos)

    def test_without_a_photo_a_fault_is_not_recorded(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.RECEIVED)
        answer = _do(_log_in(log_in, Role.WAREHOUSE), case, Event.INSPECT_FAIL, grade_1="B", reason="有痕迹")
        assert answer.status_code == 422 and "请拍照留证" in answer.text

    def test_a_file_that_is_no_photo_is_refused_and_nothing_happens(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.RECEIVED)
        files = [("photos", ("a.jpg", b"<svg/>"))]
        answer = _do(_log_in(log_in, Role.WAREHOUSE), case, Event.INSPECT_FAIL, grade_1="B", reason="x", files=files)
        assert answer.status_code == 422 and stored(world, case) == case


class TestWhatACaseShows:
    def test_the_buyer_is_masked_until_somebody_who_may_looks_and_that_is_written_down(
        self, world: World, log_in: LogIn
    ) -> None:
        case = case_in(world, State.SUBMITTED)
        agent, warehouse = _log_in(log_in, Role.AGENT), _log_in(log_in, Role.WAREHOUSE)
        for browser in (agent, warehouse):
            page = browser.get(f"/cases/{case.case_no}").text
            assert "13800006688" not in page and "王小明" not in page and "138****6688" in page
        assert warehouse.get(f"/cases/{case.case_no}/buyer").status_code == 403
        assert audit_trail(world, subject=case.case_no) == []
        assert "王小明 13800006688" in agent.get(f"/cases/{case.case_no}/buyer").text
        (look,) = audit_trail(world, subject=case.case_no)
        assert (look.actor, look.action) == (agent.name, "personal:buyer:seen")

    def test_documents_are_served_to_print_with_a_policy_of_their_own(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.PENDING_APPROVAL)
        browser = _log_in(log_in, Role.AGENT)
        assert "签呈" in browser.get(f"/cases/{case.case_no}").text
        memo = browser.get(f"/cases/{case.case_no}/documents/approval_memo")
        assert memo.status_code == 200 and "style-src 'unsafe-inline'" in memo.headers["content-security-policy"]
        assert "script-src" not in memo.headers["content-security-policy"]
        refused = _log_in(log_in, Role.WAREHOUSE).get(f"/cases/{case.case_no}/documents/approval_memo")
        assert refused.status_code == 422 and "不对您的角色开放" in refused.text
        assert "还没有生成" in browser.get(f"/cases/{case.case_no}/documents/inspection").text
        assert browser.get(f"/cases/{case.case_no}/documents/diary").status_code == 422

    def test_the_log_the_verdict_and_what_was_told_stand_on_the_page(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.INSPECTION_ISSUE)
        page = _log_in(log_in, Role.MANAGER).get(f"/cases/{case.case_no}").text
        for words in (
            "登记验收问题",
            "杯口有使用痕迹",
            "规则判定",
            "<small>类目</small>",
            "告知买家",
            "SF1357924680123",
            "验收单",
        ):
            assert words in page

    def test_other_cases_of_the_buyer_are_linked(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.SUBMITTED)
        a_working_shop(world, conversation="conv-2", order="202611200002")
        other = file_case(world, conversation="conv-2", order="202611200002")
        assert f"/cases/{other.case_no}" in _log_in(log_in, Role.AGENT).get(f"/cases/{case.case_no}").text

    def test_there_is_no_page_of_a_case_that_there_is_not(self, log_in: LogIn) -> None:
        answer = log_in(Role.AGENT).get("/cases/RC20260101000001")
        assert answer.status_code == 404 and "没有找到这个售后单" in answer.text


def test_only_what_pays_money_back_asks_for_an_amount(world: World, log_in: LogIn) -> None:
    a_working_shop(world)
    agent = _log_in(log_in, Role.AGENT)
    exchange = file_case(world, Remedy.EXCHANGE)
    approval, _, rest = (
        agent.get(f"/cases/{exchange.case_no}").text.partition('value="approve"')[2].partition("</form>")
    )
    assert 'name="sku"' in approval and 'name="amount"' not in approval
    assert 'name="amount"' in rest  # a refund may still be proposed


def test_an_amount_below_zero_has_its_sign_before_the_currency() -> None:
    assert _environment().from_string("{{ -685 | yuan }}").render() == "-¥6.85"


def test_a_refusal_shows_the_rules_it_stands_on_and_what_is_possible_instead(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    agent = _log_in(log_in, Role.AGENT)
    given = {"rules": ["condition", "window"], "reason": "吊牌已剪", "alternatives": ["repair"]}
    assert _do(agent, case, Event.REJECT, **given).status_code < 400
    page = agent.get(f"/cases/{case.case_no}").text.partition('class="timeline"')[2]
    assert "商品状态 · 申请期限" in page and "维修" in page


def test_a_rejection_offers_no_sentence_that_speaks_for_the_request_as_its_reason(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    assert case.verdict is not None
    page = _log_in(log_in, Role.AGENT).get(f"/cases/{case.case_no}").text
    form = page.partition('name="event" value="reject"')[2].partition("</form>")[0]
    against, _, found_later = form.partition("后来发现不符合的")
    for check in case.verdict.checks:
        passed = check.result is Result.PASS
        assert (check.reason in form) is not passed
        assert f'name="rules" value="{check.id}"' in (found_later if passed else against)
    assert "商品状态" in found_later


def test_an_inspection_names_what_each_grade_means(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.RECEIVED)
    page = _log_in(log_in, Role.WAREHOUSE).get(f"/cases/{case.case_no}").text
    assert "A 全新（退 100%）" in page and "X 不是本店商品（退 0%）" in page


def test_a_number_of_another_case_is_told_as_that(world: World, log_in: LogIn) -> None:
    sent = case_in(world, State.RETURN_IN_TRANSIT)
    with world.read() as work:
        (parcel,) = work.shipments.of_case(sent.id)
    a_working_shop(world, conversation="c2", order="B2002", phone="13900006688")
    case = do(world, file_case(world, conversation="c2", order="B2002"), Event.APPROVE, Role.AGENT)
    answer = _do(_log_in(log_in, Role.AGENT), case, Event.TRACKING_ADDED, waybill=parcel.waybill_no)
    assert answer.status_code == 409 and "已经登记在另一张售后单上" in answer.text


def test_a_rejection_does_not_offer_something_and_nothing_at_once(log_in: LogIn, world: World) -> None:
    case = case_in(world, State.SUBMITTED)
    said = {"rules": ["window"], "reason": "不符合", "alternatives": ["exchange", "none"]}
    answer = _do(_log_in(log_in, Role.AGENT), case, Event.REJECT, **said)
    assert answer.status_code == 422 and "不能既选替代方案" in answer.text
    assert stored(world, case).state is State.SUBMITTED


def test_staff_are_warned_of_the_example_address_until_the_merchant_has_put_theirs(log_in: LogIn, world: World) -> None:
    case = case_in(world, State.SUBMITTED)
    browser = _log_in(log_in, Role.AGENT)
    warned = {f"/cases/{case.case_no}": "自带的示例地址", "/rules": "退货地址还是自带的示例"}
    assert all(words in browser.get(path).text for path, words in warned.items())
    put_in_force(world, **ADDRESS)
    assert not any(words in browser.get(path).text for path, words in warned.items())
