"""A server whose operator must verify an issuer before it can have badge classes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.liar import Lie, Said, lying, refusal, showing
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.sandbox import Sandbox, SandboxOptions

WORDS = "Only verified issuers can create / update badges"
BY_FIELD = Lie(400, json.dumps({"status": {"success": False}, "fieldErrors": {"issuer": [WORDS]}}).encode())
BROKEN = Lie(500, json.dumps({"status": {"success": False, "description": WORDS}}).encode())
PAGE = Lie(500, b"<html><title>- Badgr</title></html>", "text/html")


def refusing(lie: Lie, method: str = "POST") -> Callable[[str, str], Lie | None]:
    """Answer every write of a badge class so."""
    return lambda sent, path: lie if sent == method and path.startswith("/v2/badgeclasses") else None


@pytest.fixture
def many(tmp_path: Path) -> Programme:
    """Write an issuer with a dozen badge classes."""
    made = Programme(tmp_path / "catalog", dict(CREDENTIALS))
    made.write("issuer.yaml", ISSUER)
    made.image()
    for number in range(12):
        made.write(f"class-{number}.yaml", badge_class(f"class-{number}"))
    return made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", (0.01,))


@pytest.mark.parametrize("lie", [refusal(400, WORDS), BY_FIELD, BROKEN], ids=["general", "by field", "as a fault"])
@pytest.mark.parametrize("parallelism", [1, 8])
def test_the_issuer_is_named_once_and_little_is_sent(
    tmp_path: Path, many: Programme, lie: Lie, parallelism: int
) -> None:
    """Of a dozen badge classes no two say what to do, and those that were not begun are not sent."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server, lying(server.url, before=refusing(lie)) as liar:
        many.settings(liar.url)

        done = many.apply(f"--parallelism={parallelism}")

        assert done.status == 1
        told = " ".join((done.out + done.err).split())
        assert told.count("Ask the server's operator") == told.count(WORDS) == 1
        assert "issuer.academy: The server wants this issuer verified first. The server says:" in told
        assert done.out.count("issuer.academy must be verified first") == 12
        sent = [path for method, path in liar.heard if method == "POST" and path == "/v2/badgeclasses"]
        assert len(sent) <= parallelism


def test_an_update_that_breaks_the_server_is_sent_twice_at_most(tmp_path: Path, many: Programme) -> None:
    """The server answers 500 to each update: a look, one more try, and its words."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server, lying(server.url) as liar:
        many.settings(liar.url)
        assert many.apply().status == 0
        many.write("class-0.yaml", badge_class("class-0", tags="[new]"))
        liar.before = refusing(PAGE, "PUT")

        assert many.apply().status == 1

        assert [method for method, _ in liar.heard].count("PUT") == 2


@pytest.mark.parametrize(
    ("verified", "with_class", "status", "words"),
    [
        (False, True, 1, "issuer.academy is not verified on the server"),
        (False, False, 1, "issuer.academy is not verified on the server"),
        (None, False, 0, "Only the first badge class will tell"),
        (None, True, 0, ""),
        (True, False, 0, ""),
    ],
)
def test_doctor_says_what_can_be_seen_without_writing(
    tmp_path: Path, verified: bool | None, with_class: bool, status: int, words: str
) -> None:
    """Some servers show whether an issuer is verified; of others it says that it cannot know."""
    made = Programme(tmp_path / "catalog", dict(CREDENTIALS))
    made.write("issuer.yaml", ISSUER)
    if with_class:
        made.image()
        made.write("one.yaml", badge_class("one"))

    def after(said: Said) -> Lie | None:
        if said.method != "GET" or not said.path.startswith("/v2/issuers/") or verified is None:
            return None
        return showing(200, *[{**item, "verified": verified} for item in said.result])

    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server, lying(server.url) as liar:
        made.settings(liar.url)
        assert made.apply().status == 0
        liar.after = after
        liar.heard.clear()

        done = made.run("doctor")

        told = " ".join(done.out.split())
        assert done.status == status, done.out
        assert words in told
        assert ("verif" in told.replace("is verified", "")) is bool(words)
        assert {method for method, path in liar.heard if path != "/o/token"} == {"GET"}


@pytest.mark.parametrize("verified", [True, False, None])
def test_a_plan_warns_where_the_list_of_issuers_shows_it(tmp_path: Path, *, verified: bool | None) -> None:
    """It sends no request for that: `doctor` asks, and a plan takes what is at hand."""
    made = Programme(tmp_path / "catalog", dict(CREDENTIALS))
    made.write("issuer.yaml", ISSUER)

    def after(said: Said) -> Lie | None:
        if verified is None or said.method != "GET" or not said.path.startswith("/v2/issuers?"):
            return None
        return showing(200, *[{**item, "verified": verified} for item in said.result])

    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server, lying(server.url, after=after) as liar:
        made.settings(liar.url)
        assert made.apply().status == 0
        made.image()
        made.write("one.yaml", badge_class("one"))
        liar.heard.clear()

        plan = made.run("plan")

        assert ("warning[unverified-issuer]: issuer.academy is not verified" in plan.told) is (verified is False)
        assert [path for _, path in liar.heard if "users" in path or path.startswith("/v2/issuers/")] == []


def test_a_plan_warns_of_an_address_that_is_not_verified(tmp_path: Path) -> None:
    """An issuer that is there already is left alone; a profile that cannot be read is no reason to stop."""
    made = Programme(tmp_path / "catalog", dict(CREDENTIALS))
    made.write("issuer.yaml", ISSUER.replace("admin@example.org", "Admin@example.org"))
    is_broken = False

    def before(_method: str, path: str) -> Lie | None:
        return refusal(403, "No.") if is_broken and path.startswith("/v2/users") else None

    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server, lying(server.url, before=before) as liar:
        made.settings(liar.url)
        plan, done = made.run("plan"), made.apply()
        made.write("issuer.yaml", ISSUER)
        assert made.apply().status == 0
        later = made.run("plan")
        made.write("other.yaml", ISSUER.replace("academy", "other").replace("Academy", "Other"))
        is_broken = True
        assert made.run("plan").status == 0

    assert "warning[unverified-email]: Admin@example.org of issuer.academy is not a verified address" in plan.told
    assert done.status == 1
    assert later.err == ""
