"""`make demo` on a machine where nothing runs."""

import re
import subprocess
import sys
from pathlib import Path

from tests.channels.chat_server import REPOSITORY, environment, free_port


def test_the_demo_ends_with_a_case_number_and_its_progress(tmp_path: Path) -> None:
    played = subprocess.run(
        [sys.executable, "-m", "bot.demo"],
        cwd=REPOSITORY,
        env={**environment(tmp_path, free_port()), "PYTHONWARNINGS": "ignore", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    case_no = re.findall(r"RC\d{14}", played.stdout)[-1]
    assert played.stdout.count(case_no) >= 4
    assert "接下来" in played.stdout
    assert not list(tmp_path.glob("anxin-demo-*")), "the demo clears up after itself"
