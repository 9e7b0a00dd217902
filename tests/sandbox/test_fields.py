"""What each field takes, and what it says to what it does not take."""

from __future__ import annotations

from typing import Any

import pytest

from badgeops.sandbox.fields import is_email, is_url

NOT_NULL = ["This field may not be null."]
NOT_BLANK = ["This field may not be blank."]
NO_URL = ["Enter a valid URL."]


@pytest.mark.parametrize(
    "url",
    [
        "http://x.org",
        "HTTPS://X.org/Path?q#f",
        "ftp://x.org/f",
        "http://localhost:8000",
        "http://127.0.0.1/x",
        "http://[::1]:80/",
        "http://münchen.example/ä ö".replace(" ", ""),
        "http://user:pw@x.org",
        "http://x.org.",
    ],
)
def test_urls(url: str) -> None:
    """Addresses with a host that could exist are taken."""
    assert is_url(url)


@pytest.mark.parametrize(
    "url",
    ["x.org", "http://x", "http://x y.org", "urn:x", "mailto:a@x.org", "http://", "http://x.org:port", "http:x.org"],
)
def test_not_urls(url: str) -> None:
    """What has no scheme, no host, or white space in it is refused."""
    assert not is_url(url)


@pytest.mark.parametrize(
    ("text", "verdict"), [("a@x.org", True), ("a.b+c@localhost", True), ("a@x", False), ("a", False)]
)
def test_emails(text: str, *, verdict: bool) -> None:
    """An address needs an at sign and a host with a dot."""
    assert is_email(text) is verdict


@pytest.mark.parametrize("url", ["http://X.org", "http://x.org/ä", " http://x.org\n"])
def test_an_issuers_url_is_kept_as_written(client: Any, url: str) -> None:
    """It is trimmed and otherwise left alone."""
    assert client.issuer(url=url)["url"] == url.strip()


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("description", None, NOT_NULL),
        ("description", "", NOT_BLANK),
        ("description", "x" * 16385, ["Ensure this field has no more than 16384 characters."]),
        ("criteriaUrl", "", NOT_BLANK),
        ("criteriaUrl", "urn:x", NO_URL),
        ("criteriaNarrative", "", NOT_BLANK),
        ("criteriaNarrative", "x ![y](z)", ["Images not supported in markdown"]),
        ("tags", None, NOT_NULL),
        ("tags", "x", ['Expected a list of items but got type "str".']),
        ("tags", ["x", ""], {"1": NOT_BLANK}),
        ("tags", ["x" * 1025], {"0": ["Ensure this field has no more than 1024 characters."]}),
        ("alignments", None, NOT_NULL),
        ("alignments", {}, {"non_field_errors": ['Expected a list of items but got type "dict".']}),
        (
            "alignments",
            [{"targetName": "a", "targetUrl": "http://t.org"}, {"targetName": "b", "targetUrl": "x"}],
            [{}, {"targetUrl": NO_URL}],
        ),
        ("alignments", [{}], [{"targetName": ["This field is required."], "targetUrl": ["This field is required."]}]),
        ("alignments", [None], [NOT_NULL]),
        ("alignments", ["x"], [{"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}]),
        ("expires", {"amount": 1}, {"duration": ["This field is required."]}),
        (
            "expires",
            {"amount": 0, "duration": "days"},
            {"amount": ["Must be a positive integer"]},
        ),
        ("expires", {"amount": "x", "duration": "days"}, {"amount": ["A valid integer is required."]}),
        ("expires", {"amount": 1, "duration": "eons"}, {"duration": ['"eons" is not a valid choice.']}),
        ("expires", "x", {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}),
        ("extensions", None, NOT_NULL),
        ("extensions", [], ["Invalid data. Expected a dictionary, but got list."]),
        ("image", "", ["The submitted data was not a file. Check the encoding type on the form."]),
        ("image", "data:image/png;base64,", ["Invalid image."]),
        (
            "image",
            "data:image/png;base64,x",
            ["The submitted data was not a file. Check the encoding type on the form."],
        ),
        ("image", "data:image/png;charset=utf-8;base64,eA==", ["Invalid MIME type"]),
        ("image", "data:image/svg;base64,eA==", ["Invalid MIME type"]),
        ("image", "data:image/png;base64,eA==", ["Invalid image."]),
    ],
)
def test_values_a_badge_class_refuses(client: Any, field: str, value: object, error: object) -> None:
    """Each field says what is wrong, in the shape of its kind, on create as on change."""
    issuer = client.issuer()
    badgeclass = client.badgeclass(issuer)
    body = {"name": "N", "description": "D", "image": badgeclass["image"], field: value}

    for method, path in (
        ("POST", f"/v2/issuers/{issuer['entityId']}/badgeclasses"),
        ("PUT", f"/v2/badgeclasses/{badgeclass['entityId']}"),
    ):
        answer = client(method, path, body)
        assert answer.status_code == 400
        assert answer.json()["fieldErrors"] == {field: error}
    assert client.many("/v2/badgeclasses") == [badgeclass]


@pytest.mark.parametrize(
    ("field", "value"), [("expires", 5), ("expires", True), ("image", 5), ("image", []), ("image", {}), ("image", True)]
)
def test_values_that_break_the_server(client: Any, field: str, value: object) -> None:
    """Some nonsense is not refused but gives a page with status 500; nothing is changed by it."""
    badgeclass = client.badgeclass(client.issuer())
    answer = client(
        "PUT", f"/v2/badgeclasses/{badgeclass['entityId']}", {"name": "New", "description": "D", field: value}
    )

    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
    assert client.many("/v2/badgeclasses") == [badgeclass]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"amount": "5", "duration": "days"}, {"amount": 5, "duration": "days"}),
        ({"amount": 5.0, "duration": "years"}, {"amount": 5, "duration": "years"}),
        ({"amount": 5, "duration": None}, {"amount": 5, "duration": None}),
        ({"amount": None, "duration": "weeks"}, {"amount": None, "duration": "weeks"}),
    ],
)
def test_expiry_that_is_taken(client: Any, sent: object, stored: object) -> None:
    """Amounts become whole numbers, and half a pair is stored."""
    assert client.badgeclass(client.issuer(), expires=sent)["expires"] == stored


