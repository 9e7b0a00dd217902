"""Options that several commands share, so that they are spelled and explained the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from badgeops.commands.shared import completion
from badgeops.commands.shared.former import is_given

if TYPE_CHECKING:
    from badgeops.model.address import Address

    _ParamType = click.ParamType[Address]
else:
    _ParamType = click.ParamType  # takes no argument before click 8.4

F = TypeVar("F", bound=Callable[..., Any])


class Amount(click.FloatRange):
    """A number that can be counted to: neither "nan" nor "inf", which Python takes for numbers."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Read a number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number) or number > _MOST:
            self.fail(f"{value} is not a number from 0 to {_MOST:,}.", param, ctx)
        return number


class AddressType(_ParamType):
    """The address of a document or an entity."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:  # noqa: ANN401, ARG002
        """Read an address."""
        from badgeops.model.address import Address

        if isinstance(value, Address):
            return value
        try:
            return Address.parse(str(value))
        except ValueError as error:
            raise click.UsageError(str(error)) from error


_MOST = 1_000_000
"""Seconds: eleven days."""

_FOLDER = completion.Place("dir")

_NAMED = "badgeops.catalog"


def catalog_argument(name: str = "catalog", word: str = "CATALOG") -> Callable[[F], F]:
    """Add an argument that is the folder of the catalog, and `--catalog`, which all commands take, beside it."""

    def keep(context: click.Context, parameter: click.Parameter, value: str) -> None:
        if is_given(context, parameter.name):
            context.meta[_NAMED] = value

    def choose(context: click.Context, parameter: click.Parameter, value: str) -> str:
        from badgeops.app.folders import is_same_folder

        named: str = context.meta.get(_NAMED, value)
        if not is_given(context, parameter.name):
            return named
        if not is_same_folder(named, value):
            raise click.UsageError(f"{word} is {value}, and --catalog is {named}. Name one folder.", context)
        return value

    def add(function: F) -> F:
        option = click.option(
            "--catalog",
            "catalog_option",
            metavar="FOLDER",
            type=_FOLDER,
            is_eager=True,  # read before the argument, which takes its value
            expose_value=False,
            callback=keep,
            help=f"The same as {word}. Every command takes it.",
        )
        return click.argument(name, default=".", metavar=f"[{word}]", type=_FOLDER, callback=choose)(option(function))

    return add


catalog_option = click.option(
    "--catalog",
    default=".",
    metavar="FOLDER",
    type=_FOLDER,
    show_default=True,
    help="The folder that holds badgeops.yaml.",
)

environment_option = click.option(
    "--env",
    "environment",
    envvar="BADGEOPS_ENV",
    metavar="NAME",
    shell_complete=completion.environments,
    help="The environment of badgeops.yaml to work on (default: its defaultEnvironment). [env: BADGEOPS_ENV]",
)

allow_http_option = click.option(
    "--allow-http", is_flag=True, help="Talk to a server without encryption. For test servers in closed networks only."
)

parallelism_option = click.option(
    "--parallelism",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    metavar="N",
    help="How many requests may be under way at once.",
)

lock_timeout_option = click.option(
    "--lock-timeout",
    type=Amount(0),
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another run to release the state.",
)

auto_approve_option = click.option("--auto-approve", is_flag=True, help="Do not ask. Needed if nobody can answer.")


def _talk(_context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    from badgeops.commands.shared.console import CONSOLE

    CONSOLE.is_verbose = value


verbose_option = click.option(
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_talk,
    help="Log each request to stderr: method, path, status, seconds. Bodies are never logged.",
)


def connection_options(function: F) -> F:
    """Add the options of every command that talks to a server."""
    return environment_option(allow_http_option(verbose_option(parallelism_option(function))))
