"""What a user may allow beyond the defaults: the values of `--allow WHAT[=N|ADDRESS]`, and how they are spelled.

Messages, saved plans and the command line spell an allowance here, so what a refusal prints can be typed as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from badgeops.model.address import Address, Kind

OPTION = "--allow"


class What(StrEnum):
    """What can be allowed."""

    DELETES = "deletes"
    UPDATES = "updates"
    PROTECTED = "protected"
    MEANING = "meaning"
    DUPLICATE_NAME = "duplicate-name"
    RECREATE = "recreate"
    RECREATES = "recreates"
    GONE = "gone"

    @property
    def takes(self) -> str:
        """What stands behind the word: "N" or "ADDRESS"."""
        return "N" if self in LIMITS else "ADDRESS"

    @property
    def usage(self) -> str:
        """How it is written: "deletes=N", "duplicate-name[=ADDRESS]"."""
        return f"{self}[={self.takes}]" if self is What.DUPLICATE_NAME else f"{self}={self.takes}"

    @property
    def example(self) -> str:
        """One that can be typed: "deletes=3"."""
        return f"{self}={3 if self in LIMITS else 'badge_class.python-basics'}"


LIMITS = frozenset({What.DELETES, What.UPDATES, What.RECREATES})
"""Lift a limit for one apply. No saved plan holds them: whoever applies it answers for the number."""

_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Allowance:
    """One thing that is allowed."""

    what: What
    value: Address | int | None = None
    """A number for limits, an address for all others; None for every address."""

    def __str__(self) -> str:
        """Return what stands behind `--allow`: "deletes=3"."""
        return f"{self.what}" if self.value is None else f"{self.what}={self.value}"

    @classmethod
    def parse(cls, text: str, choice: Iterable[What] = What) -> Allowance:
        """Read what stands behind `--allow`, one of this choice; ValueError says what is wrong with it."""
        word, equals, value = text.partition("=")
        what = _what(word, tuple(choice))
        if not value:
            if what is What.DUPLICATE_NAME and not equals:
                return cls(what)
            needed = "a number" if what in LIMITS else "an address"
            raise ValueError(f"{what} needs {needed}: {OPTION} {what.example}")
        return cls(what, _number(what, value) if what in LIMITS else _address(what, value))


def spelled(what: What, value: Address | int) -> str:
    """Return the words to add to a command: "--allow deletes=3"."""
    return f"{OPTION} {Allowance(what, value)}"


def _what(word: str, choice: tuple[What, ...]) -> What:
    if word in choice:
        return What(word)
    import difflib  # noqa: PLC0415 (only for a mistyped word)

    near = difflib.get_close_matches(word.lower(), choice, 1, 0.5)
    meant = f" Did you mean {near[0]}?" if near else ""
    every = ", ".join(what.usage for what in choice)
    raise ValueError(f"{word!r} cannot be allowed here.{meant} There is: {every}")


def _number(what: What, value: str) -> int:
    if _NUMBER.fullmatch(value) is None:
        raise ValueError(f"{what} takes a whole number from 0 to 999999999, not {value!r}")
    return int(value)


def _address(what: What, value: str) -> Address:
    address = Address.parse(value)
    if address.kind is Kind.BADGE_CLASS or (address.kind is Kind.ISSUER and what is not What.MEANING):
        return address
    whose = "a badge class" if what is What.MEANING else "an issuer or a badge class"
    raise ValueError(f"{what} takes the address of {whose}, not {value!r}")


@dataclass(frozen=True, slots=True)
class Allowances:
    """All that is allowed, in whatever order it was given; one more never allows less."""

    given: frozenset[Allowance] = frozenset()

    @classmethod
    def of(cls, *texts: str) -> Allowances:
        """Read several as `Allowance.parse` does."""
        return cls(frozenset(map(Allowance.parse, texts)))

    def allows(self, what: What, address: Address) -> bool:
        """Tell whether something is allowed for one address."""
        return not self.given.isdisjoint({Allowance(what), Allowance(what, address)})

    def number(self, what: What) -> int:
        """Return up to how many are allowed; 0 if nothing was said."""
        return max((item.value for item in self.given if item.what is what and isinstance(item.value, int)), default=0)

    @property
    def of_a_plan(self) -> Allowances:
        """Those that a saved plan holds: all but the limits."""
        return Allowances(frozenset(item for item in self.given if item.what not in LIMITS))

    def __or__(self, other: Allowances) -> Allowances:
        """Return what either allows."""
        return Allowances(self.given | other.given)

    def __sub__(self, other: Allowances) -> Allowances:
        """Return what the other does not hold."""
        return Allowances(self.given - other.given)

    def __iter__(self) -> Iterator[str]:
        """Yield what stands behind each `--allow`, sorted."""
        return iter(sorted(map(str, self.given)))

    @property
    def options(self) -> list[str]:
        """The words that give the same to another command: "--allow deletes=3"."""
        return [f"{OPTION} {text}" for text in self]


NOTHING = Allowances()
"""The defaults."""
