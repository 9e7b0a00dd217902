"""`badgeops import`: record one existing entity in the state."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from badgeops.commands.shared import completion, options

if TYPE_CHECKING:
    from badgeops.app.import_entity import Imported, ImportRequest


def _entity_id(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Take an entityId, or the address of a public page, which contains one."""
    from badgeops.model.entity_id import is_entity_id
    from badgeops.planning.adopt import entity_id_of

    if not is_entity_id(entity_id_of(value)):
        raise click.UsageError(
            f"{value!r} is not an entityId, nor an address that contains one. An entityId has letters, digits, - and "
            "_; it is the last part of the address of the entity's public page."
        )
    return value.strip()


class _Import(click.Command):
    """Takes a whole `-h` for help, and no word that only begins so: an entityId may begin with a dash."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Parse the command line, with the long name in place of the short one."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(context, ["--help" if word == "-h" else word for word in args[:end]] + args[end:])


@click.command(
    name="import",
    cls=_Import,
    short_help="Import an existing entity into the state.",
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("address", type=options.AddressType(), shell_complete=completion.declared)
@click.argument("entity_id", callback=_entity_id)
@options.catalog_option
@options.environment_option
@options.allow_http_option
@options.verbose_option
@options.lock_timeout_option
def import_(**parameters: Any) -> int:
    """Record that the document at ADDRESS is the entity ENTITY_ID on the server, and show how the two differ.

    The entity on the server does not change. ADDRESS is as in `badge_class.python-basics`; its document must be in the
    catalog. ENTITY_ID is the entityId, or the address of the entity's public page on this server.
    """
    from badgeops.app.import_entity import ImportRequest, import_entity
    from badgeops.commands.shared.console import CONSOLE

    request = ImportRequest(**parameters)
    _tell(import_entity(request, CONSOLE), request)
    return 0


def _tell(imported: Imported, request: ImportRequest) -> None:
    """Show how the entity differs from its document."""
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.layout import wrap
    from badgeops.render.plain import printable
    from badgeops.render.text import plan_text

    for text in _about_fields(imported):
        CONSOLE.result("\n".join(wrap(printable(text), CONSOLE.result_style.width)) + "\n")
    if not imported.changes:
        CONSOLE.result("The server matches the catalog.\n")
        return
    lines = [line for change in imported.changes for line in plan_text.change_lines(change, CONSOLE.result_style)]
    CONSOLE.result("\n".join(["The next apply would change it like this:", "", *lines, ""]))
    if imported.other_image is not None:
        text, *commands = _keep_the_image(*imported.other_image, request)
        lines = [*wrap(text, CONSOLE.result_style.width), "", *(f"  {printable(command)}" for command in commands)]
        CONSOLE.result("\n".join(["", *lines, ""]))
    CONSOLE.result(f"\nTo see the whole plan:\n\n  {request.next_command('plan')}\n")


def _about_fields(imported: Imported) -> Iterator[str]:
    """Yield what there is to say of fields that badgeops leaves alone, or cannot see."""
    if imported.unmanaged:
        yield f"Not in the document, so left as they are: {', '.join(imported.unmanaged)}."
    for name in imported.unseen:
        yield (
            f"No server shows {name}, so badgeops cannot tell what it holds. The first update of this entity empties "
            f"it, unless its document has {name}."
        )
    for name in imported.not_shown:
        yield (
            f"The answers of this server have no {name}, so badgeops cannot tell what it holds. A change of it is "
            "shown as if it were empty."
        )
    for name, form in imported.other_forms:
        yield (
            f"This server keeps {name} as {form}, in days, and may ignore what is sent as {name}. If it does, each "
            "plan after the next apply says so."
        )


def _keep_the_image(url: str, path: str, request: ImportRequest) -> tuple[str, str, str]:
    """Return what to do if the server's image is the right one, and two commands for it."""
    text = (
        "The server has another image than the document. To keep the server's, save it, name its file as `image` in "
        "the document, and import again:"
    )
    return (
        text,
        f"curl -L -o {shlex.quote(path)} {shlex.quote(url)}",
        request.next_command(f"import {request.address} {shlex.quote(request.entity_id)}"),
    )
