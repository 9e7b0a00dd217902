"""The action's comment on a pull request, and the digest that is found in it after the merge."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from support.github import BOT, REPOSITORY, GitHub, event, serving
from support.places import ROOT

ACTION = ROOT / ".github" / "actions" / "badgeops"
pytestmark = pytest.mark.tier("test")

sys.path.insert(0, str(ACTION))

import github_api  # noqa: E402 (from the action's own folder)
import plan_marker  # noqa: E402
import reviewed_digest  # noqa: E402
import sticky_comment  # noqa: E402
from plan_marker import Marker  # noqa: E402

HEAD = "h" * 40
DIGEST = f"sha256:{'a' * 64}"
COMMIT = "c" * 40
MARKER = Marker("badges", "production", HEAD, DIGEST)


@pytest.fixture
def github() -> Iterator[GitHub]:
    """Run a GitHub of our own."""
    with serving(GitHub()) as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    """Collect for how long the action would have waited."""
    return []


@pytest.fixture
def api(github: GitHub, pauses: list[float]) -> github_api.Api:
    """Give a client that does not wait."""
    return github_api.Api(github.url, REPOSITORY, "a-token", pauses.append)


# --- the marker ----------------------------------------------------------------------------------------------------


@given(st.text(), st.text(), st.text(alphabet="0123456789abcdef"))
def test_a_marker_is_read_back(catalog: str, environment: str, head: str) -> None:
    """Whatever a folder is called, the marker is one line, ends where it should, and means the same."""
    marker = Marker(catalog, environment, head, DIGEST)
    line = marker.line()

    assert plan_marker.read(f"{line}\nThe plan") == marker
    assert len(line.splitlines()) == 1
    assert "--" not in line.removeprefix("<!--").removesuffix("-->")
    assert line.isascii()


@given(st.text() | st.none() | st.integers())
def test_whatever_is_no_marker_is_none(body: object) -> None:
    """Comments of people hold anything."""
    assert plan_marker.read(body) is None


@pytest.mark.parametrize("inside", ["{", "[]", '"x"', "[" * 100_000, '{"catalog": 1}', ""])
def test_a_damaged_marker_is_none(inside: str) -> None:
    """Somebody may have written one by hand."""
    assert plan_marker.read(f"<!-- badgeops-plan: {inside} -->") is None


def test_only_the_first_line_counts() -> None:
    """A name in a catalog that looks like a marker pretends nothing: it stands further down."""
    assert plan_marker.read(f"The plan\n{MARKER.line()}") is None
    forged = Marker("badges", "production", HEAD, f"sha256:{'f' * 64}")
    assert plan_marker.read(f"{MARKER.line()}\n{forged.line()}") == MARKER


# --- the comment ---------------------------------------------------------------------------------------------------


def test_the_first_plan_makes_a_comment(github: GitHub, api: github_api.Api) -> None:
    """It begins with the hidden marker."""
    address = sticky_comment.put(api, 7, MARKER, "The plan")

    assert [comment["body"] for comment in github.comments] == [f"{MARKER.line()}\nThe plan"]
    assert address == "https://github.example/c/100"
    assert all(headers["Authorization"] == "Bearer a-token" for _, _, headers in github.requests)


def test_the_next_plan_writes_it_anew(github: GitHub, api: github_api.Api) -> None:
    """One comment for each environment, however often is pushed."""
    test = Marker("badges", "test", HEAD, DIGEST)
    for text in ("first", "second", "third"):
        sticky_comment.put(api, 7, MARKER, text)
        sticky_comment.put(api, 7, test, text)

    assert [comment["body"] for comment in github.comments] == [f"{MARKER.line()}\nthird", f"{test.line()}\nthird"]


@pytest.mark.parametrize(
    "user",
    [
        {"login": "mallory", "type": "User"},
        {"login": "github-actions[bot]", "type": "User"},
        {"login": "github-actions", "type": "Bot"},
        {"login": "other[bot]", "type": "Bot"},
    ],
)
def test_comments_of_others_that_look_alike_are_left_alone(
    github: GitHub, api: github_api.Api, user: dict[str, str]
) -> None:
    """A copy of the marker in somebody else's comment neither takes the plan nor stands in its way."""
    github.comment(f"{MARKER.line()}\nmine", user)

    sticky_comment.put(api, 7, MARKER, "The plan")

    assert [comment["body"] for comment in github.comments] == [
        f"{MARKER.line()}\n{text}" for text in ("mine", "The plan")
    ]


