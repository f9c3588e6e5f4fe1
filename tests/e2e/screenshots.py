"""Pictures of chat and desk for the documents, of the real system: `python -m tests.e2e.screenshots docs/images`."""

import argparse
import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from bot.demo.__main__ import a_photo
from tests.e2e.customer import press, say, send_photo
from tests.e2e.people import DESKTOP, TABLET, TELEPHONE, People, people_of
from tests.e2e.system import TAIL, System, running_system

PAST_CASES = 42
SIZES = {"": DESKTOP, "-tablet": TABLET}
SETTLES_MS = 800
"""After so long photos are loaded and lists are laid out anew."""
QUEUED = "您现在排在第"
PATIENCE_MS = 30_000
"""How long an answer may take, on a busy machine."""
MARGIN = 12
"""Around and between the telephones of a picture, in pixels."""
WAITING = ("耳机左边没有声音，想换一副", "快递说签收了，可是我没有收到", "退款三天了还没到账，麻烦查一下")


async def photographed(system: System, folder: Path) -> None:
    """Set the scenes and take the pictures into the folder."""
    async with people_of(system) as people:
        await _chat(await people.customer(), system.a_bought_cup("202611150020", f"1390000{TAIL}"), folder)
        customer, agent = await people.customer(), await people.staff("agent1")
        case_no = await _file_case(customer, system.a_bought_cup("202611150021"), folder)
        await _talk(people, customer, agent)
        await _picture(agent, folder, "desk-talk")
        await agent.goto(f"/cases/{case_no}")
        await _picture(agent, folder, "desk-case")
        manager = await people.staff("manager1")
        await manager.goto("/cases?queue=all")
        await _picture(manager, folder, "desk-cases")
        await manager.goto("/reports")
        await _picture(manager, folder, "desk-reports")


async def _chat(customer: Page, order_no: str, folder: Path) -> None:
    """A complaint, the verdict with its amount, the progress: three telephones side by side."""
    await say(customer, "你们怎么回事，收到的杯子碎了！！", heard="您希望怎么处理")
    screens = [await _screen(customer)]
    await press(customer, "退货退款", heard="订单号")
    await say(customer, order_no, heard="后四位")
    await say(customer, TAIL, heard="商品照片")
    await _show_damage(customer, folder)
    screens.append(await _screen(customer))
    await press(customer, "确认提交", heard="已提交，待审核")
    await say(customer, "售后办到哪了，查进度", heard="接下来")
    screens.append(await _screen(customer))
    _side_by_side(screens).save(folder / "chat.png", optimize=True)


async def _screen(page: Page) -> Image.Image:
    await page.wait_for_timeout(SETTLES_MS)
    return Image.open(io.BytesIO(await page.screenshot()))


def _side_by_side(screens: list[Image.Image]) -> Image.Image:
    width, height = TELEPHONE
    whole = Image.new("RGB", (MARGIN + len(screens) * (width + MARGIN), height + 2 * MARGIN), "white")
    for number, screen in enumerate(screens):
        whole.paste(screen, (MARGIN + number * (width + MARGIN), MARGIN))
    return whole.convert("P", palette=Image.Palette.ADAPTIVE)


async def _file_case(customer: Page, order_no: str, folder: Path) -> str:
    await say(customer, f"订单{order_no}收到是碎的，退款", heard="后四位")
    await say(customer, TAIL, heard="商品照片")
    await _show_damage(customer, folder)
    await press(customer, "确认提交", heard="已提交，待审核")
    return await customer.locator(".card--case").last.get_attribute("data-case-no") or ""


async def _show_damage(customer: Page, folder: Path) -> None:
    """The three photos that broken goods need, each asked for in turn."""
    for number, heard in enumerate(("外包装照片", "快递面单照片", "退货运费：商家承担")):
        photo = folder / f"cup-{number}.jpg"
        try:
            photo.write_bytes(a_photo(number))
            await send_photo(customer, photo, heard=heard)
        finally:
            photo.unlink(missing_ok=True)


async def _talk(people: People, customer: Page, agent: Page) -> None:
    """One customer is being talked with, others wait."""
    await say(customer, "退款要等几天？杯子是送人的，转人工", heard=QUEUED)
    await agent.goto("/talks")
    await agent.locator("#lists a.talk[id^=queue-]", has_text="送人").click()
    await agent.get_by_role("button", name="领取").click()
    for text in ("您好，杯子碎了很抱歉，申请我看到了。", "审核今天完成，通过后我把寄回地址发给您。"):
        await agent.fill("#reply", text)
        await agent.press("#reply", "Enter")
        await expect(agent.locator(".line.agent", has_text=text)).to_be_visible()
    await customer.fill("#text", "好的，谢谢，周末前能退到吗？")
    await customer.press("#text", "Enter")
    await expect(agent.locator(".line.customer", has_text="周末前")).to_be_visible()
    for words in WAITING:
        other = await people.customer()
        await say(other, "转人工", heard=QUEUED)
        await other.fill("#text", words)
        await other.press("#text", "Enter")
        await expect(agent.locator("#lists a.talk[id^=queue-]", has_text=words)).to_be_visible()


async def _picture(page: Page, folder: Path, name: str) -> None:
    for ending, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        taken = await _screen(page)
        taken.convert("P", palette=Image.Palette.ADAPTIVE).save(folder / f"{name}{ending}.png", optimize=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    expect.set_options(timeout=PATIENCE_MS)
    folder: Path = parser.parse_args().folder
    with tempfile.TemporaryDirectory(prefix="anxin-pictures-") as var, running_system(Path(var), PAST_CASES) as system:
        asyncio.run(photographed(system, folder))


if __name__ == "__main__":
    main()
