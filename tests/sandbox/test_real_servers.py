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


JSON, LINKED_DATA, WEB_PAGE = "application/json", "application/ld+json", "text/html; charset=utf-8"

MISSING = {
    "status": {"success": False, "description": "entity not found or insufficient privileges"},
    "result": [],
    "fieldErrors": {},
    "validationErrors": [],
}

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def public_pages(issuer: str, badgeclass: str) -> list[str]:
    """Give the addresses of all public pages of an issuer and a badge class."""
    issuer, badgeclass = f"/public/issuers/{issuer}", f"/public/badges/{badgeclass}"
    tails = ("", ".json", "/image")
    return [page + tail for page in (issuer, badgeclass) for tail in tails] + [f"{issuer}/badges"]


@pytest.mark.parametrize("token", ["own", "none", "wrong"])
def test_a_public_page_of_what_is_not_there_is_an_envelope(client: Any, token: str) -> None:
    """Deleted or never there, whoever asks: JSON with status 404, which a missing route is not answered with."""
    issuer = client.issuer(image=data_uri(png()))
    badgeclass = client.badgeclass(issuer)
    pages = public_pages(issuer["entityId"], badgeclass["entityId"])
    client("DELETE", f"/v2/issuers/{issuer['entityId']}")
    client.token = {"own": client.token, "none": None, "wrong": "wrong"}[token]

    for page in [*pages, *public_pages("NOPE", "NOPE")]:
        answer, head = client("GET", page), client("HEAD", page)
        assert (answer.status_code, answer.headers["Content-Type"], answer.json()) == (404, JSON, MISSING)
        assert (head.status_code, head.headers["Content-Type"], head.content) == (404, JSON, b"")
        assert answer.headers["Allow"] == head.headers["Allow"] == "GET, HEAD, OPTIONS"

    for page in ("/public/nonsense", "/media/uploads/issuers/nope.png", "/public/badges/NOPE/criteria"):
        answer = client("GET", page)
        assert (answer.status_code, answer.headers["Content-Type"], "Allow" in answer.headers) == (404, WEB_PAGE, False)


@pytest.mark.parametrize(
    ("accept", "of_json", "of_others"),
    [
        (JSON, JSON, JSON),
        ("*/*", JSON, LINKED_DATA),
        ("image/avif,*/*", JSON, LINKED_DATA),
        ("application/*", JSON, LINKED_DATA),
        (LINKED_DATA, None, LINKED_DATA),
        ("text/html, application/json;q=0.1", JSON, JSON),
        ("text/html", None, WEB_PAGE),
        (BROWSER, JSON, WEB_PAGE),
        ("image/png", None, None),
    ],
)
def test_public_pages_give_what_the_client_takes(
    client: Any, accept: str, of_json: str | None, of_others: str | None
) -> None:
    """A page that ends in .json is JSON and nothing else; a client that takes no such thing is answered 406."""
    issuer = client.issuer()["entityId"]
    for page in public_pages("NOPE", "NOPE"):
        answer = client("GET", page, headers={"Accept": accept})
        media_type = of_json if page.endswith(".json") else of_others

        assert answer.status_code == (404 if media_type else 406)
        assert answer.headers["Content-Type"] == (media_type or LINKED_DATA)
        if media_type is None:
            assert answer.json()["fieldErrors"] == "Could not satisfy the request Accept header."
    there = client("GET", f"/public/issuers/{issuer}.json", headers={"Accept": accept})
    assert there.status_code == (200 if of_json else 406)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_public_pages_are_only_read(client: Any, method: str) -> None:
    """Another method is refused in an envelope, whether the page is there or not."""
    for page in public_pages(client.issuer()["entityId"], "NOPE"):
        answer = client(method, page)
        assert (answer.status_code, answer.headers["Content-Type"]) == (405, JSON)
        assert answer.json()["fieldErrors"] == f'Method "{method}" not allowed.'


