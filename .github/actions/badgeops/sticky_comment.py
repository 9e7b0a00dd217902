"""One comment for each catalog and environment of a pull request, kept up to date instead of added to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import plan_marker
import workflow
from github_api import Api, ApiError
from plan_marker import Marker

MOST_CHARACTERS = 65_000
"""GitHub takes 65,536."""
AUTHOR = "github-actions[bot]"


def put(api: Api, number: int, marker: Marker, text: str, author: str = AUTHOR) -> str:
    """Write the comment, or write it anew; return its address."""
    body = fitting(marker, text)
    for _ in range(3):
        mine = own(api, number, marker, author)
        try:
            if mine:
                *older, newest = mine
                written = api.send("PATCH", f"issues/comments/{newest['id']}", {"body": body})
                for comment in older:
                    api.send("DELETE", f"issues/comments/{comment['id']}")
            else:
                written = api.send("POST", f"issues/{number}/comments", {"body": body})
        except ApiError as error:
            if error.status == 422 and len(body) > 1_000:  # GitHub counts differently after all
                body = fitting(marker, text, 0)
            elif not error.is_unsure or mine:
                raise
            continue  # it may have been written: look before writing it a second time
        return str(written.get("html_url", "")) if isinstance(written, dict) else ""
    raise ApiError("The comment could not be written, or not be found again.")


def own(api: Api, number: int, marker: Marker, author: str) -> list[dict[str, Any]]:
    """Return our comments about the same plan, the oldest first. What others write, whatever it says, is none."""
    found = []
    for comment in api.pages(f"issues/{number}/comments"):
        user = comment.get("user")
        mark = plan_marker.read(comment.get("body"))
        if mark is not None and mark.is_about(marker.catalog, marker.environment) and _is_author(user, author):
            if not isinstance(comment.get("id"), int):
                raise ApiError("GitHub lists a comment without a number.")
            found.append(comment)
    return sorted(found, key=lambda comment: int(comment["id"]))


def _is_author(user: object, author: str) -> bool:
    if not isinstance(user, dict):
        return False
    return bool(user.get("login") == author and (user.get("type") == "Bot") == author.endswith("[bot]"))


def fitting(marker: Marker, text: str, most: int = MOST_CHARACTERS) -> str:
    """Return the comment; where it would be too long, where to read it instead."""
    body = f"{marker.line()}\n{text}"
    if len(body) <= most:
        return body
    return (
        f"{marker.line()}\n### Badges: {_plain(marker.environment)}\n\n"
        f"The plan is too long for a comment. [The run]({workflow.run_address()}) shows all of it.\n"
    )


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in "-_ ")


def main() -> int:
    """Post the text of the file that PLAN_TEXT names on the pull request of the event."""
    request = workflow.pull_request()
    path = os.environ.get("PLAN_TEXT", "")
    if request is None or not path:
        return 0
    given = os.environ
    marker = Marker(given["CATALOG"], given["BADGES_ENVIRONMENT"], request.head, given.get("PLAN_DIGEST", ""))
    try:
        address = put(
            Api.of_environment(),
            request.number,
            marker,
            Path(path).read_text("utf-8"),
            given.get("COMMENT_AUTHOR") or AUTHOR,
        )
    except ApiError as error:
        if request.is_from_fork and error.status in (401, 403, 404):
            workflow.say(
                "notice",
                "The plan is on the page of this run, not in a comment: a run for a fork may not write comments.",
            )
            return 0
        workflow.say("error", f"The plan could not be written as a comment: {error}")
        return 1
    sys.stdout.write(f"The plan is at {address}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
