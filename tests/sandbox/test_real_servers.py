"""Where the sandbox once answered otherwise than servers do: one test for each difference that was seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.images import data_uri, png


@pytest.fixture
def newer(start: Any, connect: Any) -> Any:
    """Talk to a server of the open-source dialect as it is since Badgr 3.19."""
    return connect(start(constant_images=True))


@pytest.mark.parametrize("url", ["ftp://x.org/a", "https://x.org/" + "a" * 1103])
def test_criteria_may_be_at_any_address_of_any_length(client: Any, url: str) -> None:
    """Neither the scheme nor the length of criteriaUrl is refused."""
    assert client.badgeclass(client.issuer(), criteriaUrl=url)["criteriaUrl"] == url


def test_older_servers_create_without_an_image(client: Any) -> None:
    """Null is taken for no image; such a badge class can be changed, listed, awarded and given an image later."""
    assert client.issuer(image=None)["image"] is None
    badgeclass = client.badgeclass(client.issuer(), image=None)

    assert badgeclass["image"] is None
    assert client.put(badgeclass, name="New")["image"] is None
    assert client.award(badgeclass)["image"] is None
    assert client("GET", f"/public/badges/{badgeclass['entityId']}/image").status_code == 404
    assert client.put(badgeclass, image=data_uri(png()))["image"] is not None


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_null_for_an_image_breaks_newer_servers(newer: Any, method: str) -> None:
    """They answer 500, on create as on change, and nothing is changed by it."""
    issuer = newer.issuer()
    badgeclass = newer.badgeclass(issuer)
    path = {
        "POST": f"/v2/issuers/{issuer['entityId']}/badgeclasses",
        "PUT": f"/v2/badgeclasses/{badgeclass['entityId']}",
    }
    body = {"name": "N", "description": "D", "criteriaNarrative": "C", "image": None}

    assert newer(method, path[method], body).status_code == 500
    assert (
        newer(
            "POST", "/v2/issuers", {"name": "I", "url": "http://x.org", "email": "admin@example.org", "image": None}
        ).status_code
        == 500
    )
    assert newer.many("/v2/badgeclasses") == [badgeclass]


@pytest.mark.parametrize("amount", [0, -1])
def test_a_period_is_a_positive_number(client: Any, amount: int) -> None:
    """The error is in the server's own words."""
    issuer = client.issuer()
    body = {
        "name": "N",
        "description": "D",
        "image": data_uri(png()),
        "expires": {"amount": amount, "duration": "days"},
    }
    answer = client("POST", f"/v2/issuers/{issuer['entityId']}/badgeclasses", body)

    assert answer.status_code == 400
    assert answer.json()["fieldErrors"] == {"expires": {"amount": ["Must be a positive integer"]}}


@pytest.mark.parametrize("number", [5, 0, 1.5])
def test_a_number_as_a_body_breaks_the_server(client: Any, number: float) -> None:
    """A badge class from a number is a page of HTML with status 500."""
    issuer = client.issuer()
    badgeclass = client.badgeclass(issuer)

    for method, path in (
        ("POST", f"/v2/issuers/{issuer['entityId']}/badgeclasses"),
        ("PUT", f"/v2/badgeclasses/{badgeclass['entityId']}"),
    ):
        answer = client(method, path, data=str(number), headers={"Content-Type": "application/json"})
        assert answer.status_code == 500
        assert answer.headers["Content-Type"].startswith("text/html")


def test_evidence_that_is_given_twice_is_kept_once(client: Any) -> None:
    """Of exact doubles the first is kept, and the order of the others."""
    one, other = {"url": "http://x.org/1", "narrative": "a"}, {"url": "http://x.org/2", "narrative": "a"}
    award = client.award(client.badgeclass(client.issuer()), evidence=[other, one, other, one])

    assert [item["url"] for item in award["evidence"]] == ["http://x.org/2", "http://x.org/1"]


def test_a_bare_list_of_awards_is_refused_without_a_word(client: Any) -> None:
    """The answer has no body, not even an envelope."""
    badgeclass = client.badgeclass(client.issuer())
    answer = client(
        "POST", f"/v2/badgeclasses/{badgeclass['entityId']}/issue", [{"recipient": {"identity": "a@x.org"}}]
    )

    assert (answer.status_code, answer.content) == (400, b"")


