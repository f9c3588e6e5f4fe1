"""`make demo` on a machine where nothing runs."""

import re
import subprocess
import sys
from pathlib import Path

from tests.channels.chat_server import REPOSITORY, environment
from tests.ports import free_port


def test_the_demo_plays_a_case_from_the_complaint_to_the_rating(tmp_path: Path) -> None:
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
    told = ["接下来", "退货编号", "已签收，正在验收", "商品验收通过", "的退款已于", "感谢您的耐心", "5 分评价"]
    places = [played.stdout.find(words) for words in told]
    assert -1 not in places and places == sorted(places)
    assert not list(tmp_path.glob("anxin-demo-*")), "the demo clears up after itself"
