"""Lists of cases at the desk, and doing the same with many."""

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event
from backend.ports import World
from tests.desk.conftest import Browser, LogIn
from tests.working import APPROVE, NAMES, PASS, RECEIVE, SEND, WORK_OF, a_working_shop, case_in, do, file_case, stored

WAY = (APPROVE, SEND, RECEIVE, PASS)


def _cases(world: World, steps: int, count: int = 3) -> list[Case]:
    """Cases of different conversations, each so many steps on its way from being filed to being paid."""
    made = []
    for number in range(1, count + 1):
        conversation, order = f"conv-{number}", f"20261120000{number}"
        a_working_shop(world, conversation=conversation, order=order)
        case = file_case(world, conversation=conversation, order=order)
        for event, role, given in WAY[:steps]:
            role = Role.AGENT if event is Event.TRACKING_ADDED else role
            by = Role.SUPERVISOR if event is Event.APPROVE and case.risk else role
            given = {**given, "waybill": f"SF135792468000{number}"} if "waybill" in given else given
            case = do(world, case, event, by, **given)
        made.append(case)
    return made


def _batch(browser: Browser, event: Event, cases: list[Case], **fields: str):  # type: ignore[no-untyped-def]
    chosen = [f"{case.case_no}:{case.version}" for case in cases]
    return browser.post("/cases/batch", data={"event": event.value, "case": chosen, **fields}, htmx=True)


@pytest.mark.parametrize(("role", "state"), [*WORK_OF.items(), (Role.ADMIN, State.CLOSED)])
def test_a_role_finds_its_own_work_first(world: World, log_in: LogIn, role: Role, state: State) -> None:
    case = case_in(world, state)
    page = log_in(role).get("/cases").text
    assert f"/cases/{case.case_no}" in page
    other = Role.FINANCE if role is not Role.FINANCE else Role.WAREHOUSE
    assert f'href="/cases/{case.case_no}"' not in log_in(other).get("/cases").text


def test_filters_stand_in_the_address_and_a_search_looks_everywhere(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    browser = log_in(Role.FINANCE)
    for query in (f"text={case.case_no}", f"text={case.order_no}", "text=6688", "queue=all&state=SUBMITTED"):
        assert f"/cases/{case.case_no}" in browser.get(f"/cases?{query}").text, query
    for query in ("text=6689", "queue=all&state=CLOSED", "queue=all&overdue=1", "queue=all&reason=damaged"):
        assert "这里没有售后单" in browser.get(f"/cases?{query}").text, query
    for query in ("queue=nonsense&state=nonsense&after=x", "after=1~~99999999999999999999"):
        assert browser.get(f"/cases?{query}").status_code == 200, query
    for query in ("state=%00", "text=%00", "owner=%00x"):
        assert browser.get(f"/cases?{query}").status_code == 422, query


def test_a_list_that_is_longer_than_a_page_goes_on(
    world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = _cases(world, 0)
    monkeypatch.setattr("backend.services.case_queue.queue_page.__defaults__", (None, 2))
    browser = log_in(Role.AGENT)
    first = browser.get("/cases").text
    follows = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = browser.get(follows).text
    shown = [[case.case_no for case in cases if f'value="{case.case_no}:' in page] for page in (first, second)]
    assert [len(each) for each in shown] == [2, 1]
    assert {*shown[0], *shown[1]} == {case.case_no for case in cases}


def test_the_counts_are_fetched_again_when_cases_change(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    browser = log_in(Role.AGENT)
    assert 'hx-trigger="sse:cases"' in browser.get("/cases").text
    assert '审批<span class="count' not in browser.get("/cases/counts").text
    do(world, case, Event.HOLD, Role.AGENT, reason="x")
    do(world, case, Event.RECOMMEND, Role.AGENT)
    assert '审批<span class="count">1</span>' in browser.get("/cases/counts").text


class TestBatches:
    def test_many_are_approved_and_what_cannot_be_is_told_with_why(self, world: World, log_in: LogIn) -> None:
        cases = _cases(world, 0, count=2)
        stale = cases[1]
        do(world, stale, Event.NOTE, Role.AGENT, reason="等等")
        answer = _batch(log_in(Role.AGENT, NAMES[Role.AGENT]), Event.APPROVE, cases)
        assert "1 张完成，1 张没有完成" in answer.text and "刚刚已被其他同事处理" in answer.text
        assert [stored(world, case).state for case in cases] == [State.AWAITING_RETURN, State.SUBMITTED]

    def test_many_are_assigned(self, world: World, log_in: LogIn) -> None:
        cases = _cases(world, 0, count=2)
        answer = _batch(log_in(Role.SUPERVISOR), Event.ASSIGN, cases, staff=NAMES[Role.AGENT])
        assert "2 张完成" in answer.text
        assert {stored(world, case).owner for case in cases} == {NAMES[Role.AGENT]}

    def test_many_pass_inspection_as_new_but_not_those_of_which_pieces_are_missing(
        self, world: World, log_in: LogIn
    ) -> None:
        cases = _cases(world, 3, count=2)
        short = stored(world, cases[1])
        with world.write() as work:
            lines = tuple(type(line)(**{**vars(line), "received_quantity": 1}) for line in short.lines)
            changed = type(short)(**{**vars(short), "lines": lines, "version": short.version + 1})
            work.cases.save(changed, expected_version=short.version)
            work.commit()
        browser = log_in(Role.WAREHOUSE)
        answer = _batch(browser, Event.INSPECT_PASS, [cases[0], stored(world, short)])
        assert "1 张完成，1 张没有完成" in answer.text and "商品须全部到齐" in answer.text
        assert [stored(world, case).state for case in cases] == [State.REFUND_PENDING, State.RECEIVED]

    def test_many_are_paid_each_once(self, world: World, log_in: LogIn) -> None:
        cases = _cases(world, 4, count=2)
        browser = log_in(Role.FINANCE)
        for _ in range(2):
            assert "2 张完成" in _batch(browser, Event.PAY, cases).text
        with world.read() as work:
            assert [len(work.refunds.of_case(case.id)) for case in cases] == [1, 1]

    @pytest.mark.parametrize(
        ("role", "event"), [(Role.WAREHOUSE, Event.APPROVE), (Role.AGENT, Event.PAY), (Role.AGENT, Event.REJECT)]
    )
    def test_a_batch_that_is_not_for_this_role_is_refused(
        self, world: World, log_in: LogIn, role: Role, event: Event
    ) -> None:
        case = case_in(world, State.SUBMITTED)
        assert _batch(log_in(role), event, [case]).status_code == 422
        assert stored(world, case) == case

    @pytest.mark.parametrize("chosen", [[], ["RC1"], ["RC1:x"]])
    def test_a_batch_of_nothing_is_refused(self, log_in: LogIn, chosen: list[str]) -> None:
        answer = log_in(Role.AGENT).post("/cases/batch", data={"event": "approve", "case": chosen})
        assert answer.status_code == 422 and "请先勾选售后单" in answer.text
