"""A case from the complaint to the money, worked at the desk by three roles while the customer's page is open."""

from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from tests.e2e.customer import answer, press, say, send_photo
from tests.e2e.people import People
from tests.e2e.system import TAIL, System
from tests.photos import a_jpeg

WAYBILL = "SF1357924680533"


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(a_jpeg(1200, 900, seed=700 + number))
    return paths


async def file_case(customer: Page, order_no: str, photos: list[Path]) -> str:
    """A broken cup is to go back; the case's number."""
    await say(customer, f"订单{order_no}收到是碎的，退款", heard="后四位")
    await say(customer, TAIL, heard="商品照片")
    await send_photo(customer, photos[0], heard="外包装照片")
    await send_photo(customer, photos[1], heard="快递面单照片")
    await send_photo(customer, photos[2], heard="退货运费：商家承担")
    await press(customer, "确认提交", heard="已提交，待审核")
    case_no = await customer.locator(".card--case").last.get_attribute("data-case-no")
    assert case_no is not None
    return case_no


async def opened_form(page: Page, case_no: str, event: str) -> Locator:
    """The form by which this event is made happen to the case."""
    await page.goto(f"/cases/{case_no}")
    form = page.locator(f"form:has([name=event][value={event}])")
    if not await form.is_visible():
        await page.locator(f"details.act:has([value={event}]) > summary").click()
    return form


async def send(page: Page, form: Locator, *, state: str) -> None:
    await form.locator("button.primary").click()
    await expect(page.locator(".casehead h1")).to_contain_text(state)


async def test_a_case_is_approved_received_inspected_and_paid_and_the_customer_sees_each_step(
    people: People, system: System, photos: list[Path]
) -> None:
    customer, agent = await people.customer(), await people.staff("agent1")
    warehouse, finance = await people.staff("warehouse1"), await people.staff("finance1")
    case_no = await file_case(customer, system.a_bought_cup("202611150013"), photos)

    await send(agent, await opened_form(agent, case_no, "approve"), state="寄回")
    await expect(answer(customer, "退货编号")).to_be_visible()
    await say(customer, f"已经寄出了，顺丰 {WAYBILL}", heard=WAYBILL)

    form = await opened_form(warehouse, case_no, "receive")
    await form.locator("[name=counted_1]").fill("1")
    await send(warehouse, form, state="验收")
    await expect(answer(customer, "已签收")).to_be_visible()

    form = await opened_form(warehouse, case_no, "inspect_pass")
    await form.locator("[name=grade_1]").select_option("A")
    shelf = FilePayload(name="shelf.jpg", mimeType="image/jpeg", buffer=a_jpeg(900, 700, seed=711))
    await form.locator("[name=photos]").set_input_files([shelf])
    await send(warehouse, form, state="退款")
    await expect(answer(customer, "商品验收通过")).to_be_visible()
    await expect(warehouse.locator(".gallery img")).to_have_count(4)

    await send(finance, await opened_form(finance, case_no, "pay"), state="退款")
    await expect(answer(customer, "的退款已于")).to_be_visible()
    with system.world.read() as work:
        case = work.cases.by_number(case_no)
    assert case is not None and (case.state.value, case.approved_fen) == ("AWAITING_CONFIRM", 10000)
