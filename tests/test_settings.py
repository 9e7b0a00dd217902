"""badgeops.yaml and the environment's variables: which server, which state, which credentials, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from badgeops import __version__
from badgeops.errors import Diagnostic, Severity
from badgeops.model.credentials import Credentials
from badgeops.model.dialect import Dialect
from badgeops.model.limits import Limit, Limits
from badgeops.settings import NAMED_SERVERS, Request, Server, Settings, credentials, prefix_of, read, url_problem
from badgeops.yamldoc.parse import Document, YamlFile, parse

ROOT = Path("/catalog")


def document(text: str) -> Document:
    """Parse a badgeops.yaml."""
    (found,), diagnostics = parse(YamlFile("badgeops.yaml", text))
    assert diagnostics == []
    return found


def settings(text: str, variables: dict[str, str] | None = None, root: Path = ROOT, **request: object) -> Settings:
    """Read settings that are all right."""
    found = read(document(text), root, "shown", variables or {}, Request(**request))  # type: ignore[arg-type]
    assert found.diagnostics == ()
    assert found.settings is not None
    assert found.is_clear
    return found.settings


def problems(text: str, root: Path = ROOT, **request: object) -> list[Diagnostic]:
    """Read settings that are not all right, and return what is said about them."""
    found = read(document(text), root, "shown", {}, Request(**request))  # type: ignore[arg-type]
    assert found.settings is None
    assert {each.severity for each in found.diagnostics} == {Severity.ERROR}
    return list(found.diagnostics)


def server(address: str, **request: object) -> Server:
    """Return the server of a single environment."""
    return settings(f"catalog: c\nenvironments:\n  live: {{server: '{address}'}}\n", **request).server  # type: ignore[arg-type]


# --- servers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMED_SERVERS)
def test_each_named_server_is_an_https_address_of_the_hosted_service(name: str) -> None:
    """A region is named, not typed; the dialect is known without asking."""
    found = server(name)

    assert found == Server(NAMED_SERVERS[name], NAMED_SERVERS[name], Dialect.HOSTED)
    assert found.url is not None
    assert found.url.startswith("https://api.")
    assert not found.is_sandbox
    assert server(found.url).identity == found.identity


def test_the_named_servers_are_all_different() -> None:
    """A slip of the pen here would write to the wrong continent."""
    assert len(set(NAMED_SERVERS.values())) == len(NAMED_SERVERS) == 14


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("canvas-us", "https://api.badgr.io"),
        ("canvas-eu", "https://api.eu.badgr.io"),
        ("parchment-au", "https://api.badges.parchment.au"),
        ("parchment-demo", "https://api.demo.badges.parchment.com"),
    ],
)
def test_named_servers_as_documented(name: str, address: str) -> None:
    """Some of the table, written once more."""
    assert NAMED_SERVERS[name] == address


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://badges.example", "https://badges.example"),
        ("https://badges.example/", "https://badges.example"),
        ("https://badges.example//", "https://badges.example"),
        ("https://badges.example/v2", "https://badges.example"),
        ("https://badges.example/v2/", "https://badges.example"),
        ("https://badges.example//v2/", "https://badges.example"),
        ("HTTPS://Badges.Example/", "https://badges.example"),
        ("https://badges.example:8443/badgr/v2", "https://badges.example:8443/badgr"),
        ("https://badges.example/Badgr", "https://badges.example/Badgr"),
        ("https://badges.example/@home", "https://badges.example/@home"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://badgr.localhost", "http://badgr.localhost"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_has_one_spelling(given: str, url: str) -> None:
    """The state belongs to an address: a slash, a capital or a copied /v2 must not make another server of it."""
    assert server(given) == Server(url, url, None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("canvas-mars", 'there is no server named "canvas-mars"'),
        ("badges.example", 'there is no server named "badges.example"'),
        ("http://badges.example", "badgeops talks to badges.example over https only"),
        ("http://127.0.0.1.evil.example", "over https only"),
        ("ftp://badges.example", "over https only"),
        ("https://", '"https://" is not the address of a server'),
        ("https:///path", "is not the address of a server"),
        ("https://badges.example?x=1", "is not the address of a server"),
        ("https://badges.example/#top", "is not the address of a server"),
        ("https://badges.example:port", "is not the address of a server"),
        ("https://[::1", "is not the address of a server"),
        ("https://two words", "is not the address of a server"),
        ("https://badges.example:65536", "is not the address of a server"),
        ("https://badges.example:0", "is not the address of a server"),
        ("https://[:::]", "is not the address of a server"),
        ("https://bad\u200bges.example", "is not the address of a server"),
        ("https://badges.example\u3164", "is not the address of a server"),
    ],
)
def test_an_address_that_will_not_do(given: str, words: str) -> None:
    """Each says what is wrong with it; the place is the line of `server`."""
    (problem,) = problems(f"catalog: c\nenvironments:\n  live:\n    server: '{given}'\n")

    assert words in problem.summary
    assert problem.detail
    assert problem.code == "invalid-server"
    assert str(problem.source) == "badgeops.yaml:4:13"


@pytest.mark.parametrize(
    "given",
    [
        "https://ada:PASSWORD@badges.example",
        "https://PASSWORD@badges.example/v2",
        "https://:PASSWORD@badges.example",
        "https://ada:PASSWORD@badges.example?x",
        "https://ada:PASSWORD@badges.example:port",
        "http://ada:PASSWORD@badges.example",
        "https://@badges.example",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_repeated(given: str) -> None:
    """They would stand in git; the message says where they belong."""
    problem = url_problem(given, allow_http=True)

    assert problem is not None
    assert "user name or a password" in problem[0]
    assert "BADGEOPS_PASSWORD" in problem[1]
    assert "PASSWORD@" not in " ".join(problem)


def test_plain_http_must_be_asked_for() -> None:
    """--allow-http is for a test server in a closed net."""
    assert server("http://badges.example", allow_http=True).url == "http://badges.example"
    assert url_problem("ftp://badges.example", allow_http=True) is not None


@given(st.text(max_size=30), st.booleans())
def test_no_address_ends_in_a_traceback(tail: str, allow_http: bool) -> None:
    """Whatever stands there is fine, or is told."""
    for text in (tail, f"https://{tail}", f"https://badges.example{tail}", f"http://{tail}"):
        problem = url_problem(text, allow_http=allow_http)
        assert problem is None or all(problem)


@pytest.mark.parametrize("port", ["²", "٣", "1_0", "-1", "+80", "65536", "9" * 5000, "x", " 80"])
def test_a_port_that_is_none_is_told(port: str) -> None:
    """Also one whose digits only look like a number, or that no computer has."""
    assert url_problem(f"https://badges.example:{port}/", allow_http=False) is not None


def test_the_dialect_can_be_told() -> None:
    """Where nothing is said it is found out, or known for a named server."""
    text = "catalog: c\nenvironments:\n  live: {{server: {server}, dialect: {dialect}}}\n"

    for address in ("https://badges.example", "canvas-eu", "sandbox"):
        for dialect in Dialect:
            assert settings(text.format(server=address, dialect=dialect)).server.dialect is dialect


def test_the_sandbox_has_no_address() -> None:
    """Its port differs at each start, so the state calls it by name."""
    assert server("sandbox") == Server("sandbox", None, Dialect.OPEN_SOURCE)
    assert server("sandbox").is_sandbox


def test_a_ca_file_is_relative_to_the_catalog(tmp_path: Path) -> None:
    """A catalog can bring the certificate of its server; one that is missing is told before anything is sent."""
    text = "catalog: c\nenvironments:\n  live: {server: 'https://badges.example', caFile: ca.pem}\n"

    (problem,) = problems(text, tmp_path)
    (tmp_path / "ca.pem").touch()

    assert (problem.code, str(problem.source)) == ("missing-file", "badgeops.yaml:3:52")
    assert settings(text, root=tmp_path).server.ca_file == tmp_path / "ca.pem"


# --- environments --------------------------------------------------------------------------------------------------

TWO = "catalog: c\nenvironments:\n  test: {server: parchment-test}\n  live: {server: canvas-eu}\n"


def test_without_environments_there_is_the_sandbox() -> None:
    """A catalog of one line can be tried out."""
    found = settings("catalog: c\n")

    assert (found.catalog, found.environment, found.shown) == ("c", "sandbox", "shown")
    assert found.server.is_sandbox
    assert found.work_folder == ROOT / ".badgeops"


def test_the_only_environment_need_not_be_named() -> None:
    """There is nothing to choose."""
    assert settings("catalog: c\nenvironments:\n  live: {server: canvas-eu}\n").environment == "live"


def test_what_is_asked_for_wins_over_the_default() -> None:
    """--env, then defaultEnvironment, then the sandbox."""
    text = f"{TWO}  sandbox: {{server: sandbox}}\n"

    assert settings(text).environment == "sandbox"
    assert settings(f"{text}defaultEnvironment: test\n").environment == "test"
    assert settings(f"{text}defaultEnvironment: test\n", environment="live").environment == "live"


def test_no_environment_is_guessed() -> None:
    """Between a test and a live server only a person can choose."""
    (problem,) = problems(TWO)

    assert problem.code == "missing-environment"
    assert "test, live" in problem.detail
    assert "--env" in problem.detail


@pytest.mark.parametrize("name", ["production", "", "LIVE"])
def test_an_unknown_environment_is_told_with_those_there_are(name: str) -> None:
    """A typing error must not end up elsewhere."""
    (problem,) = problems(TWO, environment=name)

    assert problem.summary == f'there is no environment "{name}"'
    assert "test, live" in problem.detail


def test_a_default_that_does_not_exist_is_told_even_when_another_is_asked_for() -> None:
    """It would strike at the next run."""
    text = f"{TWO}defaultEnvironment: prod\n"

    for request in ({}, {"environment": "live"}):
        (problem,) = problems(text, **request)
        assert (problem.code, str(problem.source)) == ("unknown-environment", "badgeops.yaml:5:21")


def test_the_overlay_is_the_one_of_the_environment() -> None:
    """Defaults hold everywhere, overrides in their own environment."""
    text = (
        "catalog: c\ndefaults: {BadgeClass: {issuer: a}}\nenvironments:\n"
        "  test: {server: sandbox, overrides: {issuer.a: {email: test@a.example}}}\n  live: {server: canvas-eu}\n"
    )
    test, live = (settings(text, environment=name).overlay for name in ("test", "live"))

    assert test.overrides == {"issuer.a": {"email": "test@a.example"}}
    assert live.overrides == {}
    assert test.defaults == live.defaults == {"BadgeClass": {"issuer": "a"}}
    assert (test.environment, live.environment) == ("test", "live")


# --- states --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ("{server: canvas-eu}", "/catalog/state/live.json"),
        ("{server: sandbox}", "/catalog/.badgeops/live.state.json"),
        ("{server: canvas-eu, state: states/eu.json}", "/catalog/states/eu.json"),
        ("{server: sandbox, state: kept.json}", "/catalog/kept.json"),
        ("{server: canvas-eu, state: ../shared/eu.json}", "/catalog/../shared/eu.json"),
        ("{server: canvas-eu, state: /srv/eu.json}", "/srv/eu.json"),
    ],
)
def test_where_a_state_is_kept(environment: str, path: str) -> None:
    """A real one where it can be committed, the sandbox's where it is not; paths are relative to badgeops.yaml."""
    assert settings(f"catalog: c\nenvironments:\n  live: {environment}\n").state_path == Path(path)


