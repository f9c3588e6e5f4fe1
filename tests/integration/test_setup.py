"""The set-up scripts on a small copy of the project, slow tools replaced: only what is due is done."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAINER = """#!/usr/bin/env bash
[ -n "${FAIL:-}" ] && { echo "OSError: [Errno 28] No space left on device" >&2; exit 1; }
echo trained >>trainings
for out; do :; done
echo "the model" >"$out/anxin.tar.gz"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose Python answers every command by 'training' into the last argument."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in ("config.yml", "domain.yml", "requirements.lock", "data/nlu/greet.yml", "bot/nlu/model.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    program(tmp_path / ".venv/bin/python", TRAINER)
    return tmp_path


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def run(project: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=project, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def trainings(project: Path) -> int:
    return (project / "trainings").read_text().count("trained")


@pytest.mark.parametrize(
    "changed", ["config.yml", "domain.yml", "data/nlu/greet.yml", "bot/nlu/model.py", "data/new.yml"]
)
def test_the_model_is_trained_again_only_when_what_it_is_made_from_changed(project: Path, changed: str) -> None:
    for _ in range(2):
        assert run(project, "scripts/train", "--if-stale").returncode == 0
    assert trainings(project) == 1
    (project / changed).write_text("something else")
    assert run(project, "scripts/train", "--if-stale").returncode == 0
    assert trainings(project) == 2


def test_a_training_that_fails_leaves_the_model_in_use_and_is_due_again(project: Path) -> None:
    run(project, "scripts/train", "--if-stale")
    (project / "domain.yml").write_text("broken")
    assert run(project, "scripts/train", "--if-stale", FAIL="1").returncode != 0
    assert (project / "models/anxin.tar.gz").read_text() == "the model\n"
    assert run(project, "scripts/train", "--if-stale").returncode == 0
    assert trainings(project) == 2


def test_a_step_that_fails_shows_its_output_and_what_to_do(project: Path) -> None:
    script = ". scripts/lib.sh; step_total=2; step First true; step Second scripts/train; step Third true"
    done = run(project, "bash", "-c", script, FAIL="1")
    assert done.returncode == 1
    assert "[1/2] First … done" in done.stdout
    assert "[2/2] Second … failed" in done.stdout
    assert "Third" not in done.stdout
    assert "No space left on device" in done.stderr
    assert "Free some space" in done.stderr
    assert ".tools/log/step-2.log" in done.stderr


def test_a_uv_on_the_path_that_does_not_run_is_passed_over(project: Path) -> None:
    program(project / "shims/uv", "#!/bin/sh\nexit 127\n")
    program(project / "bin/uv", "#!/bin/sh\necho uv 0\n")
    path = f"{project}/shims:{project}/bin:{os.environ['PATH']}"
    assert run(project, "scripts/provide-uv", PATH=path).stdout == f"{project}/bin/uv\n"


def test_packages_are_installed_once_for_each_lock(project: Path) -> None:
    program(project / ".tools/uv/bin/uv", '#!/bin/sh\n[ "$1" = pip ] && echo "$@" >>installed\nexit 0\n')
    (project / ".venv/lib/python3.10/site-packages/rasa").mkdir(parents=True)
    for lock in ("one", "one", "two"):
        (project / "requirements.lock").write_text(lock)
        assert run(project, "scripts/install").returncode == 0
    installed = (project / "installed").read_text().splitlines()
    assert len(installed) == 2
    assert all("--require-hashes" in line and line.endswith("requirements.lock") for line in installed)


def test_help_names_every_target(project: Path) -> None:
    shutil.copy(ROOT / "Makefile", project)
    listed = run(project, "make", "--no-print-directory").stdout
    for target in ("help", "run", "test", "train", "demo", "check", "bench", "eval", "clean"):
        assert f"  make {target} " in listed
