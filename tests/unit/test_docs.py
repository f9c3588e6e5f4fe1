"""What is written about the code is what the code says."""

import re
from pathlib import Path

from backend.__main__ import command_line
from backend.commands.commands_page import commands_page
from backend.commands.complaints_page import complaints_page
from backend.commands.docs import lifecycle_page
from backend.commands.settings_page import settings_page
from backend.domain.case import State
from backend.domain.clocks import CLOCKS
from backend.domain.complaint import Deed, Stage
from backend.domain.lifecycle import Event

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"
COMPLAINTS = PAGE.with_name("complaints.md")
SETTINGS = PAGE.with_name("settings.md")
COMMANDS = PAGE.with_name("commands.md")
CODE = PAGE.parents[1] / "backend" / "settings"


def test_the_lifecycle_page_is_what_the_table_says_today() -> None:
    written = PAGE.read_text("utf-8").splitlines()
    assert written == lifecycle_page(), "run `python -m backend docs lifecycle > docs/lifecycle.md`"


def test_the_lifecycle_page_names_every_state_event_and_clock() -> None:
    page = "\n".join(lifecycle_page())
    for name in (*(state.value for state in State), *(event.value for event in Event), *(each.name for each in CLOCKS)):
        assert name in page


def test_the_complaints_page_is_what_the_table_says_today_and_names_every_stage_and_deed() -> None:
    written = COMPLAINTS.read_text("utf-8")
    assert written.splitlines() == complaints_page(), "run `python -m backend docs complaints > docs/complaints.md`"
    assert all(name in written for name in (*(each.value for each in Stage), *(each.value for each in Deed)))


def test_the_settings_page_is_what_the_settings_say_today_and_names_every_variable() -> None:
    written = SETTINGS.read_text("utf-8")
    assert written.splitlines() == settings_page(), "run `python -m backend docs settings > docs/settings.md`"
    said = "".join(path.read_text("utf-8") for path in CODE.glob("*.py"))
    assert {name for name in re.findall(r"(ANXIN_[A-Z0-9_]*[A-Z0-9])\b:", said) if name not in written} == set()


def test_the_commands_page_is_what_the_command_line_says_today() -> None:
    written = COMMANDS.read_text("utf-8").splitlines()
    assert written == commands_page(command_line()), "run `python -m backend docs commands > docs/commands.md`"
