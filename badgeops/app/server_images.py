"""The images that a server shows where the catalog has other ones, for a page that shows both. Bounded in every way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from badgeops.api.client import MAX_IMAGE, Client
from badgeops.catalog.images.showable import Showable, showable
from badgeops.errors import ApiError
from badgeops.model.address import Address
from badgeops.model.entities import Catalog
from badgeops.planning.plan import Cause, Change, Plan

MOST = 20
"""Images of one page."""
MOST_BYTES = MAX_IMAGE
"""Of all of them together, as they come."""
MOST_FAILURES = 3
"""After so many the others are not asked for: a server that answers nothing takes its time with each."""

NOT_FETCHED = "the image on the server could not be fetched"
NOT_SHOWN = "the server has no PNG, JPEG or SVG there that this page may show"
LEFT_OUT = f"the image on the server was left out: a page shows {MOST} of them, and {MOST_BYTES // 1024**2} MB"


def server_images(plan: Plan, catalog: Catalog, client: Client) -> Mapping[Address, Showable | str]:
    """Return the server's image for each change that replaces one, or why there is none to be seen."""
    found: dict[Address, Showable | str] = {}
    room, failures = MOST_BYTES, 0
    for number, (address, url) in enumerate(_wanted(plan, catalog)):
        if number >= MOST or room <= 0:
            found[address] = LEFT_OUT
            continue
        if failures >= MOST_FAILURES:
            found[address] = NOT_FETCHED
            continue
        try:
            data = client.image(url, most=room, is_repeated=False)
        except (ApiError, ValueError):  # the latter: no address at all
            found[address] = NOT_FETCHED
            failures += 1
            continue
        room -= len(data)
        found[address] = showable(data) or NOT_SHOWN
    return found


def _wanted(plan: Plan, catalog: Catalog) -> Iterator[tuple[Address, str]]:
    """Yield whose images to ask for, and where: first those that somebody has put there since the last apply."""
    at_hand = {entity.image.sha256 for entity in catalog.entities.values() if entity.image is not None}
    causes = [(change, cause) for change in plan.changes if (cause := _replaced(change, at_hand)) is not None]
    for change, _ in sorted(causes, key=lambda item: item[1] is Cause.CATALOG):
        assert change.live is not None  # noqa: S101 (see _replaced)
        assert change.live.image_url is not None  # noqa: S101 (see _replaced)
        yield change.address, change.live.image_url


def _replaced(change: Change, at_hand: set[str]) -> Cause | None:
    """Return why a change replaces an image of the server that the catalog does not have; None if it does not."""
    if change.live is None or change.live.image_url is None:
        return None
    item = next((item for item in change.attributes if item.name == "image"), None)
    return item.cause if item is not None and (item.before or {}).get("sha256") not in at_hand else None
