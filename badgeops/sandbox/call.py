"""One request as the handlers see it, free of Flask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from badgeops.sandbox import images
from badgeops.sandbox.envelope import ServerCrashError, bad_request, not_found
from badgeops.sandbox.fields import InvalidError, clean_object, refuse_surrogates
from badgeops.sandbox.shapes import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from badgeops.sandbox.faults import Overlaps
    from badgeops.sandbox.fields import Field
    from badgeops.sandbox.options import SandboxOptions
    from badgeops.sandbox.store import Store
    from badgeops.sandbox.users import User

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class World:
    """What all requests share."""

    store: Store
    options: SandboxOptions
    overlaps: Overlaps

    @property
    def hosted(self) -> bool:
        """Whether it speaks the dialect of the hosted service."""
        return self.options.dialect == "hosted"

    @property
    def constant_images(self) -> bool:
        """Whether an image keeps its address when it is replaced."""
        chosen = self.options.constant_images
        return self.hosted if chosen is None else chosen


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed negotiation and authentication."""

    method: str
    world: World
    user: User
    base: str
    """Scheme and host as the client addressed them, without a slash at the end."""
    url: str
    """The whole address without the query."""
    query: Mapping[str, list[str]]
    read_body: Callable[[], Any]
    """Parses the body; only asked once the object was found and the rights are there."""

    @property
    def hosted(self) -> bool:
        """Whether the hosted dialect is spoken."""
        return self.world.hosted

    @property
    def view(self) -> View:
        """How to show things to this request."""
        return View(self.base, self.hosted, self.world.constant_images)

    @property
    def store(self) -> Store:
        """The store."""
        return self.world.store

    def param(self, name: str) -> str | None:
        """Give the last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else None

    def is_on(self, name: str, *, default: bool = False) -> bool:
        """Read a query parameter that says yes or no."""
        value = self.param(name)
        return default if value is None else value.lower() in {"1", "true"}

    def clean(self, body: object, fields: Iterable[Field]) -> dict[str, Any]:
        """Clean a body, or answer 400."""
        try:
            cleaned = clean_object(body, fields)
        except InvalidError as problem:
            if isinstance(problem.errors, list):
                raise bad_request(general=problem.errors) from problem
            raise bad_request(problem.errors) from problem
        refuse_surrogates({name: value for name, value in cleaned.items() if name != "image"})
        return cleaned

    def normalised(self, upload: images.Upload) -> bytes:
        """Give the bytes that will be served for an upload.

        An image too large to decode is refused on create, and breaks the server on change.
        """
        try:
            return images.normalise(upload.content)
        except images.TooManyPixelsError as problem:
            if self.method == "POST":
                raise bad_request(general=["Invalid image"]) from problem
            raise ServerCrashError("too many pixels") from problem
        except images.ImageRefusedError as problem:
            raise bad_request({"image": [str(problem)]}) from problem


def found(thing: Thing | None) -> Thing:
    """Answer 404 for what is not there."""
    if thing is None:
        raise not_found()
    return thing
