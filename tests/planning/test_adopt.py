"""Taking over what exists: what is recorded as ours, and what shows up in the next plan."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from badgeops.api import dialects
from badgeops.api.live import Live, parse_live
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment, BadgeClass, Expiry, Image, Issuer
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.planning.adopt import adopt, entity_id_of, is_page_of, unmanaged_fields
from badgeops.planning.compare import Comparison
from badgeops.planning.plan import Cause
from badgeops.state.record import ImageRecord
from badgeops.yamldoc.parse import Document, YamlFile

DOCUMENT = Document({}, YamlFile("x.yaml", ""), 1, 1, 0)
IMAGE = Image("ab" * 32, "png", 90, 90, 1234, "x.png")
ALL = frozenset({"name", "description", "criteriaNarrative", "tags", "alignments", "expires", "achievementType"})


def badge_class(**fields: Any) -> BadgeClass:
    """Make a badge class as a catalog has it."""
    values: dict[str, Any] = {
        "address": Address.parse("badge_class.python"),
        "name": "Python",
        "description": "Knows it.",
        "image": None,
        "extensions": None,
        "declared": ALL,
        "lifecycle": Lifecycle(),
        "document": DOCUMENT,
        "issuer": Address.parse("issuer.academy"),
        "criteria_url": None,
        "criteria_narrative": "Show it.",
        "tags": ("a", "b"),
        "alignments": (Alignment("Target", "https://t.example"),),
        "expires": Expiry(2, "years"),
        "achievement_type": "Course",
        "image_alt_text": None,
    }
    return BadgeClass(**(values | fields))


def live(**fields: Any) -> Live:
    """Make the live badge class that fits it in every field."""
    payload: dict[str, Any] = {
        "entityId": "BC-1",
        "openBadgeId": "https://server/public/badges/BC-1",
        "issuer": "ISS-1",
        "name": "Python",
        "description": "Knows it.",
        "criteriaNarrative": "Show it.",
        "tags": ["a", "b"],
        "alignments": [{"targetName": "Target", "targetUrl": "https://t.example", "targetCode": None}],
        "expires": {"amount": 2, "duration": "years"},
        "image": "https://server/media/x.png",
    }
    return parse_live(Kind.BADGE_CLASS, payload | fields)


def taken(entity: BadgeClass, found: Live, dialect: Dialect = Dialect.OPEN_SOURCE, **options: Any) -> Any:
    """Adopt it."""
    return adopt(entity, found, dialect, **({"image_is_same": False, "served_sha256": None} | options))


def causes(entity: BadgeClass, found: Live, resource: Any, *, image_is_same: bool = True) -> dict[str, Cause]:
    """Return what a plan says of it right afterwards."""
    compared = Comparison(entity, resource, found, None, Dialect.OPEN_SOURCE, image_is_same=image_is_same)
    return {attribute.name: attribute.cause for attribute in compared.attributes}


def test_what_is_alike_is_recorded_as_sent() -> None:
    """The next plan has nothing to do."""
    resource = taken(badge_class(), live())

    assert resource.sent == dialects.wanted(badge_class(), Dialect.OPEN_SOURCE)
    assert resource.received == {}
    assert (resource.entity_id, resource.open_badge_id) == ("BC-1", "https://server/public/badges/BC-1")
    assert (resource.address, resource.issuer) == (badge_class().address, badge_class().issuer)
    assert causes(badge_class(), live(), resource) == {}


def test_what_differs_is_a_change_of_the_catalog() -> None:
    """It was never ours, so it is neither drift nor a conflict."""
    found = live(description="Something else.", tags=["c"])
    resource = taken(badge_class(), found)

    assert set(resource.sent) == {"name", "criteriaNarrative", "alignments", "expires"}
    assert causes(badge_class(), found, resource) == {"description": Cause.CATALOG, "tags": Cause.CATALOG}


def test_what_the_server_made_of_it_is_recorded_as_received() -> None:
    """A text that was stripped and tags in another order are what the server makes of ours."""
    entity = badge_class(description="<b>Knows</b> it.")
    found = live(tags=["b", "a"])
    resource = taken(entity, found)

    assert resource.sent["description"] == "<b>Knows</b> it."
    assert resource.received == {"description": "Knows it.", "tags": ["b", "a"]}
    assert causes(entity, found, resource) == {}


def test_what_is_not_declared_is_not_taken() -> None:
    """A field that the catalog leaves alone stays alone."""
    assert set(taken(badge_class(declared=frozenset({"name"})), live()).sent) == {"name"}


def test_what_the_server_does_not_show_is_not_taken() -> None:
    """Nothing is claimed that cannot be seen: it will be sent."""
    entity = badge_class(declared=ALL | {"imageAltText"}, image_alt_text="A snake")

    hosted = taken(entity, live(achievementType="Course"), Dialect.HOSTED)
    silent = taken(entity, live(), Dialect.HOSTED)

    assert "achievementType" in hosted.sent
    assert "achievementType" not in silent.sent
    assert "imageAltText" not in hosted.sent


def test_the_care_of_the_catalog_is_recorded() -> None:
    """Protection counts from the first moment."""
    resource = taken(badge_class(lifecycle=Lifecycle(protect=True, on_remove=OnRemove.DELETE)), live())

    assert (resource.protect, resource.on_remove) == (True, OnRemove.DELETE)


def test_an_issuer_has_no_issuer() -> None:
    """Only a badge class belongs to one."""
    academy = Issuer(
        address=Address.parse("issuer.academy"),
        name="Academy",
        description=None,
        image=None,
        extensions=None,
        declared=frozenset({"name", "url", "email"}),
        lifecycle=Lifecycle(),
        document=DOCUMENT,
        url="https://a.example",
        email="a@a.example",
    )
    payload = {"entityId": "ISS-1", "name": "Academy", "url": "https://a.example", "email": "other@a.example"}

    resource = adopt(
        academy, parse_live(Kind.ISSUER, payload), Dialect.OPEN_SOURCE, image_is_same=True, served_sha256=None
    )

    assert resource.issuer is None
    assert resource.sent == {"name": "Academy", "url": "https://a.example"}
    assert resource.image is None


@pytest.mark.parametrize("same", [True, False])
def test_an_image_is_taken_only_when_it_is_ours(*, same: bool) -> None:
    """Another one is replaced by the next apply."""
    entity = badge_class(image=IMAGE)
    resource = taken(entity, live(), image_is_same=same, served_sha256="cd" * 32)

    assert resource.image == (ImageRecord("ab" * 32, "png", 90, 90, 1234, "/media/x.png") if same else None)
    assert causes(entity, live(), resource) == ({} if same else {"image": Cause.CATALOG})


def test_an_svg_is_known_by_its_bytes() -> None:
    """Its address changes with every PUT."""
    found = live(image="https://server/media/x.svg?signature=1")
    resource = taken(badge_class(image=IMAGE), found, image_is_same=True, served_sha256="cd" * 32)

    assert (resource.image.ref, resource.image.served_sha256) == ("/media/x.svg", "cd" * 32)


def test_what_the_document_says_nothing_of_is_named() -> None:
    """Fields that hold something on the server and will stay as they are; empty ones are nothing to tell."""
    entity = badge_class(declared=frozenset({"name", "tags"}))

    assert unmanaged_fields(entity, live(criteriaUrl=None)) == [
        "description",
        "criteriaNarrative",
        "alignments",
        "expires",
    ]
    assert unmanaged_fields(badge_class(), live(criteriaUrl=None)) == []


# --- ids -----------------------------------------------------------------------------------------------------------

ID = "_WsS2FzBSi2gQqSR82WFnA"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"  {ID}\n",
        f"https://api.badgr.io/public/badges/{ID}",
        f"https://api.badgr.io/public/badges/{ID}.json",
        f"https://api.badgr.io/public/badges/{ID}?identity__email=ada%40example.org",
        f"https://api.badgr.io/public/badges/{ID}/criteria#top",
        f"https://api.badgr.io/public/issuers/{ID}/",
        f"https://api.badgr.io/public/issuers/{ID}/badges",
        f" https://api.badgr.io/v2/badgeclasses/{ID} ",
        f"https://api.badgr.io/v2/badgeclasses/{ID}/assertions",
        f"https://api.badgr.io/v2/issuers/{ID}/badgeclasses",
        f"https://eu.badgr.com/issuer/issuers/another/badges/{ID}",
        f"https://eu.badgr.com/issuer/issuers/another/badges/{ID}/edit",
        f"https://badges.example/somewhere/{ID}",
        f"https://badges.example/{ID}",
        f"https://badges.example/{ID}/",
        f"https://badges.example/public/badges/{ID}?next=https://other.example/badges/none",
        f"https://badges/somewhere/{ID}",
    ],
)
def test_an_id_is_found_in_what_people_copy(text: str) -> None:
    """The id itself, a public page, an API address or one of the web interface."""
    assert entity_id_of(text) == ID


def test_a_host_alone_is_no_id() -> None:
    """There is nothing in it that a server could be asked for."""
    assert [entity_id_of(text) for text in ("https://badges.example", "https://badges.example/", "")] == [""] * 3


@given(st.text())
def test_no_text_ends_in_a_traceback(text: str) -> None:
    """What is no id will not be found on the server; that is for the server to say."""
    for each in (text, f"https://{text}", f"https://badges.example/{text}"):
        assert isinstance(entity_id_of(each), str)


@pytest.mark.parametrize(
    ("page", "server", "is_its"),
    [
        ("https://badges.example.org/public/badges/x", "https://badges.example.org", True),
        ("https://badges.example.org/x", "https://api.badges.example.org", True),
        ("https://www.badges.example.org/x", "https://api.badges.example.org", True),
        ("https://BADGES.example.org:8443/x", "https://badges.example.org", True),
        ("https://eu.badgr.com/public/badges/x", "https://api.eu.badgr.io", True),
        ("https://badges.parchment.eu/x", "https://api.badges.parchment.eu", True),
        ("http://localhost:8000/x", "http://127.0.0.1:9000", True),
        ("https://badges.parchment.com/x", "https://api.badges.parchment.eu", False),
        ("https://badges.parchment.com/x", "https://api.eu.badgr.io", False),
        ("https://staging.example.org/x", "https://badges.example.org", False),
        ("https://notbadges.example.org/x", "https://badges.example.org", False),
        ("https://org/x", "https://badges.example.org", False),
        ("https://10.0.0.1/x", "https://10.0.0.2", False),
        ("https://[bad/x", "https://badges.example.org", False),
    ],
)
def test_a_page_belongs_to_a_server(page: str, server: str, is_its: bool) -> None:
    """By its host, or by the domains of a hosted service; the address that the server itself gives counts, too."""
    assert is_page_of(page, server, "") == is_its
    assert is_page_of(page, server, page) or page.startswith("https://[")
