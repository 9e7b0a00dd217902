"""`badgeops doctor --probe`: what it finds out, what it leaves as it was, and how little servers that lie can do."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.api import Api
from support.liar import Liar, Lie, Said, lying, refusal, showing
from support.programme import Programme, badge_class
from support.tiers import one_dialect

from badgeops import schemas
from badgeops.api import prober
from badgeops.api.probe_values import is_of_a_probe, least
from badgeops.app.probe import square
from badgeops.sandbox import Sandbox

ANSWERS = {
    "open-source": {
        "left-out": "kept",
        "own-image-address": "kept",
        "no-image": "kept",
        "image-address": "changes",
        "alternative-text": "not shown",
        "unknown-member": "ignored",
        "odd-achievement-type": "open",
        "sent-back": "taken",
        "delete": "deletes",
        "archived-in-lists": "needless",
        "reactivate": "needless",
        "hard-delete": "needless",
    },
    "hosted": {
        "left-out": "cleared",
        "own-image-address": "kept",
        "no-image": "refused",
        "image-address": "constant",
        "alternative-text": "not shown",
        "unknown-member": "ignored",
        "odd-achievement-type": "stored",
        "sent-back": "taken",
        "delete": "archives",
        "archived-in-lists": "hidden",
        "reactivate": "comes back",
        "hard-delete": "query",
    },
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prober, "_LOOKS", (0.0, 0.01, 0.02))
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", (0.05,))


class Asked:
    """A programme that is applied, and a file for the answers."""

    def __init__(self, programme: Programme, url: str, folder: Path) -> None:
        self.programme, self.api, self.out = programme, Api(url), folder / "answers.json"
        assert programme.apply().status == 0

    def probe(self, *arguments: str) -> Any:
        """Run the probe, as a script does; what it writes is what schemas/probe.schema.json describes."""
        done = self.programme.run("doctor", "--probe", "--auto-approve", f"--out={self.out}", *arguments)
        if self.out.exists():
            Draft202012Validator(schemas.load("probe")).validate(json.loads(self.out.read_text()))
        return done

    def answers(self) -> dict[str, str]:
        """Return the answers of the last run."""
        return {name: item["answer"] for name, item in json.loads(self.out.read_text())["answers"].items()}

    def whole(self) -> str:
        """Return all that the account has."""
        return json.dumps([self.api.issuers(), self.api.badge_classes()])


@pytest.fixture
def asked(programme: Programme, server: Sandbox, tmp_path: Path) -> Asked:
    """Apply, so that there is an issuer and something to spoil."""
    return Asked(programme, server.url, tmp_path)


def through(asked: Asked, liar: Liar, dialect: str) -> None:
    """Lead the programme to a liar from here on."""
    asked.programme.settings(liar.url, dialect=dialect)
    for path in (asked.programme.root / "state").iterdir():
        path.unlink()


def left_by_a_probe(asked: Asked, mark: str = "0123456789ab", **fields: Any) -> dict[str, Any]:
    """Make what a killed probe leaves behind."""
    (issuer,) = asked.api.issuers()
    body = least(mark, square(40, 8)) | {"issuer": issuer["entityId"]} | fields
    (made,) = asked.api.call("POST", "/v2/badgeclasses", body)
    return dict(made)


def test_each_server_gives_its_answers_and_is_left_as_it_was(asked: Asked, dialect: str) -> None:
    """Both servers differ in what matters, and neither has anything more or less afterwards."""
    before = asked.whole()

    done = asked.probe()

    assert done.status == 0, done.err
    record = json.loads(asked.out.read_text())
    assert {name: answer for name, answer in asked.answers().items() if name != "writable-members"} == ANSWERS[dialect]
    members = record["answers"]["writable-members"]["members"]
    hosted_only = {"achievementType", "ob3Properties", "preferences", "alignments with displayAsSkill"}
    stored = {name for name, answer in members.items() if answer == "stored"}
    assert stored == {"criteriaUrl", "tags", "alignments", "expires"} | (hosted_only if dialect == "hosted" else set())
    assert record["is_complete"]
    assert asked.whole() == before
    asked.programme.assert_settled()


def test_the_record_holds_nobody_and_no_id(asked: Asked) -> None:
    """It is sent in by people who do not read it: ids, people, tokens and passwords never get into it."""
    assert asked.probe("--issuer=Academy").status == 0

    text = asked.out.read_text()
    account = asked.api.call("GET", "/v2/users/self")[0]
    secret = [item["entityId"] for item in asked.api.issuers() + asked.api.badge_classes()]
    secret += [account["entityId"], asked.api.headers["Authorization"].split()[1], "admin@example.org", "Admin"]
    assert [word for word in secret if word in text] == []
    assert "@" not in text


def test_nothing_is_sent_unless_somebody_says_yes(asked: Asked, server: Sandbox) -> None:
    """Without a terminal and without --auto-approve it says what to give, and writes nothing."""
    already = len(server.requests)

    done = asked.programme.run("doctor", "--probe", f"--out={asked.out}")

    assert done.status == 1
    assert "--auto-approve" in done.err
    assert {request.method for request in server.requests[already:]} <= {"GET", "POST"}
    assert [request.path for request in server.requests[already:] if request.method == "POST"] == ["/o/token"]
    assert not asked.out.exists()


@one_dialect
@pytest.mark.parametrize("option", [["--issuer=x"], ["--out=x.json"], ["--auto-approve"]])
def test_options_of_the_probe_mean_nothing_without_it(asked: Asked, option: list[str]) -> None:
    """Whoever forgot --probe learns it, instead of getting a check that did not do what they asked for."""
    done = asked.programme.run("doctor", *option)

    assert done.status == 1
    assert "belong to --probe" in done.err


def test_what_an_earlier_probe_left_is_found_and_deleted(asked: Asked, dialect: str) -> None:
    """A killed probe leaves a badge class, archived perhaps: the next one finds it by what it says of itself."""
    before = asked.whole()
    left_by_a_probe(asked)
    archived = left_by_a_probe(asked, "ba9876543210")
    if dialect == "hosted":
        asked.api.call("DELETE", f"/v2/badgeclasses/{archived['entityId']}")

    done = asked.probe()

    assert done.status == 0, done.err
    assert done.told.count("An earlier probe has left") == 2
    assert asked.whole() == before


LOOKALIKES: list[dict[str, Any]] = [
    {"name": "badgeops probe"},
    {"name": "badgeops probe 0123456789ab, may be deleted!"},
    {"name": "My badgeops probe 0123456789ab, may be deleted"},
    {"description": "Ours now."},
    {"description": "Made by badgeops doctor --probe to learn how this server answers. It may be deleted. Or not."},
]


@one_dialect
def test_what_only_looks_like_a_probe_is_left_alone(asked: Asked) -> None:
    """Name and description must be a probe's, letter by letter: everything else is somebody's."""
    for fields in LOOKALIKES:
        left_by_a_probe(asked, **fields)
    before = asked.whole()

    assert asked.probe().status == 0

    assert asked.whole() == before


def test_what_was_awarded_is_not_deleted(asked: Asked) -> None:
    """Somebody has awarded a left-over class: it stays, it is named, and no other one is made beside it."""
    made = left_by_a_probe(asked)
    asked.api.award(made["name"])
    before = asked.whole()

    done = asked.probe()

    assert done.status == 1
    assert "somebody has awarded it" in done.told
    assert asked.whole() == before


@one_dialect
def test_a_person_chooses_among_issuers(asked: Asked) -> None:
    """With two issuers, one must be named: by id or by a name that only one has."""
    asked.api.call("POST", "/v2/issuers", {"name": "Second", "url": "https://x.example", "email": "admin@example.org"})

    unnamed, unknown, named = asked.probe(), asked.probe("--issuer=Third"), asked.probe("--issuer=Second")

    assert (unnamed.status, unknown.status, named.status) == (1, 1, 0)
    assert "--issuer" in unnamed.err
    assert "Second" in unknown.err


@one_dialect
def test_another_address_than_the_server_s_is_refused(asked: Asked, server: Sandbox) -> None:
    """The address is typed to be sure which server is meant: one that is not it stops the probe."""
    already = len(server.requests)

    done = asked.programme.run("doctor", "--auto-approve", "--probe=https://api.badgr.io")

    assert done.status == 1
    assert "Nothing was changed" in done.told
    assert len(server.requests) == already


# --- servers that lie ----------------------------------------------------------------------------------------------

Behaviour = Callable[[Asked], dict[str, Callable[..., Lie | None]]]


def _is_class(path: str) -> bool:
    return re.fullmatch(r"/v2/badgeclasses/[^/?]+(\?.*)?", path) is not None


def _stranger(asked: Asked) -> dict[str, Any]:
    return asked.api.named("One")


def creation_names_another(asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Answer the creation with somebody's badge class."""
    other = _stranger(asked)
    return {"after": lambda said: showing(201, other) if said.method == "POST" and "badgec" in said.path else None}


