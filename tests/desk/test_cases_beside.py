"""What hangs on a case at the desk: compensation, freight, complaints, payments."""

import pytest

from backend.domain.case import Actor, Role, State
from backend.domain.case_queue import Queue
from backend.domain.complaint import Complaint, Outcome, Stage
from backend.domain.extra import ExtraState
from backend.domain.payout import MANUAL_GATEWAY
from backend.domain.refund_leg import LegState
from backend.domain.work import Staff
from backend.ports import World
from backend.services import care_supply, handoff
from backend.services.care_urging import urge
from backend.services.case_queue import Filters, queue_page
from backend.services.complaint_view import complaint_view
from backend.services.complaints import file_complaint
from backend.services.refunds import pay_refund
from tests.clock import FakeClock
from tests.desk.conftest import LogIn
from tests.desk.talking import a_talk
from tests.due import run_due
from tests.photos import a_jpeg
from tests.working import NAMES, case_in, stored

PROPOSAL = {"severity": "low", "kind": "cash", "amount": "5", "note": "多次联系"}


def test_that_a_customer_has_pressed_stands_in_the_log_by_what_they_waited_for(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    urge(world, case.conversation_id, case.case_no or "", "")
    page = log_in(Role.AGENT).get(f"/cases/{case.case_no}").text
    noted = page[page.index("添加备注</b>") :][:400]
    assert "买家" in noted and "催办" in noted and "待审核" in noted


def test_what_the_customer_adds_in_words_stands_in_the_log_as_theirs(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    care_supply.add(world, case.conversation_id, case.case_no or "", words="盒子也破了")
    page = log_in(Role.AGENT).get(f"/cases/{case.case_no}").text
    noted = page[page.index("添加备注</b>") :][:400]
    assert "买家" in noted and "系统" not in noted and "盒子也破了" in noted
    assert stored(world, case).state is State.SUBMITTED


class TestCompensation:
    def test_it_is_proposed_approved_and_given_by_three_people(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.REPAIRING)
        path = f"/cases/{case.case_no}"
        assert log_in(Role.AGENT).post(f"{path}/compensation", data=PROPOSAL).status_code == 303
        with world.read() as work:
            (extra,) = work.extras.of_case(case.id)
        manager, finance = log_in(Role.MANAGER), log_in(Role.FINANCE)
        one = f"{path}/extras/{extra.extra_no}"
        assert finance.post(one, data={"event": "approve"}).status_code == 409
        assert manager.post(one, data={"event": "approve"}).status_code == 303
        assert "凭证号" in finance.get(path).text
        assert finance.post(one, data={"event": "give"}).status_code == 422
        assert finance.post(one, data={"event": "give", "voucher": "PZ1"}).status_code == 303
        with world.read() as work:
            (given,) = work.extras.of_case(case.id)
        assert (given.state, given.amount_fen, given.voucher) == (ExtraState.GIVEN, 500, "PZ1")
        assert given.approved_by == manager.name and given.settled_by == finance.name

    def test_one_that_departs_from_the_table_needs_a_note(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.REPAIRING)
        form = {**PROPOSAL, "note": ""}
        answer = log_in(Role.AGENT).post(f"/cases/{case.case_no}/compensation", data=form, htmx=True)
        assert answer.status_code == 422 and "请在说明里写明理由" in answer.text
        refused = log_in(Role.WAREHOUSE).post(f"/cases/{case.case_no}/compensation", data=PROPOSAL, htmx=True)
        assert refused.status_code == 422 and "由客服、主管或经理提出" in refused.text
        with world.read() as work:
            assert work.extras.of_case(case.id) == []

    def test_what_belongs_to_another_case_is_not_touched_from_here(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.REPAIRING)
        answer = log_in(Role.MANAGER).post(f"/cases/{case.case_no}/extras/RC1-E1", data={"event": "approve"})
        assert answer.status_code == 422


class TestComplaints:
    def test_one_goes_from_filing_to_a_ruling_that_the_case_follows(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.INSPECTION_ISSUE)
        filed = file_complaint(world, case.conversation_id, "没有用过", case.case_no)
        agent, manager = log_in(Role.AGENT), log_in(Role.MANAGER)
        path = f"/cases/{case.case_no}/complaints/{filed.complaint_no}"
        assert "没有用过" in agent.get(f"/cases/{case.case_no}").text
        for deed in ("acknowledge", "investigate"):
            assert agent.post(path, data={"deed": deed}).status_code == 303
        ruling = {"deed": "rule", "outcome": "support", "text": "按买家的说法", f"to_{case.case_no}": "REFUND_PENDING"}
        assert agent.post(path, data=ruling).status_code == 409
        missing = manager.post(path, data=ruling, htmx=True)
        assert missing.status_code == 422 and "金额应为" in missing.text
        assert manager.post(path, data={**ruling, f"amount_{case.case_no}": "95"}).status_code == 303
        assert manager.post(path, data={"deed": "execute"}).status_code == 303
        with world.read() as work:
            ruled = work.complaints.by_number(filed.complaint_no)
        assert ruled is not None and ruled.ruling is not None
        assert (ruled.ruling.outcome, ruled.stage) == (Outcome.SUPPORT, Stage.EXECUTED)
        after = stored(world, case)
        assert (after.state, after.approved_fen) == (State.REFUND_PENDING, 9500)

    def test_staff_write_one_down_for_the_customer(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.SUBMITTED)
        browser = log_in(Role.AGENT)
        path = f"/cases/{case.case_no}/complaints"
        assert browser.post(path, data={"cause": "plain", "text": " "}).status_code == 422
        assert browser.post(path, data={"cause": "plain", "text": "处理太慢"}).status_code == 303
        with world.read() as work:
            (made,) = work.complaints.of_case(case.id)
        assert (made.text, made.cause.value) == ("处理太慢", "plain")
        assert f"/cases/{case.case_no}" in browser.get("/cases?queue=complaint").text


class TestPayments:
    def test_finance_sees_every_refund_by_its_state(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.REFUND_PENDING)
        pay_refund(world, case.case_no or "", Actor(Role.FINANCE, NAMES[Role.FINANCE]))
        browser = log_in(Role.FINANCE)
        assert f"{case.case_no}-1" in browser.get("/payments?state=PLANNED").text
        assert f"{case.case_no}-1" not in browser.get("/payments?state=FAILED").text
        assert f"{case.case_no}-1" in browser.get("/payments?state=nonsense").text
        assert log_in(Role.AGENT).get("/payments").status_code == 403

    def test_what_was_paid_outside_is_settled_by_its_voucher(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.REFUND_PENDING)
        pays_outside = dict.fromkeys(world.gateway_of, MANUAL_GATEWAY)
        world = type(world)(**{**vars(world), "gateway_of": pays_outside})
        pay_refund(world, case.case_no or "", Actor(Role.FINANCE, NAMES[Role.FINANCE]))
        browser = log_in(Role.FINANCE)
        number = f"{case.case_no}-1"
        for address in ("/payments", "/payments?state=SUCCESS"):
            assert "待登记凭证的线下付款" in browser.get(address).text
        assert "登记凭证" in browser.get(f"/cases/{case.case_no}").text
        empty = browser.post(f"/payments/{number}/voucher", data={"voucher": " "}, htmx=True)
        assert empty.status_code == 422 and "须由财务填写凭证号" in empty.text
        refused = log_in(Role.MANAGER).post(f"/payments/{number}/voucher", data={"voucher": "PZ9"})
        assert refused.status_code == 422
        for _ in range(2):
            assert browser.post(f"/payments/{number}/voucher", data={"voucher": "PZ9"}).status_code == 303
        with world.read() as work:
            leg = work.refunds.by_number(number)
        assert leg is not None and (leg.state, leg.provider_no) == (LegState.SUCCESS, "PZ9")
        assert stored(world, case).state is State.AWAITING_CONFIRM
        assert "待登记凭证的线下付款" not in browser.get("/payments").text
        assert "登记凭证" not in browser.get(f"/cases/{case.case_no}").text
        assert browser.post(f"/payments/{number}/voucher", data={"voucher": "PZ8"}).status_code == 409

    @pytest.mark.parametrize("days", ["since=x&until=2026-11-23", "since=2026-11-22"])
    def test_books_are_compared_only_between_days(self, log_in: LogIn, days: str) -> None:
        answer = log_in(Role.FINANCE).get(f"/payments/reconcile?{days}", htmx=True)
        assert answer.status_code == 422 and "日期请写成" in answer.text

    def test_a_provider_that_does_not_answer_is_no_difference(self, log_in: LogIn) -> None:
        answer = log_in(Role.FINANCE).get("/payments/reconcile?since=2026-11-01&until=2026-11-30", htmx=True)
        assert answer.status_code == 422 and "支付渠道没有应答" in answer.text


class TestComplaintsAboutNoCase:
    @pytest.fixture
    def service(self, world: World) -> Complaint:
        """What a customer has filed in the chat, about how they were treated."""
        return file_complaint(world, a_talk(world), "客服态度<b>太差")

    def test_it_stands_in_the_queue_of_complaints_and_is_counted(
        self, world: World, log_in: LogIn, service: Complaint
    ) -> None:
        boss = log_in(Role.SUPERVISOR)
        page = boss.get("/cases?queue=complaint").text
        assert f"/complaints/{service.complaint_no}" in page and "态度&lt;b&gt;太差" in page
        assert service.complaint_no not in boss.get("/cases?queue=all").text
        counts = queue_page(world, Staff(boss.name, Role.SUPERVISOR), Queue.MINE, Filters()).counts
        assert counts[Queue.COMPLAINT] == (1, 0)

    def test_it_is_taken_up_and_ruled_on_from_its_page(self, world: World, log_in: LogIn, service: Complaint) -> None:
        address = f"/complaints/{service.complaint_no}"
        agent, boss = log_in(Role.AGENT), log_in(Role.SUPERVISOR)
        assert agent.post(address, data={"deed": "acknowledge"}).headers["location"] == address
        assert agent.post(address, data={"deed": "rule", "outcome": "support", "text": "属实"}).status_code >= 400
        files = {"photos": ("a.jpg", a_jpeg(), "image/jpeg")}
        assert agent.post(address, data={"deed": "add_evidence", "text": "通话截图"}, files=files).status_code == 303
        assert boss.post(address, data={"deed": "investigate"}).status_code == 303
        ruling = {"deed": "rule", "outcome": "support", "text": "已向您道歉"}
        assert boss.post(address, data=ruling).status_code == 303
        page = boss.get(address).text
        assert "裁定：支持</b>，已向您道歉" in page and "登记投诉" in page and "支持您的诉求" not in page
        found = complaint_view(world, service.complaint_no, Actor(Role.SUPERVISOR, boss.name))
        assert (found.complaint.stage, found.complaint.ruling is not None) == (Stage.RULED, True)

    def test_what_no_form_of_ours_sends_is_refused(self, log_in: LogIn, service: Complaint) -> None:
        boss = log_in(Role.SUPERVISOR)
        for deed in ("open", "nonsense", ""):
            assert boss.post(f"/complaints/{service.complaint_no}", data={"deed": deed}).status_code == 422
        assert boss.get("/complaints/CP20991231000001").status_code == 404

    def test_whoever_is_asked_for_sees_what_was_promised_of_it(
        self, world: World, log_in: LogIn, service: Complaint
    ) -> None:
        handoff.request_human(world, service.conversation_id, reason="complaint", by="message:1")
        page = log_in(Role.AGENT).get(f"/talks/{service.conversation_id}").text
        assert "<dt>已承诺</dt><dd>投诉处理：" in page and "售后单处理" not in page

    def test_an_alert_about_it_leads_to_it(
        self, world: World, clock: FakeClock, log_in: LogIn, service: Complaint
    ) -> None:
        clock.advance(days=2)
        run_due(world)
        pages = [log_in(role).get("/alerts").text for role in (Role.SUPERVISOR, Role.MANAGER)]
        assert any(f'href="/complaints/{service.complaint_no}"' in page for page in pages)