def test_a_store_that_is_not_known_is_told() -> None:
    """An s3:// address is not taken for a file of that name."""
    (problem,) = problems("catalog: c\nenvironments:\n  live: {server: canvas-eu, state: 's3://bucket/x.json'}\n")

    assert (problem.code, str(problem.source)) == ("unknown-backend", "badgeops.yaml:3:36")
    assert "state/NAME.json" in problem.detail


# --- limits --------------------------------------------------------------------------------------------------------


def limits(text: str) -> Limits:
    """Return the limits of a catalog with one environment."""
    return settings(f"catalog: c\n{text}").limits


def test_limits_are_careful_by_default() -> None:
    """Nothing said is not "no limit"."""
    assert limits("") == Limits()
    assert Limits().delete.percent


@pytest.mark.parametrize(
    ("text", "delete", "update"),
    [
        ("limits: {delete: 3}\n", Limit(3, percent=False), Limits().update),
        ("limits: {delete: 0%, update: 100%}\n", Limit(0, percent=True), Limit(100, percent=True)),
        ("environments: {live: {server: canvas-eu, limits: {delete: 0}}}\n", Limit(0, percent=False), Limits().update),
        (
            "limits: {delete: 9, update: 5}\nenvironments: {live: {server: canvas-eu, limits: {delete: 0}}}\n",
            Limit(0, percent=False),
            Limit(5, percent=False),
        ),
        (
            "limits: {update: 5}\nenvironments: {live: {server: canvas-eu, limits: {}}}\n",
            Limits().delete,
            Limit(5, percent=False),
        ),
    ],
)
def test_an_environment_changes_only_the_limits_it_names(text: str, delete: Limit, update: Limit) -> None:
    """A stricter brake for one thing must not loosen that for another."""
    assert limits(text) == Limits(delete, update)


