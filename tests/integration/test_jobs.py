"""What is due is queued and run once, whoever finds it and wherever a worker dies."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer

from backend.bootstrap import open_backend
from backend.domain.case import State
from backend.domain.refund_leg import LegState
from backend.errors import SettingsError
from backend.ports import World
from backend.services.refunds import pay_refund
from backend.settings import Settings, read_settings
from bot.jobs import Job, Jobs, open_queue
from tests.clock import FakeClock
from tests.money import FINANCE, approved_case, reload
from tests.racing import race
from tests.redis_server import temporary_redis
from tests.sandbox import ROOT, SECRET, SandboxProcess, environment, running_sandbox
from tests.waiting import PATIENCE_SECONDS, until
from tests.working import case_in, stored


@pytest.fixture
def queue() -> Huey:
    return MemoryHuey(results=False)


def drain(queue: Huey) -> int:
    """Run what is queued, here and now; how many tasks there were."""
    count = 0
    while (task := queue.dequeue()) is not None:
        queue.execute(task)
        count += 1
    return count


def test_a_due_timer_is_queued_and_run(world: World, clock: FakeClock, queue: Huey) -> None:
    case, jobs = case_in(world, State.PROPOSED), Jobs(world, queue)
    assert jobs.sweep() == 0
    clock.advance(days=4)

    assert jobs.sweep() == 1
    drain(queue)

    assert stored(world, case).state is State.SUBMITTED
    assert jobs.sweep() == 0


def test_nothing_is_queued_again_while_the_queue_holds_work(world: World, clock: FakeClock, queue: Huey) -> None:
    case_in(world, State.PROPOSED)
    jobs = Jobs(world, queue)
    clock.advance(days=4)
    assert (jobs.sweep(), jobs.sweep()) == (1, 0)
    assert queue.pending_count() == 1


def test_a_task_that_was_lost_is_found_again_and_one_that_comes_twice_does_it_once(
    world: World, clock: FakeClock, queue: Huey
) -> None:
    case, jobs = case_in(world, State.RECEIVED), Jobs(world, queue)
    clock.advance(days=3)
    jobs.sweep()
    lost = queue.dequeue()

    assert jobs.sweep() == 1
    drain(queue)
    queue.execute(lost)

    with world.read() as work:
        clocks = [event.detail.get("clock") for event in work.cases.events(case.id)]
    assert clocks.count("sla.inspect") == 1


def test_a_task_that_fails_is_tried_again_when_its_lease_is_over(world: World, clock: FakeClock, queue: Huey) -> None:
    case_in(world, State.PROPOSED)
    clock.advance(days=4)
    done: list[int] = []

    def fail_once(_world: World, key: int) -> None:
        done.append(key)
        if len(done) == 1:
            raise OSError("the database is away")

    def due(_world: World) -> list[int]:
        return [7] if len(done) < 2 else []

    jobs = Jobs(world, queue, (Job("fails", due, fail_once),))
    for _ in range(3):
        jobs.sweep()
        drain(queue)
    assert done == [7, 7]


def test_two_workers_that_sweep_at_once_have_each_effect_once(each_world: World, clock: FakeClock) -> None:
    case = case_in(each_world, State.RECEIVED)
    clock.advance(days=3)
    queues = [MemoryHuey(results=False) for _ in range(3)]

    def sweep_and_run(number: int) -> None:
        Jobs(each_world, queues[number]).sweep()
        drain(queues[number])

    race(3, sweep_and_run)

    with each_world.read() as work:
        clocks = [event.detail.get("clock") for event in work.cases.events(case.id)]
        alerts = [each.dedupe_key for each in work.alerts.of_case(case.id)]
    assert clocks.count("sla.inspect") == 1
    assert len(alerts) == len(set(alerts))


def test_a_consumers_threads_run_what_is_queued_and_stop_when_told(
    world: World, clock: FakeClock, settings: Settings
) -> None:
    case = case_in(world, State.PROPOSED)
    clock.advance(days=4)
    jobs = Jobs(world, open_queue(settings.queue_url, SECRET))
    jobs.start()
    try:
        jobs.sweep()
        until(lambda: stored(world, case).state is State.SUBMITTED)
    finally:
        jobs.stop()


def test_a_task_that_somebody_else_put_into_the_queue_is_thrown_away(world: World, settings: Settings) -> None:
    done: list[int] = []
    job = Job("trusting", lambda _world: [1], lambda _world, key: done.append(key))
    Jobs(world, open_queue(settings.queue_url, "another key"), (job,)).sweep()
    ours = open_queue(settings.queue_url, SECRET)
    Jobs(world, ours, (job,))

    with pytest.raises(ValueError, match="mismatch"):
        ours.dequeue()

    assert done == []
    assert ours.pending_count() == 0


def test_the_queue_is_a_file_of_its_own_or_what_the_setting_names(tmp_path: Path) -> None:
    settings = read_settings({"ANXIN_VAR": str(tmp_path)})
    assert settings.queue_url == f"sqlite:///{tmp_path / 'queue.db'}"
    queue = open_queue(settings.queue_url, SECRET)
    assert isinstance(queue, SqliteHuey)
    assert isinstance(queue.serializer, SignedSerializer)
    assert (tmp_path / "queue.db").is_file()
    assert isinstance(open_queue("redis://127.0.0.1:1/0", SECRET), RedisHuey)
    with pytest.raises(SettingsError, match="ANXIN_QUEUE_URL: must begin with"):
        read_settings({"ANXIN_VAR": str(tmp_path), "ANXIN_QUEUE_URL": "amqp://queue"})


def test_a_queue_in_postgresql_keeps_tasks_between_workers(world: World, clock: FakeClock, postgres: str) -> None:
    case = case_in(world, State.PROPOSED)
    clock.advance(days=4)
    url = postgres.replace("postgresql+psycopg2://", "postgresql://")
    Jobs(world, open_queue(url, SECRET)).sweep()

    queue = open_queue(url, SECRET)
    assert isinstance(queue, PostgresHuey)
    Jobs(world, queue)
    queue.storage.blocking = False
    assert drain(queue) == 1
    queue.storage.close()

    assert stored(world, case).state is State.SUBMITTED


def test_a_queue_in_redis_keeps_tasks_between_workers(world: World, clock: FakeClock) -> None:
    case = case_in(world, State.PROPOSED)
    clock.advance(days=4)
    with temporary_redis() as url:
        Jobs(world, open_queue(url, SECRET)).sweep()
        queue = open_queue(url, SECRET)
        Jobs(world, queue)
        assert drain(queue) == 1

    assert stored(world, case).state is State.SUBMITTED


@pytest.fixture
def provider(settings: Settings) -> Iterator[SandboxProcess]:
    with running_sandbox(settings, "--settle", "0.05") as sandbox:
        yield sandbox


@contextmanager
def a_worker(settings: Settings, clock: FakeClock) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker, whose time begins at the clock's and runs a thousand times faster."""
    command = [sys.executable, "-m", "tests.torture.fast_worker", clock.now().isoformat()]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(settings))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_what_a_killed_worker_had_in_its_hands_is_done_once_by_the_next_ones(
    world: World, clock: FakeClock, provider: SandboxProcess
) -> None:
    shop = open_backend(provider.settings, clock=clock)
    late = case_in(shop.world, State.RECEIVED)
    cases = [approved_case(shop.world) for _ in range(3)]
    for case in cases:
        pay_refund(shop.world, case.case_no or "", FINANCE)
    provider.order_fault(f"{cases[0].case_no}-1", "slow")
    clock.advance(days=3)

    with a_worker(provider.settings, clock) as killed:
        until(lambda: provider.faults() > 0)  # it waits for the provider's answer
        killed.kill()
        assert killed.wait() == -signal.SIGKILL

    with a_worker(provider.settings, clock) as one, a_worker(provider.settings, clock) as other:
        until(lambda: all(reload(shop.world, case).state is State.AWAITING_CONFIRM for case in cases))
        until(lambda: stored(shop.world, late).sla_breached)
        for worker in (one, other):
            worker.send_signal(signal.SIGTERM)
        assert (one.wait(timeout=PATIENCE_SECONDS), other.wait(timeout=PATIENCE_SECONDS)) == (0, 0)

    paid = [entry for entry in provider.ledger().values() if entry["state"] == "SUCCESS"]
    assert sorted(entry["refund_no"] for entry in paid) == sorted(f"{case.case_no}-1" for case in cases)
    with shop.world.read() as work:
        clocks = [event.detail.get("clock") for event in work.cases.events(late.id)]
    assert clocks.count("sla.inspect") == 1
    shop.close()


def test_a_worker_that_is_told_to_stop_finishes_what_it_has_in_hand(
    world: World, clock: FakeClock, provider: SandboxProcess
) -> None:
    shop = open_backend(provider.settings, clock=clock)
    case = approved_case(shop.world)
    pay_refund(shop.world, case.case_no or "", FINANCE)
    provider.order_fault(f"{case.case_no}-1", "slow")

    with a_worker(provider.settings, clock) as worker:
        until(lambda: provider.faults() > 0)  # it waits for the provider's answer
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=PATIENCE_SECONDS) == 0

    with shop.world.read() as work:
        (leg,) = work.refunds.of_case(case.id)
    assert leg.state is not LegState.SENT  # what came of the call was written down
    shop.close()
