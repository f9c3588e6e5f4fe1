"""The demo's plot: a complaint, order number, reason, photos, the policy, filing, and how far it has come."""

import io
import random
import re
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from PIL import Image, ImageDraw

from backend.errors import SettingsError
from bot.demo.customer import Customer, NotHeard, Row, Wish
from bot.demo.stage import Stage, StageMissing, opened_stage

MOST_PHOTOS = 5

HEADER = (
    "order_no,status,placed_at,shipped_at,signed_at,buyer_name,buyer_phone,line_no,sku,title,category,quantity,"
    "unit_price,line_discount,order_discount,coupon_code,coupon_amount,points_used,shipping_fee,payments,amount_paid"
)


def main() -> int:
    """Play the case; 1 when something that should come does not."""
    try:
        with opened_stage() as stage:
            case_no = play(stage, bought_cup(stage))
    except (NotHeard, StageMissing, SettingsError, OSError) as error:
        print(f"\n演示中断，没有等到 / The demo stopped, this did not come: {error}", file=sys.stderr)
        return 1
    print(f"\n演示完成 / Done: {case_no}")
    return 0


def play(stage: Stage, order_no: str) -> str:
    """The whole conversation; the number of the case that it leads to."""
    customer = Customer(stage)
    customer.say("你们怎么回事，收到的杯子碎了！")
    customer.hear("处理方式 / the remedies", has_button("退款"))
    customer.press("退款")
    customer.hear("询问订单号 / the question for the order", says("订单"))
    customer.say(order_no)
    customer.hear("核对身份 / the question who it is", says("后四位"))
    customer.say("6688")
    customer.hear("需要的照片 / which photos are needed", says("照片"))
    customer.say("退货运费谁出？")
    customer.hear("运费规则 / the rule about freight", says("运费"))
    send_photos(customer)
    customer.press("确认提交")
    filed = customer.hear("售后单号 / the case number", shows_case)
    case_no = str(filed["card"]["case_no"])
    customer.say(f"{case_no} 到哪一步了？")
    customer.hear("进度 / the progress report", shows_case)
    return case_no


def send_photos(customer: Customer) -> None:
    """Send photos until there is a summary to confirm."""
    for number in range(MOST_PHOTOS):
        customer.send_photo(a_photo(number))
        customer.hear_out("对照片的回答 / an answer to the photo")
        if customer.offered("确认提交"):
            return
    raise NotHeard("申请摘要 / the summary")


def says(words: str) -> Wish:
    return lambda row: words in (row["text"] or "")


def has_button(title: str) -> Wish:
    return lambda row: any(button["title"] == title for button in row["buttons"])


def shows_case(row: Row) -> bool:
    return bool(row["card"]) and re.fullmatch(r"RC\d{14}", row["card"].get("case_no", "")) is not None


def bought_cup(stage: Stage) -> str:
    """Have an order of one cup, signed for yesterday, in the shop; its number."""
    now = datetime.now(timezone.utc)
    order_no = f"88{now:%Y%m%d%H%M%S}"
    times = ",".join((now - timedelta(days=days)).isoformat(timespec="seconds") for days in (4, 3, 1))
    row = f"{order_no},signed,{times},王小明,13800006688,1,CUP-DEMO,手冲咖啡杯 云白 350ml,家居/杯具,1,89.00,0.00,0.00,"
    row += f",0.00,0,0.00,wechat:42{order_no}:89.00,89.00"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders.csv"
        file.write_text(f"{HEADER}\n{row}\n", "utf-8")
        stage.operate("orders", "import", str(file))
    return order_no


def a_photo(number: int) -> bytes:
    """A cup with a crack, seen from another side each time."""
    chance = random.Random()
    picture = Image.new("RGB", (960, 720), (225, 222 - 9 * number, 214))
    draw = ImageDraw.Draw(picture)
    left = 200 + 60 * number
    draw.ellipse((left, 180, left + 360, 300), fill="white", outline="gray", width=4)
    draw.polygon([(left, 240), (left + 360, 240), (left + 300, 600), (left + 60, 600)], fill="white", outline="gray")
    crack = [(left + 180 + chance.randint(-70, 70), 240 + step * 45) for step in range(8)]
    draw.line(crack, fill="black", width=5)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
