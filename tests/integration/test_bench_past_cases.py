"""Copies of a case that benchmarks make: each is somebody's own, and can be looked up like any other."""

from pathlib import Path

import pytest

from backend.services import conversations, identity, progress
from benchmarks.bots import opened
from benchmarks.past_cases import fill, past_case
from tests.postgres import temporary_database


@pytest.mark.parametrize("server", ["sqlite", "postgresql"])
def test_every_copy_is_found_by_its_own_buyer_and_nobody_else(
    server: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if server == "sqlite":
        found_by_their_buyers(tmp_path, None)
        return
    with temporary_database(request.getfixturevalue("postgres_server")) as url:
        found_by_their_buyers(tmp_path, url)


def found_by_their_buyers(var: Path, url: str | None) -> None:
    fill(var, 30, url)
    first, last = past_case(1), past_case(30)
    with opened(var, url) as world:
        talk = conversations.open_conversation(world, "webchat", "somebody").id
        identity.prove(world, talk, last.order_no, last.tail)
        looked = progress.look_up(world, talk, last.order_no)
        assert [found.case.order_no for found in looked.cases] == [last.order_no]
        assert len(looked.cases[0].events) > 0
        assert not progress.look_up(world, talk, first.order_no).proven