def test_numbers_become_tags(client: Any) -> None:
    """Tags are text; case makes them different."""
    assert client.badgeclass(client.issuer(), tags=[1, "A", "a"])["tags"] == ["1", "A", "a"]


@pytest.mark.parametrize(
    "member",
    [
        {"createdBy": "bogus"},
        {"createdBy": None},
        {"staff": [{"user": "bogus", "role": "owner"}]},
        {"staff": [{"user": "bogus", "role": "king"}]},
        {"email": "no address"},
        {"badgrDomain": "elsewhere.example"},
        {"extensions": {"extensions:Foo": "x"}},
    ],
)
def test_values_an_issuer_refuses(client: Any, member: dict[str, object]) -> None:
    """Members are checked also where they would have no effect."""
    body = {"name": "N", "url": "http://x.org", "email": "admin@example.org"} | member

    assert client("POST", "/v2/issuers", body).status_code == 400


def test_forms_are_understood_too(client: Any, png: Any) -> None:
    """A body may be a form, and the image a file in it."""
    issuer = client.issuer()
    answer = client(
        "POST",
        f"/v2/issuers/{issuer['entityId']}/badgeclasses",
        data={"name": "N", "description": "D", "tags": ["a", "b"]},
        files={"image": ("my file.png", png(), "image/png")},
    )

    assert answer.status_code == 201
    assert answer.json()["result"][0]["tags"] == ["a", "b"]
    assert client("GET", answer.json()["result"][0]["image"]).headers["Content-Type"] == "image/png"


def test_a_file_in_a_form_is_checked(client: Any) -> None:
    """A file is judged like any image."""
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org"}
    answer = client("POST", "/v2/issuers", data=body, files={"image": ("x.png", b"x", "image/png")})

    assert answer.json()["fieldErrors"] == {"image": ["Invalid image."]}


def test_nan_is_no_json(client: Any) -> None:
    """Numbers that JSON does not have are refused while parsing."""
    answer = client("POST", "/v2/issuers", data=b'{"name": NaN}', headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["validationErrors"] == [
        "JSON parse error - Out of range float values are not JSON compliant: 'NaN'"
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuedOn", "2020-01-02"),
        ("issuedOn", 5),
        ("issuedOn", None),
        ("issuedOn", "2999-01-01T00:00:00Z"),
        ("issuedOn", "1500-01-01T00:00:00Z"),
        ("issuedOn", "2020-99-99T00:00:00Z"),
        ("evidence", None),
        ("evidence", [{}]),
        ("narrative", ""),
        ("expires", "soon"),
        ("allowDuplicateAwards", "perhaps"),
        ("recipient", None),
        ("recipient", "x"),
        ("recipient", {"identity": "x", "type": "name"}),
        ("recipient", {"identity": "x", "type": "url"}),
        ("recipient", {"identity": "012", "type": "telephone"}),
    ],
)
def test_values_an_award_refuses(client: Any, field: str, value: object) -> None:
    """An award checks its fields like everything else."""
    badgeclass = client.badgeclass(client.issuer())
    body = {"recipient": {"identity": "r@example.net"}, field: value}
    answer = client("POST", f"/v2/badgeclasses/{badgeclass['entityId']}/assertions", body)

    assert answer.status_code == 400
    assert set(answer.json()["fieldErrors"]) == {field}


def test_a_telephone_is_hashed(client: Any) -> None:
    """Numbers and e-mail addresses are hashed unless told otherwise."""
    badgeclass = client.badgeclass(client.issuer())
    award = client.award(badgeclass, recipient={"identity": "+4912345", "type": "telephone"})
    plain = client.award(badgeclass, recipient={"identity": "+4912345", "type": "telephone", "hashed": False})

    assert award["recipient"]["identity"].startswith("sha256$")
    assert plain["recipient"] == {
        "identity": "+4912345",
        "hashed": False,
        "type": "telephone",
        "plaintextIdentity": "+4912345",
    }
