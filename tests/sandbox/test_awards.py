"""Awards, beyond what the exchanges show."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def badgeclass(client: Any) -> Any:
    """Create a badge class."""
    return client.badgeclass(client.issuer())


def test_an_award_is_found_by_its_new_recipient(client: Any, badgeclass: Any) -> None:
    """Another recipient is hashed with the same salt, and lists go by the new address."""
    award = client.award(badgeclass, "a@example.net")
    path = f"/v2/assertions/{award['entityId']}"
    changed = client.one("PUT", path, {"recipient": {"identity": "B@example.net"}})
    listed = client.many(f"/v2/badgeclasses/{badgeclass['entityId']}/assertions?recipient=b@example.net")

    assert changed["recipient"]["salt"] == award["recipient"]["salt"]
    assert changed["recipient"]["identity"] != award["recipient"]["identity"]
    assert listed == [changed]
    assert client.many(f"/v2/badgeclasses/{badgeclass['entityId']}/assertions?recipient=a@example.net") == []


def test_expired_awards_are_listed_on_demand(client: Any, badgeclass: Any) -> None:
    """They are left out otherwise; removing the expiry brings them back."""
    award = client.award(badgeclass, expires="2001-01-01T00:00:00")
    path = f"/v2/badgeclasses/{badgeclass['entityId']}/assertions"

    assert award["expires"] == "2001-01-01T00:00:00Z"
    assert client.many(path) == []
    assert client.many(f"{path}?include_expired=true") == [award]
    client("PUT", f"/v2/assertions/{award['entityId']}", {"expires": None})
    assert len(client.many(path)) == 1


def test_awards_have_pages(client: Any, badgeclass: Any) -> None:
    """Whole lists are oldest first, pages newest first."""
    created = [client.award(badgeclass, f"r{n}@example.net")["entityId"] for n in range(3)]
    path = f"/v2/badgeclasses/{badgeclass['entityId']}/assertions"
    first = client("GET", f"{path}?num=2")
    second = client("GET", first.links["next"]["url"])

    assert [award["entityId"] for award in client.many(path)] == created
    assert [award["entityId"] for page in (first, second) for award in page.json()["result"]] == created[::-1]


def test_awards_are_in_the_feed(client: Any, badgeclass: Any) -> None:
    """A new award is a change."""
    award = client.award(badgeclass)

    assert client.many("/v2/assertions/changed") == [award]


def test_the_badge_class_is_named_by_its_identity(client: Any, badgeclass: Any) -> None:
    """The third way to say what is awarded; what is not the issuer's cannot be."""
    path = f"/v2/issuers/{badgeclass['issuer']}/assertions"
    recipient = {"recipient": {"identity": "r@example.net"}}
    award = client.one("POST", path, recipient | {"badgeclassOpenBadgeId": badgeclass["openBadgeId"]})
    unknown = client("POST", path, recipient | {"badgeclass": "zzz"})

    assert award["badgeclass"] == badgeclass["entityId"]
    assert unknown.json()["fieldErrors"] == {"badgeclass": ['Invalid entity_id "zzz" - object does not exist.']}


def test_several_awards_are_a_list(client: Any, badgeclass: Any) -> None:
    """Anything else is refused; so is an item that is no object."""
    path = f"/v2/badgeclasses/{badgeclass['entityId']}/issue"

    assert client("POST", path, {}).json()["fieldErrors"] == {"assertions": ["This field is required."]}
    assert client("POST", path, {"assertions": ["x"]}).json()["fieldErrors"] == [
        {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}
    ]


def test_what_breaks_revoking_several(client: Any) -> None:
    """An item that is no object gives a page with status 500."""
    assert client("POST", "/v2/assertions/revoke", ["x"]).status_code == 500


def test_somebody_elses_award_is_not_found(sandbox: Any, client: Any, badgeclass: Any, connect: Any) -> None:
    """Awards are seen by the staff of their issuer."""
    award = client.award(badgeclass)
    sandbox.add_account("other@example.org", "other", other_emails=("more@example.org",))
    other = connect(sandbox, "other@example.org", "other")

    assert other("GET", f"/v2/assertions/{award['entityId']}").status_code == 404
    assert other("GET", f"/v2/badgeclasses/{badgeclass['entityId']}/assertions").status_code == 404
    assert other.many("/v2/assertions/changed") == []


def test_a_public_award_shows_its_evidence(client: Any, badgeclass: Any) -> None:
    """Evidence has an address and a narrative, as far as given."""
    award = client.award(badgeclass, evidence=[{"url": "http://e.org"}, {"narrative": "n"}])
    shown = client("GET", f"/public/assertions/{award['entityId']}").json()

    assert shown["evidence"] == [{"type": "Evidence", "id": "http://e.org"}, {"type": "Evidence", "narrative": "n"}]


@pytest.mark.parametrize(
    ("path", "is_of_api"),
    [
        ("/public/issuers/NOPE.json", True),
        ("/public/badges/NOPE.json", True),
        ("/public/badges/NOPE", True),
        ("/public/assertions/NOPE.json", True),
        ("/public/issuers/NOPE/badges", True),
        ("/public/badges/NOPE/image", True),
        ("/public/badges/NOPE/criteria", False),
        ("/public/badges/a.b.json", False),
        ("/public/nothing/NOPE.json", False),
        ("/public/issuers/", False),
    ],
)
def test_what_nobody_knows_is_denied_by_the_api_or_by_a_page(client: Any, path: str, is_of_api: bool) -> None:
    """As on real servers, 2021-01 and v3.23.1: in the API's envelope if the path is one of its own, else in a page."""
    answer = client("GET", path)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/json" if is_of_api else "text/html")
    if is_of_api:
        status = {"success": False, "description": "entity not found or insufficient privileges"}
        assert answer.json() == {"status": status, "result": [], "fieldErrors": {}, "validationErrors": []}


def test_a_public_badge_class_may_hold_its_issuer(client: Any, png: Any, data_uri: Any) -> None:
    """`expand` puts the issuer's document in place of its address; an image is shown by its public address."""
    issuer = client.issuer(image=data_uri(png()))
    badgeclass = client.badgeclass(issuer)
    shown = client("GET", f"/public/badges/{badgeclass['entityId']}?expand=issuer").json()
    listed = client("GET", f"/public/issuers/{issuer['entityId']}/badges").json()

    assert shown["issuer"]["image"] == f"{issuer['openBadgeId']}/image"
    assert [document["id"] for document in listed] == [badgeclass["openBadgeId"]]
    assert listed[0]["issuer"] == issuer["openBadgeId"]


def test_a_cursor_of_the_feed_is_none_of_a_list(client: Any, badgeclass: Any) -> None:
    """Cursors belong to the list they came from."""
    client.badgeclass({"entityId": badgeclass["issuer"]})
    feed = client("GET", "/v2/badgeclasses/changed?num=1").json()["pagination"]["nextResults"]
    cursor = feed.partition("cursor=")[2].partition("&")[0]

    assert client("GET", f"/v2/badgeclasses?num=1&cursor={cursor}").status_code == 404
