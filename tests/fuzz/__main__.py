"""`make fuzz`: atheris on the intake of photos for so many seconds, or, where there is no atheris, mutations by chance.

It ends with an error at the first bytes that break a promise, and leaves them beside the corpus under `var/fuzz`.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.mutations import mutated

FOLDER = Path("var/fuzz/images")
LARGEST = 64 * 1024
"""Bytes of a file that is tried."""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz")
    options.add_argument("--seconds", type=int, default=60)
    seconds = options.parse_args().seconds
    if find_spec("atheris") is not None:
        return _guided(seconds)
    print("这台机器没有 atheris，改用随机变异 / no atheris for this machine: mutations by chance instead")
    from tests.fuzz.images import corpus, take

    return _by_chance(corpus(), take, seconds)


def _guided(seconds: int) -> int:
    """By what new bytes make run: so whatever reads them is imported under atheris' eyes."""
    import atheris

    with atheris.instrument_imports():
        from tests.fuzz.images import corpus, take
    FOLDER.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(corpus()):
        (FOLDER / f"seed-{number:02}").write_bytes(data)
    limits = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-timeout=30", "-rss_limit_mb=4096"]
    atheris.Setup([sys.argv[0], str(FOLDER), *limits, f"-artifact_prefix={FOLDER.parent}/"], take)
    atheris.Fuzz()
    return 0


def _by_chance(seeds: Sequence[bytes], take: Callable[[bytes], None], seconds: int) -> int:
    ends, tried = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        data = mutated(seeds, random.Random(tried))
        try:
            take(data)
        except Exception as broken:
            FOLDER.mkdir(parents=True, exist_ok=True)
            found = FOLDER.parent / f"crash-{tried}"
            found.write_bytes(data)
            print(f"{found}: {broken!r}", file=sys.stderr)
            return 1
        tried += 1
    print(f"{tried} 个文件，全部得到照片或拒绝 / {tried} files, each a picture or a refusal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