def test_a_long_discussion_is_read_to_its_end(github: GitHub, api: github_api.Api) -> None:
    """The comment is found behind hundreds of others."""
    for number in range(250):
        github.comment(f"remark {number}", {"login": "alice", "type": "User"})
    mine = github.comment(f"{MARKER.line()}\nold")

    sticky_comment.put(api, 7, MARKER, "new")

    assert mine["body"].endswith("new")
    assert len(github.comments) == 251


def test_of_two_comments_one_is_left(github: GitHub, api: github_api.Api) -> None:
    """Two runs at once may both have made one; the next run puts that right."""
    for _ in range(2):
        github.comment(f"{MARKER.line()}\nold")

    sticky_comment.put(api, 7, MARKER, "new")

    assert [comment["body"] for comment in github.comments] == [f"{MARKER.line()}\nnew"]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_what_may_be_repeated_is(github: GitHub, api: github_api.Api, pauses: list[float], method: str) -> None:
    """A server error in passing costs a moment."""
    github.comment(f"{MARKER.line()}\nold")
    github.failures = [(method, 502, {}, False), (method, 503, {}, False)]

    sticky_comment.put(api, 7, MARKER, "new")

    assert [comment["body"] for comment in github.comments] == [f"{MARKER.line()}\nnew"]
    assert pauses == [1.0, 2.0]


@pytest.mark.parametrize("done", [True, False])
def test_a_comment_is_never_made_twice(github: GitHub, api: github_api.Api, done: bool) -> None:
    """After a server error nobody knows whether it was made: it is looked for before it is written again."""
    github.failures = [("POST", 502, {}, done)]

    sticky_comment.put(api, 7, MARKER, "The plan")

    assert len(github.comments) == 1


def test_a_server_that_stays_broken_is_given_up(github: GitHub, api: github_api.Api, pauses: list[float]) -> None:
    """After some tries, with a message that has the status and no token."""
    github.failures = [("GET", 500, {}, False)] * 20

    with pytest.raises(github_api.ApiError, match=r"GET /repos/acme/badges/issues/7/comments: HTTP 500") as caught:
        sticky_comment.put(api, 7, MARKER, "The plan")
    assert "a-token" not in str(caught.value)
    assert len(pauses) == github_api.TRIES - 1


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (403, {"Retry-After": "3"}, 3.0),
        (429, {}, 5.0),
        (429, {"Retry-After": "\xb2"}, 5.0),
        (429, {"Retry-After": "soon"}, 5.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "\xb2"}, 60.0),
    ],
)
def test_limits_are_waited_for(
    github: GitHub, api: github_api.Api, pauses: list[float], status: int, headers: dict[str, str], wait: float
) -> None:
    """GitHub says how long, also for a creation, which it has not begun."""
    github.failures = [("POST", status, headers, False)]

    sticky_comment.put(api, 7, MARKER, "The plan")

    assert pauses == [wait]
    assert len(github.comments) == 1


def test_the_end_of_a_limit_is_told_by_githubs_clock() -> None:
    """The clock of a runner of one's own may be wrong by hours."""
    headers = Message()
    headers["X-RateLimit-Remaining"] = "0"
    headers["X-RateLimit-Reset"] = "1000000020"
    headers["Date"] = "Sun, 09 Sep 2001 01:46:40 GMT"

    assert github_api._asked_to_wait(github_api._Answer(403, headers, b"")) == 20.0


@given(st.text(st.characters(categories=["Nd", "No", "Nl"]) | st.sampled_from("0123456789.-+_"), max_size=20))
@example("9" * 5000)
def test_no_text_that_looks_like_a_number_ends_in_a_traceback(text: str) -> None:
    """Only ASCII digits are a number; everything else is none."""
    number = github_api.whole_number(text)

    assert number is None or (text.isascii() and number >= 0)


@pytest.mark.parametrize("wait", ["9" * 400, "61"])
def test_nobody_waits_for_as_long_as_anybody_says(
    github: GitHub, api: github_api.Api, pauses: list[float], wait: str
) -> None:
    """A limit that is longer than our patience is an error at once, however long it is."""
    github.failures = [("GET", 429, {"Retry-After": wait}, False)]

    with pytest.raises(github_api.ApiError, match="HTTP 429"):
        sticky_comment.put(api, 7, MARKER, "The plan")
    assert pauses == []


