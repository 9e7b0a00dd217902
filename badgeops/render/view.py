"""What a renderer is given: a plan or the problems of a catalog, and what the command knows beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import quote

from badgeops.errors import Diagnostic, Source
from badgeops.model.address import Address
from badgeops.model.entities import Catalog, Image
from badgeops.planning.plan import Action, Change, Plan
from badgeops.render.style import Style

if TYPE_CHECKING:
    from badgeops.catalog.images.showable import Showable

VERBS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.DELETE: "to delete",
    Action.ARCHIVE: "to archive",
    Action.FORGET: "to forget",
    Action.ADOPT: "to adopt",
}
MAX_BYTES = 65_000
"""Of a comment: GitHub takes 65,536 characters, and whoever posts it may want to add a line."""


@dataclass(frozen=True, slots=True)
class Where:
    """How the paths that messages name become paths that others know, whatever the catalog's folder was called here."""

    start: PurePath = field(default_factory=PurePath)
    """Where the command was started."""
    root: PurePath = field(default_factory=PurePath)
    """The root of the repository; the catalog's folder if there is none."""
    catalog: str = ""
    """The catalog's folder as it was named."""
    folder: PurePath | None = None
    """Where that really is; None where nobody has looked."""

    def in_repository(self, path: PurePath | str) -> str | None:
        """Return a path as it is in the repository, with slashes; None where it is outside."""
        whole = self._whole(path)
        if not whole.is_relative_to(self.root) or ".." in whole.parts:
            return None
        return whole.relative_to(self.root).as_posix()

    def shared(self, path: PurePath | str) -> str:
        """Return what to call a path in a file that others read: as in the repository, else as in the catalog."""
        inside = self.in_repository(path)
        if inside is not None:
            return inside
        whole = self._whole(path)
        if self.folder is not None and whole.is_relative_to(self.folder):
            return whole.relative_to(self.folder).as_posix()
        return whole.name if whole.is_absolute() else whole.as_posix()

    def shared_text(self, text: str) -> str:
        """Return the words of a message with the files of the catalog called as inside of it."""
        named = self.catalog.rstrip("/")
        return text if named in ("", ".") else re.sub(rf"(?<![\w./~-]){re.escape(named)}/+(?=[^\s/])", "", text)

    def shared_place(self, source: Source) -> str:
        """Return "badges/intro.yaml:12" for a file that others read."""
        return f"{self.shared(source.filename)}:{source.line}"

    def shared_problem(self, problem: Diagnostic) -> Diagnostic:
        """Return a problem in the words and with the place for a file that others read."""
        source = problem.source
        return replace(
            problem,
            summary=self.shared_text(problem.summary),
            detail=self.shared_text(problem.detail),
            source=replace(source, filename=self.shared(source.filename)) if source is not None else None,
        )

    def shared_problems(self, problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Return problems in the words and with the places for a file that others read."""
        return tuple(map(self.shared_problem, problems))

    def _whole(self, path: PurePath | str) -> PurePath:
        whole = PurePath(normpath(self.start / path))
        named = PurePath(normpath(self.start / self.catalog))
        if self.folder is None or not whole.is_relative_to(named):
            return whole
        return self.folder / whole.relative_to(named)


@dataclass(frozen=True)
class View:
    """A plan as it is to be shown. Each format is a function View -> str.

    `summary` and `only` are for the formats that people read; those for programs hold everything.
    """

    plan: Plan
    header: str
    """The two lines that say what was looked at."""
    style: Style = field(default_factory=Style)
    next_command: str = ""
    """What makes it so; empty where the plan cannot be applied as it stands."""
    shared_command: str | None = None
    """The same for files that others read, at the root of the repository; None if it is no other one."""
    stops: tuple[str, ...] = ()
    """Why apply would stop although no change is wrong: too many at once. Each names its flag."""
    show_unmanaged: bool = False
    catalog: Catalog | None = None
    """What was planned; for formats that show also what stays as it is."""
    images: Callable[[Image], bytes | None] | None = None
    """Reads an image of the catalog; None where its file is not as it was. For formats that show images."""
    server_images: Mapping[Address, Showable | str] = field(default_factory=dict)
    """What the server has where an image is to be replaced, or why it cannot be seen; empty if nobody asked."""
    summary: bool = False
    """Show one line for each change, and no fields."""
    only: frozenset[Action] = frozenset()
    """Show the changes of these actions; empty for all. What needs attention is shown in any case."""
    max_bytes: int = MAX_BYTES
    """The longest a Markdown text may be, in UTF-8."""
    image_base: str = ""
    """Where the images of this catalog can be looked at: the address of the repository's root."""
    where: Where = field(default_factory=Where)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes to show."""
        return tuple(change for change in self.plan.changes if not self.only or change.action in self.only)

    @property
    def command_for_others(self) -> str:
        """What makes it so, for files that others read."""
        return self.next_command if self.shared_command is None else self.shared_command

    @property
    def left_out(self) -> str:
        """What `only` leaves out, in a sentence; empty where that is nothing."""
        return left_out(change for change in self.plan.changes if self.only and change.action not in self.only)

    def image_url(self, image: Image) -> str | None:
        """Return where an image of the catalog can be looked at; None where that is not known."""
        path = self.where.in_repository(image.path)
        return f"{self.image_base.rstrip('/')}/{quote(path)}" if self.image_base and path is not None else None


def within(catalog: str, filename: str) -> str:
    """Return the name of a file as it is inside a catalog, however the catalog was named."""
    return filename if catalog in ("", ".") else filename.removeprefix(f"{catalog.rstrip('/')}/")


def left_out(changes: Iterable[Change]) -> str:
    """Return "Not shown here: 3 to create, 2 to update."; empty for no changes."""
    hidden = list(changes)
    counts = {verb: sum(change.action is action for change in hidden) for action, verb in VERBS.items()}
    parts = [f"{number} {verb}" for verb, number in counts.items() if number]
    return f"Not shown here: {', '.join(parts)}." if parts else ""


@dataclass(frozen=True)
class ProblemsView:
    """What there is to say about a catalog, as it is to be shown. Each format is a function ProblemsView -> str."""

    diagnostics: tuple[Diagnostic, ...]
    style: Style = field(default_factory=Style)
    where: Where = field(default_factory=Where)
    max_bytes: int = MAX_BYTES
    """The longest a Markdown text may be, in UTF-8."""
    every_place: bool = False
    """Show each problem by itself, also to people; else a cause that was met several times is summed up."""
