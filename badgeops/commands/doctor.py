"""`badgeops doctor`: is everything there that plan and apply need?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from badgeops.commands.shared import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from badgeops.app.workspace import Workspace
    from badgeops.client import Client
    from badgeops.model.shape import Fields
    from badgeops.render.checks import Check


@click.command(short_help="Check settings, credentials, server and state.")
@options.catalog_argument
@options.environment_option
@options.allow_http_option
@options.verbose_option
def doctor(catalog: str, environment: str | None, allow_http: bool) -> int:
    """Check everything that plan and apply need, and explain what is missing. Changes nothing.

    Looks at the catalog, the settings, the credentials, the server and what the account may do there, the issuers'
    e-mail addresses, and the state. CATALOG is the folder that holds badgeops.yaml. Exit status: 0 all is well,
    1 something must be mended.
    """
    import sys
    from dataclasses import replace

    from badgeops.app.workspace import open_workspace
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.checks import Verdict, render

    workspace = open_workspace(CONSOLE, catalog, environment, allow_http=allow_http)
    style = CONSOLE.style(sys.stdout)
    failed = False
    for check in _checks(workspace):
        CONSOLE.result(render(replace(check, advice=CONSOLE.completed(check.advice)), style))
        failed |= check.verdict is Verdict.BAD
    CONSOLE.result("Something must be mended: see above.\n" if failed else "All is well.\n")
    return 1 if failed else 0


def _checks(workspace: Workspace) -> Iterator[Check]:
    from badgeops.commands.shared.console import said_by_server
    from badgeops.errors import BadgeopsError
    from badgeops.render.checks import bad, good, unsure
    from badgeops.render.values import counted

    settings, catalog = workspace.settings, workspace.catalog
    issuers, classes = len(catalog.issuers), len(catalog.badge_classes)
    text = f"{counted(issuers, 'issuer')}, {counted(classes, 'badge class', 'badge classes')}"
    if workspace.warnings:
        yield unsure(
            "catalog", f"{text}, {counted(len(workspace.warnings), 'warning')}", "badgeops validate shows them."
        )
    else:
        yield good("catalog", f"{text}, no problems")
    yield good("settings", f"environment {settings.environment}, server {settings.server.identity}")
    yield _state(workspace)
    if not settings.server.is_sandbox and not settings.credentials.are_missing:
        yield good("credentials", f"from {settings.credentials.origin}")
    try:
        with workspace.client() as client:
            yield from _server(workspace, client)
    except BadgeopsError as error:
        yield bad("server", " ".join([error.message, *said_by_server(error)]), error.hint)


def _server(workspace: Workspace, client: Client) -> Iterator[Check]:
    from badgeops.errors import NotFound
    from badgeops.render.checks import bad, good
    from badgeops.render.values import counted

    profile = client.account()
    yield _dialect(client, profile)
    names = " ".join(str(profile.get(word) or "") for word in ("firstName", "lastName")).strip()
    yield good("account", f"logged in{f' as {names}' if names else ''}")
    scope = client.auth.scope
    if scope is not None and "rw:issuer" not in scope.split():
        yield bad(
            "scope", f"the token may do: {scope}", "It needs rw:issuer. Log in with user name and password instead."
        )
    try:
        issuers = client.issuers()
    except NotFound:
        yield bad(
            "rights",
            "the account may not see issuers",
            "Either the token lacks the scope rw:issuer, or no e-mail address of the account is verified.",
        )
        return
    yield good("rights", f"may work on {counted(len(issuers), 'issuer')}")
    yield from _lost_issuers(workspace, {issuer.entity_id for issuer in issuers})
    yield from _addresses(workspace, profile)


def _dialect(client: Client, profile: Fields) -> Check:
    from badgeops.model.dialect import Dialect
    from badgeops.render.checks import good, unsure

    told, text = client.known_dialect(), f"{client.base_url} answers"
    shown = Dialect.HOSTED if "id" in profile else Dialect.OPEN_SOURCE
    if told is shown:
        return good("server", f"{text}, and speaks the {told} dialect")
    return unsure(
        "server",
        f"{text}; it is taken for {told}, and its answers look like {shown}",
        "Correct `server` or `dialect` in badgeops.yaml, or leave `dialect` out: badgeops finds it out.",
    )


def _lost_issuers(workspace: Workspace, seen: set[str]) -> Iterator[Check]:
    """Compare the recorded issuers with those that the account sees."""
    from badgeops.errors import StateError
    from badgeops.model.address import Kind
    from badgeops.render.checks import bad

    try:
        recorded = workspace.ledger.load().resources
    except StateError:
        return
    for address, resource in sorted(recorded.items()):
        if address.kind is Kind.ISSUER and resource.entity_id not in seen:
            yield bad(
                "issuer",
                f"{address} is in the state, and this account does not see it on the server",
                "Either it was deleted there, or this is another account than the one badgeops used before.",
            )


def _addresses(workspace: Workspace, profile: Fields) -> Iterator[Check]:
    """Compare the issuers' addresses with the verified ones, letter by letter as the server does."""
    from badgeops.render.checks import bad, good, unsure

    listed = profile.get("emails")
    verified = [
        entry.get("email")
        for entry in (listed if isinstance(listed, list) else [])
        if isinstance(entry, dict) and entry.get("verified") is True
    ]
    recorded = _recorded(workspace)
    for issuer in workspace.catalog.issuers:
        email, place = issuer.email.strip(), issuer.document.locate("email")
        if email in verified:
            yield good("e-mail", f"{email} of {issuer.address} is verified")
        elif issuer.address in recorded:
            yield unsure(
                "e-mail",
                f"{email} of {issuer.address} is not verified for this account",
                "The issuer exists, so that is allowed; a new issuer could not be made with it.",
            )
        else:
            yield bad(
                "e-mail",
                f"{email} of {issuer.address} is none of the account's verified addresses",
                "The server will refuse to make the issuer. Verify the address in the account's profile, or change it: "
                f"{place}",
            )


def _recorded(workspace: Workspace) -> set[object]:
    from badgeops.errors import StateError

    try:
        return set(workspace.ledger.load().resources)
    except StateError:
        return set()


def _state(workspace: Workspace) -> Check:
    from badgeops.errors import StateError
    from badgeops.render.checks import bad, good, unsure
    from badgeops.render.values import counted

    name = workspace.backend.name
    try:
        state = workspace.ledger.load()
    except StateError as error:
        return bad("state", error.message, error.hint)
    if not state.lineage:
        return good("state", f"none yet; the first apply writes {name}")
    text = f"{name}: {counted(len(state.resources), 'entity', 'entities')}, serial {state.serial}"
    if state.pending:
        addresses = ", ".join(str(address) for address in sorted(state.pending))
        return unsure("state", f"{text}, {len(state.pending)} pending", f"The next apply finds out about: {addresses}")
    return good("state", text)
