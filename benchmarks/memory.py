"""What the processes hold in memory after they have worked."""

from __future__ import annotations

from typing import Any

import httpx

from backend.ports import World
from backend.services import access
from benchmarks.customers import NotAnswered
from benchmarks.talks import Party

_PAGES = ("/talks", "/cases", "/reports", "/orders", "/rules")
_VISITS = 10


def memory_of(parties: list[Party], text_turns: int) -> dict[str, Any]:
    """Resident megabytes of each process of ours and of the others, with how many text turns ours have served."""
    found: dict[str, Any] = {"text_turns": text_turns}
    for party in parties:
        for name in party.running.processes:
            found[f"{name}_mb"] = party.running.memory(name)
    found["photo_reader_mb"] = parties[0].running.children_memory("chat")
    return found


def visit_desk(url: str, world: World) -> None:
    """Let an agent look through the desk's pages, again and again."""
    password = access.ensure_demo_staff(world)["manager1"][1]
    with httpx.Client(base_url=url, timeout=60, trust_env=False, follow_redirects=True) as agent:
        agent.post("/login", data={"name": "manager1", "password": password})
        for path in _PAGES * _VISITS:
            answer = agent.get(path)
            if answer.url.path != path:
                raise NotAnswered(f"the desk's {path} leads to {answer.url.path}")
            answer.raise_for_status()
