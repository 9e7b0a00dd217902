"""`--allow WHAT[=N|ADDRESS]`: what a user allows beyond the defaults, and the flags that said it before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from badgeops.commands.shared import completion
from badgeops.commands.shared.former import former_option, given

if TYPE_CHECKING:
    from badgeops.model.allowances import Allowance, Allowances

    _ParamType = click.ParamType[Allowance]
else:
    _ParamType = click.ParamType  # takes no argument before click 8.4

F = TypeVar("F", bound=Callable[..., Any])

_FORMER_FLAGS = MappingProxyType(
    {
        "deletes": "--allow-deletes",
        "updates": "--allow-updates",
        "protected": "--allow-protected",
        "meaning": "--allow-meaning-change",
        "duplicate-name": "--allow-duplicate-name",
    }
)
"""The flags that some words behind `--allow` had to themselves before."""

_MEANINGS = MappingProxyType(
    {
        "deletes": "deletes=N (up to N entities are deleted, archived or forgotten, whatever `limits` says)",
        "updates": "updates=N (up to N are updated)",
        "protected": "protected=ADDRESS (a protected entity is deleted, archived or forgotten, or created again)",
        "meaning": "meaning=ADDRESS (the meaning of a badge class changes although people have earned it)",
        "duplicate-name": "duplicate-name[=ADDRESS] (an entity is created beside one of the same name)",
        "recreate": "recreate=ADDRESS (an entity is created although an earlier run may have done it)",
        "recreates": "recreates=N (up to N that are gone from the server are created again)",
        "gone": "gone=ADDRESS (an entity is taken for gone although the server does not say so)",
    }
)
"""What can be allowed, and what that means."""


class AllowanceType(_ParamType):
    """WHAT[=N|ADDRESS], as `--allow` takes it."""

    name = "what"

    def __init__(self, words: Iterable[str], *, lead: str = "") -> None:
        self.words = tuple(words)
        self.lead = lead
        """What stands before every value: "deletes=" for a flag that takes the number only."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Allowance:  # noqa: ANN401
        """Read what is allowed."""
        from badgeops.model.allowances import Allowance, What

        if isinstance(value, Allowance):
            return value
        try:
            return Allowance.parse(f"{self.lead}{value}", map(What, self.words))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer the words, and behind a word the addresses that it can take."""
        found = self._offers(ctx, param, f"{self.lead}{incomplete}")
        return [CompletionItem(text.removeprefix(self.lead)) for text in found]

    def _offers(self, context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
        word, equals, value = begun.partition("=")
        if equals:
            return _values(context, parameter, word, value) if word in self.words else []
        near = [each for each in self.words if each.startswith(word)]
        if len(near) == 1 and _needs_address(near[0]):
            # The shell adds what these have in common, which is the word with its "=" and without a blank behind it.
            return _values(context, parameter, near[0], "") or [_begin(near[0])]
        return [_begin(each) for each in near]


def _begin(word: str) -> str:
    """Return a word with the "=" that it needs."""
    from badgeops.model.allowances import What

    return f"{word}=" if What(word).usage.startswith(f"{word}=") else word


def _needs_address(word: str) -> bool:
    from badgeops.model.allowances import What

    return What(word).usage == f"{word}=ADDRESS"


def _values(context: click.Context, parameter: click.Parameter, word: str, begun: str) -> list[str]:
    """Return a word with each address that it can take and that begins so."""
    if word in ("duplicate-name", "recreate"):  # of what is to be created
        found = completion.declared(context, parameter, begun)
    else:
        found = completion.addresses(context, parameter, begun) if _needs_address(word) else []
    if word == "meaning":
        found = [address for address in found if address.startswith("badge_class.")]
    return [f"{word}={address}" for address in found]


def allow_option(*words: str) -> Callable[[F], F]:
    """Add `--allow`, for these words or for all, and hide the flags of before behind it."""
    chosen = words or tuple(_MEANINGS)

    def gather(context: click.Context, _parameter: click.Parameter, value: tuple[Allowance, ...]) -> Allowances:
        from badgeops.model.allowances import Allowances

        return Allowances(frozenset(value).union(*given(context, "allow")))

    def add(function: F) -> F:
        for word in reversed([word for word in chosen if word in _FORMER_FLAGS]):
            function = _former_flag(word)(function)
        return click.option(
            "--allow",
            multiple=True,
            type=AllowanceType(chosen),
            metavar="WHAT",
            callback=gather,
            help=f"Allow what would stop otherwise: {', '.join(_MEANINGS[word] for word in chosen)}. Can be given "
            "several times.",
        )(function)

    return add


def _former_flag(word: str) -> Callable[[F], F]:
    """Add the flag that a word had to itself before there was one `--allow`."""
    name, now = _FORMER_FLAGS[word], f"--allow {_MEANINGS[word].partition(' ')[0]}"
    if word == "duplicate-name":
        return former_option(name, of="allow", now=f"--allow {word}", is_flag=True, becomes=_every_name)
    return former_option(name, of="allow", now=now, multiple=True, type=AllowanceType((word,), lead=f"{word}="))


def _every_name(_value: bool) -> tuple[Allowance, ...]:
    from badgeops.model.allowances import Allowance, What

    return (Allowance(What.DUPLICATE_NAME),)