def test_a_limit_of_recreations_is_one_of_the_limits() -> None:
    """It is a number or a share, and an environment may have its own."""
    assert limits("limits: {recreate: 3}\n") == Limits(recreate=Limit(3, percent=False))
    environment = "environments: {live: {server: canvas-eu, limits: {recreate: 0}}}\n"
    assert limits(f"limits: {{recreate: 10%}}\n{environment}") == Limits(recreate=Limit(0, percent=False))


def test_an_environment_says_for_itself_when_a_creation_is_sent_again() -> None:
    """In minutes; what is not said is left to badgeops."""
    environments = "environments: {live: {server: canvas-eu, recreateAfter: 60}, test: {server: canvas-test}}\n"
    asked = lambda text, name: settings(f"catalog: c\n{text}{environments}", environment=name).recreate_after  # noqa: E731

    assert (asked("recreateAfter: 5\n", "live"), asked("recreateAfter: 5\n", "test")) == (3600, 300)
    assert asked("", "test") is None
    assert [problem.code for problem in problems("catalog: c\nrecreateAfter: 0\n")] != []


@pytest.mark.parametrize("value", ["-1", "101%", "10 %", "true", "1.5", "ten"])
def test_a_limit_that_is_none_is_told(value: str) -> None:
    """A brake that was mistyped is no brake."""
    (problem, *_) = problems(f"catalog: c\nlimits: {{delete: {value}}}\n")

    assert problem.source is not None
    assert problem.source.line == 2


