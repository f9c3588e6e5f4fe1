"""An exchange for another article at the desk: offered with its price, its money shown, not sent before it is paid."""

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event
from backend.domain.request import Remedy
from backend.ports import World
from backend.services.collections_paid import record_payment
from tests.collecting import payment_for, the_collection, to_be_sent
from tests.desk.conftest import Browser, LogIn
from tests.working import NAMES, a_working_shop, file_case, stored


def _do(browser: Browser, case: Case, event: Event, **fields: object) -> int:
    data = {"event": event.value, "version": str(case.version), **fields}
    return browser.post(f"/cases/{case.case_no}/do", data=data, htmx=True).status_code


def test_an_agent_offers_another_article_with_its_price(world: World, log_in: LogIn) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.EXCHANGE)
    agent = log_in(Role.AGENT, NAMES[Role.AGENT])
    assert 'name="sku"' in agent.get(f"/cases/{case.case_no}").text
    given = {"remedy": "EXCHANGE", "sku": "CUP-L", "price": "60", "reason": "换成大号"}
    assert _do(agent, case, Event.PROPOSE, **given) < 400
    assert stored(world, case).state is State.PROPOSED
    page = agent.get(f"/cases/{case.case_no}").text
    assert all(word in page for word in ("改发商品", "CUP-L", "差价", "¥20.00"))


def test_a_price_that_cannot_be_is_answered(world: World, log_in: LogIn) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.EXCHANGE)
    agent = log_in(Role.AGENT, NAMES[Role.AGENT])
    _do(agent, case, Event.PROPOSE, remedy="EXCHANGE", sku="CUP-L", price="六十", reason="换")
    assert stored(world, case).state is State.SUBMITTED


def test_the_money_part_shows_what_is_asked_for_and_why_nothing_is_sent_yet(world: World, log_in: LogIn) -> None:
    case = to_be_sent(world)
    warehouse = log_in(Role.WAREHOUSE, NAMES[Role.WAREHOUSE])
    page = warehouse.get(f"/cases/{case.case_no}").text
    number = the_collection(world, case).collection_no
    assert all(word in page for word in ("向买家收款", number, "待付款", "改发 CUP-L", f"买家还没有付清款项 {number}"))
    assert 'name="waybill"' not in page

    record_payment(world, payment_for(the_collection(world, case)), by="sandbox")
    page = warehouse.get(f"/cases/{case.case_no}").text
    assert "已付款" in page and 'name="waybill"' in page


def test_alerts_about_payments_are_told_in_words(world: World, log_in: LogIn) -> None:
    case = to_be_sent(world)
    record_payment(world, payment_for(the_collection(world, case), 1), by="sandbox")
    page = log_in(Role.FINANCE, NAMES[Role.FINANCE]).get("/alerts").text
    assert "买家付的款与应收的不符" in page and "AMOUNT_DIFFERS" in page
