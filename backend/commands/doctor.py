"""`doctor`: looks at everything that must be right for the system to serve, and says what to do where it is not."""

import shutil
import socket
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from functools import partial
from urllib.parse import urlsplit

import redis
from sqlalchemy import create_engine, text

from backend.adapters.evidence_store import open_evidence_store
from backend.bootstrap import sandbox_url
from backend.commands.answer import Answer
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import opened
from backend.errors import BackendError, RuleBookError, SettingsError
from backend.model_file import MODEL, check_model
from backend.ports import World
from backend.services.error_words import words_of
from backend.services.rules_view import example_address
from backend.settings import Settings

ROOM_WARNED, ROOM_NEEDED = 2 * 2**30, 200 * 2**20
"""Bytes free: below the first one is told, below the second nothing works for long."""
AHEAD = timedelta(days=60)
"""So far ahead promises reach: their days must be known to be worked or not."""
PROBE = "doctor/probe"
PATIENCE = 3
"""Seconds that somebody outside may take to take up a connection."""


class Health(Enum):
    """How bad it is."""

    GOOD = "正常"
    NOTE = "注意"
    BAD = "错误"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` where something is to be done."""

    what: str
    health: Health
    says: str
    remedy: str = ""

    def line(self) -> str:
        return f"{self.health.value}  {self.what}：{self.says}" + (f"。{self.remedy}" if self.remedy else "")


def register(nouns: Commands) -> None:
    """Add the command `doctor`."""
    add_command(nouns, "doctor", _doctor, help="体检：检查能否正常服务，并给出办法")


def _doctor(_arguments: Namespace, settings: Settings) -> Answer:
    findings = list(_findings(settings))
    data = [
        {"what": each.what, "health": each.health.name.lower(), "says": each.says, "remedy": each.remedy}
        for each in findings
    ]
    bad = any(each.health is Health.BAD for each in findings)
    return Answer(data, [each.line() for each in findings], status=int(bad))


def _findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("设置", Health.GOOD, "已读取")
    yield from _looked("磁盘", lambda: _disk(settings), "检查 ANXIN_VAR")
    yield from _looked("模型", _model, "运行 make train（scripts/train）")
    yield from _looked("照片存储", lambda: _evidence(settings), "检查 ANXIN_EVIDENCE_URL 和写入权限")
    if settings.redis_url is not None:
        yield from _looked(
            "Redis", lambda: _redis(settings.redis_url or ""), "检查 ANXIN_REDIS_URL；期间系统照常服务，只是慢一点"
        )
    yield from _looked("任务队列", lambda: _queue(settings.queue_url), "检查 ANXIN_QUEUE_URL")
    yield from _in_database(replace(settings, evidence_url="memory://"))  # the evidence was looked at
    for name, url in _outside(settings).items():
        yield from _looked(name, partial(_reached, url), f"检查网络，或启动它：{urlsplit(url).netloc}", Health.NOTE)


def _in_database(settings: Settings) -> Iterator[Finding]:
    """What only an open backend can tell; what keeps it from opening where it does not."""
    try:
        with opened(settings) as world:
            yield Finding("数据库", Health.GOOD, "可以连接，表结构可用")
            for look in (_rules, _calendar, _backlog):
                yield from look(world)
    except (SettingsError, RuleBookError) as error:
        yield Finding("设置与规则", Health.BAD, words_of(error), "改正后重新检查；规则文件可用 rules check 检查")
    except BackendError as error:
        remedy = "运行 python -m backend database upgrade，或检查 ANXIN_DATABASE_URL"
        yield Finding("数据库与规则", Health.BAD, words_of(error), remedy)
    except Exception as error:
        yield Finding("数据库与规则", Health.BAD, _first_line(error), "检查 ANXIN_DATABASE_URL 和 ANXIN_VAR 的读写权限")


def _looked(
    what: str, look: Callable[[], str | Finding], remedy: str, failed: Health = Health.BAD
) -> Iterator[Finding]:
    try:
        found = look()
        yield found if isinstance(found, Finding) else Finding(what, Health.GOOD, found)
    except Exception as error:  # whatever it is, the operator is to read it and go on
        yield Finding(what, failed, words_of(error) if isinstance(error, BackendError) else _first_line(error), remedy)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _disk(settings: Settings) -> Finding:
    there = next(folder for folder in (settings.var, *settings.var.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    says = f"剩余 {free / 2**30:.1f} GB"
    if free < ROOM_NEEDED:
        return Finding("磁盘", Health.BAD, says, "清理磁盘：现在会拒收照片和消息")
    return Finding(
        "磁盘", Health.NOTE if free < ROOM_WARNED else Health.GOOD, says, "尽快清理" if free < ROOM_WARNED else ""
    )


def _model() -> str:
    return f"{MODEL}，Rasa {check_model()}"


def _evidence(settings: Settings) -> str:
    store = open_evidence_store(settings.evidence_url)
    store.delete(PROBE)
    store.put(PROBE, b"probe")
    if store.get(PROBE) != b"probe":
        raise OSError("reads something else than was written")
    store.delete(PROBE)
    return "可以写入和读取"


def _redis(url: str) -> str:
    redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2).ping()
    return "可以连接"


def _queue(url: str) -> str:
    if url.startswith("redis"):
        return _redis(url)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    finally:
        engine.dispose()
    return "可以连接"


def _rules(world: World) -> Iterator[Finding]:
    book = world.rule_book(world.clock.now())
    yield Finding("规则书", Health.GOOD, f"当前为第 {book.version} 版")
    if example_address(book.rules):
        remedy = "开店前换成自己的：工作台“规则 → 修改规则 → 常用参数”，或 backend/rules/returns.yml 的 return.address"
        yield Finding("退货地址", Health.NOTE, "收件人、电话或地址还是自带的示例，顾客会照它寄货", remedy)


def _calendar(world: World) -> Iterator[Finding]:
    years = {moment.year for moment in (world.clock.now(), world.clock.now() + AHEAD)}
    unknown = sorted(year for year in years if not world.calendar.covers(year))
    if not unknown:
        yield Finding("工作日历", Health.GOOD, "未来 60 天的放假安排已知")
        return
    says = f"{'、'.join(map(str, unknown))} 年的放假安排未知，暂按周一至周五计算"
    yield Finding("工作日历", Health.NOTE, says, "升级 chinesecalendar，或用 calendar set 逐日设定")


def _backlog(world: World) -> Iterator[Finding]:
    """What has been left over for so long that somebody should have done it: is a process missing?"""
    now = world.clock.now()
    with world.read() as work:
        unanswered = len(work.messages.unanswered(now - timedelta(minutes=1), 1000))
        counts = work.backlog.counts(now - timedelta(minutes=5))
    overdue = sum(each.number for each in counts if each.kind == "timer")
    unknown = sum(each.number for each in counts if (each.kind, each.state) == ("outbox", "unknown"))
    yield _left("未答复的消息", unanswered, "聊天服务是否在运行（python -m bot）")
    yield _left("逾期五分钟以上的定时任务", overdue, "后台进程是否在运行（python -m bot.worker）")
    yield Finding(
        "去向不明的消息",
        Health.NOTE if unknown else Health.GOOD,
        f"{unknown} 条",
        "在工作台逐条处理" if unknown else "",
    )


def _left(what: str, number: int, remedy: str) -> Finding:
    return Finding(what, Health.BAD if number else Health.GOOD, f"{number} 条", f"检查{remedy}" if number else "")


def _outside(settings: Settings) -> dict[str, str]:
    """Where those are called that are turned on; without a payment provider the sandbox stands for it."""
    given = {
        "微信支付": settings.wechat_pay,
        "支付宝": settings.alipay,
        "Telegram": settings.telegram,
        "微信公众号": settings.wechat,
        "微信客服": settings.wecom,
    }
    sandbox = {} if settings.wechat_pay or settings.alipay else {"支付沙箱": sandbox_url(settings)}
    return sandbox | {name: each.url for name, each in given.items() if each is not None}


def _reached(url: str) -> str:
    """Whether somebody takes up a connection there; nothing is said to them, so credentials are not tried."""
    with socket.create_connection(_place(url), timeout=PATIENCE):
        return "可以连接（凭据未验证）"


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
