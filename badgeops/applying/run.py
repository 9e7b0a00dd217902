"""Carries out a Plan: sends the requests, in order and in parallel, and records each outcome as it comes.

Order is a matter of who needs whom, drawn here and kept in `Change.after`:

    issuer            creations go down this line,
      └─ badge class  deletions up; everything else is independent

The main thread starts work and writes the journal; workers talk to the server. What a failure stops is what depends
on it and nothing else, except where going on makes no sense (credentials refused, server out of reach, several
failures of the server in a row): then what has not begun is skipped.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Protocol

from badgeops.applying.result import Cause, Outcome, Result, Status
from badgeops.applying.writes import Writer, Written, refusal
from badgeops.errors import ApiError, ServerFaultError, UnauthorizedError, UnreachableError, UnverifiedIssuerError
from badgeops.model.address import Address
from badgeops.model.entities import BadgeClass
from badgeops.model.moments import Moment, stamp
from badgeops.planning.in_parallel import each
from badgeops.planning.plan import Action, Change, Plan
from badgeops.state.journal import Journal
from badgeops.state.record import Intent, Resource

PARALLELISM = 8
_AHEAD = 2
"""Work handed out per worker: while the disk takes an outcome, no worker waits for its next change."""
_AFTER_A_LOSS = (
    "badgeops sent them as they were, or left them as they were. Nothing more was begun, so that no other entity loses "
    "anything. Put them back by hand on the server's web pages, and tell the server's operator."
)
_FAULTS_IN_A_ROW = 5
"""So many failures of the server one after the other mean that it is down."""


class Observer(Protocol):
    """Is told how the work goes; called from the main thread only."""

    def started(self, change: Change) -> None:
        """Work on a change begins."""
        ...

    def finished(self, outcome: Outcome) -> None:
        """Work on a change has ended: done, failed or skipped."""
        ...


class Stop:
    """A wish to stop, set from a signal handler: once for "finish what is in flight", twice for "at once"."""

    def __init__(self) -> None:
        self.requests = 0

    def request(self) -> None:
        """Ask to stop, or ask again."""
        self.requests += 1

    @property
    def is_requested(self) -> bool:
        """Nothing new is to be started."""
        return self.requests > 0

    @property
    def is_immediate(self) -> bool:
        """What is in flight is not waited for either."""
        return self.requests > 1


def apply(
    plan: Plan,
    writer: Writer,
    journal: Journal,
    observer: Observer,
    stop: Stop,
    *,
    now: Callable[[], Moment],
    parallelism: int = PARALLELISM,
    operation: str = "apply",
) -> Result:
    """Carry out the plan and return what became of it. The caller holds the state's lock.

    Raises StateError where an outcome cannot be recorded: then nothing more is sent, and the next run finds out.
    Raises ApiError before anything is done where an entity to be adopted is not what it was listed as.
    """
    taken_over = [change for change in plan.changes if change.action is Action.ADOPT]
    if taken_over:
        each(writer.confirm, taken_over, parallelism)
    journal.begin(operation)
    _hand_over(plan, journal)
    # An adoption is recorded before its update is sent: by its new name, nobody would find the entity again.
    journal.note((change.address, change.record) for change in (*plan.bookkeeping, *taken_over))
    run = _Run(plan.changes, writer, journal, observer, stop, parallelism, now)
    outcomes = run.work()
    serial = journal.state.serial if stop.is_immediate else journal.finish()
    causes = tuple(run.unverified[address] for address in sorted(run.unverified))
    return Result(outcomes, serial, interrupted=stop.is_requested, causes=causes)


def _hand_over(plan: Plan, journal: Journal) -> None:
    """Record open creations at the addresses that their documents have now.

    First the new address, then that the old one is over: after a crash in between there are both, which the next plan
    knows for one.
    """
    wanted = {change.address for change in plan.changes}
    # The intents of badge classes may only name another issuer.
    moved = [(before, intent) for before, intent in plan.handed_over if not wanted.isdisjoint(_places(intent))]
    journal.announce(intent for _, intent in moved)
    journal.note([], [before for before, intent in moved if before != intent.address])


def _places(intent: Intent) -> tuple[Address, ...]:
    issuer = intent.resource.issuer
    return (intent.address,) if issuer is None else (intent.address, issuer)


def _intents(changes: Iterable[Change], at: Moment) -> Iterator[Intent]:
    """Yield what is about to be written and could be left half known: creations and updates."""
    for change in changes:
        if not _is_announced(change):
            continue
        creating = change.action is Action.CREATE
        resource = replace(_wanted(change), entity_id="") if creating else _wanted(change)
        action = "create" if creating else "update"
        yield Intent(change.address, action, resource, change.known, at=stamp(at), since=change.since)


def _is_announced(change: Change) -> bool:
    """Tell whether a change has an intent: it writes, and could be left half known."""
    return change.action is Action.CREATE or (change.action in (Action.UPDATE, Action.ADOPT) and change.sends_request)


def _wanted(change: Change) -> Resource:
    """Return the resource as it will be if the server takes everything as it is sent."""
    return Writer.resource(change, change.live)


class _Run:
    """One walk through the changes: what is ready is started, what is done makes others ready."""

    def __init__(
        self,
        changes: tuple[Change, ...],
        writer: Writer,
        journal: Journal,
        observer: Observer,
        stop: Stop,
        parallelism: int,
        now: Callable[[], Moment],
    ) -> None:
        self.changes = changes
        self.writer = writer
        self.journal = journal
        self.observer = observer
        self.stop = stop
        self.parallelism = parallelism
        self.now = now
        self.announced: set[Address] = set()
        self.unverified: dict[Address, Cause] = {}
        """Issuers of which the server has said that they must be verified before they can have badge classes."""
        self.outcomes: dict[Address, Outcome] = {}
        self.given_up = ""
        """Why nothing new is started any more, as far as the server is to blame."""
        self.faults = 0
        self.answers: queue.SimpleQueue[tuple[Change, Written | BaseException | None]] = queue.SimpleQueue()
        """What the workers report; None for a change that was not begun, because the run is over."""
        addresses = {change.address for change in changes}
        self.waits_for = {change.address: set(change.after) & addresses for change in changes}
        self.ready = deque(change for change in changes if not self.waits_for[change.address])
        self.dependents: dict[Address, list[Change]] = {}
        for change in changes:
            for address in self.waits_for[change.address]:
                self.dependents.setdefault(address, []).append(change)

    def work(self) -> tuple[Outcome, ...]:
        with _pool(self.parallelism, self.stop) as submit:
            in_flight = 0
            while True:
                in_flight += self._hand_out(submit, _AHEAD * self.parallelism - in_flight)
                if not in_flight or self.stop.is_immediate:
                    break
                in_flight -= self._collect()
            if not self.stop.is_immediate:
                self._skip_rest()
                self._take_back()
        return tuple(self.outcomes[change.address] for change in self.changes if change.address in self.outcomes)

    def _hand_out(self, submit: Callable[[Callable[[], None]], bool], most: int) -> int:
        """Announce what is ready, and give it to the workers.

        Not earlier: an intent says when its request is sent, and what was not announced has certainly not been sent.
        """
        changes: list[Change] = []
        while self.ready and len(changes) < most and not self._is_over():
            change = self.ready.popleft()
            if self._barring(change) is None:
                changes.append(change)
        self.journal.announce(_intents(changes, self.now()))
        self.announced.update(change.address for change in changes if _is_announced(change))
        for change in changes:
            self.observer.started(change)
            if not submit(self._task(change)):
                self.given_up = "the operating system starts no more threads for badgeops (see `ulimit -u`)"
                self.answers.put((change, None))
        return len(changes)

    def _is_over(self) -> bool:
        return bool(self.given_up) or self.stop.is_requested

    def _bar(self, change: Change, error: UnverifiedIssuerError) -> None:
        """Note the issuer as what has to be mended."""
        if isinstance(change.entity, BadgeClass):
            issuer, message = change.entity.issuer, "The server wants this issuer verified first."
            self.unverified.setdefault(issuer, Cause(issuer, message, error.hint, error.general))

    def _barring(self, change: Change) -> Address | None:
        """Return its issuer if the server has refused the like of it already because of that."""
        entity = change.entity
        if not (isinstance(entity, BadgeClass) and change.sends_request and entity.issuer in self.unverified):
            return None
        return entity.issuer

    def _task(self, change: Change) -> Callable[[], None]:
        def task() -> None:
            if self._is_over() or self._barring(change) is not None:
                self.answers.put((change, None))
                return
            try:
                self.journal.check()
                self.answers.put((change, self.writer.write(change)))
            except UnverifiedIssuerError as error:
                self._bar(change, error)  # at once: the next that waits for a worker is of the same issuer
                self.answers.put((change, error))
            except BaseException as error:  # noqa: BLE001 (handed to the main thread, which raises what it does not know)
                self.answers.put((change, error))

        return task

    def _collect(self) -> int:
        """Wait for at least one answer, take all there are, and record them with one write to the disk."""
        batch = self._next_answers()
        done: list[tuple[Address, Resource | None]] = []
        refused: list[Address] = []
        outcomes: list[Outcome] = []
        unexpected: BaseException | None = None
        for change, answer in batch:
            if isinstance(answer, Written):
                done.append((change.address, answer.resource))
                outcomes.append(self._done(change, answer))
                self.faults = 0
            elif isinstance(answer, ApiError):
                is_open = answer.outcome_unknown or isinstance(answer, ServerFaultError)
                if _is_announced(change) and (answer.surely_not_done or not is_open):
                    refused.append(change.address)
                outcomes.append(self._failure(change, answer))
            elif answer is not None:
                unexpected = answer
        self.journal.note(done, refused)
        for outcome in outcomes:
            self._settle(outcome)
        if unexpected is not None:
            raise unexpected
        return len(batch)

    def _done(self, change: Change, written: Written) -> Outcome:
        """Return the outcome of a write that was done; nothing more is begun where it took something along."""
        if not written.lost:
            return Outcome(change, Status.DONE, warnings=written.warnings)
        self.given_up = "the server empties what an update leaves alone"
        return Outcome(change, Status.FAILED, _lost(written.lost), _AFTER_A_LOSS, warnings=written.warnings)

    def _next_answers(self) -> list[tuple[Change, Written | BaseException | None]]:
        batch: list[tuple[Change, Written | BaseException | None]] = []
        while not batch and not self.stop.is_immediate:
            with suppress(queue.Empty):
                batch.append(self.answers.get(timeout=0.2))  # wakes up to see whether it was told to stop
        while not self.answers.empty():
            batch.append(self.answers.get())
        return batch

    def _failure(self, change: Change, error: ApiError) -> Outcome:
        issuer = self._barring(change) if isinstance(error, UnverifiedIssuerError) else None
        if issuer is not None:
            return Outcome(change, Status.FAILED, _barred_by(issuer))
        if isinstance(error, UnauthorizedError):
            self.given_up = "the server refused the credentials"
        elif isinstance(error, UnreachableError) and not error.outcome_unknown:
            self.given_up = "the server cannot be reached"
        elif isinstance(error, ServerFaultError | UnreachableError):
            self.faults += 1
            if self.faults == _FAULTS_IN_A_ROW:  # what comes with the fifth does not change why
                self.given_up = f"the server failed {self.faults} times in a row"
        message, details = refusal(change, error)
        return Outcome(change, Status.FAILED, message, error.hint, details)

    def _settle(self, outcome: Outcome) -> None:
        address = outcome.change.address
        self.outcomes[address] = outcome
        self.observer.finished(outcome)
        for dependent in self.dependents.get(address, ()):
            if dependent.address in self.outcomes:
                continue
            if outcome.status is not Status.DONE:
                self._skip_stranded(dependent, address)
                continue
            self.waits_for[dependent.address].discard(address)
            if not self.waits_for[dependent.address]:
                self.ready.append(dependent)

    def _skip_stranded(self, change: Change, culprit: Address) -> None:
        """Skip what waits for something that will not come, and in turn what waits for that."""
        word = "was not created" if change.action is Action.CREATE else "could not be removed first"
        self._settle(Outcome(change, Status.SKIPPED, f"{culprit} {word}"))

    def _skip_rest(self) -> None:
        """Skip what has not begun."""
        why = "interrupted" if self.stop.is_requested else self.given_up
        for change in self.changes:
            if change.address not in self.outcomes:
                issuer = self._barring(change)
                self._settle(Outcome(change, Status.SKIPPED, why if issuer is None else _barred_by(issuer)))

    def _take_back(self) -> None:
        """Take the intents of what was skipped back: nothing was sent for it, unless by an earlier run."""
        skipped = (outcome.change for outcome in self.outcomes.values() if outcome.status is Status.SKIPPED)
        self.journal.note(
            [], [change.address for change in skipped if change.address in self.announced and not change.is_repeated]
        )


def _barred_by(issuer: Address) -> str:
    return f"{issuer} must be verified first"


def _lost(names: tuple[str, ...]) -> str:
    few = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return f"The update was made, and the server emptied what was not to change: {few}."


@contextmanager
def _pool(parallelism: int, stop: Stop) -> Iterator[Callable[[Callable[[], None]], bool]]:
    """Give a way to run work in threads; at the end wait for it, unless told to stop at once.

    It tells whether there is a thread to do it; tasks report through the queue.
    """
    pool = ThreadPoolExecutor(max_workers=parallelism, thread_name_prefix="apply")
    has_worker = False

    def submit(task: Callable[[], None]) -> bool:
        nonlocal has_worker
        try:
            pool.submit(task)
        except RuntimeError:
            # No more threads are to be had. The task waits in the queue all the same, for those that there are.
            return has_worker
        has_worker = True
        return True

    try:
        yield submit
    finally:
        pool.shutdown(wait=not stop.is_immediate, cancel_futures=True)
