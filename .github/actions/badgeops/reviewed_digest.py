"""Which plan was reviewed: the digest in our own comment on the pull request that was merged with this commit.

Each step of the way fails closed: where anything is missing, ambiguous, stale or written by somebody else, there is
no digest, and without one nothing is applied.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import plan_marker
import sticky_comment
import workflow
from github_api import Api, ApiError, Pause
from plan_marker import Marker

_EDITOR = """
query($id: ID!) {
  node(id: $id) {
    ... on IssueComment { body author { __typename login } editor { __typename login } }
  }
}
"""
_LOOKS = 4


class NotReviewedError(Exception):
    """There is no plan that was reviewed. The message says why."""


def find(
    api: Api, commit: str, branch: str, marker: Marker, author: str, pause: Pause | None = None
) -> tuple[str, int]:
    """Return the digest that was reviewed, and the number of the pull request."""
    merged = _merged_with(api, commit, branch, pause or time.sleep)
    number = int(merged["number"])
    comments = sticky_comment.own(api, number, marker, author)
    if len(comments) != 1:
        found = f"{len(comments)} comments" if comments else "no comment"
        raise NotReviewedError(f"Pull request #{number} has {found} with a plan for {marker.environment}.")
    _insist_on_author(api, comments[0], author, number)
    mark = plan_marker.read(comments[0].get("body"))
    if mark is None or not plan_marker.is_digest(mark.digest):
        raise NotReviewedError(f"The plan in pull request #{number} could not be applied.")
    if mark.head != merged["head"]["sha"]:
        raise NotReviewedError(f"The plan in pull request #{number} is not of its last commit.")
    return mark.digest, number


def _merged_with(api: Api, commit: str, branch: str, pause: Pause) -> dict[str, Any]:
    """Return the pull request whose merge made this commit; GitHub takes a moment to know."""
    for look in range(1, _LOOKS + 1):
        merged = [
            request
            for request in api.pages(f"commits/{commit}/pulls")
            if request.get("merged_at")
            and request.get("merge_commit_sha") == commit
            and request["base"]["ref"] == branch
            and (request["base"].get("repo") or {}).get("full_name") == api.repository
        ]
        if len(merged) == 1:
            return merged[0]
        if merged:
            raise NotReviewedError(f"Commit {commit} merged {len(merged)} pull requests at once.")
        if look < _LOOKS:
            pause(2.0 * look)
    raise NotReviewedError(f"No pull request was merged into {branch} with commit {commit}.")


def _insist_on_author(api: Api, comment: dict[str, Any], author: str, number: int) -> None:
    """Refuse a comment that somebody else has edited: who may write to a repository may edit any comment in it."""
    node = api.query(_EDITOR, {"id": comment.get("node_id", "")}).get("node") or {}
    login, kind = author.removesuffix("[bot]"), "Bot" if author.endswith("[bot]") else "User"
    ours = {"__typename": kind, "login": login}
    if node.get("author") != ours or node.get("body") != comment.get("body"):
        raise NotReviewedError(f"The comment with the plan in pull request #{number} is not our own.")
    if "editor" not in node or node["editor"] not in (None, ours):
        raise NotReviewedError(f"Somebody has edited the comment with the plan in pull request #{number}.")


def main() -> int:
    """Put the digest into the output `digest`."""
    given = os.environ
    marker = Marker(given["CATALOG"], given["BADGES_ENVIRONMENT"])
    author = given.get("COMMENT_AUTHOR") or sticky_comment.AUTHOR
    try:
        digest, number = find(Api.of_environment(), given["GITHUB_SHA"], given["GITHUB_REF_NAME"], marker, author)
    except (NotReviewedError, ApiError, KeyError, TypeError, ValueError, AttributeError) as error:
        why = (
            str(error)
            if isinstance(error, NotReviewedError | ApiError)
            else "badgeops does not understand GitHub's answer."
        )
        message = (
            f"{why.rstrip('.')}. badgeops found no reviewed plan, so it applied nothing. To apply all the same, run "
            "the workflow of the plan by hand, read the plan, and run this workflow with the digest that it shows."
        )
        workflow.say("error", message)
        workflow.put_summary(f"### Badges: not applied\n\n{message}")
        return 1
    workflow.put_output("digest", digest)
    sys.stdout.write(f"Reviewed in pull request #{number}: {digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