@pytest.mark.parametrize("page", ["", "/badges"])
def test_browsers_are_sent_on(client: Any, page: str) -> None:
    """Whoever takes a web page as well is sent to the user interface, which the sandbox has not: to the document."""
    issuer = client.issuer()["entityId"]
    for accept in ("text/html", BROWSER, "application/json, text/html"):
        answer = client("GET", f"/public/issuers/{issuer}{page}", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/public/issuers/{issuer}.json")


def test_newer_servers_show_publicly_that_there_is_no_image(client: Any, start: Any, connect: Any) -> None:
    """The document of an issuer without one has a null, and on older servers nothing."""
    older = client("GET", f"/public/issuers/{client.issuer()['entityId']}.json").json()
    talker = connect(start(constant_images=True))
    issuer = talker.issuer()["entityId"]

    assert "image" not in older
    assert talker("GET", f"/public/issuers/{issuer}.json").json()["image"] is None


@pytest.mark.parametrize("cursor", ["rubbish", "junk", "%2B1", "%C3%A4", "x" * 500])
def test_a_page_that_no_list_has_is_not_a_missing_entity(client: Any, cursor: str) -> None:
    """It is answered 404 in other words, with a text for fieldErrors; without a page size nobody looks at it."""
    issuer = client.issuer()
    client.badgeclass(issuer)
    for path in ("/v2/badgeclasses", f"/v2/issuers/{issuer['entityId']}/badgeclasses"):
        answer = client("GET", f"{path}?num=3&cursor={cursor}")
        assert answer.status_code == 404
        assert answer.json() == MISSING | {
            "status": {"success": False, "description": "miscellaneous error"},
            "fieldErrors": "Invalid cursor",
        }
        assert len(client.many(f"{path}?cursor={cursor}")) == 1
    assert client("GET", f"/v2/badgeclasses/changed?cursor={cursor}").status_code == 404


@pytest.mark.parametrize("cursor", ["", "!!!", "==="])
def test_nothing_for_a_cursor_is_the_first_page(client: Any, cursor: str) -> None:
    """A cursor without anything readable counts as none, in lists as in the feed."""
    issuer = client.issuer()
    both = [client.badgeclass(issuer) for _ in range(2)]

    assert client.many(f"/v2/badgeclasses?num=3&cursor={cursor}") == both[::-1]
    assert client.many(f"/v2/badgeclasses/changed?cursor={cursor}") == both


def test_a_feed_of_no_entries_is_a_usual_one(client: Any) -> None:
    """A size of 0 counts as none given."""
    issuer = client.issuer()
    both = [client.badgeclass(issuer) for _ in range(2)]

    assert client.many("/v2/badgeclasses/changed?num=0") == both


@pytest.mark.parametrize("count", range(8))
def test_links_lead_to_pages_that_are_there(client: Any, count: int) -> None:
    """A list of exactly one page has no links; the last page leads back only, also if it is a full one."""
    issuer = client.issuer()
    for _ in range(count):
        client.badgeclass(issuer)
    for path in ("/v2/badgeclasses", f"/v2/issuers/{issuer['entityId']}/badgeclasses"):
        address, relations = f"{path}?num=3", []
        while address:
            answer = client("GET", address)
            relations.append(sorted(answer.links))
            address = answer.links.get("next", {}).get("url")
        pages = max(1, -(-count // 3))
        first, last = [["next"]], [["prev"]]
        middle = [["next", "prev"]] * (pages - 2)
        assert relations == ([[]] if pages == 1 else first + middle + last)
    assert "Link" not in client("GET", "/v2/issuers?num=1").headers


@pytest.mark.parametrize("role", ["staff", "editor"])
def test_a_missing_right_looks_like_a_missing_entity(sandbox: Any, client: Any, connect: Any, role: str) -> None:
    """What somebody sees and may not change is answered 404 when it is changed or deleted: 403 is never used."""
    user = sandbox.add_account("staff@example.org", "secret")
    issuer = client.issuer()
    badgeclass = client.badgeclass(issuer)
    own = f"/v2/issuers/{issuer['entityId']}"
    staff = [*issuer["staff"], {"user": user, "role": role}]
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org"}
    client.one("PUT", own, body | {"staff": staff})
    talker = connect(sandbox, "staff@example.org", "secret")

    assert talker.many(own)[0]["entityId"] == issuer["entityId"]
    refused = [talker("DELETE", own)]
    if role == "staff":
        refused += [talker("PUT", own, body), talker("DELETE", f"/v2/badgeclasses/{badgeclass['entityId']}")]
    assert [(answer.status_code, answer.json()) for answer in refused] == [(404, MISSING)] * len(refused)
    assert client.many("/v2/badgeclasses") == [badgeclass]


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("king", "'king' is not supported. Only ['owner', 'editor', 'staff'] is available"),
        (" Owner ", "'Owner' is not supported. Only ['owner', 'editor', 'staff'] is available"),
        (5, "'5' is not supported. Only ['owner', 'editor', 'staff'] is available"),
        ("", "This field may not be blank."),
        (None, "This field may not be null."),
        (["owner"], "Not a valid string."),
        (True, "Not a valid string."),
    ],
)
def test_a_role_is_refused_in_words_of_its_own(client: Any, role: object, said: str) -> None:
    """It is a text first, and one of three words then."""
    issuer = client.issuer()
    own = f"/v2/issuers/{issuer['entityId']}"
    member = {"user": issuer["staff"][0]["user"], "role": role}
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org", "staff": [member]}

    answer = client("PUT", own, body)
    assert answer.status_code == 400
    assert answer.json()["fieldErrors"] == {"staff": [{"role": [said]}]}
    assert client.many(own) == [issuer]


def test_a_role_stays_what_it_was(sandbox: Any, client: Any) -> None:
    """Somebody who is of the staff already keeps the role, whatever a change says; the owner cannot be left out."""
    user = sandbox.add_account("staff@example.org", "secret")
    issuer = client.issuer()
    owner = issuer["staff"][0]
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org"}

    def roles(*staff: dict[str, Any]) -> list[str]:
        changed = client.one("PUT", f"/v2/issuers/{issuer['entityId']}", body | {"staff": staff})
        return sorted(member["role"] for member in changed["staff"])

    assert roles(owner, {"user": user, "role": "editor"}) == ["editor", "owner"]
    assert roles(owner, {"user": user, "role": "staff"}) == ["editor", "owner"]
    assert roles({"user": user, "role": "staff"}) == ["editor", "owner"]
    assert roles() == ["owner"]


REFUSED, NO_TEXT = "Enter a valid URL.", "Not a valid string."


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("http://x.org:99999", None),
        ("http://[::1]:99999/", None),
        ("http://u:p@x.org:8080", None),
        ("http://x.org:1", REFUSED),
        ("http://x.org:123456", REFUSED),
        ("http://x.org:", REFUSED),
        ("http://x.org:12a", REFUSED),
        ([], NO_TEXT),
        ({}, NO_TEXT),
        (True, NO_TEXT),
        (5, REFUSED),
    ],
)
def test_addresses_are_looked_at_by_their_digits(client: Any, value: object, problem: str | None) -> None:
    """A port has two to five digits; that no text is no text, the server tells of criteriaUrl alone."""
    issuer = client.issuer()
    own = f"/v2/badgeclasses/{client.badgeclass(issuer)['entityId']}"
    named = {"name": "N", "description": "D"}
    other = problem and REFUSED
    alignment, award = {"targetName": "T", "targetUrl": value}, {"recipient": {"identity": "a@x.org"}}

    for method, path, body, field, said in (
        (
            "PUT",
            f"/v2/issuers/{issuer['entityId']}",
            named | {"url": value, "email": "admin@example.org"},
            "url",
            other,
        ),
        ("PUT", own, named | {"criteriaUrl": value}, "criteriaUrl", problem),
        ("PUT", own, named | {"alignments": [alignment]}, "alignments", other),
        ("POST", f"{own}/assertions", award | {"evidence": [{"url": value}]}, "evidence", other),
    ):
        answer = client(method, path, body)
        assert answer.ok is (problem is None), answer.text
        found = answer.json().get("fieldErrors", {}).get(field)
        assert found is None or said in str(found)


