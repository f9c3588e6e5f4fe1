"""Staff act for customers at the desk: file a case for one who called, ask for freight, add to a complaint."""

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.complaint import Deed
from backend.domain.extra import Extra, Purpose
from backend.ports import World
from backend.services.complaints import file_complaint
from tests.desk.conftest import Browser, LogIn
from tests.photos import HTML, a_jpeg
from tests.working import CONVERSATION, ORDER, a_working_shop, case_in

FORM = {"pieces_1": "1", "wish": "refund", "reason": "damaged", "description": "杯口碎了", "intact": "", "override": ""}
RECEIPT = {"photos": ("a.jpg", a_jpeg(), "image/jpeg")}


@pytest.fixture
def agent(log_in: LogIn) -> Browser:
    return log_in(Role.AGENT)


def _cases(world: World) -> list[Case]:
    with world.read() as work:
        return [case for case in work.cases.of_order(ORDER) if case.state is not State.DRAFT]


def _freight(world: World, case: Case) -> list[Extra]:
    with world.read() as work:
        return [each for each in work.extras.of_case(case.id) if each.purpose is Purpose.FREIGHT]


class TestFiling:
    def test_a_case_is_filed_in_the_agents_name(self, world: World, agent: Browser) -> None:
        a_working_shop(world)
        page = agent.get(f"/orders/{ORDER}").text
        assert f"/orders/{ORDER}/case" in page
        answer = agent.post(f"/orders/{ORDER}/case", data=FORM)
        (case,) = _cases(world)
        assert answer.status_code == 303 and answer.headers["location"].startswith(f"/cases/{case.case_no}?filed=")
        assert (case.description, [line.quantity for line in case.lines]) == ("杯口碎了", [1])
        with world.read() as work:
            assert [event.actor for event in work.cases.events(case.id)] == [agent.name] * 2
        assert "已替买家提交" in agent.get(answer.headers["location"]).text

    def test_what_is_missing_is_told_and_what_was_filled_in_stays(self, world: World, agent: Browser) -> None:
        a_working_shop(world)
        answer = agent.post(f"/orders/{ORDER}/case", data={**FORM, "pieces_1": "0", "description": "<b>碎了"})
        assert answer.status_code == 422 and "至少一件" in answer.text and "&lt;b&gt;碎了" in answer.text
        answer = agent.post(f"/orders/{ORDER}/case", data={**FORM, "reason": "no_reason", "wish": "return"})
        assert answer.status_code == 422 and "还需要填写" in answer.text
        assert _cases(world) == []

    @pytest.mark.parametrize("changed", [{"wish": "x"}, {"reason": ""}, {"pieces_1": "-1"}, {"pieces_1": "²"}])
    def test_values_that_no_form_of_ours_sends_are_refused(
        self, world: World, agent: Browser, changed: dict[str, str]
    ) -> None:
        a_working_shop(world)
        assert agent.post(f"/orders/{ORDER}/case", data={**FORM, **changed}).status_code == 422
        assert _cases(world) == []

    @pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE, Role.ADMIN])
    def test_roles_that_serve_no_customers_file_nothing(self, world: World, log_in: LogIn, role: Role) -> None:
        a_working_shop(world)
        browser = log_in(role)
        assert f"/orders/{ORDER}/case" not in browser.get(f"/orders/{ORDER}").text
        assert browser.post(f"/orders/{ORDER}/case", data=FORM).status_code == 403
        assert _cases(world) == []

    def test_an_order_that_is_not_there_has_no_form(self, agent: Browser) -> None:
        assert agent.get("/orders/NOWHERE/case").status_code == 404


class TestFreight:
    @pytest.fixture
    def sent(self, world: World) -> Case:
        """Sent back because it is broken: the shop pays the way."""
        return case_in(world, State.REPAIRING)

    def test_it_is_asked_for_with_its_receipt(self, world: World, agent: Browser, sent: Case) -> None:
        path = f"/cases/{sent.case_no}"
        assert "替买家登记寄回运费" in agent.get(path).text
        assert agent.post(f"{path}/freight", data={"amount": "12.50"}, files=RECEIPT).status_code == 303
        (freight,) = _freight(world, sent)
        assert (freight.asked_fen, freight.proposed_by) == (1250, agent.name)
        with world.read() as work:
            receipt = work.evidence.get(freight.evidence_id or "")
        assert receipt is not None and receipt.brought_by is Role.AGENT
        assert "替买家登记寄回运费" not in agent.get(path).text

    def test_without_amount_or_receipt_nothing_is_asked(self, world: World, agent: Browser, sent: Case) -> None:
        path = f"/cases/{sent.case_no}/freight"
        assert agent.post(path, data={"amount": "12"}, htmx=True).status_code == 422
        assert agent.post(path, data={"amount": ""}, files=RECEIPT, htmx=True).status_code == 422
        assert agent.post(path, data={"amount": "12"}, files={"photos": ("a.jpg", HTML)}, htmx=True).status_code == 422
        assert _freight(world, sent) == []

    def test_who_may_not_ask_is_refused_in_words(self, world: World, log_in: LogIn, sent: Case) -> None:
        answer = log_in(Role.WAREHOUSE).post(
            f"/cases/{sent.case_no}/freight", data={"amount": "12"}, files=RECEIPT, htmx=True
        )
        assert answer.status_code == 422 and _freight(world, sent) == []


class TestComplaints:
    def test_photos_are_added_to_a_complaint(self, world: World, log_in: LogIn) -> None:
        case = case_in(world, State.INSPECTION_ISSUE)
        filed = file_complaint(world, case.conversation_id, "没有用过", case.case_no)
        agent = log_in(Role.AGENT)
        path = f"/cases/{case.case_no}/complaints/{filed.complaint_no}"
        agent.post(path, data={"deed": "acknowledge"})
        agent.post(path, data={"deed": "investigate"})
        answer = agent.post(path, data={"deed": "add_evidence", "text": ""}, files=RECEIPT, htmx=True)
        assert answer.status_code == 204
        with world.read() as work:
            (added,) = [
                each.detail["evidence"] for each in work.complaints.log(filed.id) if each.deed is Deed.ADD_EVIDENCE
            ]
            piece = work.evidence.get(added[0])
        assert piece is not None and (piece.case_id, piece.brought_by) == (case.id, Role.AGENT)


def test_what_others_did_is_told_with_who_they_are_in_chinese(world: World, log_in: LogIn) -> None:
    case = case_in(world, State.SUBMITTED)
    agent = log_in(Role.AGENT)
    agent.post(f"/cases/{case.case_no}/do", data={"event": "take_over", "version": str(case.version)})
    news = agent.get(f"/cases/{case.case_no}/news", params={"since": "0"}).text
    assert f"客服专员 {agent.name} 由我负责" in news and "买家" in news
    assert CONVERSATION not in news
