"""Write the plan of a merge request as a note, count its changes for the widget, commit the state after an apply.

Written by `badgeops init --gitlab`. Standard library only.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

PAGE = 100
MOST_CHARACTERS = 900_000
"""GitLab takes a million."""


class NoteError(Exception):
    """GitLab did not do what it was asked."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to the API and not along a redirect."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing; the answer becomes an error."""


def call(method: str, path: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401 (JSON)
    """Ask the API of the project's own GitLab."""
    base = os.environ["CI_API_V4_URL"]
    if not base.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise NoteError("CI_API_V4_URL is not an https:// address.")
    data = json.dumps(body).encode() if body is not None else None
    headers = {"PRIVATE-TOKEN": os.environ["BADGES_NOTE_TOKEN"], "Content-Type": "application/json"}
    request = urllib.request.Request(base + path, data, headers, method=method)  # noqa: S310 (see above)
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=30) as response:
            return json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        raise NoteError(f"{method} {path.partition('?')[0]}: HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        raise NoteError(f"GitLab does not answer: {type(error).__name__}") from error


def marker() -> str:
    """Return the hidden first line of the note."""
    text = json.dumps([os.environ["CATALOG"], os.environ["BADGES_ENVIRONMENT"]])
    for char in "-<>":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return f"<!-- badgeops-plan: {text} -->"


def note(text: str) -> None:
    """Write the note, or update it. Only a note by this token's own user counts."""
    project, number = os.environ["CI_PROJECT_ID"], os.environ["CI_MERGE_REQUEST_IID"]
    notes = f"/projects/{urllib.parse.quote(project, safe='')}/merge_requests/{number}/notes"
    me = call("GET", "/user")["id"]
    if len(text) > MOST_CHARACTERS:
        text = f"The plan is too long for a note: [the job]({os.environ.get('CI_JOB_URL', '')}) shows all of it.\n"
    body = {"body": f"{marker()}\n{text}"}
    page, found = 1, None
    while found is None:
        items = call("GET", f"{notes}?per_page={PAGE}&page={page}")
        mine = [item for item in items if item["author"]["id"] == me]
        found = next((item for item in mine if item["body"].split("\n", 1)[0] == marker()), None)
        if len(items) < PAGE:
            break
        page += 1
    if found is not None:
        call("PUT", f"{notes}/{found['id']}", body)
    else:
        call("POST", notes, body)


def counts(plan: dict[str, Any]) -> dict[str, int]:
    """Return what GitLab shows in the merge request: how much is created, updated and deleted."""
    summary = plan["summary"]
    number = {name: int(summary.get(name, 0)) for name in ("create", "update", "delete", "archive")}
    return {"create": number["create"], "update": number["update"], "delete": number["delete"] + number["archive"]}


def save() -> str:
    """Commit what the apply wrote and push it to the branch; return why that was not possible, or ""."""
    given = dict(os.environ)
    login = base64.b64encode(f"oauth2:{given.pop('BADGES_PUSH_TOKEN', '')}".encode()).decode()
    given |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{given['CI_SERVER_URL']}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {login}",
    }

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "-c", "user.name=badgeops", "-c", "user.email=badgeops@localhost", *words]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=given)  # noqa: S603

    git("add", "--all", "--", f"{given['CATALOG']}/state")
    if git("diff", "--cached", "--quiet").returncode == 0:
        return ""
    message = f"Record what was applied to {given['BADGES_ENVIRONMENT']}"
    branch, address = given["CI_COMMIT_BRANCH"], f"{given['CI_PROJECT_URL']}.git"
    made = git("commit", "--quiet", "--message", message)
    if made.returncode == 0:
        git("fetch", "--quiet", address, branch)
        git("rebase", "--quiet", "FETCH_HEAD")
        made = git("push", "--quiet", "-o", "ci.skip", address, f"HEAD:refs/heads/{branch}")
    return made.stderr.strip() or "git refused it" if made.returncode else ""


def main(arguments: list[str]) -> int:
    """Do one of: counts PLAN.json COUNTS.json; note PLAN.md; save."""
    what, *files = arguments
    if what == "counts":
        Path(files[1]).write_text(json.dumps(counts(json.loads(Path(files[0]).read_text("utf-8")))), "utf-8")
    elif what == "save":
        why = save()
        if why:
            sys.stderr.write(
                f"The state of this apply is not committed: {why}\nCommit the state from this job's artifacts.\n"
            )
            return 1
    elif not os.environ.get("BADGES_NOTE_TOKEN"):
        sys.stdout.write("There is no BADGES_NOTE_TOKEN: the plan is among the artifacts of this job.\n")
    else:
        try:
            note(Path(files[0]).read_text("utf-8"))
        except NoteError as error:
            sys.stderr.write(f"The plan could not be written as a note: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
