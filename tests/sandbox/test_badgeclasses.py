"""Badge classes over their life: order, clearing, deleting, rights."""

from __future__ import annotations

from typing import Any

import pytest

T1, T2, T3 = ({"targetName": f"T{n}", "targetUrl": f"http://t.org/{n}"} for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("stored", "sent", "result"),
    [
        ("bac", "abc", "bac"),
        ("bac", "cxa", "acx"),
        ("acx", "xcnc", "cxn"),
        ("dd", "d", "dd"),
        ("dd", "dx", "ddx"),
        ("ab", "", ""),
        ("", "cab", "cab"),
    ],
)
def test_the_order_of_tags_cannot_be_changed(client: Any, stored: str, sent: str, result: str) -> None:
    """A change keeps the tags that were sent in their old order, and appends the new ones."""
    badgeclass = client.badgeclass(client.issuer(), tags=list(stored))

    assert client.put(badgeclass, tags=list(sent))["tags"] == list(result)


def test_clearing_first_gives_the_wanted_order(client: Any) -> None:
    """An empty list and then the full one is the only way to reorder."""
    badgeclass = client.badgeclass(client.issuer(), tags=["b", "a", "a"])
    client.put(badgeclass, tags=[])

    assert client.put(badgeclass, tags=["a", "b"])["tags"] == ["a", "b"]


def names(badgeclass: dict[str, Any]) -> list[str]:
    """Tell alignments by their names."""
    return [alignment["targetName"] for alignment in badgeclass["alignments"]]


def test_the_order_of_alignments_cannot_be_changed(client: Any) -> None:
    """Alignments keep their order too."""
    badgeclass = client.badgeclass(client.issuer(), alignments=[T1, T2, T3])

    assert names(client.put(badgeclass, alignments=[T3, T2, T1])) == ["T1", "T2", "T3"]


def test_a_changed_alignment_goes_to_the_end(client: Any) -> None:
    """A change of one member makes it another alignment."""
    badgeclass = client.badgeclass(client.issuer(), alignments=[T1, T2])
    changed = client.put(badgeclass, alignments=[T1 | {"targetCode": "C"}, T2])

    assert names(changed) == ["T2", "T1"]


def test_null_and_empty_make_alignments_different(client: Any) -> None:
    """A member that is null is not the same as an empty one."""
    badgeclass = client.badgeclass(client.issuer(), alignments=[T1 | {"targetCode": None}, T2])

    assert names(client.put(badgeclass, alignments=[T1 | {"targetCode": ""}, T2])) == ["T2", "T1"]


def test_alignments_twice_stay_twice(client: Any) -> None:
    """Duplicates get no fewer by sending one."""
    badgeclass = client.badgeclass(client.issuer(), alignments=[T1, T1])

    assert names(client.put(badgeclass, alignments=[T1])) == ["T1", "T1"]


def test_names_are_not_unique(client: Any) -> None:
    """The same request twice makes two badge classes."""
    issuer = client.issuer()
    first, second = client.badgeclass(issuer), client.badgeclass(issuer)

    assert first["entityId"] != second["entityId"]
    assert len(client.many("/v2/badgeclasses")) == 2


def test_what_was_answered_is_what_is_shown(client: Any) -> None:
    """The answer to a write equals the following GET byte for byte."""
    issuer = client.issuer()
    answer = client(
        "PUT", f"/v2/issuers/{issuer['entityId']}", {"name": "N", "url": "http://x.org", "email": "a@b.org"}
    )

    assert answer.text == client("GET", f"/v2/issuers/{issuer['entityId']}").text


def test_conditional_requests_are_ignored(client: Any) -> None:
    """There are no ETags, and a wrong If-Match is no hindrance."""
    badgeclass = client.badgeclass(client.issuer())
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"
    answer = client("PUT", path, {"name": "N", "description": "D"}, headers={"If-Match": '"x"'})

    assert answer.status_code == 200
    assert "ETag" not in answer.headers


