"""What an answer says: its result, or the error that an administrator understands."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from badgeops.api.responses import Answer, check, error_of, results
from badgeops.errors import (
    ApiError,
    NotAnApiError,
    NotFoundError,
    RefusedError,
    ServerFaultError,
    TooManyRequestsError,
    UnauthorizedError,
)

URL = "https://badges.example/v2/issuers"
PAGE = b"<!DOCTYPE html><html><head><title>\n Sign&nbsp;in &amp; go </title></head></html>"


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    """Make an answer; what is not bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, URL, fields, data)


def envelope(*result: Any, success: bool = True, description: str | None = "ok", **more: Any) -> dict[str, Any]:
    """Make the body of a v2 answer."""
    return {"status": {"success": success, "description": description}, "result": list(result), **more}


def refused(status: int = 400, **body: Any) -> RefusedError:
    """Return the refusal that an answer with such an envelope stands for."""
    with pytest.raises(RefusedError) as caught:
        results(answer(status, envelope(success=False, description="bad request", **body)))
    return caught.value


def test_the_result_is_returned() -> None:
    """The envelope is taken off."""
    assert results(answer(200, envelope({"entityId": "x"}))) == [{"entityId": "x"}]


@pytest.mark.parametrize(
    "status", [None, {}, "ok", "error", {"success": "true"}, {"success": 1}, {"success": None}, []]
)
@pytest.mark.parametrize("result", [[], [{"entityId": "x"}]])
def test_an_answer_that_does_not_say_that_it_succeeded_is_none(status: object, result: list[object]) -> None:
    """An empty list would say that nobody has earned a badge class, and it would be deleted."""
    with pytest.raises(NotAnApiError, match="does not say that it succeeded"):
        results(answer(200, {"result": result} if status is None else {"status": status, "result": result}))


def test_json_that_calls_itself_a_web_page_is_read() -> None:
    """The open-source server sends some of its JSON as text/html."""
    assert results(answer(200, envelope(1), Content_Type="text/html")) == [1]


# --- what is no answer of this API ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(200, PAGE, Content_Type="text/html; charset=utf-8"), "a web page titled “Sign in & go” (HTTP 200)"),
        (answer(403, PAGE), "a web page titled “Sign in & go” (HTTP 403)"),
        (answer(404, b"  <html>no</html>"), "answered with a web page (HTTP 404)"),
        (answer(200, b"hello", Content_Type="Text/Plain; x"), "answered with text/plain that is not JSON (HTTP 200)"),
        (answer(200, b"hello", Content_Type=""), "answered with something that is not JSON (HTTP 200)"),
        (answer(200, b'{"result": ['), "answered with application/json that is not JSON (HTTP 200)"),
        (answer(200, b""), "answered with nothing at all (HTTP 200)"),
        (answer(200, b'{"name": "\xff\xfe"}'), "answered with text that is not UTF-8 (HTTP 200)"),
        (answer(200, b"[" * 200_000 + b"]" * 200_000), "nested too deeply"),
        (answer(200, [1, 2]), "answered with JSON, but not in the form of the Badgr v2 API (HTTP 200)"),
        (answer(200, b"null"), "answered with JSON, but not in the form of the Badgr v2 API (HTTP 200)"),
        (answer(200, {"issuers": []}), "there is no `result` list"),
        (answer(200, {"result": {"entityId": "x"}}), "there is no `result` list"),
        (answer(302, b"", Location="https://login.example/"), f"{URL} redirects to https://login.example/ instead"),
        (answer(301, PAGE), f"{URL} redirects to another page instead"),
        (
            answer(302, envelope(), Location="/elsewhere"),
            f"{URL} redirects to https://badges.example/elsewhere instead",
        ),
    ],
)
def test_each_kind_of_foreign_answer_has_its_own_words(given: Answer, words: str) -> None:
    """The message says what came, so that a login page, a proxy and a wrong address can be told apart."""
    with pytest.raises(NotAnApiError) as caught:
        results(given)

    assert words in caught.value.message
    assert URL in caught.value.message
    assert "`server`" in caught.value.hint
    assert caught.value.status == given.status


