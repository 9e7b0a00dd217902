"""Lists: order, pages, the feed of changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest


@pytest.fixture
def created(client: Any) -> list[str]:
    """Create seven badge classes under two issuers in turn, and give their ids in order."""
    issuers = [client.issuer(name="first"), client.issuer(name="second")]
    return [client.badgeclass(issuers[n % 2], name=f"B{n}")["entityId"] for n in range(7)]


def ids(listed: list[dict[str, Any]]) -> list[str]:
    """Pick the ids."""
    return [entity["entityId"] for entity in listed]


def test_a_whole_list_is_grouped_by_issuer(client: Any, created: list[str]) -> None:
    """Without `num`, everything comes at once: issuer by issuer, oldest first."""
    answer = client("GET", "/v2/badgeclasses")

    assert ids(answer.json()["result"]) == created[::2] + created[1::2]
    assert "Link" not in answer.headers


def test_pages_come_newest_first_across_issuers(client: Any, created: list[str]) -> None:
    """With `num`, the Link header leads through all of it, once each."""
    seen: list[str] = []
    path: str | None = "/v2/badgeclasses?num=3"
    pages = 0
    while path is not None:
        answer = client("GET", path)
        seen += ids(answer.json()["result"])
        path = answer.links.get("next", {}).get("url")
        pages += 1

    assert seen == created[::-1]
    assert pages == 3
    assert set(answer.json()) == {"status", "result"}


def test_pages_lead_back_too(client: Any, created: list[str]) -> None:
    """Every page but the first has a link to the one before."""
    first = client("GET", "/v2/badgeclasses?num=3")
    second = client("GET", first.links["next"]["url"])
    third = client("GET", second.links["next"]["url"])
    back = client("GET", third.links["prev"]["url"])
    start = client("GET", back.links["prev"]["url"])

    assert "prev" not in first.links
    assert "next" not in third.links
    assert (back.json(), start.json()) == (second.json(), first.json())
    assert ids(third.json()["result"]) == [created[0]]
    assert "prev" not in start.links


@pytest.mark.parametrize(("num", "links"), [(7, [set()]), (8, [set()]), (6, [{"next"}, {"prev"}])])
def test_a_list_that_is_just_a_page_long_has_no_link(
    client: Any, created: list[str], num: int, links: list[set[str]]
) -> None:
    """As on the open-source server: it says nothing of a page before the first one or behind the last one."""
    answers = [client("GET", f"/v2/badgeclasses?num={num}")]
    while "next" in answers[-1].links:
        answers.append(client("GET", answers[-1].links["next"]["url"]))

    assert [set(answer.links) for answer in answers] == links
    assert sum(len(answer.json()["result"]) for answer in answers) == len(created)


def test_a_last_page_that_is_full_names_the_one_before(client: Any, created: list[str]) -> None:
    """Whoever reads the list sees that it ends there."""
    client("DELETE", f"/v2/badgeclasses/{created[0]}")
    first = client("GET", "/v2/badgeclasses?num=3")
    second = client("GET", first.links["next"]["url"])

    assert (len(second.json()["result"]), set(second.links)) == (3, {"prev"})


def test_a_page_does_not_shift_when_something_is_created(client: Any, created: list[str]) -> None:
    """The cursor is a place in the list, not a count."""
    first = client("GET", "/v2/badgeclasses?num=3")
    client.badgeclass(client.many("/v2/issuers")[0])

    assert ids(client("GET", first.links["next"]["url"]).json()["result"]) == created[3:0:-1]


@pytest.mark.parametrize(("num", "size"), [("0", 1), ("-5", 1), ("2", 2), ("9999", 7), ("junk", 7), ("", 7)])
def test_the_page_size_is_clamped(client: Any, created: list[str], num: str, size: int) -> None:
    """`num` goes from 1 to 500, and nonsense means no pages."""
    assert len(client.many(f"/v2/badgeclasses?num={num}")) == size <= len(created)


def test_the_list_of_one_issuer_has_pages_too(client: Any, created: list[str]) -> None:
    """Links keep to the route they came from."""
    issuer = client.many("/v2/issuers")[0]
    answer = client("GET", f"/v2/issuers/{issuer['entityId']}/badgeclasses?num=3")

    assert ids(answer.json()["result"]) == created[::2][:0:-1]
    assert ids(client("GET", answer.links["next"]["url"]).json()["result"]) == [created[0]]


@pytest.mark.usefixtures("created")
def test_issuers_have_no_pages(client: Any) -> None:
    """`num` is ignored there."""
    assert len(client.many("/v2/issuers?num=1")) == 2


@pytest.mark.parametrize("cursor", ["junk", "K2Jsd3p", "%C3%A4"])
def test_a_cursor_that_was_never_given_out_is_not_found(client: Any, cursor: str) -> None:
    """Clients cannot make cursors up."""
    assert client("GET", f"/v2/badgeclasses?num=2&cursor={cursor}").status_code == 404


def test_the_feed_leads_through_changes(client: Any, created: list[str]) -> None:
    """Changes come oldest first, and the body says where the next page is."""
    first = client("GET", "/v2/badgeclasses/changed?num=4").json()
    second = client("GET", first["pagination"]["nextResults"]).json()

    assert ids(first["result"] + second["result"]) == created
    assert (first["pagination"]["hasNext"], second["pagination"]["hasNext"]) == (True, False)
    assert (first["pagination"]["hasPrevious"], second["pagination"]["hasPrevious"]) == (False, True)


def test_the_feed_tells_what_changed_since_its_timestamp(client: Any, created: list[str]) -> None:
    """The timestamp of one answer is the `since` of the next; a change of nothing is a change too."""
    before = client("GET", "/v2/badgeclasses/changed").json()["timestamp"]
    client("PUT", f"/v2/badgeclasses/{created[2]}", {"name": "B2", "description": "D"})
    changed = client("GET", "/v2/badgeclasses/changed", params={"since": before}).json()

    assert ids(changed["result"]) == [created[2]]
    assert client.many("/v2/issuers/changed?since=" + before.replace("+", "%2B")) == []


def test_what_was_deleted_never_shows_up(client: Any, created: list[str]) -> None:
    """The feed has no tombstones."""
    client("DELETE", f"/v2/badgeclasses/{created[0]}")

    assert ids(client.many("/v2/badgeclasses/changed")) == created[1:]


def test_creation_has_microseconds_and_goes_up(client: Any, created: list[str]) -> None:
    """Times are written with six digits and Z, and no two are the same."""
    times = [entity["createdAt"] for entity in client.many("/v2/badgeclasses?num=500")][::-1]

    assert sorted(set(times)) == times
    assert len(times) == len(created)
    assert all(datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) for time in times)
