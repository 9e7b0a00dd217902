"""`badgeops import`: record that a document is an entity on the server. Changes nothing there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import PurePath

from badgeops.api.client import Client
from badgeops.api.live import Live, not_shown
from badgeops.api.served import identify, proves_nothing
from badgeops.app.reporting import Reporter
from badgeops.app.requests import ServerRequest
from badgeops.app.workspace import Workspace, open_workspace
from badgeops.catalog.images.raster import same_image
from badgeops.catalog.referenced_files import reread_image
from badgeops.errors import ApiError, NotFoundError, SettingsError
from badgeops.model.address import Address, nearest
from badgeops.model.allowances import Allowances, What
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.planning import import_check, planner
from badgeops.planning.adopt import adopt, entity_id_of, is_page_of, unmanaged_fields
from badgeops.planning.plan import Change
from badgeops.planning.planner import Options, Snapshot
from badgeops.planning.words import as_argument
from badgeops.state.journal import Journal
from badgeops.state.record import Resource


@dataclass(frozen=True, kw_only=True)
class ImportRequest(ServerRequest):
    """What `badgeops import` is asked for."""

    address: Address
    entity_id: str
    """The id, or the address of a page of the entity."""
    lock_timeout: float = 0


@dataclass(frozen=True)
class Imported:
    """How an imported entity differs from its document."""

    unmanaged: tuple[str, ...]
    """Fields that the document leaves as they are."""
    unseen: tuple[str, ...]
    """Fields that no server shows, so that nobody can tell what they hold."""
    not_shown: tuple[str, ...]
    """Fields of the document that this server's answers do not have, although others' do."""
    other_forms: tuple[tuple[str, str], ...]
    """Fields of the document that this server shows under another name and in another form."""
    changes: tuple[Change, ...]
    """What the next apply would change of it."""
    other_image: tuple[str, str] | None = None
    """The address of the server's image, and where to save it, if the document has another image."""


def import_entity(request: ImportRequest, reporter: Reporter) -> Imported:
    """Record the entity, and return what the next apply would do to it."""
    workspace = open_workspace(request, reporter)
    with workspace.lock("import", request.lock_timeout), workspace.client() as client:
        journal = workspace.journal
        state = journal.load()
        entity = _document(workspace, request.address)
        live = _identified(client, entity, _entity(client, request.address, entity_id_of(request.entity_id)))
        _insist_on_host(request.entity_id, client.base_url, live)
        import_check.check(state, entity, live)
        resource = _resource(client, entity, live)
        serial = journal.replace(state.with_resource(resource))
        snapshot = _around(client, live)
    changes = _changes(workspace, journal, snapshot, request.address)
    reporter.done(f"{request.address} is {live.entity_id} from now on.\nThe state is saved (serial {serial}).\n")
    workspace.remind_to_commit()
    return Imported(
        tuple(unmanaged_fields(entity, live)),
        resource.unseen,
        tuple(name for name in not_shown(live) if name in entity.declared),
        tuple((name, form) for name, form in live.other_forms if name in entity.declared),
        changes,
        _other_image(entity, live) if resource.image is None else None,
    )


def _other_image(entity: Issuer | BadgeClass, live: Live) -> tuple[str, str] | None:
    """Return where the server's image is, and a name for it beside ours, in the form that it has there."""
    if entity.image is None or not (live.image_url or "").startswith(("https://", "http://")):
        return None
    ours = PurePath(entity.image.path)
    suffix = ".svg" if live.image_is_svg else ".png"
    return live.image_url or "", ours.with_name(f"{ours.stem}-from-server{suffix}").as_posix()


def _around(client: Client, live: Live) -> Snapshot:
    """Return what there is to know of the server to plan for one entity: it, and the issuers."""
    found = {live.entity_id: live}
    if live.issuer_id:
        found |= {item.entity_id: item for item in client.issuers()}
    return Snapshot(client.known_dialect(), found)


def _changes(workspace: Workspace, journal: Journal, snapshot: Snapshot, wanted: Address) -> tuple[Change, ...]:
    plan = planner.build(workspace.catalog, journal.state, snapshot, Options(Allowances.of(What.DUPLICATE_NAME)))
    return tuple(change for change in plan.changes if change.address == wanted)


def _document(workspace: Workspace, wanted: Address) -> Issuer | BadgeClass:
    for address, entity in workspace.catalog.entities.items():
        if address == wanted:
            return entity
    near = nearest(wanted, workspace.catalog.entities)
    raise SettingsError(
        f"The catalog has no {wanted}.",
        hint=f"{f'Did you mean {near}? ' if near else ''}Write its document first: badgeops manages what the catalog "
        "describes. A field that the document leaves out stays as it is on the server.",
    )


def _entity(client: Client, wanted: Address, entity_id: str) -> Live:
    try:
        return client.entity(wanted.kind, entity_id, by_any_id=True)
    except NotFoundError as error:
        raise NotFoundError(
            f"This account sees no {wanted.kind} with the id {entity_id} on the server.",
            hint=f"To look the id up:\n  {import_check.LOOK_UP}",
            status=404,
        ) from error


def _insist_on_host(given: str, server: str, live: Live) -> None:
    """Refuse the address of a page of another server: a copy of one may have an entity of the same id."""
    if "://" not in given or is_page_of(given, server, live.open_badge_id):
        return
    raise SettingsError(
        f"{given} is a page of another server than {server}, which this environment is on. Nothing was recorded.",
        hint=f"Choose its environment with --env, or pass the id alone if you mean the entity of this server: "
        f"{as_argument(live.entity_id)}",
    )


def _identified(client: Client, entity: Issuer | BadgeClass, live: Live) -> Live:
    """Return the entity with what identifies its image, where that is managed and its address proves nothing."""
    if entity.image is None or not proves_nothing(live, None):
        return live
    return replace(live, image_ref=identify(client, live, None) or live.image_ref)


def _resource(client: Client, entity: Issuer | BadgeClass, live: Live) -> Resource:
    same, digest = False, None
    if entity.image is not None and live.image_url is not None:
        try:
            served = client.image(live.image_url)
        except ApiError:
            served = b""
        digest = hashlib.sha256(served).hexdigest()
        same = bool(served) and same_image(reread_image(entity.image), served)
    return adopt(entity, live, client.known_dialect(), image_is_same=same, served_sha256=digest)
