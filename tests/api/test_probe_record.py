"""What of a server's answers may be handed around."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.tiers import examples

from badgeops.api.probe_record import Keeper
from badgeops.api.responses import Answer

TOKENS = (
    "s3cr3tT0kenThatNobodyMayRead42",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "jo.doe+badges@people.example",
    "fScyyh2nS1WFdcYiD5Ikzg",
    "68e9d238c5afe622816febb3",
)
KEEPER = Keeper(frozenset({"probe", "A goal"}), {"abcdefghijklmnopqrst12": "{class}"})
HIDING = st.sampled_from(
    [
        "{}",
        "token {}",
        "https://store.example/badges/{}.png?sig={}",
        "https://{}@host.example/x",
        "/media/{}/x.png",
        "({})",
        "a:{}",
        "«{}»",
    ]
)
SECRETS = st.builds(lambda token, form: form.replace("{}", token), st.sampled_from(TOKENS), HIDING)
VALUES = st.recursive(
    SECRETS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(SECRETS | st.sampled_from(["result", "fieldErrors", "status", "owner"]), inner, max_size=3)
    ),
)
MEMBERS = st.sampled_from(["result", "fieldErrors", "validationErrors", "status", "warnings", "more", *TOKENS])


@given(st.dictionaries(MEMBERS, VALUES, max_size=4))
@examples(300)
def test_no_token_no_id_and_no_address_of_a_person_is_kept(body: dict[str, Any]) -> None:
    """Wherever a server puts it, as a value, a name of a member, in an address or in the words of a refusal."""
    kept = json.dumps(KEEPER.body(Answer(400, "https://x.example", body=json.dumps(body).encode())))

    assert [token for token in TOKENS if token in kept] == []
    assert "people.example" not in kept


@pytest.mark.parametrize("body", [b"", b"[1]", b"<html>token</html>", b"{", b'{"a": NaN}', b"[" * 5000, b"\xff"])
def test_what_is_no_envelope_is_named_and_not_kept(body: bytes) -> None:
    """A page of a gateway may quote the request, its token too."""
    kept = KEEPER.body(Answer(502, "https://x.example", body=body))

    assert kept is None or (isinstance(kept, str) and "token" not in kept)


def test_what_answers_are_made_of_is_kept() -> None:
    """The words of a refusal, what was sent, the form of an address, and which members there are."""
    shown = {
        "entityId": "abcdefghijklmnopqrst12",
        "tags": ["probe", "other"],
        "image": "https://h.example/public/badges/abcdefghijklmnopqrst12/image?v=1",
        "archived": False,
        "createdAt": "2026-01-02T03:04:05.678Z",
    }
    body = {"status": {"description": "Only verified issuers can do this."}, "result": [shown]}

    assert KEEPER.body(Answer(400, "https://h.example", body=json.dumps(body).encode())) == {
        "status": {"description": "Only verified issuers can do this."},
        "result": [
            {
                "entityId": "{class}",
                "tags": ["probe", "(text)"],
                "image": "{server}/public/badges/{class}/image",
                "archived": False,
                "createdAt": "{time}",
            }
        ],
    }