def test_an_alignment_may_be_at_an_address_of_any_length(client: Any) -> None:
    """The length of targetUrl is not refused, nor cut."""
    far = "https://x.org/" + "a" * 2100
    stored = client.badgeclass(client.issuer(), alignments=[{"targetName": "T", "targetUrl": far}])
    assert stored["alignments"][0]["targetUrl"] == far


@pytest.mark.parametrize("name", ["tags", "alignments"])
def test_what_is_sent_twice_is_stored_twice_for_good(client: Any, name: str) -> None:
    """Also by a change; and what is there twice stays so as long as it is sent at all."""
    one, other = {
        "tags": ("a", "b"),
        "alignments": tuple({"targetName": word, "targetUrl": "http://x.org"} for word in "ab"),
    }[name]
    badgeclass = client.badgeclass(client.issuer())

    def sent(*values: object) -> list[Any]:
        stored = client.put(badgeclass, **{name: list(values)})[name]
        return [item if name == "tags" else item["targetName"] for item in stored]

    assert sent(one, one) == ["a", "a"]
    assert sent(one) == ["a", "a"]
    assert sent(other, one, other) == ["a", "a", "b", "b"]
    assert sent(other) == ["b", "b"]
    assert sent() == []


@pytest.mark.parametrize(
    "declared", [" data:image/png", "data:image/png ", "DATA:image/png", "data:image/png\n", "data:"]
)
def test_an_image_says_in_small_letters_that_it_is_data(client: Any, declared: str) -> None:
    """The type may be in capitals, what is before it may not, and blanks are nowhere allowed."""
    issuer = client.issuer()
    body = {"name": "N", "description": "D", "criteriaNarrative": "C"}
    path, encoded = f"/v2/issuers/{issuer['entityId']}/badgeclasses", data_uri(png()).partition(";")[2]

    answer = client("POST", path, body | {"image": f"{declared};{encoded}"})
    assert (answer.status_code, answer.json()["fieldErrors"]) == (400, {"image": ["Invalid MIME type"]})
    assert client("POST", path, body | {"image": f"data:IMAGE/PNG;{encoded}"}).ok


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"issuedOn": "2999-01-01T00:00:00Z"}, "Only issuedOn dates in the past are acceptable."),
        (
            {"issuedOn": "1582-12-31T00:00:00Z"},
            "Only issuedOn dates after the introduction of the Gregorian calendar are allowed.",
        ),
        ({"recipient": {"identity": "+1", "type": "telephone"}}, "Telephone number does not conform to E.164"),
        ({"recipient": {"identity": "ftp://x.org/a", "type": "url"}}, None),
        *(({"recipient": {"identity": "a@x.org", "hashed": hashed}}, None) for hashed in (None, "", "yes", 0, 1)),
        ({"recipient": {"identity": "a@x.org", "hashed": "x"}}, "Must be a valid boolean."),
        ({"allowDuplicateAwards": "t"}, None),
    ],
)
def test_awards_are_checked_in_the_server_s_words(client: Any, fields: Any, problem: str | None) -> None:
    """Moments, recipients and flags, by what a real server takes and says."""
    path = f"/v2/badgeclasses/{client.badgeclass(client.issuer())['entityId']}/assertions"
    answer = client("POST", path, {"recipient": {"identity": "r@x.org"}} | fields)

    assert answer.status_code == (400 if problem else 201)
    assert problem is None or problem in answer.text


def test_nothing_said_about_hashing_is_the_default(client: Any) -> None:
    """Null is nothing said: e-mail addresses are hashed."""
    badgeclass = client.badgeclass(client.issuer())
    assert client.award(badgeclass, recipient={"identity": "a@x.org", "hashed": None})["recipient"]["hashed"] is True


def test_an_award_s_image_is_at_its_own_address_on_newer_servers(newer: Any, client: Any) -> None:
    """A revoked one shows the address still, and it leads nowhere; older servers show none."""
    shown = []
    for talker in (client, newer):
        award = talker.award(talker.badgeclass(talker.issuer()))
        own = f"/v2/assertions/{award['entityId']}"
        assert award["image"].endswith(f"/public/assertions/{award['entityId']}/image") is (talker is newer)
        assert talker("DELETE", own, {"revocation_reason": "R"}).ok
        shown.append(talker.many(own)[0]["image"] is not None)
        assert talker("GET", f"/public/assertions/{award['entityId']}/image").status_code == 404
    assert shown == [False, True]
