"""The demo's plot: a complaint, order number, reason, photos, the policy, filing; review, the way back, inspection,
the refund through the sandbox, the money's receipt and a rating.
"""

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
from bot.demo.staff import Staff
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
    """One case from the first angry word to the last; its number."""
    customer, staff = Customer(stage), Staff(stage)
    case_no = file_case(customer, order_no)
    send_back(customer, staff, case_no)
    refund(customer, staff, case_no)
    return case_no


def file_case(customer: Customer, order_no: str) -> str:
    """From the complaint to the case number and a progress report."""
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


def send_back(customer: Customer, staff: Staff, case_no: str) -> None:
    """Review, the address, the customer's waybill, the parcel's arrival."""
    staff.do(case_no, "approve", "演示客服")
    customer.hear("寄回地址 / where to send it", says("退货编号"))
    customer.say(f"已经寄出了，顺丰 SF{random.Random().randint(10**12, 10**13 - 1)}")
    customer.hear("运单已登记 / the waybill", says("SF"))
    staff.do(case_no, "receive", "演示仓库", "--items", "1=1")
    customer.hear("签收通知 / the parcel's arrival", says("已签收"))


def refund(customer: Customer, staff: Staff, case_no: str) -> None:
    """Inspection, the refund, the customer's yes, the rating."""
    staff.do(case_no, "inspect_pass", "演示仓库", "--grade", "A", "--reason-confirmed", "damaged")
    staff.do(case_no, "pay", "演示财务")
    customer.hear("退款完成 / the refund", says("的退款已于"))
    customer.press("钱收到了")
    customer.hear("邀请评价 / the question for a rating", has_button("5 分"))
    customer.press("5 分")
    customer.hear("感谢评价 / thanks for the rating", lambda row: row["from"] == "bot")


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
