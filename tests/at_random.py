"""Calls of a server as docs/openapi.yml describes them, made up by schemathesis: what fits, and what does not.

A server may refuse anything, in a way that is described, and fail over nothing. The suite makes the same calls every
time; with ANXIN_FUZZ_EXAMPLES they are new ones, so many of each operation.
"""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.openapi import PAGE, Operation

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MORE = int(os.environ.get("ANXIN_FUZZ_EXAMPLES", "0"))

TRICKY = (
    "\0",
    "9" * 5000,
    "99999999999999999999",
    "-1",
    "٣",
    "1e9",
    "0001-01-01",
    "9999-12-31",
    "2026-13-01T00:00",
    "=1+1",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "../../etc/passwd",
    "%00",
    "😀",
    "\u202e反",
    "字" * 20_000,
)
"""What has broken other programs; chance alone hardly ever writes it."""
LONGEST_IN_ADDRESS = 6000
"""Characters; a longer address is refused by the framework, in its own words."""

Prepare = Callable[[Case, st.DataObject], None]
"""Gives a made-up call what chance cannot: who calls, and numbers of what there is."""


def call_at_random(url: str, operation: Operation, prepare: Prepare, *, examples: int) -> None:
    """Call one operation so often; each answer is as described, and none a failure of the server."""
    session = requests.Session()
    session.trust_env = False

    @settings(
        max_examples=MORE or examples,
        derandomize=not MORE,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_cases(operation), data=st.data())
    def call(case: Case, data: st.DataObject) -> None:
        _spice(case, data)
        prepare(case, data)
        answer = case.call(base_url=url, session=session, allow_redirects=False, timeout=60)
        case.validate_response(answer, checks=CHECKS)

    with session:
        call()


def _spice(case: Case, data: st.DataObject) -> None:
    """Put something tricky in the place of some values."""
    address = [each for each in TRICKY if len(each) < LONGEST_IN_ADDRESS]
    body = case.body if isinstance(case.body, dict) else {}
    for place, tricky in ((case.path_parameters, address), (case.query, address), (body, TRICKY)):
        for name in [each for each in place or () if isinstance(place[each], str)]:
            if not data.draw(st.integers(0, 3)):
                place[name] = data.draw(st.sampled_from(tricky))


def _cases(operation: Operation) -> st.SearchStrategy[Case]:
    found = _schema()[operation.path][operation.method]
    fits = found.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.form() or operation.parameters("query") or operation.described.get("requestBody")):
        return fits
    return st.one_of(fits, found.as_strategy(generation_mode=GenerationMode.NEGATIVE))


@cache
def _schema() -> Any:
    return schemathesis.openapi.from_path(PAGE)
