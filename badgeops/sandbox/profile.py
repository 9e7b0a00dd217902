"""The caller's own account and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from badgeops.sandbox import tokens
from badgeops.sandbox.envelope import Answer, not_found, ok
from badgeops.sandbox.shapes import TERMS_VERSION

if TYPE_CHECKING:
    from badgeops.sandbox.call import Call


def show(call: Call) -> Answer:
    """Show the caller, with all addresses."""
    return ok([call.view.user(call.user)], latestTermsVersion=TERMS_VERSION)


def show_by_id(call: Call, ident: str) -> Answer:
    """Show the caller under the own id; nobody else is shown."""
    if ident != call.user.entity_id:
        raise not_found()
    return show(call)


def list_tokens(call: Call) -> Answer:
    """List the caller's live tokens."""
    with call.store.reading() as db:
        return ok(tokens.listing(db, call.user.entity_id))


def delete_token(call: Call, ident: str) -> Answer:
    """Delete one of them."""
    with call.store.writing() as db:
        if not tokens.delete(db, call.user.entity_id, ident):
            raise not_found()
    return Answer(204)
