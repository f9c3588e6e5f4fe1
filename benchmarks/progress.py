"""What the terminal shows while it takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

Each = TypeVar("Each")


def bar(whole: Sequence[Each], title: str) -> Iterator[Each]:
    """Go through a sequence with a bar of how far it has come."""
    yield from tqdm(whole, desc=f"  {title}", leave=False, file=sys.stderr)


def say(text: str) -> None:
    """A line of its own on standard error."""
    print(text, file=sys.stderr, flush=True)
