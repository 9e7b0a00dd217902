"""`badgeops plan`: what would change on the server. Reads only."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from badgeops.app.ahead import Ahead
from badgeops.app.collection import no_collection
from badgeops.app.make_plan import Planned, PlanningRequest, make_plan, plan_against
from badgeops.app.reporting import Reporter
from badgeops.app.workspace import Workspace, open_workspace
from badgeops.catalog.referenced_files import read_image
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


def plan(request: PlanRequest, reporter: Reporter) -> View:
    """Plan, and return the plan as it is to be shown."""
    with no_collection(), Ahead(reporter, request.parallelism) as ahead:
        workspace = open_workspace(request, reporter, ahead.begin if request.snapshot is None else None)
        planned = _planned(workspace, request, ahead)
    return _view(workspace, planned, request)


def _planned(workspace: Workspace, request: PlanRequest, ahead: Ahead) -> Planned:
    found = ahead.result()
    if found is not None:
        return make_plan(
            workspace,
            found.state,
            found.client,
            request.options,
            parallelism=request.parallelism,
            snapshot=found.snapshot,
        )
    state = workspace.journal.load()
    if request.snapshot is not None:
        return plan_against(workspace, state, request.snapshot, request.options)
    with workspace.client() as client:
        return make_plan(workspace, state, client, request.options, parallelism=request.parallelism)


def _view(workspace: Workspace, planned: Planned, request: PlanRequest) -> View:
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
        summary=request.summary,
        only=frozenset(action for action in Action if action.word in request.show_only),
        max_bytes=request.max_bytes,
        image_base=request.image_base,
    )
