"""Faults on demand: a rule says which requests fail, how often, and how.

A rule is a list of `key=value` and bare words, separated by commas:

    status=503,when=after,method=POST,path=/v2/issuers*,every=3,times=2,retry_after=1

which requests
    method=POST           only this method; several as POST|PUT
    path=/v2/issuers*     only these paths (without the query), with the wildcards * ? [..]
    skip=N                let the first N of them pass
    every=N               then fail only each N-th
    times=N               and stop after N failures

what happens to them (one of the first four; `slow` may come with any, or stand alone)
    status=NNN            answer with this status and an error envelope
    html                  answer with a page of HTML, status 502 or the one given
    drop                  close the connection without an answer
    truncate              send the true headers and half of the true body, then close
    slow=SECONDS          answer late
    retry_after=SECONDS   add this header to the answer

when
    when=before           instead of the work (the default)
    when=after            the work is done and stored, and its answer lost or replaced; `truncate` always is

`stale-lists` stands alone: lists without `num` then leave out the badge classes whose creation overlapped with
another write, until a write comes that overlaps with none. The servers' cached lists go wrong in this way.

`busy=SECONDS` stands alone too: writes are then made one at a time, and one that has waited so long for those before
it is answered with a page of HTML and status 500, nothing being done. So does a small server with a busy database.

Each rule counts for itself. The first one that fires decides, and those after it do not count that request: so
`drop,times=1` before `status=503,times=1` gives one of each, in this order.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal

from badgeops.sandbox.options import FaultRuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STALE_LISTS: Final = "stale-lists"
BUSY: Final = "busy="

Effect = Literal["status", "html", "drop", "truncate", "slow"]
When = Literal["before", "after"]

_WORDS: Final[dict[str, Effect]] = {"html": "html", "drop": "drop", "truncate": "truncate"}


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule, parsed."""

    effect: Effect
    status: int = 502
    when: When = "before"
    methods: frozenset[str] = frozenset()
    """Empty for all."""
    path: str = "*"
    skip: int = 0
    every: int = 1
    times: int | None = None
    slow_seconds: float = 0
    retry_after: str | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about such a request."""
        return (not self.methods or method in self.methods) and fnmatchcase(path, self.path)

    def fires(self, count: int) -> bool:
        """Whether it fails the `count`-th request it is about, from 1."""
        turn, rest = divmod(count - self.skip, self.every)
        return count > self.skip and rest == 0 and (self.times is None or turn <= self.times)


def parse_rule(text: str) -> FaultRule:
    """Parse a rule."""
    parts = [part.strip() for part in text.split(",")]
    words = {part for part in parts if "=" not in part}
    values: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if equals and name in values:
            raise _bad(text, f"{name} is given twice")
        if equals:
            values[name] = value
    _check_names(text, words, values)
    effect = _effect(text, words, values)
    try:
        return _rule(effect, values)
    except ValueError as problem:
        raise _bad(text, str(problem)) from problem


def _check_names(text: str, words: set[str], values: dict[str, str]) -> None:
    for word in sorted(words - _WORDS.keys()):
        raise _bad(text, f"{word!r} is neither key=value nor one of {', '.join(sorted(_WORDS))}")
    for name in sorted(values.keys() - _READERS.keys()):
        raise _bad(
            text,
            f"there is no {name!r}; there are {', '.join(sorted(_READERS))}, and as words of "
            f"their own {', '.join(sorted(_WORDS))}",
        )


def _effect(text: str, words: set[str], values: dict[str, str]) -> Effect:
    effects: list[Effect] = [_WORDS[word] for word in sorted(words)]
    if "status" in values and effects != ["html"]:
        effects.append("status")
    if len(effects) > 1:
        raise _bad(text, f"{' and '.join(effects)} exclude each other")
    if not effects and "slow" not in values:
        raise _bad(text, "it does nothing: say status=NNN, html, drop, truncate or slow=SECONDS")
    return effects[0] if effects else "slow"


def _count(value: str) -> int:
    return _in_range("a count", int(value), 1, 10**9)


def _in_range(what: str, number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise ValueError(f"{number} is not {what} from {least} to {most}")
    return number


def _seconds(value: str) -> float:
    seconds = float(value)
    if not 0 <= seconds <= 3600:
        raise ValueError(f"{value} is not a number of seconds from 0 to 3600")
    return seconds


def _when(value: str) -> When:
    if value not in {"before", "after"}:
        raise ValueError(f"when={value} is neither before nor after")
    return "before" if value == "before" else "after"


_READERS: Final[dict[str, tuple[str, Callable[[str], object]]]] = {
    "status": ("status", lambda value: _in_range("a status", int(value), 200, 599)),
    "when": ("when", _when),
    "method": ("methods", lambda value: frozenset(value.upper().split("|"))),
    "path": ("path", str),
    "skip": ("skip", lambda value: _in_range("a count", int(value), 0, 10**9)),
    "every": ("every", _count),
    "times": ("times", _count),
    "slow": ("slow_seconds", _seconds),
    "retry_after": ("retry_after", lambda value: f"{_seconds(value):g}"),
}


def _rule(effect: Effect, values: dict[str, str]) -> FaultRule:
    members: dict[str, object] = {}
    for name, value in values.items():
        member, read = _READERS[name]
        members[member] = read(value)
    if effect == "truncate":
        members["when"] = "after"
    return FaultRule(effect, **members)  # type: ignore[arg-type] # each reader gives what its member holds


def _busy(text: str) -> float:
    try:
        return _seconds(text.strip().removeprefix(BUSY))
    except ValueError as problem:
        raise _bad(text, str(problem)) from problem


def _bad(text: str, reason: str) -> FaultRuleError:
    return FaultRuleError(f"fault rule {text!r}: {reason}")


@dataclass(slots=True)
class _Counted:
    rule: FaultRule
    count: int = 0


class Faults:
    """The rules in force, with what they have counted; can be replaced while requests run."""

    def __init__(self, rules: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Counted] = []
        self.stale_lists = False
        self.busy_seconds: float | None = None
        """How long a write waits for those before it; None where they do not wait for each other."""
        self.replace(rules)

    def replace(self, rules: Iterable[str]) -> None:
        """Put other rules in force; all counts begin anew."""
        texts = list(rules)
        busy = [_busy(text) for text in texts if text.strip().startswith(BUSY)]
        stale = [text for text in texts if text.strip() == STALE_LISTS]
        rules = [text for text in texts if text not in stale and not text.strip().startswith(BUSY)]
        parsed = [_Counted(parse_rule(text)) for text in rules]
        with self._lock:
            self._rules = parsed
            self.stale_lists = bool(stale)
            self.busy_seconds = min(busy, default=None)

    def pick(self, method: str, path: str) -> FaultRule | None:
        """Count a request, and find the rule that fails it."""
        with self._lock:
            for counted in self._rules:
                if counted.rule.matches(method, path):
                    counted.count += 1
                    if counted.rule.fires(counted.count):
                        return counted.rule
        return None


@dataclass(slots=True)
class Overlaps:
    """Which writes overlapped, and what got lost from the cached lists thereby."""

    faults: Faults
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: int = 0
    _overlapped: bool = False
    _lost: set[str] = field(default_factory=set)
    _created: set[str] = field(default_factory=set)

    @contextmanager
    def write(self) -> Iterator[None]:
        """Count a write for as long as it takes, with all the waiting that is put on it.

        Once none runs, what they created is lost if they overlapped; one that was alone heals everything.
        """
        with self._lock:
            self._running += 1
            self._overlapped = self._overlapped or self._running > 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if not self._running:
                    self._lost = self._lost | self._created if self._overlapped else set()
                    self._created = set()
                    self._overlapped = False

    def note(self, entity_id: str) -> None:
        """Note that a running write created a badge class."""
        with self._lock:
            self._created.add(entity_id)

    def unlisted(self) -> frozenset[str]:
        """Tell what the lists without `num` do not show."""
        with self._lock:
            return frozenset(self._lost) if self.faults.stale_lists else frozenset()
