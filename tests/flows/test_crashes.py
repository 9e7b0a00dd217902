"""Nothing is lost and nothing is made twice, whatever happens in the middle of an apply."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from unittest.mock import Mock, patch

import pytest
from support.api import Api, as_shown
from support.images import data_uri, png
from support.programme import ISSUER, Programme, badge_class
from support.tiers import one_dialect

from badgeops.api.live import Live
from badgeops.applying.writes import Writer
from badgeops.errors import StateError
from badgeops.sandbox import Sandbox
from badgeops.sandbox.middleware import Middleware


def assert_whole(programme: Programme, server: Sandbox, *keys: str) -> None:
    """Fail unless a further apply ends with an empty plan and the server holds each entity once."""
    last = programme.apply()
    with patch("badgeops.planning.newcomers.QUIET_SECONDS", -60):  # a quarter of an hour later
        for _ in range(2):
            last = programme.apply() if last.status else last
    assert last.status == 0, last.out + last.err
    programme.assert_settled()
    names = Counter(item["name"] for item in Api(server.url).badge_classes())
    assert names == Counter(key.title() for key in keys)
    assert len(Api(server.url).issuers()) == 1


FAULTS = (
    "status=500,when=after",
    "status=503,when=after",
    "status=500,when=before",
    "status=502,when=before",
    "drop,when=after",
    "drop,when=before",
    "truncate,when=after",
    "html,when=after",
    "html,status=200,when=after",
    "status=200,when=after",
)


GATEWAY = tuple(f"status={status},when=after" for status in (401, 403, 404, 408, 429))
"""Answers of a gateway that gave up on a request which the server behind it has carried out."""


@one_dialect
@pytest.mark.parametrize("fault", [*FAULTS, *GATEWAY])
@pytest.mark.parametrize("path", ["/v2/issuers", "/v2/badgeclasses"])
def test_a_creation_whose_answer_is_lost_makes_one_entity(
    programme: Programme, server: Sandbox, fault: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request arrived and the answer did not, or neither did: either way there is one in the end."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", (0.01, 0.02))
    server.set_faults([f"{fault},method=POST,path={path},times=1"])

    first = programme.apply()

    assert first.status in (0, 1)
    server.set_faults([])
    assert_whole(programme, server, "one", "two")


@one_dialect
@pytest.mark.parametrize("fault", FAULTS)
def test_an_update_whose_answer_is_lost_is_no_conflict(
    programme: Programme, server: Sandbox, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an interrupted update of ours has left on the server is not taken for somebody's edit."""
    monkeypatch.setattr("badgeops.api.transport.Policy.attempts", 1)
    programme.apply()
    programme.write("one.yaml", badge_class("one", description="Changed.", tags="[first, third]"))
    server.set_faults([f"{fault},method=PUT"])
    programme.apply()
    server.set_faults([])

    plan = programme.run("plan")

    assert "edited on the server" not in plan.out
    assert_whole(programme, server, "one", "two")