def test_an_expired_award_blocks_the_issuer_only(client: Any) -> None:
    """A badge class goes with its expired awards; an issuer is kept even by those."""
    issuer = client.issuer()
    badgeclass = client.badgeclass(issuer)
    client.award(badgeclass, expires="2001-01-01T00:00:00Z")

    assert client("DELETE", f"/v2/issuers/{issuer['entityId']}").status_code == 400
    assert client("DELETE", f"/v2/badgeclasses/{badgeclass['entityId']}").status_code == 204
    assert client("DELETE", f"/v2/issuers/{issuer['entityId']}").status_code == 204


def test_an_issuer_takes_everything_with_it(client: Any) -> None:
    """Badge classes and revoked awards are gone with their issuer."""
    issuer = client.issuer()
    badgeclass = client.badgeclass(issuer)
    award = client.award(badgeclass)
    client("DELETE", f"/v2/assertions/{award['entityId']}", {"revocation_reason": "r"})
    client("DELETE", f"/v2/issuers/{issuer['entityId']}")

    assert client("GET", f"/v2/badgeclasses/{badgeclass['entityId']}").status_code == 404
    assert client("GET", f"/v2/assertions/{award['entityId']}").status_code == 404
    assert client("GET", f"/public/badges/{badgeclass['entityId']}").status_code == 404


def test_a_badge_class_does_not_expire_its_awards(client: Any) -> None:
    """The API does not apply the expiry of the badge class."""
    badgeclass = client.badgeclass(client.issuer(), expires={"amount": 1, "duration": "days"})

    assert client.award(badgeclass)["expires"] is None


@pytest.fixture
def other(sandbox: Any, connect: Any) -> Any:
    """Be somebody else."""
    sandbox.add_account("other@example.org", "other")
    return connect(sandbox, "other@example.org", "other")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("staff", {"see", "award"}), ("editor", {"see", "award", "edit"}), ("owner", {"see", "award", "edit", "delete"})],
)
def test_what_staff_may_do(client: Any, other: Any, role: str, allowed: set[str]) -> None:
    """Rights go by role, and what is not allowed is not found."""
    issuer = client.issuer()
    badgeclass = client.badgeclass(issuer)
    path = f"/v2/issuers/{issuer['entityId']}"
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org"}
    user = other.one("GET", "/v2/users/self")["entityId"]
    client.one("PUT", path, body | {"staff": [{"user": user, "role": role}]})
    doings = {
        "see": lambda: other("GET", path),
        "award": lambda: other(
            "POST",
            f"/v2/badgeclasses/{badgeclass['entityId']}/assertions",
            {"recipient": {"identity": "r@example.net"}, "expires": "2001-01-01T00:00:00Z"},
        ),
        "edit": lambda: other("PUT", f"/v2/badgeclasses/{badgeclass['entityId']}", {"name": "N", "description": "D"}),
        "delete": lambda: _delete_all(other, path),
    }
    done = {name for name, do in doings.items() if do().ok}

    assert done == allowed


def _delete_all(client: Any, path: str) -> Any:
    for award in client.many(f"{path}/assertions?include_expired=1"):
        client("DELETE", f"/v2/assertions/{award['entityId']}", {"revocation_reason": "r"})
    return client("DELETE", path)


def test_an_unlisted_member_is_removed_but_not_the_last_owner(client: Any, other: Any) -> None:
    """The staff list of a change is the whole staff, except that an owner always remains."""
    path = f"/v2/issuers/{client.issuer()['entityId']}"
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org"}
    user = other.one("GET", "/v2/users/self")["entityId"]
    joined = client.one("PUT", path, body | {"staff": [{"user": user, "role": "editor"}]})
    again = client.one("PUT", path, body | {"staff": [{"user": user, "role": "staff"}]})
    cleared = client.one("PUT", path, body | {"staff": []})

    assert [member["role"] for member in joined["staff"]] == ["owner", "editor"]
    assert [member["role"] for member in again["staff"]] == ["owner", "editor"]
    assert [member["role"] for member in cleared["staff"]] == ["owner"]


def test_one_can_lock_oneself_out(client: Any, other: Any) -> None:
    """With another owner there, whoever leaves the own name out is gone."""
    path = f"/v2/issuers/{client.issuer()['entityId']}"
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org"}
    user = other.one("GET", "/v2/users/self")["entityId"]
    client("PUT", path, body | {"staff": [{"user": user, "role": "owner"}]})

    assert client("GET", path).status_code == 404
    assert other("GET", path).status_code == 200
