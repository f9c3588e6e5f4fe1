"""The demo's staff: work on the case by the operator's command line, shown as it would be typed."""

import json
import shlex
import sys

from bot.demo.stage import Stage

TEAM = {"演示客服": "agent", "演示仓库": "warehouse", "演示财务": "finance"}


class Staff:
    """The people who bring the case to its end; those who are missing are added."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        known = {member["name"] for member in json.loads(stage.operate("staff", "list", "--json"))}
        for name, role in TEAM.items():
            if name not in known:
                stage.operate("staff", "add", name, "--role", role)

    def do(self, case_no: str, event: str, name: str, *more: str) -> None:
        """Let one of them do something to the case. Raises StageMissing with what stood in the way."""
        command = ("cases", "do", case_no, event, "--as", name, *more)
        prompt = shlex.join(("python", "-m", "backend", *command))
        print(f"\033[90m$ {prompt}\033[0m" if sys.stdout.isatty() else f"$ {prompt}", flush=True)
        self._stage.operate(*command)
