"""A catalog alone as a page: a card for each badge class, issuer by issuer, as people will see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from badgeops.errors import Diagnostic
from badgeops.model.entities import Catalog
from badgeops.render.html.badge import Badge, of_entity
from badgeops.render.html.images import Images, Read, at_hand
from badgeops.render.html.page import render
from badgeops.render.html.problems import problems
from badgeops.render.plain import printable
from badgeops.render.values import counted
from badgeops.render.view import within


@dataclass(frozen=True)
class Showcase:
    """A catalog as it is to be shown."""

    catalog: Catalog
    environment: str
    diagnostics: tuple[Diagnostic, ...] = ()
    shown: str = ""
    """The catalog's folder as it was named: the page says of each file where it is inside."""
    read: Read | None = None
    folder: str = ""
    """Where a server has the images; they are put into the page where this is empty."""
    seen: Callable[[], None] = lambda: None
    """Called for each card that is done."""


@dataclass(frozen=True, slots=True)
class Group:
    """An issuer and its badge classes."""

    key: str
    issuer: Badge
    badges: tuple[Badge, ...]

    @property
    def name(self) -> str:
        """The name of the issuer."""
        return self.issuer.name


def show(case: Showcase) -> str:
    """Return the page of a catalog."""
    catalog = case.catalog
    images = Images(case.read, at_hand(catalog), uses=_uses(catalog), folder=case.folder)
    groups = tuple(_groups(case, images))
    return render(
        "catalog.html",
        images="'self'" if case.folder else "data:",
        name=printable(catalog.name),
        environment=printable(case.environment),
        issuer_count=counted(len(catalog.issuers), "issuer"),
        badge_count=counted(len(catalog.badge_classes), "badge class", "badge classes"),
        total=len(catalog.badge_classes),
        groups=groups,
        problems=problems(_inside(case.diagnostics, case.shown)),
        shared=list(images.shared()),
        left_out=images.left_out,
    )


def _inside(diagnostics: Iterable[Diagnostic], shown: str) -> Iterator[Diagnostic]:
    for item in diagnostics:
        source = item.source
        named = replace(source, filename=within(shown, source.filename)) if source is not None else None
        yield replace(item, source=named)


def _uses(catalog: Catalog) -> Counter[str]:
    return Counter(entity.image.sha256 for entity in catalog.entities.values() if entity.image is not None)


def _groups(case: Showcase, images: Images) -> Iterator[Group]:
    issuers = {issuer.address: issuer for issuer in case.catalog.issuers}
    badges: dict[str, list[Badge]] = {issuer.key: [] for issuer in case.catalog.issuers}
    for entity in case.catalog.badge_classes:
        badges[entity.issuer.key].append(of_entity(entity, images, issuers, case.shown))
        case.seen()
    for issuer in case.catalog.issuers:
        yield Group(issuer.key, of_entity(issuer, images, {}, case.shown), tuple(badges[issuer.key]))