def test_nobody_waits_for_an_hour(github: GitHub, api: github_api.Api, pauses: list[float]) -> None:
    """A limit that ends far away is an error at once."""
    github.failures = [("GET", 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}, False)]

    with pytest.raises(github_api.ApiError, match="HTTP 403"):
        sticky_comment.put(api, 7, MARKER, "The plan")
    assert pauses == []


def test_a_plan_that_is_too_long_is_linked(
    github: GitHub, api: github_api.Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comment still says which plan it is about, and where to read it."""
    monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
    monkeypatch.setenv("GITHUB_RUN_ID", "99")

    sticky_comment.put(api, 7, MARKER, "x" * 70_000)

    body = github.comments[0]["body"]
    assert plan_marker.read(body) == MARKER
    assert "https://github.com/acme/badges/actions/runs/99" in body
    assert len(body) < 1_000


def test_a_plan_that_github_finds_too_long_is_linked(github: GitHub, api: github_api.Api) -> None:
    """GitHub may count in another way than we do."""
    github.most_characters = 2_000

    sticky_comment.put(api, 7, MARKER, "é" * 3_000)

    assert "too long for a comment" in github.comments[0]["body"]


def test_a_redirect_is_not_followed(github: GitHub, api: github_api.Api) -> None:
    """The token stays with the API."""
    github.failures = [("GET", 302, {"Location": f"{github.url}/elsewhere"}, False)]

    with pytest.raises(github_api.ApiError, match="HTTP 302"):
        sticky_comment.put(api, 7, MARKER, "The plan")
    assert len(github.requests) == 1


def test_a_plain_address_gets_no_token() -> None:
    """Only https, and loopback for tests like these."""
    with pytest.raises(github_api.ApiError, match="https"):
        github_api.Api("http://api.github.example", REPOSITORY, "a-token")


@pytest.fixture
def step(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the environment of a step, and return the file of its outputs."""
    (tmp_path / "plan.md").write_text("The plan", "utf-8")
    variables = {
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_TOKEN": "a-token",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event(tmp_path)),
        "GITHUB_SHA": COMMIT,
        "GITHUB_REF_NAME": "main",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "CATALOG": "badges",
        "BADGES_ENVIRONMENT": "production",
        "PLAN_TEXT": str(tmp_path / "plan.md"),
        "PLAN_DIGEST": DIGEST,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(github_api.time, "sleep", lambda _seconds: None)
    return tmp_path / "output"


def test_the_step_writes_the_comment(github: GitHub, step: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From event, inputs and file to the comment of this commit."""
    assert step.parent.is_dir()
    assert sticky_comment.main() == 0
    assert github.comments[0]["body"] == f"{MARKER.line()}\nThe plan"
    assert "https://github.example/c/100" in capsys.readouterr().out


@pytest.mark.parametrize("origin", ["mallory/badges", None])
def test_a_fork_may_not_comment_and_is_no_failure(
    github: GitHub, step: Path, origin: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its run has a token that only reads: the plan is on the run's page, and the check stays green."""
    event(step.parent, repository=origin)
    github.is_read_only = True

    assert sticky_comment.main() == 0
    assert "::notice title=badgeops::" in capsys.readouterr().out
    assert github.comments == []


def test_a_missing_permission_of_ones_own_is_a_failure(
    github: GitHub, step: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a fork it is the workflow that lacks `pull-requests: write`, and somebody should know."""
    assert step.parent.is_dir()
    github.is_read_only = True

    assert sticky_comment.main() == 1
    assert "HTTP 403 (Resource not accessible by integration)" in capsys.readouterr().out


def test_without_a_pull_request_there_is_no_comment(
    github: GitHub, step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan by hand or by night has nothing to comment on."""
    assert step.parent.is_dir()
    monkeypatch.setenv("GITHUB_EVENT_NAME", "workflow_dispatch")

    assert sticky_comment.main() == 0
    assert github.requests == []


# --- what was reviewed ---------------------------------------------------------------------------------------------


def find(api: github_api.Api, pauses: list[float]) -> tuple[str, int]:
    """Look for what was reviewed."""
    return reviewed_digest.find(api, COMMIT, "main", Marker("badges", "production"), BOT["login"], pauses.append)


def test_the_digest_is_found(github: GitHub, step: Path) -> None:
    """From the commit to the pull request, from there to the comment, and from there to the output."""
    github.merged(COMMIT)
    github.comment(f"{MARKER.line()}\nThe plan")

    assert reviewed_digest.main() == 0
    lines = step.read_text("utf-8").splitlines()
    assert lines[0].startswith("digest<<")
    assert lines[1] == DIGEST


def test_github_may_take_a_moment(github: GitHub, api: github_api.Api, pauses: list[float]) -> None:
    """Right after a merge it does not know yet which pull request a commit belongs to."""
    github.comment(f"{MARKER.line()}\nThe plan")

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        github.merged(COMMIT)

    digest, number = reviewed_digest.find(api, COMMIT, "main", MARKER, BOT["login"], pause)
    assert (digest, number) == (DIGEST, 7)
    assert pauses == [2.0]


def test_our_own_edits_are_no_forgery(github: GitHub, api: github_api.Api, pauses: list[float]) -> None:
    """The comment is written anew with each push, by ourselves."""
    github.merged(COMMIT)
    mine = github.comment(f"{MARKER.line()}\nThe plan")
    github.editors[mine["id"]] = {"__typename": "Bot", "login": "github-actions"}

    assert find(api, pauses) == (DIGEST, 7)


MERGED: dict[str, dict[str, Any]] = {
    "another commit": {"merge_commit_sha": "d" * 40},
    "not merged": {"merged_at": None},
    "another branch": {"base": {"ref": "develop", "repo": {"full_name": REPOSITORY}}},
    "another repository": {"base": {"ref": "main", "repo": {"full_name": "mallory/badges"}}},
}
COMMENTED = {
    "no digest": Marker("badges", "production", HEAD),
    "an odd digest": Marker("badges", "production", HEAD, "sha256:x"),
    "an older commit": Marker("badges", "production", "o" * 40, DIGEST),
    "another environment": Marker("badges", "test", HEAD, DIGEST),
    "another catalog": Marker("other", "production", HEAD, DIGEST),
}
EDITED = {
    "edited by a person": {"__typename": "User", "login": "mallory"},
    "edited by a namesake": {"__typename": "User", "login": "github-actions"},
}
NUMBERS = {"no pull request": (0, 1), "two pull requests": (2, 1), "no comment": (1, 0), "two comments": (1, 2)}
"""How many pull requests and comments there are, instead of one of each."""
OTHERS = ("somebody else's comment", "no answer")


def forge(github: GitHub, how: str) -> None:
    """Make one thing wrong."""
    pulls, comments = NUMBERS.get(how, (1, 1))
    for number in range(pulls):
        github.merged(COMMIT, number=7 + number, **MERGED.get(how, {}))
    user = {"login": "mallory", "type": "User"} if how == "somebody else's comment" else BOT
    for _ in range(comments):
        made = github.comment(f"{COMMENTED.get(how, MARKER).line()}\nThe plan", user)
        github.editors[made["id"]] = EDITED.get(how)
    if how == "no answer":
        github.failures = [("POST", 500, {}, False)] * 20


@pytest.mark.parametrize("how", [*MERGED, *COMMENTED, *EDITED, *NUMBERS, *OTHERS])
def test_it_fails_closed(github: GitHub, step: Path, how: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is missing, ambiguous, stale or not our own: there is no digest, and a message says what to do."""
    forge(github, how)

    assert reviewed_digest.main() == 1
    assert not step.exists()
    out = capsys.readouterr().out
    assert out.startswith("::error title=badgeops::")
    assert "so it applied nothing" in out
    assert "not applied" in (step.parent / "summary").read_text("utf-8")


@pytest.mark.parametrize("node", [["x"], "x", 7])
def test_an_answer_in_another_form_applies_nothing(
    github: GitHub, step: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], node: Any
) -> None:
    """It is said to be one, and not a mistake in the program."""
    github.merged(COMMIT)
    github.comment(f"{MARKER.line()}\nThe plan")
    monkeypatch.setattr(GitHub, "_node", lambda *_: {"data": {"node": node}})

    assert reviewed_digest.main() == 1
    assert not step.exists()
    assert "does not understand" in capsys.readouterr().out


def test_an_answer_without_the_editor_is_no_proof(
    github: GitHub, api: github_api.Api, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not say who edited does not say that nobody did."""
    github.merged(COMMIT)
    github.comment(f"{MARKER.line()}\nThe plan")
    honest = GitHub._node

    def silent(self: GitHub, body: Any) -> Any:
        answer = honest(self, body)
        del answer["data"]["node"]["editor"]
        return answer

    monkeypatch.setattr(GitHub, "_node", silent)

    with pytest.raises(reviewed_digest.NotReviewedError, match="Somebody has edited"):
        find(api, pauses)