# --- requires ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [">=0.0", f"=={__version__}", f">=0.0,<={__version__}", "!=9.9"])
def test_a_version_that_fits(wanted: str) -> None:
    """Also a development version of what is wanted."""
    settings(f'catalog: c\nrequires: "{wanted}"\n')


@pytest.mark.parametrize(
    ("wanted", "code", "words"),
    [
        (">=99", "requires-other-version", f"requires badgeops >=99, and this is {__version__}"),
        ("<0.0.1", "requires-other-version", "requires badgeops <0.0.1"),
        ("newest", "invalid-requires", '"newest" is not a range of versions'),
        ("1.0", "invalid-requires", '"1.0" is not a range of versions'),
    ],
)
def test_a_version_that_does_not_fit(wanted: str, code: str, words: str) -> None:
    """A catalog written for another badgeops is not touched."""
    (problem,) = problems(f'catalog: c\nrequires: "{wanted}"\n')

    assert (problem.code, str(problem.source)) == (code, "badgeops.yaml:2:11")
    assert words in problem.summary


# --- all at once ---------------------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once_with_its_place() -> None:
    """Also in environments that are not used today."""
    text = """\
catalog: c
requires: nonsense
defaultEnvironment: nowhere
environments:
  one: {server: canvas-mars}
  two:
    server: http://badges.example
    state: s3://bucket/x.json
    caFile: missing.pem
  three: {server: 'https://ada:pw@badges.example'}
"""
    found = problems(text, environment="one")

    assert {(each.code, str(each.source)) for each in found} == {
        ("invalid-requires", "badgeops.yaml:2:11"),
        ("unknown-environment", "badgeops.yaml:3:21"),
        ("invalid-server", "badgeops.yaml:5:17"),
        ("unknown-backend", "badgeops.yaml:8:12"),
        ("missing-file", "badgeops.yaml:9:13"),
        ("invalid-server", "badgeops.yaml:10:19"),
    }
    assert len(found) == 6


