"""Write the plan of a merge request as a note, count its changes for the widget, commit the state after an apply.

Written by `badgeops init --gitlab`. Standard library only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import stat
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


_KEPT = re.compile(r"([0-9a-f]{64})\.(?:png|jpg|gif|webp|svg\.txt)")
"""An image that was kept is named for its bytes."""
_OURS = (b'"badgeops-state"', b'"badgeops-snapshot"')
"""How a state and a snapshot begin."""


def is_ours(name: str) -> bool:
    """Tell a state, a snapshot and an image that was kept from all other files: by what is in them."""
    path = Path(name)
    is_plain = stat.S_ISREG(path.lstat().st_mode) and not path.name.startswith(".")
    if not is_plain or ".badgeops" in path.parts or path.suffix == ".backup":
        return False
    found = _KEPT.fullmatch(path.name)
    if found and path.parent.name.endswith(".kept"):
        return hashlib.sha256(path.read_bytes()).hexdigest() == found[1]
    with path.open("rb") as file:
        head = file.read(100)
    return any(word in head for word in _OURS)


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
        return subprocess.run(  # noqa: S603
            command, check=False, capture_output=True, text=True, env=given, errors="surrogateescape"
        )

    git("add", "--all", "--", f"{given['CATALOG']}/state")
    # Git may be told to ignore `*.png`, or the state; and a state may be in another folder.
    listed = git("ls-files", "-z", "--others", "--modified", "--", given["CATALOG"]).stdout.split("\0")
    ours = [name for name in listed if name and os.path.lexists(name) and is_ours(name)]
    if ours:
        git("--literal-pathspecs", "add", "--force", "--", *ours)
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


# --- are the settings those of the commit that the merge request began at? -----------------------------------------

_NAMED = re.compile(
    r"""["']?caFile["']?[ ]*:[ ]+"""
    r"""(?:"([^"\\\n]+)"|'([^'\n]+)'|([^\s"'&*!|>%@`{}\[\],#][^\s{}\[\],#]*))[ ]*(?=[,}\n]|$)"""
)


def why_not_as_before(catalog: str, base: str) -> str:
    """Return which file of the settings is not the one of the commit `base`; "" if all are."""
    settings = f"{catalog}/badgeops.yaml"
    data = _as_before(settings, base)
    if data is None:
        return settings
    # Whoever wrote them was trusted. What cannot be read here for certain is not taken for unchanged.
    text = re.sub(r"(?m)(^|\s)#.*$", "", data.decode("utf-8", "replace").replace("\r\n", "\n"))
    named = [next(filter(None, found)) for found in _NAMED.findall(text)]
    if len(named) != text.count("caFile"):
        return f"a file that {settings} names"
    for name in named:
        path = name if Path(name).is_absolute() else f"{catalog}/{name}"
        if not _is_elsewhere(path) and _as_before(path, base) is None:
            return path
    return ""


def _is_elsewhere(path: str) -> bool:
    """Tell whether an absolute path leads out of the repository, where no commit reaches."""
    top = _top()
    if top is None or not Path(path).is_absolute():
        return False
    ways = (Path(os.path.normpath(path)), Path(path).resolve())
    return not any(way.is_relative_to(folder) for way in ways for folder in (top, Path.cwd()))


def _as_before(path: str, base: str) -> bytes | None:
    """Return the bytes of a file if it is the very one of both commits, and nothing but a file of this tree."""
    top = _top()
    inside = _plain(path, top) if top is not None else None
    if inside is None:
        return None
    blobs = [_blob(commit, inside) for commit in (base, "HEAD")]
    if blobs[0] is None or blobs[0] != blobs[1]:
        return None
    data, known = Path(path).read_bytes(), _git("cat-file", "blob", blobs[0])
    # Attributes can let git write other bytes than it keeps; line ends mean nothing.
    return data if known is not None and _unix(data) == _unix(known) else None


def _plain(path: str, top: Path) -> str | None:
    """Return a path within the repository if there are only folders, and then a file, on the whole way."""
    found = Path("/") if Path(path).is_absolute() else Path.cwd().resolve()
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for number, part in enumerate(parts, 1):
        if part == "..":
            found = found.parent  # of what is no link
            continue
        found /= part
        try:
            mode = found.lstat().st_mode
        except (OSError, ValueError):
            return None
        if not (stat.S_ISREG(mode) if number == len(parts) else stat.S_ISDIR(mode)):
            return None
        if number < len(parts) and top in found.parents and os.path.lexists(found / ".git"):
            return None
    return found.relative_to(top).as_posix() if top in found.parents else None


def _blob(commit: str, inside: str) -> str | None:
    """Return the id of a plain file in a commit."""
    listed = _git("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", inside)
    entries = [entry for entry in (listed or b"").split(b"\0") if entry]
    if len(entries) != 1:
        return None
    about, _, name = entries[0].partition(b"\t")
    mode, kind, blob = about.decode().split()
    is_plain = kind == "blob" and mode in ("100644", "100755") and os.fsdecode(name) == inside
    return blob if is_plain else None


def _top() -> Path | None:
    """Return the folder of the repository."""
    said = _git("rev-parse", "--show-toplevel")
    return Path(os.fsdecode(said).rstrip("\n")).resolve() if said else None


def _git(*words: str) -> bytes | None:
    # Nothing in a commit may start a program, or put another object in place of one.
    careful = ["--no-replace-objects", "--no-optional-locks", "-c", "core.fsmonitor=false"]
    careful += ["-c", "safe.bareRepository=explicit"]
    try:
        ended = subprocess.run(["git", *careful, *words], check=False, capture_output=True)  # noqa: S603, S607
    except OSError:
        return None
    return ended.stdout if ended.returncode == 0 else None


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def main(arguments: list[str]) -> int:
    """Do one of: counts PLAN.json COUNTS.json; note PLAN.md; save; trusted COMMIT."""
    what, *files = arguments
    if what == "trusted":
        changed = why_not_as_before(os.environ["CATALOG"], files[0])
        if changed:
            sys.stdout.write(f"No credentials: {changed} is not as it was, and says where they are sent.\n")
        return 1 if changed else 0
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
