"""What `deploy/` holds is valid by its schemas and names only what there is."""

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import tomli
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


@pytest.mark.parametrize(
    "name", ["compose.yml", "kubernetes.yml", "env.example", "Containerfile", "prometheus.yml", "nginx.conf"]
)
def test_only_settings_that_there_are_are_named(name: str) -> None:
    named = set(re.findall(r"ANXIN_[A-Z0-9_]+", (DEPLOY / name).read_text("utf-8")))
    assert named and {each for each in named if each not in SETTINGS} == set()


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yml"])
def test_only_figures_that_there_are_are_asked_for(name: str) -> None:
    known = {family.name for family in REGISTRY.collect()} | {
        "anxin_backlog",
        "anxin_oldest_seconds",
        "anxin_database_up",
    }
    asked = set(re.findall(r"anxin_[a-z_]+", (DEPLOY / name).read_text("utf-8")))
    assert asked and {each for each in asked if re.sub(r"_(total|bucket|count|sum)$", "", each) not in known} == set()


def test_what_runs_is_locked_as_it_was_tested() -> None:
    def locked(path: Path) -> set[str]:
        return set(re.findall(r"^(?:[a-z0-9.-]+==\S+| +--hash=\S+)", path.read_text("utf-8"), re.MULTILINE))

    run = locked(DEPLOY / "requirements-run.lock")
    assert run <= locked(ROOT / "requirements.lock")
    named = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    wanted = {re.split(r"[\[<>=]", each)[0] for each in named}
    assert wanted and wanted - {each.partition("==")[0] for each in run if "==" in each} == set()


def _kept_out(path: str) -> bool:
    """Whether `.dockerignore` keeps a path out of the image: by a pattern for itself or for a folder above it."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    above = [PurePosixPath(path), *PurePosixPath(path).parents][:-1]
    return any(_fits(str(each), pattern) for each in above for pattern in patterns)


def _fits(path: str, pattern: str) -> bool:
    """As Docker matches: from the root, `*` within a name, `**/` for any folders or none."""
    forms = {"**/": "(.*/)?", "*": "[^/]*", ".": r"\."}
    form = "".join(forms.get(each, each) for each in re.split(r"(\*\*/|\*|\.)", pattern))
    return re.fullmatch(form, path) is not None


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.local",
        "deploy/.env",
        "deploy/apiclient_key.pem",
        "var/secret.key",
        "var/anxin.db",
        "var/evidence/photo",
        "shop.key",
        "shop.db",
        ".git/config",
        "models/anxin.tar.gz",
    ],
)
def test_no_secret_and_no_customers_data_get_into_the_image(path: str) -> None:
    assert _kept_out(path)


def test_what_git_ignores_stays_out_of_the_image() -> None:
    for line in (ROOT / ".gitignore").read_text("utf-8").split():
        name = line.strip("/").replace("*.py[cod]", "bot/some.pyc")
        assert _kept_out(name), f"{line} of .gitignore"


@pytest.mark.parametrize("path", ["config.yml", "domain.yml", "credentials.yml", "deploy/requirements-run.lock"])
def test_what_the_image_is_made_of_gets_in(path: str) -> None:
    assert (ROOT / path).is_file() and not _kept_out(path)


def test_nginx_sends_each_process_what_is_its_own() -> None:
    chat, desk = (DEPLOY / "nginx.conf").read_text("utf-8").split("server {")[1:]
    assert "proxy_pass http://$chat" in chat and "$chat chat:5005" in chat and "desk" not in chat
    assert "proxy_pass http://$desk" in desk and "$desk desk:8000" in desk and "chat" not in desk
    for page in (chat, desk):
        assert re.search(r"events \{[^}]*proxy_buffering off", page)


def test_nginx_holds_back_nobody_but_the_web_chat() -> None:
    """A platform or a payment provider that is told to slow down may not call again."""
    chat = (DEPLOY / "nginx.conf").read_text("utf-8").split("server {")[1]
    places = dict(re.findall(r"location (?:= )?(\S+) \{([^}]*)\}", chat))
    assert {place for place, what in places.items() if "limit_req " in what} == {
        "/webhooks/webchat/",
        "/webhooks/webchat/events",
        "/webhooks/webchat/messages",
    }
    assert "limit_req " not in places["/"] and "limit_req zone" not in re.sub(r"location[^}]*\}", "", chat)


def test_nginx_passes_on_what_an_outer_proxy_said() -> None:
    said = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert "X-Forwarded-For $proxy_add_x_forwarded_for" in said and "X-Forwarded-Proto $scheme" not in said


def test_the_runbook_says_what_to_do_at_every_alert() -> None:
    alerts = set(re.findall(r"alert: (\w+)", (DEPLOY / "alerts.yml").read_text("utf-8")))
    named = set(re.findall(r"^\| ([A-Z]\w+) \|", (ROOT / "docs/operations.md").read_text("utf-8"), re.MULTILINE))
    assert alerts and alerts == named
