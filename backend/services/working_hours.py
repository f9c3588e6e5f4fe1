"""When the shop's agents are at their desks, as the rule book and the calendar in force say."""

from datetime import datetime

from backend.domain.agent_hours import AgentHours, every_day
from backend.ports import World


def agent_hours(world: World, at: datetime) -> AgentHours:
    """The hours in force at that time."""
    calendar = world.rule_book(at).rules_for().calendar
    days = world.calendar.is_workday if calendar.agent_workdays_only else every_day
    return AgentHours(calendar.agent_hours.from_, calendar.agent_hours.to, works_on=days)