@pytest.mark.parametrize("second", ["status=503,when=before", "status=400,when=before", "drop,when=after"])
def test_two_updates_that_are_cut_short_one_after_the_other_are_no_conflict(
    programme: Programme, server: Sandbox, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalog has changed between them; whichever of them the server shows, it is ours."""
    monkeypatch.setattr("badgeops.api.transport.Policy.attempts", 1)
    programme.image("images/other.png", "teal")
    programme.apply()
    programme.write("one.yaml", badge_class("one", description="First.", image="images/other.png"))
    server.set_faults(["drop,when=after,method=PUT"])
    assert programme.apply().status == 1
    programme.write("one.yaml", badge_class("one", description="Second."))
    server.set_faults([f"{second},method=PUT"])
    assert programme.apply().status == 1
    server.set_faults([])

    plan = programme.run("plan", "--format", "json")

    shown = {item["name"]: item["cause"] for change in json.loads(plan.out)["changes"] for item in change["attributes"]}
    assert set(shown.values()) <= {"catalog"}
    assert_whole(programme, server, "one", "two")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for lost creations for less than a second: the server of these tests is quick."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", (0.1, 0.4))


@pytest.mark.usefixtures("impatient")
def test_the_process_is_killed_while_it_creates(programme: Programme, server: Sandbox) -> None:
    """SIGKILL at any moment of an apply: the next one takes over what was made."""
    keys = [f"course{number}" for number in range(12)]
    programme.remove("one.yaml")
    programme.remove("two.yaml")
    for key in keys:
        programme.write(f"{key}.yaml", badge_class(key))
    for posts in (1, 4, 9):
        # The answers to the last requests are held back, so that the kill comes while they are under way.
        server.set_faults(["slow=0.3,when=after,method=POST,path=/v2/badgeclasses"])
        server.clear_requests()
        process = programme.start("apply", "--auto-approve", "--parallelism", "3")
        deadline = time.monotonic() + 20
        while process.poll() is None and _posts(server) < posts and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        server.set_faults([])

        state = programme.run("state list")
        assert state.status == 0, state.err

    assert_whole(programme, server, *keys)


def _posts(server: Sandbox) -> int:
    return sum(record.method == "POST" and "badgeclasses" in record.path for record in server.requests)


def test_ctrl_c_when_all_is_done_spoils_nothing(programme: Programme) -> None:
    """Not the status, and not the last line on stderr."""
    code = (
        "import atexit, os, signal, sys\n"
        "from badgeops.__main__ import main\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))\n"
        "sys.argv = ['badgeops', 'validate', sys.argv[1]]\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, str(programme.root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "The catalog is valid.\n", "")


@dataclass
class Held:
    """A server that keeps requests waiting until the test lets them go, however slow the computer is."""

    server: Sandbox
    gate: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, requests: int) -> None:
        """Return when so many requests wait."""
        wait_until(lambda: self.server._faults._rules[0].count >= requests)

    def let_go(self, requests: int) -> None:
        """Let the server do what waits, and return when it has answered so many creations in all."""
        self.gate.set()
        wait_until(lambda: _posts(self.server) >= requests)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something that comes soon; fail if it does not."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Return what a process writes to stderr up to the line with these words, or to its end."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            break
    return said


@pytest.fixture
def held(server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Keep every creation of a badge class waiting before the server does it."""
    made = Held(server)
    monkeypatch.setattr(Middleware, "_wait", lambda _self, seconds: made.gate.wait(120) if seconds else None)
    server.set_faults(["slow=1,when=before,method=POST,path=/v2/badgeclasses"])
    yield made
    made.gate.set()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("number", "times"),
    [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 1), (signal.SIGHUP, 1), (signal.SIGHUP, 2)],
)
def test_a_wish_to_stop_finishes_or_stops_and_nothing_is_lost(
    programme: Programme, server: Sandbox, held: Held, number: signal.Signals, times: int
) -> None:
    """Once: what is under way is finished and the state saved. Twice: stopped at once. Both exit with 130.

    A terminal that is closed tells twice that it is, the kernel and the shell: that is once. What was under way when
    it was stopped at once is not made again while it may still come.
    """
    keys = [f"course{number}" for number in range(10)]
    programme.remove("one.yaml")
    programme.remove("two.yaml")
    for key in keys:
        programme.write(f"{key}.yaml", badge_class(key))
    is_at_once = times == 2 and number == signal.SIGINT
    process = programme.start("apply", "--auto-approve", "--parallelism", "2")
    held.wait_for(2)
    process.send_signal(number)
    said = read_until(process, "Press Ctrl-C again")  # two signals that come before the first is seen are one
    for _ in range(times - 1):
        process.send_signal(number)
    if not is_at_once:
        held.let_go(2)

    out, err = process.communicate(timeout=60)

    assert process.returncode == 130, out + said + err
    assert "Traceback" not in said + err
    assert ("Stopped at once" in err) == is_at_once
    server.set_faults([])
    if is_at_once:
        assert programme.apply().status == 1
        assert Api(server.url).badge_classes() == []
        held.let_go(2)
    assert_whole(programme, server, *keys)