def test_a_catalog_for_another_version_is_told_as_that_alone() -> None:
    """What else looks wrong may be right for the version that it was written for."""
    found = problems('catalog: c\nrequires: ">=99"\nhorizon: far\nenvironments: {one: {server: canvas-mars}}\n')

    assert [each.code for each in found] == ["requires-other-version"]


def test_what_does_not_fit_the_schema_is_told_at_once_too() -> None:
    """Every misspelt field and every wrong type, each at its line."""
    text = """\
catalog: 7
enviroments: {}
environments:
  live: {servr: canvas-eu}
  two: {server: canvas-eu, dialect: klingon}
"""
    found = problems(text)

    assert {each.source.line for each in found if each.source} == {1, 2, 4, 5}


# --- credentials ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, Credentials()),
        ({"TOKEN": "t"}, Credentials("t", origin="BADGEOPS_TOKEN")),
        ({"REFRESH_TOKEN": "r"}, Credentials(refresh_token="r", origin="BADGEOPS_REFRESH_TOKEN")),
        (
            {"USERNAME": "u", "PASSWORD": "p"},
            Credentials(username="u", password="p", origin="BADGEOPS_USERNAME and BADGEOPS_PASSWORD"),
        ),
        ({"USERNAME": "u"}, Credentials()),
        ({"PASSWORD": "p"}, Credentials()),
        ({"TOKEN": "", "USERNAME": "", "PASSWORD": ""}, Credentials()),
        (
            {"TOKEN": "t", "USERNAME": "u", "PASSWORD": "p"},
            Credentials("t", None, "u", "p", origin="BADGEOPS_TOKEN and BADGEOPS_USERNAME and BADGEOPS_PASSWORD"),
        ),
        ({"TOKEN": " t\n"}, Credentials("t", origin="BADGEOPS_TOKEN")),
        ({"TOKEN": "\n"}, Credentials()),
        (
            {"USERNAME": "u\n", "PASSWORD": " p \r\n"},
            Credentials(username="u", password=" p ", origin="BADGEOPS_USERNAME and BADGEOPS_PASSWORD"),
        ),
    ],
)
def test_credentials_come_from_variables(variables: dict[str, str], expected: Credentials) -> None:
    """A line break at the end, as files and CI systems have it, is no part of a secret; half a pair is none."""
    found = credentials("live", {f"BADGEOPS_{name}": value for name, value in variables.items()})

    assert found == expected
    assert found.are_missing == (expected == Credentials())