def test_a_batch_says_that_a_recipient_is_missing_without_a_full_stop(client: Any) -> None:
    """The award alone is refused with one."""
    badgeclass = client.badgeclass(client.issuer())
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"

    batch = client("POST", f"{path}/issue", {"assertions": [{}]}).json()["fieldErrors"]
    alone = client("POST", f"{path}/assertions", {}).json()["fieldErrors"]

    assert batch == [{"recipient": ["This field is required"]}]
    assert alone == {"recipient": ["This field is required."]}


def test_lists_leave_out_what_has_expired(client: Any) -> None:
    """An expired award is listed for those who ask; deleting its badge class succeeds and takes it along."""
    badgeclass = client.badgeclass(client.issuer())
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"
    expired = client.award(badgeclass, expires=(datetime.now(UTC) - timedelta(days=1)).isoformat())

    assert client.many(f"{path}/assertions?num=9") == []
    assert client.many(f"{path}/assertions?num=9&include_expired=1") == [expired]
    assert client("DELETE", path).ok
    assert client("GET", f"/v2/assertions/{expired['entityId']}").status_code == 404


def test_newer_servers_want_criteria(newer: Any) -> None:
    """A badge class is not created if none are sent, though null will do; and a change cannot take the last away."""
    issuer = newer.issuer()
    path = f"/v2/issuers/{issuer['entityId']}/badgeclasses"
    badgeclass = newer.badgeclass(issuer)
    own = f"/v2/badgeclasses/{badgeclass['entityId']}"
    body = {"name": "N", "description": "D", "image": data_uri(png())}
    blank = "Changes cannot be made that would leave both criteria_url and criteria_text blank."

    for answer, said in (
        (newer("POST", path, body), "A criteria_url or criteria_test is required."),
        (newer("PUT", own, body | {"criteriaNarrative": None}), blank),
    ):
        assert answer.status_code == 400
        assert answer.json()["validationErrors"] == [said]
    assert newer.many("/v2/badgeclasses") == [badgeclass]
    assert newer.put(badgeclass, criteriaNarrative=None, criteriaUrl="http://x.org")["criteriaNarrative"] is None
    without = newer.one("POST", path, body | {"criteriaUrl": None})
    assert newer.put(without, name="Renamed")["criteriaUrl"] is None


def test_older_servers_do_without_criteria(client: Any) -> None:
    """Neither kind has to be there."""
    assert client.badgeclass(client.issuer(), criteriaNarrative=None)["criteriaNarrative"] is None


def test_an_image_keeps_its_address_on_newer_servers(newer: Any) -> None:
    """The address redirects to the file, whose own address changes with the image."""
    badgeclass = newer.badgeclass(newer.issuer(image=data_uri(png())))
    before = newer("GET", badgeclass["image"])
    again = newer.put(badgeclass, image=data_uri(png()))
    after = newer("HEAD", again["image"])

    assert badgeclass["image"] == again["image"]
    assert badgeclass["image"].endswith(f"/public/badges/{badgeclass['entityId']}/image")
    assert (before.status_code, after.status_code) == (302, 302)
    assert before.headers["Location"] != after.headers["Location"]
    assert newer.many("/v2/issuers")[0]["image"].endswith("/image")


@pytest.mark.parametrize(("dialect", "is_constant"), [("open-source", False), ("hosted", True)])
@pytest.mark.parametrize("chosen", [None, True, False])
def test_constant_addresses_can_be_switched(
    start: Any, connect: Any, dialect: str, *, is_constant: bool, chosen: bool | None
) -> None:
    """Nothing said, the hosted dialect has them and the other has not."""
    talker = connect(start(dialect=dialect, constant_images=chosen))
    issuer = talker.issuer(image=data_uri(png()), description="D")

    expected = is_constant if chosen is None else chosen
    assert issuer["image"].endswith(f"/public/issuers/{issuer['entityId']}/image") is expected
    assert issuer.get("imagePath") == (issuer["image"].partition("/media/")[2] or None if dialect == "hosted" else None)
