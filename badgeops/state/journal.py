"""The state and its journal, read and written together through a backend.

Reading folds the journal of an interrupted run into the state. Writing goes: `begin` (the state as folded, then the
journal's head), `announce` (intents, durable before the requests they announce), `note` for each outcome as it comes,
and `finish`, which folds everything into the state. A crash between any two of these loses nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from badgeops.errors import StateError
from badgeops.model.address import Address
from badgeops.state import record as states
from badgeops.state.backends.interface import Backend
from badgeops.state.record import Intent, Resource, State


class Reader(Protocol):
    """Reads the text of a state, as `record.loads` does."""

    def __call__(self, text: str, *, name: str) -> State:
        """Return the state; StateError, with the name of its file, if the text is none."""
        ...


class Journal:
    """One environment's state with its journal. Reading needs no lock; whoever writes holds the backend's."""

    def __init__(self, backend: Backend, environment: str, server: str) -> None:
        self._backend = backend
        self._environment = environment
        self._server = server
        self._written: State | None = None
        self._is_continued = False
        self._resources: dict[Address, Resource] = {}
        self._pending: dict[Address, Intent] = {}
        """What this run's journal makes of the state; each line costs the same, however large the state is."""
        self._owners: dict[str, Address] = {}
        """Which address each entity has."""
        self.images_until: Callable[[State], str] = lambda state: state.images_until
        """What `State.images_until` becomes at the end of a run, by what the state is then."""
        self.state = State("", 0, environment, server)

    def load(self, read: Reader = states.loads) -> State:
        """Return the state, an empty one where there is none yet. `read` reads its text.

        StateError where it is damaged, of a newer version, or belongs to another environment or server.
        """
        stored = self._backend.read()
        if stored.state is None:
            if stored.journal:
                raise StateError(
                    f"The state {self._backend.name} is gone, but the journal of an unfinished run is still there.",
                    hint="Restore the state from version control or from its backup.",
                )
            self._written, self._is_continued = None, False
            self.state = State("", 0, self._environment, self._server)
            return self.state
        recorded = read(stored.state, name=self._backend.name)
        self._check_owner(recorded)
        self._written = recorded
        self.state = states.fold(recorded, stored.journal, name=self._backend.journal_name)
        self._is_continued = self.state is not recorded
        return self.state

    def _check_owner(self, recorded: State) -> None:
        if recorded.server != self._server:
            raise StateError(
                f"The state {self._backend.name} belongs to the server {recorded.server}, "
                f"but environment {self._environment} talks to {self._server}.",
                hint="Its entityIds mean nothing there. Give each environment a state of its own (`state:` in "
                "badgeops.yaml), or put the right `server:` back.",
            )
        if recorded.environment != self._environment:
            raise StateError(
                f"The state {self._backend.name} belongs to environment {recorded.environment}, "
                f"not to {self._environment}.",
                hint="Give each environment a state of its own (`state:` in badgeops.yaml).",
            )

    @property
    def is_unfinished(self) -> bool:
        """An interrupted run left a journal, and perhaps something in it that is not in the state file yet."""
        return self._is_continued

    @property
    def unanswered(self) -> frozenset[Address]:
        """What a run may have sent a moment before it was killed: the server may still be at it.

        A run that came to its end has waited for its own.
        """
        return frozenset(self.state.pending) if self._is_continued else frozenset()

    def check(self) -> None:
        """Raise StateError where the state is no longer ours to write: nothing more may be sent then."""
        self._backend.check_lock()

    def begin(self, operation: str) -> None:
        """Make the state durable as it is known now, and open a journal that continues it."""
        if not self.state.lineage:
            self.state = replace(self.state, lineage=str(uuid.uuid4()))
        # The number that `finish` will need: what is done must be recorded.
        states.check(replace(self.state, serial=self.state.serial + 2), self._written)
        self._write()
        self._resources, self._pending = dict(self.state.resources), dict(self.state.pending)
        self._owners = {resource.entity_id: address for address, resource in self._resources.items()}
        self._append([states.journal_head(self.state, operation)])

    def announce(self, intents: Iterable[Intent]) -> None:
        """Make intents durable; to be called before the first request they announce."""
        intents = list(intents)
        for intent in intents:
            states.check_intent(intent)
        self._append(map(states.journal_intent, intents))
        for intent in intents:
            self._pending[intent.address] = intent.after(self._pending.get(intent.address))

    def note(self, outcomes: Iterable[tuple[Address, Resource | None]], refused: Iterable[Address] = ()) -> None:
        """Make outcomes durable: (address, what it is now), None for "no longer ours"; and intents to take back.

        StateError for one that could not be read again, when all others are durable: its intent stays.
        """
        lines, broken = [], []
        for address, resource in outcomes:
            try:
                self._take(address, resource)
                lines.append(states.journal_done(address, resource))
            except StateError as error:
                broken.append(error)
        for address in refused:
            try:
                states.check_outcome(address)
                states.take_back(self._pending, address)
                lines.append(states.journal_refused(address))
            except StateError as error:
                broken.append(error)
        self._append(lines)
        if broken:
            raise broken[0]

    def _take(self, address: Address, resource: Resource | None) -> None:
        """Keep what an entity is now. No entity may have two addresses: reading would refuse that."""
        states.check_outcome(address, resource)
        if resource is not None:
            owner = self._owners.get(resource.entity_id, address)
            if owner != address:
                raise states.unwritable(f"{resource.entity_id} is recorded as {owner} already", address)
        before = self._resources.pop(address, None)
        if before is not None:
            self._owners.pop(before.entity_id, None)
        if resource is not None:
            self._resources[address] = resource
            self._owners[resource.entity_id] = address
        self._pending.pop(address, None)

    def _append(self, lines: Iterable[str]) -> None:
        text = "".join(lines)
        if text:
            self._backend.append(text)

    def finish(self) -> int:
        """Fold everything into the state and close the journal. Returns the serial."""
        # From memory: what was done must not depend on whether somebody has tidied the journal away meanwhile.
        self.state = states.folded(self.state, self._resources, self._pending, name=self._backend.journal_name)
        self.state = replace(self.state, images_until=self.images_until(self.state))
        self._write()
        return self.state.serial

    def replace(self, state: State) -> int:
        """Write another state in one step, for commands that send no request. Returns the serial."""
        self.state = state if state.lineage else replace(state, lineage=str(uuid.uuid4()))
        self._write()
        return self.state.serial

    def _write(self) -> None:
        if self._written is not None and self._written.same_content(self.state):
            self._backend.drop_journal()
            return
        state = replace(self.state, serial=(self._written.serial if self._written else 0) + 1)
        states.check(state, self._written)
        self.state = state
        self._backend.write(states.dumps(self.state))
        self._written = self.state