def test_an_environments_own_credentials_come_first() -> None:
    """Those of the test server are never sent to the live one, nor mixed with the general ones."""
    variables = {
        "BADGEOPS_USERNAME": "general",
        "BADGEOPS_PASSWORD": "p",
        "BADGEOPS_LIVE_EU_TOKEN": "live",
        "BADGEOPS_TEST_USERNAME": "half a pair",
    }

    assert credentials("live-eu", variables) == Credentials("live", origin="BADGEOPS_LIVE_EU_TOKEN")
    assert credentials("test", variables).username == "general"
    assert credentials("other", variables).username == "general"


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,7}", fullmatch=True) | st.lists(
    st.sampled_from(["eu", "EU", "1", "refresh", "Refresh", "token", "username", "-", "_"]), min_size=1, max_size=4
).map("".join).filter(lambda name: name[0] not in "-_")
WORDS = ("TOKEN", "REFRESH_TOKEN", "USERNAME", "PASSWORD")


@given(st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_no_variable_is_of_two_environments(names: list[str]) -> None:
    """Settings that pass: whatever one variable holds is sent for one environment, or is meant for all."""
    environments = "\n".join(f"  '{name}': {{server: 'https://{number}.example'}}" for number, name in enumerate(names))
    text = f"catalog: c\ndefaultEnvironment: '{names[0]}'\nenvironments:\n{environments}\n"
    found = read(document(text), ROOT, "shown", {}, Request())
    if found.settings is None:
        assert {each.code for each in found.diagnostics} == {"ambiguous-variable"}
        return

    own = {prefix_of(name) + word for name in names for word in WORDS}
    general = {f"BADGEOPS_{word}" for word in WORDS}
    for variable in own | general:
        sent = {
            name for name in names if "SECRET" in vars_of(credentials(name, {variable: "SECRET", **half(variable)}))
        }
        assert sent in ({name} for name in names) or (variable in general and sent == set(names)), variable


def half(variable: str) -> dict[str, str]:
    """Return what a user name or a password needs beside it to be sent."""
    if variable.endswith("USERNAME"):
        return {variable.removesuffix("USERNAME") + "PASSWORD": "other"}
    return {variable.removesuffix("PASSWORD") + "USERNAME": "other"} if variable.endswith("PASSWORD") else {}


def vars_of(found: Credentials) -> set[str | None]:
    """Return all that would be sent."""
    return {found.token, found.refresh_token, found.username, found.password}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["eu-1", "eu_1"], 'the environment "eu_1" shares a variable with "eu-1"'),
        (["prod", "Prod"], 'the environment "Prod" shares a variable with "prod"'),
        (["refresh"], 'the environment "refresh" shares a variable with every environment'),
        (["eu-refresh", "eu"], 'the environment "eu" shares a variable with "eu-refresh"'),
    ],
)
def test_names_that_lead_to_the_same_variable_are_refused(names: list[str], words: str) -> None:
    """The token of one would be sent to the server of the other; in both orders, whichever is used."""
    for order in (names, names[::-1]):
        environments = "".join(f"  {name}: {{server: 'https://badges.example'}}\n" for name in order)
        found = problems(f"catalog: c\ndefaultEnvironment: {order[0]}\nenvironments:\n{environments}")

        (problem,) = found
        assert problem.code == "ambiguous-variable"
        assert str(problem.source).startswith(f"badgeops.yaml:{3 + len(order)}:")
        assert order != names or problem.summary == words


def test_settings_carry_the_credentials_and_do_not_show_them() -> None:
    """They are handed on, and stay out of every log."""
    found = settings("catalog: c\n", {"BADGEOPS_USERNAME": "ada", "BADGEOPS_PASSWORD": "SECRET"})

    assert found.credentials.password == "SECRET"
    assert "SECRET" not in repr(found)


def test_plain_http_matters_only_where_it_is_used() -> None:
    """A test server in a closed network is declared without spoiling the other environments."""
    text = "catalog: c\nenvironments:\n  one: {server: canvas-eu}\n  lab: {server: 'http://badges.example'}\n"

    assert read(document(text), Path("/catalog"), "shown", {}, Request("one")).diagnostics == ()
    assert [each.code for each in problems(text, environment="lab")] == ["invalid-server"]