@pytest.mark.parametrize(
    ("title", "page", "fault"),
    [
        ("- Badgr", "titled “Badgr”", "The server failed (HTTP 500)."),
        (" | Badgr", "titled “Badgr”", "The server failed (HTTP 500)."),
        ("Server Error - ", "titled “Server Error”", "The server failed (HTTP 500): Server Error."),
        ("Oops - Badgr", "titled “Oops - Badgr”", "The server failed (HTTP 500): Oops - Badgr."),
        (" - ", "a web page (HTTP 200)", "The server failed (HTTP 500)."),
        ("", "a web page (HTTP 200)", "The server failed (HTTP 500)."),
    ],
)
def test_a_title_with_an_empty_part_is_shown_without_it(title: str, page: str, fault: str) -> None:
    """A page without a title of its own has the site's name behind a stroke: that says nothing of what went wrong."""
    body = f"<html><head><title>{title}</title></head></html>".encode()

    with pytest.raises(NotAnApiError) as caught:
        results(answer(200, body))

    assert page in caught.value.message
    assert error_of(answer(500, body)).message == fault


@pytest.mark.parametrize(
    ("location", "where", "server"),
    [
        ("https://new.example/v2/issuers", "https://new.example/v2/issuers", "https://new.example"),
        ("https://new.example:8443/v2/issuers?x=1", "?x=1", "https://new.example:8443"),
        ("//new.example/v2/issuers", "https://new.example/v2/issuers", "https://new.example"),
        ("https://new.example/api/v2/issuers", "/api/v2/issuers", "https://new.example/api"),
        ("https://badges.example/api/v2/issuers", "/api/v2/issuers", "https://badges.example/api"),
        ("/v2/issuers/", "https://badges.example/v2/issuers/", None),
        ("https://login.example/saml?x=1", "https://login.example/saml?x=1", None),
        ("https://badges.example/v2/issuers", "https://badges.example/v2/issuers", None),
        ("http://new.example/v2/issuers", "http://new.example/v2/issuers", None),
        ("https://a b`id`/v2/issuers", "`id`", None),
        ("https://[::1/v2/issuers", "https://[::1/v2/issuers", None),
        ("https://new.example:²/v2/issuers", "²", None),
    ],
)
def test_a_redirect_says_where_to(location: str, where: str, server: str | None) -> None:
    """With the setting to write where another server would be asked for the same thing."""
    with pytest.raises(NotAnApiError) as caught:
        results(answer(301, b"", Location=location))

    assert where in caught.value.message
    assert caught.value.hint.endswith(f"\n  server: {server}") if server else "server: " not in caught.value.hint


@given(st.text())
def test_no_location_can_break_us(location: str) -> None:
    """Whatever a redirect names, it is told on one line, and what we advise to write is an address."""
    with pytest.raises(NotAnApiError) as caught:
        results(answer(308, b"", Location=location))

    assert len(caught.value.message.splitlines()) == 1
    _, _, advice = caught.value.hint.partition("\n  server: ")
    assert advice == "" or advice.startswith("https://")


def test_a_request_that_is_too_large_is_told_as_such() -> None:
    """The limit is a gateway's: the address of the server is right."""
    with pytest.raises(NotAnApiError, match="does not take a request of this size") as caught:
        results(answer(413, PAGE))

    assert caught.value.status == 413
    assert "image" in caught.value.hint
    assert "`server`" not in caught.value.hint


def test_a_firewall_is_named_beside_a_wrong_address() -> None:
    """Its page comes with a 403."""
    for status, is_named in ((403, True), (200, False), (404, False)):
        with pytest.raises(NotAnApiError) as caught:
            results(answer(status, PAGE))
        assert ("firewall" in caught.value.hint) is is_named
        assert "`server`" in caught.value.hint