def test_ctrl_c_while_earners_are_counted_stops_at_once(programme: Programme, server: Sandbox) -> None:
    """Nothing is under way that would have to be finished: reading can be left in the middle of a request."""
    programme.apply()
    for key in ("one", "two"):
        programme.write(f"{key}.yaml", badge_class(key, criteriaNarrative="Other."))
    server.set_faults(["slow=30,path=*/assertions"])
    process = programme.start("plan")
    deadline = time.monotonic() + 20
    while server._faults._rules[0].count < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None

    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert (process.returncode, "Traceback" in err) == (130, False), err
    assert time.monotonic() - began < 5


def test_what_depends_on_a_failure_is_skipped_and_the_rest_is_done(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One failure stops only what needs it, the status is 1, and each entity is accounted for."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", (0.01,))
    other = "kind: Issuer\nkey: other\nname: Other\ndescription: O\nurl: https://o.example\nemail: no@example.org\n"
    programme.write("other.yaml", other + "---\n" + badge_class("three", issuer="other"))

    applied = programme.apply()

    assert applied.status == 1
    assert "badge_class.three: skipped: issuer.other was not created" in applied.out
    assert "Done: 3 of 5. 1 change failed, 1 skipped." in applied.out
    names = sorted(item["name"] for item in Api(server.url).badge_classes())
    assert names == ["One", "Two"]


