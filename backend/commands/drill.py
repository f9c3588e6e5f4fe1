"""`drill start | report | stop`: staff practise on buyers that do not exist."""

from argparse import Namespace
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import opened
from backend.commands.reading import member
from backend.commands.times import iso
from backend.domain.drill import MOST, DrillTalk, Reactions, reactions
from backend.domain.ownership import Outcome
from backend.domain.work import Staff
from backend.ports import World
from backend.services.drill import drill_talks, start_drill, stop_drill
from backend.settings import Settings

TALKS = 5
STEPS = {"claimed_at": "接手", "first_answer_at": "首次回复", "solved_at": "解决"}
"""What is measured, each from when the buyer asked for people."""


def register(nouns: Commands) -> None:
    """Add the noun `drill` with its verbs."""
    verbs = nouns.add_parser("drill", help="应急演练：用虚构的顾客练习").add_subparsers(required=True, metavar="VERB")
    start = add_command(verbs, "start", _start, help="开始演练：虚构的顾客进入排队；不计入报表，不经支付渠道退款")
    start.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="由哪位主管或经理开始")
    start.add_argument("--talks", metavar="N", type=int, default=TALKS, help=f"多少位顾客，1 到 {MOST}（默认 {TALKS}）")
    told = add_command(verbs, "report", _report, help="查看员工的反应时间：接手、首次回复、解决")
    told.add_argument("drill", metavar="DRILL", nargs="?", help="演练编号（默认最近一次）")
    stop = add_command(verbs, "stop", _stop, help="结束最近一次演练：关闭会话，撤销售后单")
    stop.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="由哪位主管或经理结束")


def _start(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        drill = start_drill(world, _member(world, arguments.staff), arguments.talks)
    lines = [f"演练 {drill} 已开始：{arguments.talks} 位虚构的顾客在等候。用 drill report 查看，drill stop 结束。"]
    return Answer({"drill": drill, "talks": arguments.talks}, lines)


def _report(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        drill, talks = drill_talks(world, arguments.drill)
    data = {
        "drill": drill,
        "talks": [_json(each) for each in talks],
        "reactions": {step: vars(_reactions(talks, step)) for step in STEPS},
    }
    head = ("顾客", "售后单", "员工", *(f"{word}（秒）" for word in STEPS.values()), "结果")
    said = [_words(word, _reactions(talks, step), len(talks)) for step, word in STEPS.items()]
    return Answer(data, [f"演练 {drill}", *table(head, [_cells(each) for each in talks]), *said])


def _stop(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        left = stop_drill(world, _member(world, arguments.staff))
        drill, talks = drill_talks(world)
    lines = [f"演练 {drill} 已结束，共 {len(talks)} 位顾客。"]
    if left:
        lines.append(f"这些售后单已不能撤销，请在工作台处理完：{'、'.join(left)}")
    return Answer({"drill": drill, "talks": len(talks), "left": left}, lines)


def _member(world: World, name: str) -> Staff:
    actor = member(world, name)
    return Staff(actor.name, actor.role)


def _reactions(talks: list[DrillTalk], step: str) -> Reactions:
    return reactions((each.requested_at, getattr(each, step)) for each in talks)


def _words(word: str, found: Reactions, of: int) -> str:
    times = f"，平均 {found.average} 秒，最慢 {found.slowest} 秒" if found.happened else ""
    return f"{word}：{found.happened}/{of}{times}"


def _cells(talk: DrillTalk) -> tuple[str, ...]:
    waits = (reactions([(talk.requested_at, getattr(talk, step))]).slowest for step in STEPS)
    seconds = ("-" if each is None else str(each) for each in waits)
    outcome = Outcome(talk.outcome).label if talk.outcome else "进行中"
    return str(talk.number), talk.case_no or "-", talk.claimed_by or "-", *seconds, outcome


def _json(talk: DrillTalk) -> dict[str, Any]:
    times = {"requested_at": iso(talk.requested_at)} | {step: iso(getattr(talk, step)) for step in STEPS}
    return {
        "number": talk.number,
        "conversation": talk.conversation_id,
        "case": talk.case_no,
        "claimed_by": talk.claimed_by,
        **times,
        "outcome": talk.outcome,
    }
