"""`badgeops plan`: what would change on the server. Reads only."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace

from badgeops.app.ahead import Ahead, Found
from badgeops.app.collection import no_collection
from badgeops.app.make_plan import Planned, PlanningRequest, make_plan, plan_against
from badgeops.app.reporting import Reporter
from badgeops.app.server_images import server_images
from badgeops.app.workspace import Workspace, open_workspace
from badgeops.catalog.images.showable import Showable
from badgeops.catalog.referenced_files import read_image
from badgeops.helpers.process import Helpers
from badgeops.model.address import Address
from badgeops.planning.plan import Action
from badgeops.planning.risk import brakes
from badgeops.render.view import MAX_BYTES, View


@dataclass(frozen=True, kw_only=True)
class PlanRequest(PlanningRequest):
    """What `badgeops plan` is asked for."""

    show_unmanaged: bool = False
    summary: bool = False
    show_only: tuple[str, ...] = ()
    """Words of actions; empty for all."""
    max_bytes: int = MAX_BYTES
    image_base: str = ""
    save_plan: str | None = None
    """The file to save the plan to."""
    snapshot: str | None = None
    """A snapshot to plan against; None for the server itself."""

    def apply_command(self) -> str:
        """Return the command that carries this plan out."""
        flags = self.allow.options
        if self.save_plan is not None:  # what was allowed to a saved plan stands in it
            flags = [f"--plan={shlex.quote(self.save_plan)}", *(self.allow - self.allow.of_a_plan).options]
        return self.next_command("apply", *flags)


def plan(request: PlanRequest, reporter: Reporter, *, shows_images: bool = False) -> View:
    """Plan, and return the plan as it is to be shown.

    With `shows_images` the images are fetched that the server has instead of the catalog's.
    """
    with no_collection(), Helpers() as helpers, Ahead(reporter, request.parallelism, helpers) as ahead:
        workspace = open_workspace(request, reporter, ahead.begin if request.snapshot is None else None, helpers)
        return _planned(workspace, request, ahead, shows_images=shows_images)


def _planned(workspace: Workspace, request: PlanRequest, ahead: Ahead, *, shows_images: bool) -> View:
    found = ahead.result()
    if found is not None:
        return _asked(workspace, found, request, shows_images=shows_images)
    state = workspace.journal.load()
    if request.snapshot is not None:
        return _view(workspace, plan_against(workspace, state, request.snapshot, request.options), request, {})
    with workspace.client() as client:
        return _asked(workspace, Found(state, client), request, shows_images=shows_images)


def _asked(workspace: Workspace, found: Found, request: PlanRequest, *, shows_images: bool) -> View:
    """Plan against the server, and fetch what a page shows of it, while there is somebody to ask."""
    planned = make_plan(
        workspace,
        found.state,
        found.client,
        request.options,
        parallelism=request.parallelism,
        snapshot=found.snapshot,
    )
    images = server_images(planned.plan, workspace.catalog, found.client) if shows_images else {}
    return _view(workspace, planned, request, images)


def _view(
    workspace: Workspace, planned: Planned, request: PlanRequest, images: Mapping[Address, Showable | str]
) -> View:
    made = replace(planned.plan, allowed=tuple(request.allow.of_a_plan))
    stops = tuple(brakes(made, workspace.settings.limits, request.allow))
    return View(
        made,
        planned.header(),
        next_command="" if stops else request.apply_command(),
        stops=stops,
        show_unmanaged=request.show_unmanaged,
        catalog=workspace.catalog,
        images=read_image,
        server_images=images,
        summary=request.summary,
        only=frozenset(action for action in Action if action.word in request.show_only),
        max_bytes=request.max_bytes,
        image_base=request.image_base,
    )
