"""`badgeops sandbox serve`: where it keeps its data."""

from __future__ import annotations

import base64
import io
import json
import re
import socket
from pathlib import Path

import pytest
from support.api import Api
from support.images import png
from support.places import ROOT

from badgeops import cli
from badgeops.app import serve_sandbox
from badgeops.app.serve_sandbox import ServeRequest
from badgeops.sandbox import Sandbox, SandboxOptions
from badgeops.sandbox.options import Dialect


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[ServeRequest]:
    """Keep what would be served, and serve nothing."""
    found: list[ServeRequest] = []
    monkeypatch.setattr(serve_sandbox, "serve_sandbox", lambda request, _reporter: found.append(request))
    return found


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        ([], ".badgeops/sandbox"),
        (["--catalog", "badges"], "badges/.badgeops/sandbox"),
        (["--catalog", "."], ".badgeops/sandbox"),
        (["--data", "elsewhere"], "elsewhere"),
    ],
)
def test_it_keeps_its_data_beside_the_catalog(served: list[ServeRequest], arguments: list[str], folder: str) -> None:
    """Where the environment `sandbox` of that catalog keeps its own, or where `--data` says."""
    assert cli.run(["sandbox", "serve", *arguments]) == 0

    (request,) = served
    assert request.options.data == Path(folder)


def test_a_port_that_is_taken_leaves_no_folder_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was served, so there is nothing to keep."""
    monkeypatch.chdir(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert cli.run(["sandbox", "serve", "--port", str(taken.getsockname()[1])]) == 1

    assert "cannot be used: Address already in use" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rule", ["evry=3", "dorp"])
def test_a_rule_that_is_misspelled_is_told_with_all_there_is(
    rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another port would not help."""
    assert cli.run(["sandbox", "serve", "--data", str(tmp_path), "--fail", rule]) == 1

    said = " ".join(capsys.readouterr().err.split())
    assert "drop, html, truncate" in said
    assert "docs/sandbox.md" in said
    assert "--port" not in said


@pytest.mark.parametrize("catalog", ["badges", "."])
def test_two_places_are_refused(served: list[ServeRequest], catalog: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It has one place; which of the two is meant would be a guess."""
    assert cli.run(["sandbox", "serve", "--data", "elsewhere", "--catalog", catalog]) == 1

    assert served == []
    assert "Pass --data or --catalog, not both" in capsys.readouterr().err


@pytest.mark.parametrize("dialect", ["open-source", "hosted"])
def test_the_edit_of_the_page_works_in_each_dialect(
    dialect: Dialect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands in for a colleague in the web interface changes one field, and the server takes it."""
    page = (ROOT / "docs" / "sandbox.md").read_text("utf-8")
    (script,) = [code for code in re.findall(r"python3 -c '(.*?)'", page, re.DOTALL) if "Edited" in code]
    with Sandbox(SandboxOptions(data=tmp_path, dialect=dialect)) as server:
        api = Api(server.url)
        issuer = {"name": "A", "description": "D", "url": "https://a.example", "email": "admin@example.org"}
        (owner,) = api.call("POST", "/v2/issuers", issuer)
        image = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
        body = {"name": "One", "description": "D", "criteriaNarrative": "C", "tags": ["a"], "image": image}
        (made,) = api.call("POST", "/v2/badgeclasses", body | {"issuer": owner["entityId"]})
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"result": [made]})))
        exec(script, {})  # noqa: S102 (ours)

        api.call("PUT", f"/v2/badgeclasses/{made['entityId']}", json.loads(capsys.readouterr().out))

        now = api.named("One")
    assert now["description"] == "Edited by somebody else."
    assert {name for name in now if now[name] != made[name]} <= {"description", "image"}
