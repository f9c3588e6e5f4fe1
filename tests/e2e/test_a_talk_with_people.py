"""A customer and the staff in browsers of their own, over the real processes: the queue, the talk, the way back."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.customer import answer, say, send_photo
from tests.e2e.people import People
from tests.e2e.system import TAIL, System
from tests.photos import a_jpeg

QUEUED = "您现在排在第"
GIVEN_BACK = "后面由智能助手继续为您服务"


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(a_jpeg(1200, 900, seed=700 + number))
    return paths


def waiting(page: Page, words: str) -> Locator:
    """The conversation in the desk's queue whose customer has said these words last."""
    return page.locator("#lists a.talk[id^=queue-]", has_text=words)


async def claim(page: Page, words: str) -> None:
    """Take the conversation from the queue, and wait until it can be answered."""
    await waiting(page, words).click()
    await page.get_by_role("button", name="领取").click()
    await expect(page.locator("#reply")).to_be_visible()


async def reply(page: Page, text: str) -> None:
    await page.fill("#reply", text)
    await page.press("#reply", "Enter")
    await expect(line(page, "agent", text)).to_be_visible()


async def finish(page: Page, button: str, dialog: str) -> None:
    """End it by that button and its dialog: as solved."""
    await page.get_by_role("button", name=button, exact=True).click()
    await page.locator(f"#{dialog}").get_by_label("已解决").check()
    await page.locator(f"#{dialog} button.primary").click()
    await expect(page.locator(f"#{dialog}")).not_to_be_visible()


def line(page: Page, kind: str, words: str = "") -> Locator:
    """The newest line of the desk's transcript of that kind (`customer`, `agent`, …) with these words."""
    return page.locator(f"#lines .line.{kind}", has_text=words).last


def from_agent(page: Page, words: str) -> Locator:
    return page.locator(".row[data-from=agent]", has_text=words)


async def is_loaded(picture: Locator) -> None:
    await expect(picture).to_be_visible()
    await expect(picture).not_to_have_js_property("naturalWidth", 0)


async def test_an_agent_takes_over_talks_with_photos_and_the_bot_goes_on_where_it_was(
    people: People, system: System, photos: list[Path]
) -> None:
    order_no = system.a_bought_cup("202611150001")
    agent, customer = await people.staff("agent1"), await people.customer()
    await agent.goto("/talks")
    await say(customer, f"订单{order_no}收到是碎的，退款", heard="后四位")
    await say(customer, TAIL, heard="商品照片")

    await say(customer, "转人工", heard=QUEUED)
    await claim(agent, "转人工")
    await expect(answer(customer, "客服 agent1 为您服务")).to_be_visible()
    await reply(agent, "您好，我来看一下，麻烦再拍一张。")
    await expect(from_agent(customer, "麻烦再拍一张")).to_be_visible()
    await customer.fill("#text", "好的，就是这只杯子")
    await customer.press("#text", "Enter")
    await expect(line(agent, "customer", "就是这只杯子")).to_be_visible()
    await customer.set_input_files("#photos", photos[0])
    await customer.click("#send")
    await is_loaded(line(agent, "customer").locator(".photo img"))
    await agent.set_input_files("#photo", photos[1])
    await agent.get_by_role("button", name="发送").click()
    await is_loaded(customer.locator(".row[data-from=agent] .photo img"))

    await finish(agent, "交回智能助手", "give-back")
    await expect(answer(customer, GIVEN_BACK)).to_be_visible()
    # The customer's photo was the one of the goods; the agent's proves nothing for the customer.
    asked_again = customer.locator(f".row:has-text('{GIVEN_BACK}') ~ .row", has_text="外包装照片")
    await expect(asked_again).to_be_visible()
    await send_photo(customer, photos[2], heard="快递面单照片")


async def test_of_two_agents_on_one_conversation_the_second_sees_who_has_it(people: People) -> None:
    first, second, customer = await people.staff("agent1"), await people.staff("agent2"), await people.customer()
    await say(customer, "转人工", heard=QUEUED)
    await customer.fill("#text", "我的冰箱门关不上")
    await customer.press("#text", "Enter")
    for page in (first, second):
        await page.goto("/talks")
        await waiting(page, "冰箱门").click()
        await expect(page.get_by_role("button", name="领取")).to_be_visible()

    await first.get_by_role("button", name="领取").click()
    await expect(first.locator("#reply")).to_be_visible()

    await expect(second.locator("#head")).to_contain_text("agent1")
    await expect(second.get_by_role("button", name="领取")).to_have_count(0)
    await expect(second.locator("#reply")).to_have_count(0)
    await finish(first, "结束", "resolve")
    await expect(answer(customer, "这次人工服务已结束")).to_be_visible()


async def test_a_list_drawn_anew_while_an_agent_clicks_swallows_no_click(people: People) -> None:
    customer, agent = await people.customer(), await people.staff("agent2")
    await say(customer, "转人工", heard=QUEUED)
    await customer.fill("#text", "手柄漂移")
    await customer.press("#text", "Enter")
    await agent.goto("/talks")
    await waiting(agent, "手柄漂移").hover()
    await agent.mouse.down()
    async with agent.expect_response("**/talks/lists*"):
        await agent.evaluate("htmx.trigger('#lists', 'refresh')")
    await agent.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    await agent.mouse.up()
    await agent.get_by_role("button", name="领取").click()
    await expect(agent.locator("#reply")).to_be_visible()
    await finish(agent, "结束", "resolve")


async def test_an_agent_needs_no_mouse(people: People, system: System) -> None:
    customer, agent = await people.customer(), await people.stranger()
    await say(customer, "转人工", heard=QUEUED)
    await customer.fill("#text", "键盘的空格键坏了")
    await customer.press("#text", "Enter")

    await agent.keyboard.type("agent2")
    await agent.keyboard.press("Tab")
    await agent.keyboard.type(system.passwords["agent2"])
    await agent.keyboard.press("Enter")
    await agent.wait_for_url("**/talks")
    await expect(waiting(agent, "空格键")).to_be_visible()
    while not await agent.locator("a.talk[aria-current]", has_text="空格键").count():
        async with agent.expect_navigation():
            await agent.keyboard.press("Alt+j")
    await agent.keyboard.press("Alt+c")
    await expect(agent.locator("#reply")).to_be_focused()
    arrives = asyncio.Event()

    async def delayed(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await agent.route("**/send", delayed)
    await agent.keyboard.type("您好，空格键坏了可以免费维修。")
    await agent.keyboard.press("Enter")
    await agent.keyboard.type("请")
    arrives.set()
    await expect(from_agent(customer, "免费维修")).to_be_visible()
    await expect(agent.locator("#reply")).to_have_value("请")
    await agent.keyboard.press("Alt+e")
    await expect(agent.locator("#resolve")).to_be_visible()
    await agent.keyboard.press("Space")
    await agent.keyboard.press("Enter")

    await expect(answer(customer, "这次人工服务已结束")).to_be_visible()
