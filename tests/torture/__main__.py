"""`python -m tests.torture [--refunds N] [--seed S]`: the last line tells what came of it; 1 when money went wrong."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.torture.run import torture

SECONDS_EACH = 0.2
SECONDS_AT_LEAST = 120


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("--refunds", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anxin-torture-") as var:
        seconds = max(SECONDS_AT_LEAST, SECONDS_EACH * given.refunds)
        result = torture(Path(var), given.refunds, given.seed, seconds, _show)
    _show("")
    print(result)
    return 0 if result.clean else 1


def _show(progress: str) -> None:
    """One line that is written over on a terminal, nothing elsewhere: the last line is the result."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
