"""What a report's columns are called, and how their values are written for people."""

from backend.domain.money import yuan
from backend.services.reports import ReportTable

HEADINGS = {
    "period": "周期",
    "state": "状态代码",
    "state_label": "状态",
    "close_reason": "完结原因",
    "cases": "售后单数",
    "share_pct": "占比%",
    "reason": "原因代码",
    "reason_label": "原因",
    "reason_claimed": "申请原因代码",
    "reason_claimed_label": "申请原因",
    "reason_confirmed": "核定原因代码",
    "reason_confirmed_label": "核定原因",
    "sku": "商品编码",
    "product": "商品",
    "pieces": "件数",
    "sold_pieces": "同期售出件数",
    "case_rate_pct": "售后率%",
    "channel": "渠道",
    "disposition": "商品去向",
    "phase": "环节",
    "clock": "时限参数",
    "visits": "次数",
    "p50_seconds": "中位用时(小时)",
    "p90_seconds": "90分位用时(小时)",
    "sla_met": "按时",
    "sla_missed": "超时",
    "sla_running": "进行中",
    "sla_hit_pct": "按时率%",
    "orders": "订单数",
    "orders_refunded": "有退款的订单",
    "refund_rate_pct": "退款率%",
    "sales_fen": "销售额(元)",
    "refunds": "退款笔数",
    "cases_refunded": "退款的售后单",
    "refunded_fen": "退款金额(元)",
    "points_fen": "退回积分价值(元)",
    "payer": "运费承担代码",
    "payer_label": "运费承担",
    "parcels": "寄回包裹",
    "shipping_back_fen": "退还运费(元)",
    "freight_fen": "报销寄回运费(元)",
    "compensation_fen": "补偿(元)",
    "rejected": "审核未通过",
    "reject_rate_pct": "未通过率%",
    "appealed": "申诉",
    "appeals_won": "申诉成功",
    "appeals_lost": "申诉失败",
    "appeals_open": "申诉未决",
    "appeal_won_pct": "申诉成功率%",
    "ratings": "评价数",
    "average_score": "平均分",
    "csat_pct": "满意度%",
    "low_ratings": "低分评价",
    "score_1": "1 分",
    "score_2": "2 分",
    "score_3": "3 分",
    "score_4": "4 分",
    "score_5": "5 分",
    "handoff_reason": "转人工原因",
    "handoffs": "转人工次数",
    "conversations": "会话数",
    "handed_over": "转人工的会话",
    "contained": "机器人独立接待",
    "handoff_rate_pct": "转人工率%",
    "containment_pct": "独立接待率%",
    "cause": "投诉原因代码",
    "cause_label": "投诉原因",
    "complaints": "投诉数",
    "complaints_open": "未裁定",
    "complaints_ruled": "已裁定",
    "supported": "支持",
    "partly_supported": "部分支持",
    "not_supported": "不支持",
    "upheld_pct": "投诉成立率%",
    "escalated": "升级复核",
    "withdrawn": "撤回",
    "stage": "阶段代码",
    "stage_label": "阶段",
    "improvement_id": "改进编号",
    "owner": "负责人",
    "due": "期限",
    "open_cases": "未完结",
    "id": "编号",
    "action": "措施",
    "opened_by": "发起人",
    "opened_at": "发起时间",
    "closed_by": "结束人",
    "closed_at": "结束时间",
    "outcome": "结果",
    "compared_seconds": "对比时长(小时)",
    "cases_before": "之前售后单",
    "cases_after": "之后售后单",
    "sold_before": "之前售出",
    "sold_after": "之后售出",
    "rate_before_pct": "之前售后率%",
    "rate_after_pct": "之后售后率%",
}

PHASES = {
    "first_answer": "首次答复",
    "review": "审核",
    "approval": "审批",
    "solution": "给出方案",
    "ship_back": "客户寄回",
    "inspect": "验收",
    "repair": "维修",
    "replacement": "换货补发",
    "send_back": "原件退回",
    "finance": "财务付款",
    "payout": "退款到账",
}

COMPLAINT_PHASES = {"acknowledge": "受理投诉", "rule": "裁定投诉"}


def phase_name(code: str) -> str:
    """What a phase of a case or a complaint is called."""
    return {**PHASES, **COMPLAINT_PHASES}[code]


def heading(code: str) -> str:
    """A column's heading; the summary's figures of a phase are called by the phase and the figure."""
    if code in HEADINGS:
        return HEADINGS[code]
    phase = next(name for name in PHASES if code.startswith(f"{name}_"))
    return f"{PHASES[phase]}{HEADINGS[code.removeprefix(f'{phase}_')]}"


def head_of(table: ReportTable) -> list[str]:
    """The headings of a report's columns."""
    return [heading(code) for code in table.columns]


def cells_of(table: ReportTable) -> list[list[object]]:
    """The rows as people read them: amounts in yuan, times in hours, phases by name."""
    return [[_written(code, row[code]) for code in table.columns] for row in table.rows]


def _written(code: str, value: object) -> object:
    if code == "phase":
        return phase_name(str(value))
    if isinstance(value, int) and code.endswith("_fen"):
        return yuan(value)
    if isinstance(value, int) and code.endswith("_seconds"):
        return f"{value // 3600}.{value % 3600 * 100 // 3600:02d}"
    return value
