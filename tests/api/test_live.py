"""What a server shows of an entity, and what is made of an entry of a list that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from badgeops.api.live import parse_listed, parse_live
from badgeops.errors import NotAnApiError
from badgeops.model.address import Kind
from badgeops.model.entity_id import is_entity_id

SOUND: dict[str, Any] = {
    "entityType": "BadgeClass",
    "entityId": "fScyyh2nS1WFdcYiD5Ikzg",
    "openBadgeId": "https://badges.example/public/badges/fScyyh2nS1WFdcYiD5Ikzg",
    "createdAt": "2026-11-28T12:00:00Z",
    "issuer": "KHzRo8dNSL2wpGo2_eRTJQ",
    "name": "Python",
    "description": "d",
    "tags": [],
}
ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.lists(st.none(), max_size=1)
    | st.just({"en": "x"})
)
broken = st.dictionaries(st.sampled_from(sorted(SOUND.keys() - {"entityType"})), ODD, min_size=1)
"""Members that are of another form; some of them are as good as those before."""


@given(broken, st.sets(st.sampled_from(sorted(SOUND))))
def test_an_entry_is_read_or_is_odd(members: dict[str, Any], missing: set[str]) -> None:
    """Whatever is broken: what can be read of it is there, and only that; without a name and an id it is an error."""
    payload = {name: value for name, value in (SOUND | members).items() if name not in missing}
    try:
        read = parse_live(Kind.BADGE_CLASS, payload)
    except NotAnApiError:
        read = None
    try:
        listed = parse_listed(Kind.BADGE_CLASS, payload)
    except NotAnApiError:
        listed = None

    has_id, has_name = is_entity_id(payload.get("entityId")), isinstance(payload.get("name"), str)
    if read is not None:
        assert listed == read
        assert read.odd == ""
        return
    assert (listed is None) == (not has_id and not has_name)
    if listed is not None:
        assert listed.odd
        assert listed.fields == {}
        assert listed.name == (payload["name"] if has_name else "")
        assert is_entity_id(listed.entity_id) == has_id
        assert listed.issuer_id is None or is_entity_id(listed.issuer_id)


@pytest.mark.parametrize("told", ["Assertion", "Issuer", "", 5])
def test_what_says_that_it_is_something_else_is_no_odd_entity(told: object) -> None:
    """A list of awards in place of one of badge classes: with all of it skipped, every name would look free."""
    payload = {"entityType": told, "entityId": "a", "badgeclass": "b"}

    with pytest.raises(NotAnApiError):
        parse_listed(Kind.BADGE_CLASS, payload)


@pytest.mark.parametrize("payload", [None, "text", 5, [], {}, {"entityType": "BadgeClass"}])
def test_what_has_neither_id_nor_name_is_no_entity(payload: object) -> None:
    """Nothing could be said of it, and nobody could tell two of it apart."""
    with pytest.raises(NotAnApiError):
        parse_listed(Kind.BADGE_CLASS, payload)


def test_one_without_an_id_is_known_again() -> None:
    """The same entity has the same stand-in, which is no id, so that it can be told from one that has come since."""
    one, other = ({**SOUND, "entityId": None, "createdAt": time} for time in ("2026-11-28", "2026-11-29"))

    assert parse_listed(Kind.BADGE_CLASS, one).entity_id == parse_listed(Kind.BADGE_CLASS, dict(one)).entity_id
    assert parse_listed(Kind.BADGE_CLASS, one).entity_id != parse_listed(Kind.BADGE_CLASS, other).entity_id


@pytest.mark.parametrize(
    ("member", "value"),
    [("entityId", ".."), ("issuer", "a/b"), ("issuer", {"id": 1}), ("openBadgeId", "a b"), ("openBadgeId", ["x"])],
)
def test_no_id_leads_to_another_path(member: str, value: object) -> None:
    """Of what is read alone, and may become ours, each id is one."""
    with pytest.raises(NotAnApiError, match=member):
        parse_live(Kind.BADGE_CLASS, {**SOUND, member: value}, whole=True)
