"""What `deploy/` holds is valid by its schemas and names only what there is."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from prometheus_client import REGISTRY

import backend.settings
import bot.metrics  # noqa: F401 (it registers what there is)

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = "".join(path.read_text("utf-8") for path in Path(backend.settings.__file__).parent.glob("*.py"))
VERSIONS = ("1.26", "1.28")


def _items() -> list[dict[str, Any]]:
    return list(yaml.safe_load((DEPLOY / "kubernetes.yml").read_text("utf-8"))["items"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("item", _items(), ids=lambda item: f"{item['kind']}-{item['metadata']['name']}")
def test_every_manifest_is_valid(item: dict[str, Any], version: str) -> None:
    assert kubernetes_validate.validate(item, version, strict=True) == version


def test_a_wrong_manifest_would_be_found() -> None:
    wrong = {**_items()[0], "dta": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_the_compose_file_is_valid() -> None:
    schema = json.loads((ROOT / "tests/vendor/compose-spec.json").read_text("utf-8"))
    jsonschema.validate(yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8")), schema)


@pytest.mark.parametrize("name", ["compose.yml", "kubernetes.yml", "env.example", "Containerfile", "prometheus.yml"])
def test_only_settings_that_there_are_are_named(name: str) -> None:
    named = set(re.findall(r"ANXIN_[A-Z0-9_]+", (DEPLOY / name).read_text("utf-8")))
    assert named and {each for each in named if each not in SETTINGS} == set()


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yml"])
def test_only_figures_that_there_are_are_asked_for(name: str) -> None:
    known = {family.name for family in REGISTRY.collect()} | {"anxin_backlog"}
    asked = set(re.findall(r"anxin_[a-z_]+", (DEPLOY / name).read_text("utf-8")))
    assert asked and {each for each in asked if re.sub(r"_(total|bucket|count|sum)$", "", each) not in known} == set()


def test_what_runs_is_locked_as_it_was_tested() -> None:
    def locked(path: Path) -> set[str]:
        return set(re.findall(r"^(?:[a-z0-9.-]+==\S+| +--hash=\S+)", path.read_text("utf-8"), re.MULTILINE))

    assert locked(DEPLOY / "requirements-run.lock") <= locked(ROOT / "requirements.lock")


def test_nginx_sends_each_process_what_is_its_own() -> None:
    chat, desk = (DEPLOY / "nginx.conf").read_text("utf-8").split("server {")[1:]
    assert "proxy_pass http://chat" in chat and "http://desk" not in chat
    assert "proxy_pass http://desk" in desk and "http://chat" not in desk
    for page in (chat, desk):
        assert re.search(r"events \{[^}]*proxy_buffering off", page)


def test_the_runbook_says_what_to_do_at_every_alert() -> None:
    alerts = set(re.findall(r"alert: (\w+)", (DEPLOY / "alerts.yml").read_text("utf-8")))
    named = set(re.findall(r"^\| ([A-Z]\w+) \|", (ROOT / "docs/operations.md").read_text("utf-8"), re.MULTILINE))
    assert alerts and alerts == named
