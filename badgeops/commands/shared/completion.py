"""What a shell offers when Tab is pressed: environments and addresses. It says nothing and fails at nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    _ParamType = click.ParamType[str]
else:
    _ParamType = click.ParamType  # takes no argument before click 8.4


class Place(_ParamType):
    """A path, which shells complete. Nothing is checked: badgeops says better what is wrong with one."""

    name = "path"

    def __init__(self, kind: str) -> None:
        self.kind = kind
        """ "dir" or "file"."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401, ARG002
        """Take the text as it is."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Let the shell look for folders or files."""
        return [CompletionItem(incomplete, type=self.kind)]


def environments(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the environments of badgeops.yaml that begin so."""
    try:
        from badgeops.catalog.folder import load_settings

        folder = _catalog(context)
        settings = load_settings(Path(folder), folder).settings
        named = settings.data.get("environments") if settings is not None else None
        return sorted(name for name in named or {"sandbox": None} if name.startswith(begun) and _is_plain(name))
    except Exception:  # noqa: BLE001 (a broken catalog completes to nothing)
        return []


def addresses(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the addresses that the state owns and that begin so."""
    try:
        from badgeops.app.requests import Request
        from badgeops.app.workspace import open_state
        from badgeops.commands.shared.console import CONSOLE

        environment = context.params.get("environment") or os.environ.get("BADGEOPS_ENV") or None
        request = Request(catalog=_catalog(context), environment=environment)
        owned = open_state(request, CONSOLE).journal.load().resources
        return sorted(text for text in map(str, owned) if text.startswith(begun))
    except Exception:  # noqa: BLE001 (as above)
        return []


def declared(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the addresses of the catalog's issuers and badge classes that begin so."""
    try:
        from badgeops.catalog.folder import load
        from badgeops.model.address import Kind

        folder = _catalog(context)
        prefixes = {kind.value: kind.prefix for kind in (Kind.ISSUER, Kind.BADGE_CLASS)}
        documents = [document.data for document in load(Path(folder), folder).documents]
        found = {f"{prefixes[data['kind']]}.{data['key']}" for data in documents if data.get("kind") in prefixes}
        return sorted(text for text in found if text.startswith(begun) and _is_plain(text))
    except Exception:  # noqa: BLE001 (as above)
        return []


def _is_plain(name: str) -> bool:
    """Tell whether a name can be put into a command line; nobody has validated a catalog before Tab is pressed."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) is not None


def _catalog(context: click.Context) -> str:
    given = context.params.get("catalog")
    if given == "." and context.args:  # click stops at an option whose value is being written
        given = context.args[0]
    return given if isinstance(given, str) else "."
