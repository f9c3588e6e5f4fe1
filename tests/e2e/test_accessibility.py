"""axe finds nothing serious on the desk's pages (names, roles, keyboard, contrast); on a telephone none is too wide."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.customer import say
from tests.e2e.people import DESKTOP, TABLET, TELEPHONE, People
from tests.e2e.system import System

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
GRAVE = ("serious", "critical")
PLACES = {
    "cases": ("manager1", "/cases?queue=all"),
    "case": ("manager1", "/cases/{case_no}"),
    "payments": ("finance1", "/payments"),
    "reports": ("manager1", "/reports"),
    "complaints": ("manager1", "/reports/complaints"),
    "alerts": ("supervisor1", "/alerts"),
    "replies": ("supervisor1", "/replies"),
    "rules": ("manager1", "/rules"),
    "orders": ("admin1", "/orders"),
    "staff": ("admin1", "/staff"),
    "account": ("admin1", "/account"),
    "audit": ("admin1", "/audit"),
}


async def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands, with where; what depends on colours also in the dark."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = []
    for width, height in (DESKTOP, TABLET):
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme="light")
        found += [f"{width} px: {each}" for each in await _run(page, {})]
        await page.emulate_media(color_scheme="dark")
        found += [f"{width} px, dark: {each}" for each in await _run(page, {"runOnly": ["color-contrast"]})]
    return found


async def _run(page: Page, options: dict[str, Any]) -> list[str]:
    result = await page.evaluate("options => axe.run(options)", options)
    assert result["passes"], "axe has looked at nothing"
    return [_told(each) for each in result["violations"] if each["impact"] in GRAVE]


def _told(violation: dict[str, Any]) -> str:
    nodes = [(node["target"], node["failureSummary"]) for node in violation["nodes"][:3]]
    return f"{violation['id']}, {violation['help']}, {len(violation['nodes'])} times: {nodes}"


async def too_wide(page: Page) -> int:
    """By how many pixels the page has to be pushed aside on a telephone."""
    width, height = TELEPHONE
    await page.set_viewport_size({"width": width, "height": height})
    return int(await page.evaluate("(of => of.scrollWidth - of.clientWidth)(document.querySelector('.sheet'))"))


async def test_the_log_in_is_accessible(people: People) -> None:
    assert await violations(await people.stranger()) == []


async def test_a_conversation_is_accessible(people: People) -> None:
    customer, agent = await people.customer(), await people.staff("agent1")
    await say(customer, "转人工", heard="您现在排在第")
    await say(customer, "我的耳机左边没有声音", heard="您现在排在第")
    await agent.goto("/talks")
    await agent.locator("a.talk", has_text="耳机").click()
    assert await violations(agent) == []
    await agent.get_by_role("button", name="领取").click()
    await agent.fill("#reply", "您好")
    await agent.press("#reply", "Enter")
    await expect(agent.locator(".line.agent", has_text="您好")).to_be_visible()
    assert await violations(agent) == []
    await agent.keyboard.press("Alt+b")
    assert await violations(agent) == []


@pytest.mark.parametrize(("member", "path"), list(PLACES.values()), ids=list(PLACES))
async def test_a_page_is_accessible(people: People, system: System, member: str, path: str) -> None:
    with system.world.read() as work:
        case = work.cases.get(1)
    assert case is not None
    page = await people.staff(member)
    await page.goto(path.format(case_no=case.case_no))
    assert await violations(page) == []
    assert await too_wide(page) == 0