def updates_name_another(asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Answer updates with somebody's badge class."""
    other = _stranger(asked)
    return {"after": lambda said: showing(200, other) if said.method == "PUT" else None}


def reads_show_another(asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Show another badge class to whoever asks for one."""
    other = _stranger(asked)
    return {"before": lambda method, path: showing(200, other) if method == "GET" and _is_class(path) else None}


def reads_show_another_under_the_same_id(asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """… with the id that was asked for."""
    other = _stranger(asked)

    def before(method: str, path: str) -> Lie | None:
        if method != "GET" or not _is_class(path):
            return None
        return showing(200, {**other, "entityId": path.split("/")[3].partition("?")[0]})

    return {"before": before}


def lists_name_a_stranger_like_a_probe(asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """List a badge class of somebody under the name and with the description of a probe."""
    other = _stranger(asked)["entityId"]
    disguise = {name: value for name, value in least("0123456789ab", "").items() if name != "image"}

    def after(said: Said) -> Lie | None:
        if said.method != "GET" or not said.path.startswith("/v2/badgeclasses?"):
            return None
        return showing(200, *[{**item, **disguise} if item["entityId"] == other else item for item in said.result])

    return {"after": after}


def lists_show_a_probe_under_the_id_of_a_stranger(asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """List nothing of somebody's badge class at first, and then the probe's under its id."""
    other = _stranger(asked)["entityId"]

    def after(said: Said) -> Lie | None:
        if said.method != "GET" or not said.path.startswith("/v2/badgeclasses?"):
            return None
        ours = [item["entityId"] for item in said.result if is_of_a_probe(item["name"], item["description"])]
        swapped = {other: ours[0], ours[0]: other} if ours else {}
        shown = [item for item in said.result if ours or item["entityId"] != other]
        return showing(200, *[{**item, "entityId": swapped.get(item["entityId"], item["entityId"])} for item in shown])

    return {"after": after}


def deletions_are_refused(_asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Refuse every deletion."""
    return {"before": lambda method, _path: refusal(400, "Part of a pathway.") if method == "DELETE" else None}


def deletions_do_nothing(_asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Say that a deletion is done, and do nothing."""
    return {"before": lambda method, _path: Lie(204) if method == "DELETE" else None}


def updates_break(_asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Break at every update."""
    return {"before": lambda method, _path: refusal(500, "An error has occurred.") if method == "PUT" else None}


def creation_breaks(_asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Break at the creation, and make nothing."""

    def before(method: str, path: str) -> Lie | None:
        return refusal(500, "An error has occurred.") if method == "POST" and "badgec" in path else None

    return {"before": before}


def creation_is_lost(_asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Create, and let a gateway answer."""

    def after(said: Said) -> Lie | None:
        is_it = said.method == "POST" and said.path == "/v2/badgeclasses"
        return Lie(502, b"<html>Bad gateway</html>", "text/html") if is_it else None

    return {"after": after}


def awards_cannot_be_counted(_asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Refuse to list awards."""
    return {"before": lambda _method, path: refusal(404, "Not found.") if "/assertions" in path else None}


def everything_shows_a_secret(_asked: Asked) -> dict[str, Callable[..., Lie | None]]:
    """Put what is nobody's business into every place of every answer about a badge class."""

    def after(said: Said) -> Lie | None:
        if not _is_class(said.path) or said.status >= 300:
            return None
        more = {"createdBy": SECRET, "owner": {"mail": "jo@people.example", SECRET: 1}, "imagePath": f"/x/{SECRET}.png"}
        words = {"fieldErrors": {SECRET: [f"token {SECRET}"]}, "warnings": {"a": "ask jo@people.example"}}
        envelope = {"status": {"success": True}, "result": [{**item, **more} for item in said.result], **words}
        return Lie(said.status, json.dumps(envelope).encode()) if said.result else None

    return {"after": after}


SECRET = "s3cr3tT0kenThatNobodyMayRead42"

GOES, STAYS = 0, 1
LIARS: list[tuple[Behaviour, int, int]] = [
    (creation_names_another, 0, GOES),
    (updates_name_another, 0, GOES),
    (reads_show_another, 1, STAYS),
    (reads_show_another_under_the_same_id, 1, STAYS),
    (lists_name_a_stranger_like_a_probe, 1, GOES),
    (lists_show_a_probe_under_the_id_of_a_stranger, 1, STAYS),
    (deletions_are_refused, 1, STAYS),
    (deletions_do_nothing, 1, STAYS),
    (updates_break, 0, GOES),
    (creation_breaks, 1, GOES),
    (creation_is_lost, 0, GOES),
    (awards_cannot_be_counted, 1, STAYS),
    (everything_shows_a_secret, 0, GOES),
]
"""What the server does, the exit status, and how many badge classes of the probe are there afterwards."""


@pytest.mark.parametrize(("behaviour", "status", "left"), LIARS, ids=[each[0].__name__ for each in LIARS])
def test_a_server_that_lies_harms_nobody(
    asked: Asked, server: Sandbox, dialect: str, behaviour: Behaviour, status: int, left: int
) -> None:
    """Nothing of anybody's is touched. What stays is named with its place, and the next honest run removes it."""
    before = asked.whole()
    with lying(server.url, **behaviour(asked)) as liar:
        through(asked, liar, dialect)

        done = asked.probe()

        assert done.status == status, done.out + done.err
        there = [item for item in asked.api.badge_classes() if is_of_a_probe(item["name"], item["description"])]
        assert len(there) == left
        if left:
            assert there[0]["name"] in done.told
            assert "Left behind under Academy" in done.told
            assert "badgeops doctor" in done.told
        if asked.out.exists():
            assert SECRET not in asked.out.read_text()
            assert "people.example" not in asked.out.read_text()
    with lying(server.url) as honest:
        through(asked, honest, dialect)
        assert asked.probe().status == 0
    assert asked.whole() == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_nothing_stays_for_long(asked: Asked, server: Sandbox, how: signal.Signals) -> None:
    """Ctrl-C and a cancelled job clean up at once; a kill leaves one badge class, and the next run removes it."""
    before = asked.whole()
    server.set_faults(["slow=0.2,method=PUT"])
    process = asked.programme.start("doctor", "--probe", "--auto-approve", f"--out={asked.out}")
    until = time.monotonic() + 30
    while len(asked.api.badge_classes()) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(asked.api.badge_classes()) == 3

    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    server.set_faults([])

    if how is signal.SIGKILL:
        assert "run the same command again" in " ".join(err.split())
        assert asked.whole() != before
        assert asked.probe().status == 0
    else:
        assert process.returncode == 130, out + err
        assert json.loads(asked.out.read_text())["is_complete"] is False
    assert asked.whole() == before


def test_the_embedded_sandbox_can_be_asked(tmp_path: Path) -> None:
    """The first catalog of a newcomer is for the sandbox, which needs no address."""
    made = Programme(tmp_path / "catalog")
    made.embedded()
    assert made.apply().status == 0

    assert made.run("doctor", "--probe", "--auto-approve", f"--out={tmp_path / 'answers.json'}").status == 0


@one_dialect
def test_an_apply_that_is_not_settled_comes_first(asked: Asked, server: Sandbox) -> None:
    """A pending creation looks for what is new: a badge class of a probe would be in its way."""
    asked.programme.write("three.yaml", badge_class("three"))
    server.set_faults(["status=502,when=before,method=POST,path=/v2/badgeclasses"])
    asked.programme.apply()
    server.set_faults([])

    done = asked.probe()

    assert done.status == 1
    assert "badgeops apply" in done.told