@pytest.mark.parametrize("status", [200, 403, 404, 405])
def test_after_good_answers_the_address_is_not_in_doubt(status: int) -> None:
    """Whoever has just read a thousand badge classes there does not have the wrong address."""
    with pytest.raises(NotAnApiError) as caught:
        results(replace(answer(status, PAGE), is_of_api=True))

    assert "so `server` is right" in caught.value.hint
    assert "Check `server`" not in caught.value.hint


def test_a_title_that_goes_on_and_on_is_cut() -> None:
    """A foreign text never floods the terminal."""
    page = b"<html><title>" + b"long " * 1000 + b"</title>"

    assert len(error_of(answer(404, page)).message) < 300


# --- what the server refuses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RefusedError),
        (401, UnauthorizedError),
        (403, RefusedError),
        (404, NotFoundError),
        (405, RefusedError),
        (409, RefusedError),
        (429, TooManyRequestsError),
        (500, ServerFaultError),
        (503, ServerFaultError),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[ApiError]) -> None:
    """Callers decide by type: what may be repeated, what is gone, what was refused."""
    with pytest.raises(ApiError) as caught:
        results(answer(status, envelope(success=False)))

    assert type(caught.value) is kind
    assert caught.value.status == status


def test_what_is_missing_may_be_a_role_that_is_missing() -> None:
    """Servers answer 404 to who may only look, so the hint names the roles, and not only that it may be gone."""
    with pytest.raises(NotFoundError) as caught:
        results(answer(404, envelope(success=False)))

    assert all(word in caught.value.hint for word in ("editor", "owner", "badgeops doctor"))


def test_success_false_is_a_refusal_whatever_the_status() -> None:
    """A 200 that says `success: false` did not do it."""
    error = refused(200, fieldErrors={"name": ["too long"]})

    assert error.fields == {"name": ("too long",)}


@pytest.mark.parametrize(
    ("errors", "fields", "general"),
    [
        ({"name": ["This field is required."]}, {"name": ("This field is required.",)}, ()),
        ({"image": "Valid image file required."}, {"image": ("Valid image file required.",)}, ()),
        ({"name": ["one", "two"], "url": ["three"]}, {"name": ("one", "two"), "url": ("three",)}, ()),
        (
            {"alignments": [{}, {"targetUrl": ["Enter a valid URL."]}]},
            {"alignments.1.targetUrl": ("Enter a valid URL.",)},
            (),
        ),
        (
            {"evidence": [{"non_field_errors": ["url or narrative"]}]},
            {"evidence.0": ("url or narrative",)},
            (),
        ),
        ({"expires": {"amount": {"deep": "no"}}}, {"expires.amount.deep": ("no",)}, ()),
        ({"non_field_errors": ["criteria missing"]}, {}, ("criteria missing",)),
        (["wrong as a whole"], {}, ("wrong as a whole",)),
        ("wrong as a whole", {}, ("wrong as a whole",)),
        ({"name": [None, 7, ""]}, {}, ("bad request",)),
        (7, {}, ("bad request",)),
        (None, {}, ("bad request",)),
    ],
)
def test_field_errors_come_in_many_shapes(
    errors: Any, fields: dict[str, tuple[str, ...]], general: tuple[str, ...]
) -> None:
    """The API is not uniform: objects, lists, bare texts and nests of them all name their field and keep their text."""
    error = refused(fieldErrors=errors, validationErrors=[])

    assert error.fields == fields
    assert error.general == general


def test_general_messages_are_told_once() -> None:
    """Both members may hold the same text; the description says less than either."""
    error = refused(
        fieldErrors={}, validationErrors=["Email must be verified."], nonFieldErrors="Email must be verified."
    )

    assert error.general == ("Email must be verified.",)


@pytest.mark.parametrize(
    ("said", "is_about_the_issuer"),
    [
        ("Only verified issuers can create / update badges", True),
        ("A verified issuer is needed.", True),
        ("Issuer email must be one of your verified addresses.", False),
        ("", False),
    ],
)
def test_an_issuer_that_must_be_verified_first_is_named_as_the_cause(said: str, *, is_about_the_issuer: bool) -> None:
    """The refusal stands at a badge class, where nothing can be mended."""
    hint = refused(validationErrors=[said]).hint

    assert ("verify" in hint) is is_about_the_issuer
    assert ("operator" in hint) is is_about_the_issuer


