"""Puts the questions of `doctor --probe` to a server, with one badge class of its own, and takes it away again.

Every write goes to a badge class that was not there before, and that has just shown the name and the description that
only a probe gives. So a server that mixes answers up cannot lead it to somebody else's. What has been earned, or
might have been, is not deleted.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from badgeops.api.client import Client
from badgeops.api.live import Live
from badgeops.api.probe_record import Keeper
from badgeops.api.probe_steps import Probe, Step, next_step
from badgeops.api.probe_values import Evidence, Look, Seen, is_of_a_probe, least, name_of
from badgeops.api.responses import Answer, refusal_of
from badgeops.errors import ApiError, NotAnApiError, NotFoundError, RefusedError
from badgeops.model.address import Kind
from badgeops.model.shape import Fields, Json

_CLASSES = "/v2/badgeclasses"
_LOOKS = (0.0, 1.0, 3.0, 6.0)
"""Seconds between looks for a badge class whose creation may have been done, and for one that was deleted."""
_WAYS: Sequence[tuple[str, Fields | None]] = (("?hard_delete=true", None), ("", {"hard_delete": True}), ("", None))
"""Query and body of a deletion for good, as servers want it."""


@dataclass(frozen=True, slots=True)
class Left:
    """A badge class of a probe that is still there, or may be."""

    entity_id: str
    """Empty if its creation was not answered and it cannot be found."""
    name: str
    why: str


@dataclass
class Prober:
    """One probe: a badge class, and what was seen of it so far."""

    client: Client
    issuer_id: str
    probe: Probe
    sleep: Callable[[float], None] = time.sleep
    on_step: Callable[[str], None] = lambda _name: None
    """Told each step before it is sent."""
    evidence: dict[str, Seen] = field(default_factory=dict)
    exchanges: list[Fields] = field(default_factory=list)
    """What may be kept of what was sent and answered."""
    may_be_made: bool = False
    """The creation was sent; whether it was done is another matter."""
    entity_id: str = ""
    _before: frozenset[str] = frozenset()
    _confirmed: set[str] = field(default_factory=set)
    """The paths whose deletion the server has confirmed."""

    @property
    def name(self) -> str:
        """What the badge class is called."""
        return name_of(self.probe.mark)

    def look_around(self) -> list[Live]:
        """Note what is there before, and return what earlier probes have left behind."""
        there = list(self.client.badge_classes(archived=True))
        self._before = frozenset(live.entity_id for live in there)
        return [live for live in there if _is_of_a_probe(live)]

    def run(self) -> Evidence:
        """Make the badge class and go through the steps. ApiError if it cannot be made, or the server is lost."""
        self._create()
        while (step := next_step(self.probe, self.evidence)) is not None:
            self.on_step(step.name)
            self.evidence[step.name] = self._take(step)
        return self.evidence

    # the badge class

    def _create(self) -> None:
        body = {**least(self.probe.mark, self.probe.images[0]), "issuer": self.issuer_id}
        self.on_step("create")
        self.may_be_made = True
        answer = None
        error: ApiError = _lost()
        try:
            answer = self.client.exchange("POST", _CLASSES, body)
        except ApiError as lost:
            if not lost.outcome_unknown:
                self.may_be_made = False
                raise
            error = lost
        self.entity_id = self._find(answer)
        if answer is not None:
            self._note(Step("create", "POST", body | {"issuer": "{issuer}"}), answer, None)
        if not self.entity_id:
            if answer is not None and answer.status >= 400:
                error = refusal_of(answer)
                # In its own envelope, it is the API itself that says that it did nothing.
                self.may_be_made = not (isinstance(error, RefusedError) and answer.status in (400, 422))
            raise error

    def _find(self, answer: Answer | None) -> str:
        """Return the id of what was made: of what is new and has our name, whatever the answer says."""
        is_refused = answer is not None and 400 <= answer.status < 429
        for pause in _LOOKS[:1] if is_refused else _LOOKS:
            self.sleep(pause)
            found = self._ours()
            if found:
                return found[0]
        return ""

    def _ours(self) -> list[str]:
        """Return the ids of all that has the name of this probe: a gateway may have sent its creation twice.

        Each is asked for alone as well: a list may show what the probe made under the id of somebody else's.
        """
        return [
            live.entity_id
            for live in self.client.badge_classes(archived=True)
            if live.entity_id not in self._before and self._has_our_name(live) and self._is_ours(live.entity_id)
        ]

    def _is_ours(self, entity_id: str) -> bool:
        """Tell whether a badge class, asked for alone, is this probe's."""
        try:
            return self._has_our_name(self.client.entity(Kind.BADGE_CLASS, entity_id, archived=True))
        except (NotFoundError, NotAnApiError):
            return False

    def _has_our_name(self, live: Live) -> bool:
        return live.name.strip() == self.name and _is_of_a_probe(live)

    # a step

    def _take(self, step: Step) -> Seen:
        path = f"{_CLASSES}/{self.entity_id}{step.query}"
        if step.is_reactivation:
            path = f"{_CLASSES}/reactivate/{self.entity_id}"
        if step.method == "DELETE":
            why = self._why_not_deleted(self.entity_id)
            if why:
                return Seen(0, words=why)
        elif not self._is_ours(self.entity_id):
            return Seen(0, words="it is not shown as the badge class of this probe")
        answer = self._exchange(step.method, path, step.body)
        is_gone = step.method == "DELETE" and self._is_gone(self.entity_id)
        after = None if is_gone else self._look(self.entity_id, listed=step.method == "DELETE")
        self._note(step, answer, after)
        return Seen(answer.status, after, is_gone, self._words(answer))

    def _look(self, entity_id: str, *, listed: bool = False) -> Look | None:
        """Return how a badge class is shown; None if that is not certainly this probe's."""
        try:
            live = self.client.entity(Kind.BADGE_CLASS, entity_id, archived=True)
        except (NotFoundError, NotAnApiError):
            return None
        if not self._has_our_name(live):
            return None
        in_list = None
        if listed:
            in_list = any(each.entity_id == entity_id for each in self.client.badge_classes(archived=False))
        return Look(dict(live.members or {}), self._bytes(live), in_list)

    def _bytes(self, live: Live) -> str | None:
        try:
            return hashlib.sha256(self.client.image(live.image_url)).hexdigest() if live.image_url else None
        except ApiError:
            return None

    def _exchange(self, method: str, path: str, body: Fields | None) -> Answer:
        answer = self.client.exchange(method, path, body)
        if method == "DELETE" and 200 <= answer.status < 300:
            self._confirmed.add(path.partition("?")[0])
        return answer

    def _is_gone(self, entity_id: str) -> bool:
        """Tell whether a badge class is gone, archived ones and its public page looked at as well."""
        try:
            self.client.entity(Kind.BADGE_CLASS, entity_id, archived=True)
        except NotFoundError:
            said = self.client.public(Kind.BADGE_CLASS, entity_id)
            is_gone = said.is_gone(is_confirmed=f"{_CLASSES}/{entity_id}" in self._confirmed)
            return is_gone and all(live.entity_id != entity_id for live in self.client.badge_classes(archived=True))
        except NotAnApiError:
            pass
        return False

    # taking away

    def clean_up(self) -> list[Left]:
        """Delete what this probe has made, and return what is still there, or may be."""
        if not self.may_be_made:
            return []
        try:
            ids = dict.fromkeys([*([self.entity_id] if self.entity_id else []), *self._ours()])
        except ApiError as error:
            return [Left(self.entity_id, self.name, error.message)]
        if not ids:
            return [Left("", self.name, "its creation was not answered, and it is not there so far")]
        return [left for entity_id in ids if (left := self.remove(entity_id, self.name)) is not None]

    def remove(self, entity_id: str, name: str) -> Left | None:
        """Delete a badge class of a probe, in each way that servers know; return it if it is still there."""
        try:
            if self._is_gone(entity_id):
                return None
            why = self._why_not_deleted(entity_id)
            for query, body in () if why else _WAYS:
                answer = self._exchange("DELETE", f"{_CLASSES}/{entity_id}{query}", body)
                if self._is_gone(entity_id):
                    return None
                why = self._words(answer) or f"the server answers HTTP {answer.status} to its deletion"
        except ApiError as error:
            why = error.message
        return Left(entity_id, name, why.rstrip("."))

    def _why_not_deleted(self, entity_id: str) -> str:
        """Return why a badge class is left alone; empty if it is a probe's, and nobody has earned it."""
        try:
            live = self.client.entity(Kind.BADGE_CLASS, entity_id, archived=True)
        except (NotFoundError, NotAnApiError):
            return "the server does not show by its id that it is the probe's"
        if not _is_of_a_probe(live):
            return "it is not the probe's, or somebody has changed it"
        try:
            earners = self.client.earners(entity_id, past=True)
        except ApiError as error:
            return f"who has earned it cannot be counted: {error.message}"
        return "somebody has awarded it" if earners.any or earners.any_past else ""

    # what is kept

    def _note(self, step: Step, answer: Answer, after: Look | None) -> None:
        keeper = self._keeper()
        body = step.body if step.name != "all that is shown" else keeper.value(step.body)
        self.exchanges.append(
            {
                "step": step.name,
                "method": step.method,
                "sent": _without_image(body),
                "status": answer.status,
                "answer": keeper.body(answer),
                "shown": keeper.value(after.members) if after is not None else None,
                "listed": after.is_listed if after is not None else None,
            }
        )

    def _words(self, answer: Answer) -> str:
        """Return what an answer says against a request."""
        if answer.status < 400:
            return ""
        error = refusal_of(answer)
        texts = [error.message]
        if isinstance(error, RefusedError):
            texts = [*error.general, *(f"{name}: {text}" for name, said in error.fields.items() for text in said)]
        return self._keeper().words(" ".join(texts or [error.message]))

    def _keeper(self) -> Keeper:
        names = {self.issuer_id: "{issuer}"} | ({self.entity_id: "{class}"} if self.entity_id else {})
        return Keeper(self.probe.texts(), names)


def _is_of_a_probe(live: Live) -> bool:
    return not live.odd and is_of_a_probe(live.name, live.fields.get("description"))


def _without_image(body: Json) -> Json:
    """Return a body without the bytes of an image, and without an address."""
    if not isinstance(body, dict) or "image" not in body:
        return body
    image = str(body["image"])
    return body | {"image": "{image}" if image.startswith("data:") else "{own address}"}


def _lost() -> NotAnApiError:
    return NotAnApiError(
        "The server says that it has made the badge class, and does not show it.",
        hint="A proxy or a cache in front of the server may mix answers up.",
        outcome_unknown=True,
    )
