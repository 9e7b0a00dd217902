"""`badgeops snapshot`: record what the server shows, for plans without credentials. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from badgeops.app.reporting import Reporter
from badgeops.app.requests import RefreshRequest
from badgeops.app.workspace import open_workspace
from badgeops.catalog.referenced_files import read_image
from badgeops.model.address import Kind
from badgeops.planning.own_images import with_own_images
from badgeops.planning.planner import Snapshot
from badgeops.planning.refresh import count_earners, refresh
from badgeops.planning.strangers import unreadable
from badgeops.review.snapshots import Recorded
from badgeops.state.record import State


@dataclass(frozen=True, kw_only=True)
class SnapshotRequest(RefreshRequest):
    """What `badgeops snapshot` is asked for."""

    out: str | None = None
    """The file to write; None for stdout."""
    count_earners: bool = False
    """Count how many people have earned each badge class."""


def take_snapshot(request: SnapshotRequest, reporter: Reporter) -> Recorded:
    """Read the account, and return what it shows beside which state."""
    workspace = open_workspace(request, reporter)
    state = workspace.journal.load()
    parallelism = request.parallelism
    with workspace.client() as client:
        found = refresh(client, state, parallelism=parallelism)
        found = with_own_images(client, workspace.catalog, state, found, read_image, parallelism)
        owned = _owned(state, found)
        counted = count_earners(client, owned, past=owned, parallelism=parallelism) if request.count_earners else None
    reporter.diagnostics(unreadable(found.live.values()))
    # What cannot be read cannot be written as what it is either: a plan against the snapshot does not know of it.
    found = replace(found, live={key: live for key, live in found.live.items() if not live.odd})
    settings = workspace.settings
    counts = counted.earners if counted is not None else None
    return Recorded(settings.environment, settings.server.identity, state.lineage, state.serial, found, counts)


def _owned(state: State, found: Snapshot) -> frozenset[str]:
    """Return the entityIds of the state's badge classes that are there."""
    return frozenset(
        resource.entity_id
        for address, resource in state.resources.items()
        if address.kind is Kind.BADGE_CLASS and resource.entity_id in found.live
    )