def test_a_refused_deletion_says_why_in_its_description() -> None:
    """There it is the only place."""
    with pytest.raises(RefusedError) as caught:
        results(answer(400, envelope(success=False, description="Revoke the awards first.")))

    assert caught.value.general == ("Revoke the awards first.",)


def test_long_messages_are_cut() -> None:
    """A server that echoes a whole image does not fill the screen."""
    error = refused(fieldErrors={"image": ["x" * 100_000], "name": "y" * 100_000, "tags": ["z"] * 100_000})

    assert max(len(text) for texts in error.fields.values() for text in texts) <= 300
    assert len(error.fields["tags"]) <= 100


def test_messages_in_a_deep_nest_do_not_end_in_a_traceback() -> None:
    """What is nested beyond reason is left out."""
    nest: Any = "too deep"
    for _ in range(300):
        nest = {"a": nest}

    assert refused(fieldErrors=nest).general == ("bad request",)


def test_a_fault_of_the_server_says_what_it_said() -> None:
    """Its description, or the title of its page, helps its operator."""
    assert "HTTP 500): boom." in error_of(answer(500), envelope(description="boom.")).message
    assert "HTTP 502): Sign in & go." in error_of(answer(502, PAGE)).message


def test_a_missing_page_is_no_missing_entity() -> None:
    """Only this API's own 404 means that an entity is gone: a proxy's page must not make us create it again."""
    with pytest.raises(NotAnApiError):
        results(answer(404, PAGE))


def test_an_oauth_error_is_described() -> None:
    """The token endpoint has another envelope."""
    error = error_of(answer(403), {"error": "x", "error_description": "No such scope."})

    assert isinstance(error, RefusedError)
    assert error.general == ("No such scope.",)


# --- requests whose result nobody needs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "good", [answer(204), answer(200), answer(200, b" \n"), answer(200, envelope()), answer(202, {})]
)
def test_success_needs_no_result(good: Answer) -> None:
    """A deletion answers with nothing, or with anything that says success."""
    check(good)


@pytest.mark.parametrize(
    "bad",
    [
        answer(200, PAGE),
        answer(200, b"ok"),
        answer(302, b"", Location="/login"),
        answer(302, envelope()),
        answer(200, envelope(success=False)),
        answer(404, envelope(success=False)),
        answer(500),
    ],
)
def test_no_success_is_taken_for_granted(bad: Answer) -> None:
    """A login page with status 200 has deleted nothing."""
    with pytest.raises(ApiError):
        check(bad)


# --- laws ----------------------------------------------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
_ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "status": _JSON,
        "result": _JSON,
        "fieldErrors": _JSON,
        "validationErrors": _JSON,
        "nonFieldErrors": _JSON,
        "error_description": _JSON,
    },
)
_BODIES = st.one_of(
    st.binary(),
    _ENVELOPES.map(lambda value: json.dumps(value).encode()),
    _JSON.map(lambda value: json.dumps(value).encode()),
    st.binary().map(lambda tail: b"<html><title>" + tail),
)


@given(
    status=st.integers(200, 599),
    body=_BODIES,
    content_type=st.sampled_from(["application/json", "text/html", "image/png", ""]),
)
def test_whatever_comes_is_a_list_or_an_error(status: int, body: bytes, content_type: str) -> None:
    """No answer of any server ends in a traceback, and no error comes without words."""
    given_answer = Answer(status, URL, {"Content-Type": content_type}, body)
    for read in (results, check):
        try:
            found = read(given_answer)  # type: ignore[operator]
        except ApiError as error:
            assert error.message  # noqa: PT017 (it may or may not be raised)
        else:
            assert found is None or isinstance(found, list)
            assert status < 300
