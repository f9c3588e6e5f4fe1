"""The description of our HTTP surfaces, docs/openapi.yml, as tests use it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PAGE = Path(__file__).parents[1] / "docs" / "openapi.yml"
METHODS = ("get", "post", "put", "patch", "delete")
CHAT = ("both", "webchat", "platforms", "payments", "development")
DESK = ("both", "desk")


@dataclass(frozen=True)
class Operation:
    """One method of one path, as it is described."""

    method: str
    path: str
    described: dict[str, Any]

    @property
    def tag(self) -> str:
        return str(self.described["tags"][0])

    def parameters(self, where: str) -> set[str]:
        """Names of what is given in the `path`, the `query` or a `header`."""
        return {each["name"] for each in map(_resolved, self.described.get("parameters", [])) if each["in"] == where}

    def form(self) -> set[str]:
        """Fields of the form; `grade_{}` for `^grade_[0-9]+$`."""
        fields = set[str]()
        for kind, content in self.described.get("requestBody", {}).get("content", {}).items():
            if kind != "application/json":
                schema = _resolved(content["schema"])
                patterns = (each.removeprefix("^").removesuffix("$") for each in schema.get("patternProperties", ()))
                fields |= {*schema.get("properties", ()), *(f"{each.partition('[')[0]}{{}}" for each in patterns)}
        return fields


@cache
def page() -> dict[str, Any]:
    """The whole description."""
    described: dict[str, Any] = yaml.safe_load(PAGE.read_text("utf-8"))
    return described


def operations(*tags: str) -> Iterator[Operation]:
    """What is described under these tags."""
    for path, item in page()["paths"].items():
        for method in item:
            found = Operation(method.upper(), path, item[method])
            if method in METHODS and found.tag in tags:
                yield found


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = page()
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