def test_an_entity_edited_after_the_plan_is_refused(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between plan and write somebody was quicker: their edit is not overwritten unseen."""
    programme.apply()
    programme.write("one.yaml", badge_class("one", description="Ours.", tags="[first, second]"))
    api = Api(server.url)
    from badgeops.app import asking

    monkeypatch.setattr(asking, "confirm", lambda *_, **__: api.edit("One", description="Theirs."))

    applied = programme.apply()

    assert applied.status == 1
    assert "Somebody edited it on the server after the plan was made: description." in " ".join(applied.out.split())
    assert api.named("One")["description"] == "Theirs."


def test_an_issuer_takes_nothing_along_that_came_under_it_after_the_plan(
    programme: Programme, server: Sandbox, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting an issuer deletes what is under it: a badge class that a colleague has just made is not ours to lose.

    Not even an archived one.
    """
    going = ISSUER.replace("academy", "institute").replace("Academy", "Institute")
    programme.write("institute.yaml", going + "lifecycle: {onRemove: delete}\n")
    programme.apply()
    programme.remove("institute.yaml")
    api = Api(server.url)

    def create(*_: object, **__: object) -> None:
        one = api.named("One")
        body = {key: one[key] for key in ("description", "criteriaNarrative")}
        image = "data:image/png;base64," + base64.b64encode((programme.root / "images/badge.png").read_bytes()).decode()
        issuer = api.named("Institute")["entityId"]
        api.call("POST", "/v2/badgeclasses", {**body, "name": "Theirs", "issuer": issuer, "image": image})
        if dialect == "hosted":
            api.call("DELETE", f"/v2/badgeclasses/{api.named('Theirs')['entityId']}")

    with monkeypatch.context() as patched:
        patched.setattr("badgeops.app.asking.confirm", create)
        applied = programme.apply("--allow", "deletes=9")

    assert applied.status == 1
    assert "would also delete badge classes that were added after the plan was made: Theirs." in " ".join(
        applied.out.split()
    )
    assert api.named("Theirs")["name"] == "Theirs"
    assert "issuer-not-empty" in programme.run("plan", "--format", "json").out


def test_what_somebody_edits_before_it_is_looked_for_is_not_made_again(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway said 429 after the work, and a colleague was quick: no second one is made, and a person decides."""
    look = Writer._listed

    def listed_after_an_edit(writer: Writer, issuer_id: str | None) -> list[Live]:
        Api(server.url).edit("One", description="Theirs.")
        return look(writer, issuer_id)

    server.set_faults(["status=429,when=after,method=POST,path=/v2/badgeclasses,times=1"])
    with monkeypatch.context() as patched:
        patched.setattr(Writer, "_listed", listed_after_an_edit)
        first = programme.apply("--parallelism", "1")

    assert first.status == 1
    assert "now it has an entity of that name" in " ".join(first.out.split()).lower()
    asked = programme.apply()
    assert asked.status == 1
    assert "not as sent: description" in asked.err
    programme.run("import", "badge_class.one", Api(server.url).named("One")["entityId"])
    assert_whole(programme, server, "one", "two")


@pytest.mark.parametrize(
    ("dialect", "remove"),
    [("open-source", "delete"), ("hosted", "delete"), ("hosted", "archive")],
    indirect=["dialect"],
)
@pytest.mark.parametrize("reached", ["the check", "the removal"])
def test_a_404_of_a_gateway_takes_nothing_for_gone(
    programme: Programme, server: Sandbox, remove: str, reached: str
) -> None:
    """Whatever says 404, what a list still shows is there: it is not forgotten, and removed when all is well again."""
    programme.write("one.yaml", badge_class("one", lifecycle=f"{{onRemove: {remove}}}"))
    programme.apply()
    programme.remove("one.yaml")
    first = 0 if reached == "the check" else 1
    server.set_faults(
        [
            f"status=404,method=GET,path=/v2/badgeclasses/*,skip={first}",
            "status=404,method=DELETE",
            "status=404,path=/public/*",
        ]
    )

    refused = programme.apply("--allow", "deletes=9")
    server.set_faults([])

    assert refused.status == 1, refused.out
    assert "badge_class.one" in programme.run("state list").out
    assert programme.apply("--allow", "deletes=9").status == 0
    held = [item["name"] for item in Api(server.url).badge_classes() if not item.get("archived")]
    assert held == ["Two"]


def test_an_image_changed_after_the_plan_is_refused(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was reviewed is what is uploaded."""
    from badgeops.app import asking

    monkeypatch.setattr(asking, "confirm", lambda *_, **__: programme.image(color="red"))

    applied = programme.apply()

    assert applied.status == 1
    assert "was changed after the plan was made" in applied.out


def test_two_applies_at_once_do_the_work_once(programme: Programme, server: Sandbox) -> None:
    """One of them works; the other is told who does, or waits for its turn."""
    server.set_faults(["slow=0.3,when=after,method=POST,path=/v2/*"])
    first = programme.start("apply", "--auto-approve")
    deadline = time.monotonic() + 20
    while not server.requests and time.monotonic() < deadline:
        time.sleep(0.02)

    second = programme.apply()
    waiting = programme.apply("--lock-timeout", "30")
    out, err = first.communicate(timeout=30)

    assert first.returncode == 0, out + err
    assert second.status == 1
    assert "is in use: apply by" in second.err
    assert f"process {first.pid}" in second.err
    assert waiting.status == 0, waiting.err
    server.set_faults([])
    assert_whole(programme, server, "one", "two")


@pytest.mark.usefixtures("impatient")
def test_a_lock_is_broken_by_the_id_that_its_message_names(programme: Programme, server: Sandbox) -> None:
    """A wrong id breaks nothing; the right one does, and the run that had the lock ends without a word in the state."""
    server.set_faults(["slow=1.5,when=after,method=POST,path=/v2/issuers"])
    first = programme.start("apply", "--auto-approve")
    api = Api(server.url)
    deadline = time.monotonic() + 20
    while not api.issuers() and time.monotonic() < deadline:
        time.sleep(0.02)

    locked = programme.apply()
    wrong = programme.run("force-unlock", "0123", "--auto-approve")
    command = next(line for line in locked.err.splitlines() if "badgeops force-unlock" in line).split()
    unasked = programme.run("force-unlock", command[2])
    right = programme.run("force-unlock", command[2], "--auto-approve")
    again = programme.run("force-unlock", command[2], "--auto-approve")
    out, err = first.communicate(timeout=30)

    assert (locked.status, wrong.status, unasked.status, right.status, again.status) == (1, 1, 1, 0, 1)
    assert f"process {first.pid}" in right.out
    assert "is not 0123" in wrong.err
    assert "Cannot ask for approval" in unasked.err
    assert "is not locked" in again.err
    assert first.returncode == 1, out
    assert "is lost: somebody released it" in " ".join(err.split())
    server.set_faults([])
    assert_whole(programme, server, "one", "two")


def test_a_full_disk_loses_nothing(programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """When an outcome cannot be written down, work stops with a message, and the next run finds out."""
    real = os.fsync
    calls = 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls > 5:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    failed = programme.apply()
    monkeypatch.setattr(os, "fsync", real)

    assert failed.status == 1
    assert "No space left on device" in failed.err
    assert_whole(programme, server, "one", "two")


def test_a_token_that_expires_in_mid_run_is_renewed(programme: Programme, server: Sandbox) -> None:
    """A long run outlives its token."""
    programme.apply()
    for key in ("one", "two"):
        programme.write(f"{key}.yaml", badge_class(key, description="Changed."))
    from badgeops.app import asking

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "confirm", lambda *_, **__: server.expire_tokens())
        applied = programme.apply()

    assert applied.status == 0, applied.out + applied.err
    programme.assert_settled()


def test_a_deletion_is_not_believed_because_of_a_missing_right(
    programme: Programme, server: Sandbox, dialect: str
) -> None:
    """A 404 before the deletion may mean a lost right: what can still be seen in public was not deleted."""
    programme.settings(server.url, dialect=dialect, more="limits: {delete: 2}\n")
    programme.write("one.yaml", badge_class("one", lifecycle="{onRemove: delete}"))
    programme.apply()
    programme.remove("one.yaml")
    entity_id = Api(server.url).named("One")["entityId"]
    server.set_faults([f"status=404,method=GET,path=/v2/badgeclasses/{entity_id}"])

    refused = programme.apply()
    server.set_faults([])

    assert refused.status == 1
    assert "badge_class.one" in programme.run("state list").out
    assert programme.apply().status == 0
    assert [item["name"] for item in Api(server.url).badge_classes() if not item.get("archived")] == ["Two"]


def test_a_state_with_values_of_another_kind_is_refused(programme: Programme) -> None:
    """Somebody edited it by hand: it is not trusted, and not overwritten."""
    programme.apply()
    path = programme.root / "state" / "here.json"
    damaged = path.read_text().replace('"tags": ["first", "second"]', '"tags": 5')
    path.write_text(damaged)

    refused = programme.apply()

    assert refused.status == 1
    assert "is damaged" in refused.err
    assert path.read_text() == damaged


def test_of_twins_none_is_taken_for_the_other(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One creation failed, one is under way, both of one name: what is found could be either, so neither claims it."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", (0.1, 0.2))
    programme.remove("two.yaml")
    programme.remove("one.yaml")
    programme.apply()
    for key in ("x", "y"):
        text = badge_class(key, name="Same", description="The same.", lifecycle="{allowDuplicateName: true}")
        programme.write(f"{key}.yaml", text.replace("Complete all of " + key, "Complete it"))
    server.set_faults(
        [
            "status=500,method=POST,path=/v2/badgeclasses,times=1",
            "slow=1,when=after,method=POST,path=/v2/badgeclasses,times=1",
        ]
    )

    programme.apply()
    server.set_faults([])

    assert programme.run("state list").status == 0
    assert programme.apply().status in (0, 1)
    assert len(Api(server.url).badge_classes()) <= 2


@pytest.fixture
def unanswered(programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apply once, then lose the answer to the creation of One, which was made, and find nothing by looking."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    one = (programme.root / "one.yaml").read_text("utf-8")
    programme.remove("one.yaml")
    assert programme.apply().status == 0
    programme.write("one.yaml", one)
    server.set_faults(["drop,when=after,method=POST,path=/v2/badgeclasses"])
    assert programme.apply().status == 1
    server.set_faults([])


@pytest.mark.usefixtures("unanswered")
def test_an_edit_after_a_crash_is_left_to_a_person(programme: Programme, server: Sandbox) -> None:
    """What has our name and other words may be ours or a colleague's: nobody's words are replaced before it is said."""
    api = Api(server.url)
    api.edit("One", description="Edited meanwhile.")
    made = api.named("One")["entityId"]

    refused = programme.apply()

    assert refused.status == 1
    assert "not as sent: description" in refused.err
    assert made in refused.err
    assert api.named("One")["description"] == "Edited meanwhile."
    assert programme.run("import", "badge_class.one", made).status == 0
    assert programme.apply().status == 0
    assert api.named("One")["description"] == "Has completed one."
    programme.assert_settled()


@pytest.mark.usefixtures("unanswered")
def test_of_a_colleague_s_copy_nothing_is_taken_and_nothing_lost(programme: Programme, server: Sandbox) -> None:
    """He was quicker and made it with words of his own; who says so gets one beside it, and his is left alone."""
    api = Api(server.url)
    theirs = api.named("One")
    api.edit("One", description="Theirs.", criteriaNarrative="Theirs.")
    theirs = api.named("One")

    decided = programme.apply("--allow", "recreate=badge_class.one", "--allow", "duplicate-name=badge_class.one")

    assert decided.status == 0, decided.err
    assert api.call("GET", f"/v2/badgeclasses/{theirs['entityId']}")[0]["description"] == "Theirs."
    assert theirs["entityId"] not in programme.run("state list").out
    assert sorted(item["name"] for item in api.badge_classes()) == ["One", "One", "Two"]


@one_dialect
@pytest.mark.usefixtures("unanswered")
def test_what_is_taken_over_has_our_image_or_gets_it(programme: Programme, server: Sandbox) -> None:
    """The one that was sent is not sent again; one that somebody has put in its place is shown, kept and replaced."""
    untouched = programme.run("plan", "--format", "json")
    assert [item["attributes"] for item in json.loads(untouched.out)["changes"]] == [[]]
    api = Api(server.url)
    api.edit("One", image=data_uri(png(90, 90, color="red")))

    plan = programme.run("plan", "--format", "json")
    applied = programme.apply()

    (change,) = json.loads(plan.out)["changes"]
    assert (change["action"], [item["name"] for item in change["attributes"]]) == ("adopt", ["image"])
    assert applied.status == 0, applied.out + applied.err
    assert "is kept in" in " ".join(applied.out.split())
    programme.assert_settled()


@one_dialect
@pytest.mark.usefixtures("unanswered")
@pytest.mark.parametrize("by_hand", [True, False])
def test_a_key_that_changes_while_a_creation_is_open_makes_one_entity(
    programme: Programme, server: Sandbox, by_hand: bool
) -> None:
    """The document is the same one: what was made for its old key is adopted, whether or not the state is told."""
    if by_hand:
        assert programme.run("state mv", "badge_class.one", "badge_class.uno").status == 0
    programme.remove("one.yaml")
    text = badge_class("uno", name="One", description="Has completed one.")
    programme.write("uno.yaml", text.replace("Complete all of uno", "Complete all of one"))

    applied = programme.apply()

    assert applied.status == 0, applied.out + applied.err
    listed = programme.run("state list").out
    assert "badge_class.uno" in listed
    assert "badge_class.one" not in listed
    programme.assert_settled()
    assert sorted(item["name"] for item in Api(server.url).badge_classes()) == ["One", "Two"]


def test_a_key_that_changes_while_nothing_shows_waits_for_what_may_come(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is still on its way: nothing is sent under the new key before its time is over, and then once."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    server.set_faults(["drop,when=before,method=POST,path=/v2/badgeclasses,times=1"])
    assert programme.apply("--parallelism", "1").status == 1
    server.set_faults([])
    programme.remove("one.yaml")
    text = badge_class("uno", name="One", description="Has completed one.")
    programme.write("uno.yaml", text.replace("Complete all of uno", "Complete all of one"))

    waiting = programme.apply()
    with patch("badgeops.planning.newcomers.QUIET_SECONDS", -60):  # a quarter of an hour later
        after = programme.apply()

    assert waiting.status == 1
    assert "--allow recreate=badge_class.uno" in waiting.err
    assert after.status == 0, after.out + after.err
    assert "badge_class.one" not in programme.run("state list").out
    assert sorted(item["name"] for item in Api(server.url).badge_classes()) == ["One", "Two"]
    programme.assert_settled()


def test_what_is_taken_over_is_ours_before_it_gets_another_name(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted once more after the new name was sent: by its old name nobody would find it again."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    server.set_faults(["drop,when=after,method=POST,path=/v2/badgeclasses"])
    programme.apply()
    server.set_faults([])
    before = {item["entityId"] for item in Api(server.url).badge_classes()}
    programme.write("one.yaml", badge_class("one", name="First"))
    with monkeypatch.context() as broken:
        broken.setattr("badgeops.applying.run._Run._collect", Mock(side_effect=StateError("The disk is gone.")))
        assert programme.apply().status == 1
    programme.write("one.yaml", badge_class("one", name="Primary"))

    assert programme.apply().status == 0

    after = Api(server.url).badge_classes()
    assert {item["entityId"] for item in after} == before
    assert "Primary" in {item["name"] for item in after}
    programme.assert_settled()


def test_a_journal_tidied_away_in_mid_run_costs_nothing(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git clean` in another window: what the run has done is in the state all the same."""
    from badgeops.state.journal import Journal

    real = Journal.finish

    def finish(journal: Journal) -> int:
        for path in (programme.root / "state").glob(".*.journal"):
            path.unlink()
        return real(journal)

    monkeypatch.setattr(Journal, "finish", finish)
    programme.apply()
    monkeypatch.undo()

    assert "3 entities" in programme.run("state list").out


def test_destroy_waits_until_an_interrupted_run_is_understood(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would otherwise leave behind what that run made, and say that nothing is left."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    server.set_faults(["drop,when=after,method=POST,path=/v2/issuers"])
    programme.apply()
    server.set_faults([])

    refused = programme.run("destroy", "--auto-approve")

    assert refused.status == 1
    assert "badgeops apply" in refused.err
    assert programme.apply().status == 0
    assert programme.run("destroy", "--auto-approve").status == 0
    assert Api(server.url).issuers() == []


def test_a_creation_that_the_server_is_still_at_is_waited_for(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with a request under way, and run again at once: what is made meanwhile is not made twice."""
    api = Api(server.url)
    data = (programme.root / "images" / "badge.png").read_bytes()
    image = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    two = (programme.root / "two.yaml").read_text("utf-8")
    programme.remove("two.yaml")
    programme.apply()
    programme.write("two.yaml", two)
    with monkeypatch.context() as broken:
        broken.setattr("badgeops.applying.run._Run._task", Mock(side_effect=StateError("The disk is gone.")))
        assert programme.apply().status == 1

    def late(seconds: float) -> None:
        made.append(seconds)
        text = {"description": "Has completed two.", "criteriaNarrative": "Complete all of two."}
        body = {"name": "Two", "issuer": api.named("Academy")["entityId"], "image": image, **text}
        body["expires"] = {"amount": 2, "duration": "years"}
        api.call("POST", "/v2/badgeclasses", body)

    made: list[float] = []
    monkeypatch.setattr("badgeops.app.carry_out.time.sleep", late)
    applied = programme.apply()

    assert made == [7.5]
    assert applied.status == 0, applied.out + applied.err
    assert "may still be working on its requests: badge_class.two" in " ".join(applied.err.split())
    monkeypatch.undo()
    assert_whole(programme, server, "one", "two")
    assert len(made) == 1, "a run that came to its end is not waited for"


@one_dialect
@pytest.mark.parametrize("name", ["Two", "TWO!", "R & D"])
def test_a_creation_that_shows_late_or_under_another_name_is_not_repeated(
    programme: Programme, server: Sandbox, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost and the lists are stale; when they are not any more, the server shows it as it likes."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    programme.remove("one.yaml")
    two = (programme.root / "two.yaml").read_text("utf-8")
    programme.remove("two.yaml")
    programme.apply()
    programme.write("two.yaml", two)
    with monkeypatch.context() as stale:
        stale.setattr("badgeops.api.client.Client.badge_classes", lambda _self: iter(()))
        server.set_faults(["drop,when=after,method=POST,path=/v2/badgeclasses"])
        programme.apply()
        server.set_faults([])
        waiting = programme.apply()
    assert waiting.status == 1
    assert "--allow recreate=badge_class.two" in waiting.err
    api = Api(server.url)
    now = api.named("Two")
    made = now["entityId"]
    api.call("PUT", f"/v2/badgeclasses/{made}", {**as_shown(now), "name": name})
    monkeypatch.setattr("badgeops.planning.newcomers.QUIET_SECONDS", -60)  # a quarter of an hour later

    after = programme.apply()

    if name != "Two":
        assert after.status == 1
        assert made in after.err
        assert programme.run("import", "badge_class.two", made).status == 0
        after = programme.apply()
    assert after.status == 0, after.out + after.err
    assert_whole(programme, server, "two")


@one_dialect
def test_the_settings_say_how_long_a_creation_is_waited_for(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`recreateAfter` counts, also if a quarter of an hour has gone by; for plan and apply alike."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    server.set_faults(["drop,when=before,method=POST,path=/v2/issuers"])
    assert programme.apply().status == 1
    server.set_faults([])
    monkeypatch.setattr("badgeops.planning.newcomers.QUIET_SECONDS", -60)  # a quarter of an hour later
    programme.settings(server.url, more="recreateAfter: 60\n")
    waiting = [programme.run("plan"), programme.apply()]
    assert [run.status for run in waiting] == [1, 1]
    assert all("recreate=issuer." in run.err for run in waiting)
    programme.settings(server.url)

    assert programme.apply().status == 0


def test_destroy_records_what_an_interrupted_one_has_deleted(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state that is committed without its journal must not claim what is gone."""
    programme.apply()
    with monkeypatch.context() as broken:
        broken.setattr("badgeops.state.journal.Journal.finish", Mock(side_effect=StateError("The disk is gone.")))
        assert programme.run("destroy", "--auto-approve").status == 1

    again = programme.run("destroy", "--auto-approve")

    assert again.status == 0
    assert "Nothing to destroy" in again.out
    assert '"resources": []' in (programme.root / "state" / "here.json").read_text("utf-8")
    assert not (programme.root / "state" / ".here.json.journal").exists()


def test_an_image_that_is_gone_after_the_plan_is_explained(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent for what cannot be read any more, and the rest is done."""
    from badgeops.app import asking

    monkeypatch.setattr(asking, "confirm", lambda *_, **__: (programme.root / "images" / "badge.png").unlink())

    applied = programme.apply()

    assert applied.status == 1
    assert "can no longer be read" in applied.out
    assert "bug in badgeops" not in applied.err
