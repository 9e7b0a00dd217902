"""The dialect of the hosted service, where it differs."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
import requests

from badgeops.sandbox import PASSWORD, USERNAME

CRITERIA = "One of criteriaUrl and criteriaNarrative is required."


def test_the_token_endpoint_takes_json(hosted: Any) -> None:
    """Both kinds of body are good."""
    body = {"username": USERNAME, "password": PASSWORD}
    answer = requests.post(f"{hosted.base}/o/token", json=body, timeout=30)

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"


def test_the_envelope_has_more_members(hosted: Any) -> None:
    """Answers and errors have the same nine members."""
    for answer in (hosted("GET", "/v2/issuers"), hosted("GET", "/v2/issuers/none")):
        body = answer.json()
        assert set(body) == {
            "status",
            "result",
            "timestamp",
            "fieldErrors",
            "validationErrors",
            "nonFieldErrors",
            "errorCode",
            "warnings",
            "latestTermsVersion",
        }
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])


def test_objects_have_two_ids_and_either_is_good(hosted: Any) -> None:
    """`id` has 24 hexadecimal digits and works in paths and bodies."""
    issuer = hosted.issuer()
    badgeclass = hosted.badgeclass({"entityId": issuer["id"]})
    award = hosted.award({"entityId": badgeclass["id"]})

    assert re.fullmatch(r"[0-9a-f]{24}", issuer["id"])
    assert re.fullmatch(r"[0-9a-f]{24}", hosted.one("GET", "/v2/users/self")["id"])
    assert award["badgeRef"] == {"badgeUrl": badgeclass["openBadgeId"]}
    assert hosted.one("GET", f"/v2/badgeclasses/{badgeclass['id']}") == badgeclass
    assert badgeclass["issuer"] == issuer["entityId"]
    assert hosted.one("GET", f"/v2/assertions/{award['id']}") == award


def test_the_open_source_server_knows_no_second_id(client: Any) -> None:
    """There, objects have the one id."""
    assert "id" not in client.issuer()


def test_times_have_milliseconds(hosted: Any) -> None:
    """Three digits and Z."""
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{3}Z", hosted.issuer()["createdAt"])


def test_what_a_badge_class_shows(hosted: Any, png: Any, data_uri: Any) -> None:
    """The hosted members are there; the alternative text is taken and never shown."""
    shown = hosted.badgeclass(hosted.issuer(), achievementType="Course", imageAltText="alt", image=data_uri(png()))

    assert {name: shown[name] for name in ("achievementType", "archived", "archivedDate", "archivalNote")} == {
        "achievementType": "Course",
        "archived": False,
        "archivedDate": None,
        "archivalNote": None,
    }
    assert shown["image"].endswith(f"/public/badges/{shown['entityId']}/image")
    assert shown["imagePath"] is None
    assert shown["source"] == "local"
    assert "imageAltText" not in shown


def test_alignments_can_be_skills(hosted: Any) -> None:
    """The sixth member is kept, and false where it was left out."""
    alignments = [
        {"targetName": "a", "targetUrl": "http://t.org/a", "displayAsSkill": True},
        {"targetName": "b", "targetUrl": "http://t.org/b"},
    ]
    shown = hosted.badgeclass(hosted.issuer(), alignments=alignments)

    assert [alignment["displayAsSkill"] for alignment in shown["alignments"]] == [True, False]


def served(hosted: Any, badgeclass: dict[str, Any]) -> str:
    """Tell where the image of a badge class is: its constant address redirects there."""
    return str(hosted("GET", badgeclass["image"]).headers["Location"])


def test_a_change_of_a_badge_class_needs_an_image(hosted: Any, png: Any, data_uri: Any) -> None:
    """The own address keeps the image, data replaces it, and nothing is an error."""
    badgeclass = hosted.badgeclass(hosted.issuer())
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"
    body = {"name": "N", "description": "D", "criteriaNarrative": "Do it."}
    missing = hosted("PUT", path, body)

    assert missing.json()["fieldErrors"] == {"image": ["This field is required."]}
    assert hosted.one("PUT", path, body | {"image": badgeclass["image"]})["image"] == badgeclass["image"]
    before = served(hosted, badgeclass)
    assert hosted.one("PUT", path, body | {"image": badgeclass["image"]})["image"] == badgeclass["image"]
    assert served(hosted, badgeclass) == before
    assert hosted.one("PUT", path, body | {"image": data_uri(png())})["image"] == badgeclass["image"]
    assert served(hosted, badgeclass) != before


def test_a_change_of_an_issuer_needs_a_description(hosted: Any) -> None:
    """And so does PATCH, which is like PUT."""
    path = f"/v2/issuers/{hosted.issuer()['entityId']}"
    body = {"name": "N", "url": "http://x.org", "email": USERNAME}

    assert hosted("PUT", path, body).json()["fieldErrors"] == {"description": ["This field is required."]}
    assert hosted.one("PATCH", path, body | {"description": "D"})["description"] == "D"


def test_one_of_the_criteria_is_needed(hosted: Any, png: Any, data_uri: Any) -> None:
    """On create, and when a change would take the last one away."""
    issuer = hosted.issuer()
    body = {"name": "N", "description": "D", "image": data_uri(png())}
    answer = hosted("POST", f"/v2/issuers/{issuer['entityId']}/badgeclasses", body)
    badgeclass = hosted.badgeclass(issuer)
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"
    body = {"name": "N", "description": "D", "image": badgeclass["image"]}

    assert (answer.status_code, answer.json()["nonFieldErrors"]) == (400, [CRITERIA])
    answer = hosted("POST", "/v2/badgeclasses", body | {"issuer": issuer["id"], "image": data_uri(png())})
    assert (answer.status_code, answer.json()["nonFieldErrors"]) == (400, [CRITERIA])
    assert hosted("PUT", path, body | {"criteriaNarrative": None}).status_code == 400
    assert hosted("PUT", path, body | {"criteriaNarrative": None, "criteriaUrl": "http://x.org"}).status_code == 200


def test_a_link_makes_a_badge_class_if_it_is_served_here(hosted: Any) -> None:
    """Nothing is downloaded, so only an own image can be named by its address."""
    issuer = hosted.issuer()
    badgeclass = hosted.badgeclass(issuer)
    path = f"/v2/issuers/{issuer['entityId']}/badgeclasses"
    body = {"name": "N", "description": "D", "criteriaNarrative": "C"}

    copy = hosted.one("POST", path, body | {"image": badgeclass["image"]})
    assert served(hosted, copy) == served(hosted, badgeclass)
    assert hosted("POST", path, body | {"image": "http://x.org/x.png"}).status_code == 400
    assert hosted("POST", path, body | {"image": f"{hosted.base}/media/none.png"}).status_code == 400


@pytest.mark.parametrize("order", [{"params": {"archivalNote": "old"}}, {"json": {"archivalNote": "old"}}])
def test_delete_archives(hosted: Any, order: dict[str, Any]) -> None:
    """A plain DELETE archives, with a note from the query or the body, also while people have earned it."""
    badgeclass = hosted.badgeclass(hosted.issuer())
    hosted.award(badgeclass)
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"

    assert hosted("DELETE", path, **order).status_code == 204
    assert hosted("GET", path).status_code == 404
    assert hosted.many("/v2/badgeclasses") == []
    (archived,) = hosted.many("/v2/badgeclasses?include_archived=true")
    assert hosted.one("GET", f"{path}?include_archived=true") == archived
    assert (archived["archived"], archived["archivalNote"]) == (True, "old")
    assert archived["archivedDate"].endswith("Z")
    assert hosted("DELETE", path).status_code == 404


def test_reactivation(hosted: Any) -> None:
    """An archived badge class comes back as it was."""
    badgeclass = hosted.badgeclass(hosted.issuer())
    hosted("DELETE", f"/v2/badgeclasses/{badgeclass['entityId']}")

    assert hosted.one("POST", f"/v2/badgeclasses/reactivate/{badgeclass['entityId']}") == badgeclass
    assert hosted.many("/v2/badgeclasses") == [badgeclass]
    assert hosted("POST", f"/v2/badgeclasses/reactivate/{badgeclass['entityId']}").status_code == 404


@pytest.mark.parametrize("order", [{"params": {"hard_delete": "true"}}, {"json": {"hard_delete": True}}])
def test_hard_delete(hosted: Any, order: dict[str, Any]) -> None:
    """It is for good, archived or not, and awards stand in its way."""
    badgeclass = hosted.badgeclass(hosted.issuer())
    award = hosted.award(badgeclass)
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"

    assert hosted("DELETE", path, **order).status_code == 400
    hosted("DELETE", f"/v2/assertions/{award['entityId']}?revocation_reason=r")
    assert hosted("DELETE", path, **order).status_code == 204
    assert hosted.many("/v2/badgeclasses?include_archived=true") == []


def test_an_archived_badge_class_is_not_changed(hosted: Any) -> None:
    """It is not found until it is reactivated."""
    badgeclass = hosted.badgeclass(hosted.issuer())
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"
    hosted("DELETE", path)

    assert hosted("PUT", path, {"name": "N", "description": "D", "image": badgeclass["image"]}).status_code == 404


def test_revocation_needs_no_reason(hosted: Any) -> None:
    """The reason is optional there; several are revoked by either id."""
    badgeclass = hosted.badgeclass(hosted.issuer())
    first, second = hosted.award(badgeclass), hosted.award(badgeclass)
    revoked = hosted.one("DELETE", f"/v2/assertions/{first['entityId']}")
    several = hosted.one("POST", "/v2/assertions/revoke", [{"id": second["id"], "revocationReason": "r"}])

    assert (revoked["revoked"], revoked["revocationReason"]) == (True, None)
    assert several == {"revoked": True, "id": second["id"], "revocationReason": "r"}


def test_objects_are_found_by_reference(hosted: Any) -> None:
    """The openBadgeId in base64 is a path too; what is no base64 is not found."""
    issuer = hosted.issuer()
    badgeclass = hosted.badgeclass(issuer)

    def ref(entity: dict[str, Any]) -> str:
        return base64.b64encode(entity["openBadgeId"].encode()).decode()

    assert hosted.one("GET", f"/v2/issuers/ref/{ref(issuer)}") == issuer
    assert hosted.one("GET", f"/v2/issuers/openBadgeId/{ref(issuer).rstrip('=')}") == issuer
    assert hosted.one("GET", f"/v2/badgeclasses/ref/{ref(badgeclass)}") == badgeclass
    assert hosted("GET", "/v2/issuers/ref/4").status_code == 404


def test_duplicates_on_purpose(hosted: Any) -> None:
    """A copy has another name and otherwise the same content."""
    badgeclass = hosted.badgeclass(hosted.issuer(), tags=["a"])
    path = f"/v2/badgeclasses/{badgeclass['entityId']}/duplicate"
    copy = hosted.one("POST", path, {"newName": "Copy"})

    assert (copy["name"], copy["tags"]) == ("Copy", ["a"])
    assert hosted("GET", copy["image"]).content == hosted("GET", badgeclass["image"]).content
    assert hosted("POST", path, {}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/v2/issuers/changed", "/v2/badgeclasses/changed", "/v2/assertions/changed", "/v2/auth/tokens"]
)
def test_feeds_and_token_lists_do_not_exist(hosted: Any, path: str) -> None:
    """What the hosted service does not document is not there."""
    assert hosted("GET", path).status_code == 404


def test_pages_can_be_asked_for(hosted: Any) -> None:
    """`num` is honoured, and links keep the other parameters."""
    issuer = hosted.issuer()
    for _ in range(3):
        hosted.badgeclass(issuer)
    answer = hosted("GET", "/v2/badgeclasses?include_archived=true&num=2")

    assert len(answer.json()["result"]) == 2
    assert "include_archived=true" in answer.links["next"]["url"]
    assert len(hosted("GET", answer.links["next"]["url"]).json()["result"]) == 1
