"""`badgeops doctor`: is everything there that plan and apply need? Looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from badgeops.api.client import Client
from badgeops.app.hints import quote_server_message
from badgeops.app.reporting import Reporter
from badgeops.app.requests import ServerRequest
from badgeops.app.workspace import Workspace, open_state, open_workspace
from badgeops.errors import BadgeopsError, CatalogError, NotFoundError, StateError
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.shape import Fields
from badgeops.planning import unverified
from badgeops.render.diagnostics import said
from badgeops.render.text.checks import Check, bad, good, unsure
from badgeops.render.values import counted


def check_setup(request: ServerRequest, reporter: Reporter) -> Iterator[Check]:
    """Yield one check after the other, as they are made. CatalogError if the settings cannot be used."""
    try:
        workspace = open_workspace(request, reporter)
    except CatalogError as error:
        yield from _checks(*_without_documents(request, reporter, error))
    else:
        yield from _checks(workspace, _catalog(workspace))


def _without_documents(request: ServerRequest, reporter: Reporter, error: CatalogError) -> tuple[Workspace, Check]:
    """Return what can be checked although the documents have errors, and what to say of them."""
    try:
        workspace = open_state(request, reporter, may_use_http=request.may_use_http)
    except CatalogError:
        raise error from None  # which says all there is to say of the settings, and more
    reporter.diagnostics(error.diagnostics)
    advice = "Until they are corrected, the issuers' e-mail addresses cannot be checked."
    return workspace, bad("catalog", said(error.diagnostics), advice)


def _catalog(workspace: Workspace) -> Check:
    catalog = workspace.catalog
    issuers, classes = len(catalog.issuers), len(catalog.badge_classes)
    text = f"{counted(issuers, 'issuer')}, {counted(classes, 'badge class', 'badge classes')}"
    if not workspace.warnings:
        return good("catalog", f"{text}, no problems")
    return unsure("catalog", f"{text}, {said(workspace.warnings)}", "badgeops validate shows them.")


def _checks(workspace: Workspace, catalog: Check) -> Iterator[Check]:
    settings = workspace.settings
    yield catalog
    yield good("settings", f"environment {settings.environment}, server {settings.server.identity}")
    yield _state(workspace)
    if not settings.server.is_sandbox and not settings.credentials.are_missing:
        yield good("credentials", f"from {settings.credentials.origin}")
    try:
        with workspace.client() as client:
            yield from _server(workspace, client)
    except BadgeopsError as error:
        yield bad("server", " ".join([error.message, *quote_server_message(error)]), error.hint)


def _server(workspace: Workspace, client: Client) -> Iterator[Check]:
    profile = client.account()
    yield _dialect(client, profile)
    names = " ".join(str(profile.get(word) or "") for word in ("firstName", "lastName")).strip()
    yield good("account", f"logged in{f' as {names}' if names else ''}")
    scope = client.auth.scope
    if scope is not None and "rw:issuer" not in scope.split():
        yield bad(
            "scope", f"the token allows: {scope}", "It needs rw:issuer. Log in with user name and password instead."
        )
    try:
        issuers = client.issuers()
    except NotFoundError:
        yield bad(
            "rights",
            "the account may not see issuers",
            "Either the token lacks the scope rw:issuer, or no e-mail address of the account is verified.",
        )
        return
    yield good("rights", f"sees {counted(len(issuers), 'issuer')}; its role at each decides what it may change there")
    yield from _lost_issuers(workspace, {issuer.entity_id for issuer in issuers})
    yield from _unverified(workspace, client, {issuer.entity_id for issuer in issuers})
    yield from _addresses(workspace, profile)


def _dialect(client: Client, profile: Fields) -> Check:
    told, text = client.known_dialect(), f"{client.base_url} answers"
    shown = Dialect.HOSTED if "id" in profile else Dialect.OPEN_SOURCE
    if told is shown:
        return good("server", f"{text}, and speaks the {told} dialect")
    return unsure(
        "server",
        f"{text}; badgeops takes it for {told}, but its answers look like {shown}",
        "Correct `server` or `dialect` in badgeops.yaml, or leave `dialect` out: badgeops recognises it.",
    )


def _lost_issuers(workspace: Workspace, seen: set[str]) -> Iterator[Check]:
    """Compare the recorded issuers with those that the account sees."""
    for address, entity_id in _issuers(workspace).items():
        if entity_id not in seen:
            yield bad(
                "issuer",
                f"{address} is in the state, but this account does not see it on the server",
                "Either somebody deleted it there, or badgeops used another account before.",
            )


def _unverified(workspace: Workspace, client: Client, seen: set[str]) -> Iterator[Check]:
    """Look whether an operator must verify an issuer first: some servers show it, others only refuse badge classes."""
    recorded = {address: entity_id for address, entity_id in _issuers(workspace).items() if entity_id in seen}
    if not recorded:
        return
    used = {live.issuer_id for live in client.badge_classes()}
    for address, entity_id in recorded.items():
        shown = client.entity(Kind.ISSUER, entity_id).is_verified
        if shown is False:
            finding = unverified.unverified_issuer(address)
            yield bad("issuer", finding.summary, finding.detail)
        elif shown is None and entity_id not in used:
            yield unsure(
                "issuer",
                f"{address} has no badge class yet",
                "Some servers want an operator to verify an issuer first, and this one does not show whether it does. "
                "Only the first badge class will tell.",
            )


def _issuers(workspace: Workspace) -> dict[Address, str]:
    """Return the recorded issuers, with their ids."""
    try:
        recorded = workspace.journal.load().resources
    except StateError:
        return {}
    return {address: item.entity_id for address, item in sorted(recorded.items()) if address.kind is Kind.ISSUER}


def _addresses(workspace: Workspace, profile: Fields) -> Iterator[Check]:
    """Compare the issuers' addresses with the verified ones, letter by letter as the server does."""
    verified = unverified.verified_emails(profile)
    recorded = _recorded(workspace)
    for issuer in workspace.catalog.issuers:
        email = issuer.email.strip()
        if unverified.is_verified(issuer, verified):
            yield good("e-mail", f"{email} of {issuer.address} is verified")
        elif issuer.address in recorded:
            yield unsure(
                "e-mail",
                f"{email} of {issuer.address} is not verified for this account",
                "The issuer exists, so the server accepts that; it would refuse a new issuer with this address.",
            )
        else:
            finding = unverified.unverified_email(issuer)
            yield bad("e-mail", finding.summary, finding.detail)


def _recorded(workspace: Workspace) -> set[object]:
    try:
        return set(workspace.journal.load().resources)
    except StateError:
        return set()


def _state(workspace: Workspace) -> Check:
    name = workspace.backend.name
    try:
        state = workspace.journal.load()
    except StateError as error:
        return bad("state", error.message, error.hint)
    if not state.lineage:
        return good("state", f"none yet; the first apply writes {name}")
    text = f"{name}: {counted(len(state.resources), 'entity', 'entities')}, serial {state.serial}"
    if state.pending:
        addresses = ", ".join(str(address) for address in sorted(state.pending))
        return unsure(
            "state", f"{text}, {len(state.pending)} pending", f"The next apply finds out what became of: {addresses}"
        )
    return good("state", text)
