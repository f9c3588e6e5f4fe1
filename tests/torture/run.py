"""One torture run: sets the stage, lets everything go wrong, and counts what came of the money."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from backend.adapters.migrations import upgrade
from backend.bootstrap import open_backend
from backend.domain.case import Case, State
from backend.domain.order import PaymentMethod
from backend.errors import Conflict, IllegalTransition
from backend.ports import World
from backend.services.refunds import pay_refund, reconcile, retry_refund
from backend.settings import Settings, read_settings
from tests.money import FINANCE, approved_case, reload
from tests.ports import free_port
from tests.sandbox import SECRET, SandboxProcess, environment, running_receiver, running_sandbox
from tests.torture import worker
from tests.torture.clock import FastClock
from tests.torture.gaps import bring_on, gap_case, given_back_fen, is_over

WORKERS = 2
PAYERS = 4
CHAOS = "0.2"
LONGEST_LIFE = 1.5
"""Seconds after which a worker is killed at the latest."""
GAPS = 0.2
"""This share of the cases are exchanges with a gap (`gaps`)."""
AT_REST = (State.AWAITING_CONFIRM, State.REFUND_FAILED)


@dataclass(frozen=True)
class Result:
    """What came of a run; `gaps` counts the exchanges among the `refunds`, `unfinished` cases that are neither paid
    nor in a person's hands.
    """

    refunds: int
    gaps: int
    faults: int
    kills: int
    unfinished: int
    double_payments: int
    losses: int
    differences: int

    @property
    def clean(self) -> bool:
        return not (self.unfinished or self.double_payments or self.losses or self.differences)

    def __str__(self) -> str:
        return (
            f"refunds {self.refunds}, with gaps {self.gaps}, "
            f"faults injected {self.faults}, workers killed {self.kills}, "
            f"unfinished {self.unfinished}, double payments {self.double_payments}, losses {self.losses}, "
            f"differences {self.differences}"
        )


def torture(
    var: Path, refunds: int, seed: int, seconds: float, told: Callable[[str], None] = lambda _progress: None
) -> Result:
    """Refund so many cases under `var` within so many seconds, and compare what we and the provider say.

    `told` hears how far it has come.
    """
    start, chance = time.time(), random.Random(seed)
    given = {"ANXIN_VAR": str(var), "ANXIN_SECRET_KEY": SECRET, "ANXIN_CHAT_PORT": str(free_port())}
    settings = read_settings(given)
    upgrade(settings.database_url)
    with running_sandbox(settings, "--settle", "0.05", "--chaos", CHAOS, "--seed", str(seed)) as sandbox:
        backend = open_backend(sandbox.settings, clock=FastClock(start))
        try:
            told(f"0 of {refunds} refunds: cases are made")
            cases = [_case(backend.world, chance) for _ in range(refunds)]
            with running_receiver(sandbox.settings), _workers(sandbox.settings, start, chance) as workers:
                _pay_all(backend.world, cases)
                _see_through(backend.world, cases, workers, time.monotonic() + seconds, told)
            return _judged(backend.world, cases, sandbox, workers.kills)
        finally:
            backend.close()


class Workers:
    """Worker processes that are killed at random and started again."""

    def __init__(self, settings: Settings, start: float, chance: random.Random) -> None:
        self._arguments = (environment(settings), start)
        self._processes = get_context("forkserver")  # which has all imported: another worker is there at once
        self._processes.set_forkserver_preload([worker.__name__])
        self._chance, self.kills = chance, 0
        self._running = [self._spawn() for _ in range(WORKERS)]
        self._next_kill = time.monotonic() + LONGEST_LIFE

    def maybe_kill(self) -> None:
        """Kill one of them when its time has come; another takes its place."""
        if time.monotonic() < self._next_kill:
            return
        place = self._chance.randrange(WORKERS)
        self._running[place].kill()  # SIGKILL
        self._running[place].join()
        self.kills += 1
        self._running[place] = self._spawn()
        self._next_kill = time.monotonic() + self._chance.uniform(0.1, LONGEST_LIFE)

    def stop(self) -> None:
        for process in self._running:
            process.kill()
            process.join()

    def _spawn(self) -> BaseProcess:
        process = self._processes.Process(target=worker.main, args=self._arguments, daemon=True)
        process.start()
        return process


@contextmanager
def _workers(settings: Settings, start: float, chance: random.Random) -> Iterator[Workers]:
    workers = Workers(settings, start, chance)
    try:
        yield workers
    finally:
        workers.stop()


def _case(world: World, chance: random.Random) -> Case:
    """A case with one or two payments, refunded in part or wholly; or an exchange."""
    if chance.random() < GAPS:
        return gap_case(world, chance)
    methods = chance.choice([(PaymentMethod.WECHAT,), (PaymentMethod.WECHAT, PaymentMethod.ALIPAY)])
    payments = tuple((method, chance.randrange(100, 50000)) for method in methods)
    return approved_case(world, chance.randint(1, sum(fen for _, fen in payments)), payments)


def _pay_all(world: World, cases: Sequence[Case]) -> None:
    """Each case is paid by two people at once; of an exchange two do what comes first."""

    def pay(case: Case) -> None:
        if has_gap(case):
            bring_on(world, case)
            return
        try:
            pay_refund(world, case.case_no or "", FINANCE)
        except IllegalTransition:  # it is paid already
            return

    with ThreadPoolExecutor(PAYERS) as pool:
        list(pool.map(pay, [case for case in cases for _ in range(2)]))


def _see_through(
    world: World, cases: Sequence[Case], workers: Workers, deadline: float, told: Callable[[str], None]
) -> None:
    """Kill workers and let finance try again what failed, until all is paid or the time is up."""
    open_cases = list(cases)
    while open_cases and time.monotonic() < deadline:
        workers.maybe_kill()
        time.sleep(0.1)
        open_cases = [case for case in open_cases if not _is_paid(world, case)]
        told(f"{len(cases) - len(open_cases)} of {len(cases)} refunds, workers killed {workers.kills}")
        for case in open_cases:
            _retry(world, reload(world, case))
            if has_gap(case):
                bring_on(world, case)


def has_gap(case: Case) -> bool:
    """Whether a case of the run is an exchange, as it was made."""
    return case.gap_fen is not None


def _is_paid(world: World, case: Case) -> bool:
    return is_over(world, case) if has_gap(case) else reload(world, case).state is State.AWAITING_CONFIRM


def _retry(world: World, case: Case) -> None:
    if case.state is State.REFUND_FAILED:
        try:
            retry_refund(world, case.case_no or "", FINANCE)
        except (Conflict, IllegalTransition):  # it has moved on in the meantime
            return


def _judged(world: World, cases: Sequence[Case], sandbox: SandboxProcess, kills: int) -> Result:
    paid: Counter[str] = Counter()
    for entry in sandbox.ledger().values():
        if entry["state"] == "SUCCESS":
            paid[entry["refund_no"].split("-")[0]] += entry["amount_fen"]
    now = [reload(world, case) for case in cases]
    due = {case.case_no or "": (case.approved_fen or 0) + given_back_fen(world, case) for case in now}
    done = {case.case_no or "" for case in cases if _is_paid(world, case)}
    century = timedelta(days=36500)
    books = reconcile(world, datetime.now(timezone.utc) - century, datetime.now(timezone.utc) + century)
    return Result(
        refunds=len(cases),
        gaps=sum(map(has_gap, cases)),
        faults=sandbox.faults(),
        kills=kills,
        unfinished=sum(case.case_no not in done and case.state not in AT_REST for case in now),
        double_payments=sum(paid[number] > fen for number, fen in due.items()),
        losses=sum(paid[number] < due[number] for number in done),
        differences=len(books.differences),
    )
