"""What can be allowed, and how it is spelled: one grammar for the command line, messages and saved plans."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from badgeops.model.address import Address, Kind
from badgeops.model.allowances import LIMITS, NOTHING, Allowance, Allowances, What, spelled

PYTHON, RUST, ACADEMY = map(Address.parse, ("badge_class.python", "badge_class.rust", "issuer.academy"))

KEYS = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
ADDRESSES = st.builds(Address, st.sampled_from([Kind.ISSUER, Kind.BADGE_CLASS]), KEYS)
NUMBERS = st.integers(0, 999_999_999)
VALUES = {
    What.DELETES: NUMBERS,
    What.UPDATES: NUMBERS,
    What.RECREATES: NUMBERS,
    What.MEANING: st.builds(Address, st.just(Kind.BADGE_CLASS), KEYS),
}
ONE = st.sampled_from(What).flatmap(
    lambda what: st.builds(Allowance, st.just(what), VALUES.get(what, ADDRESSES))
) | st.just(Allowance(What.DUPLICATE_NAME))
MANY = st.builds(Allowances, st.frozensets(ONE, max_size=5))


@given(ONE)
def test_what_is_spelled_is_read_as_the_same(one: Allowance) -> None:
    """What a message prints can be typed as it stands, and what a saved plan holds means what was given."""
    assert Allowance.parse(str(one)) == one
    if one.value is not None:
        assert spelled(one.what, one.value) == f"--allow {one}"


@given(MANY, MANY, ADDRESSES)
def test_one_more_never_allows_less(some: Allowances, more: Allowances, address: Address) -> None:
    """Two scripts may each add what they need; neither takes from the other."""
    both = some | more

    assert both == more | some
    for what in What:
        if what in LIMITS:
            assert both.number(what) == max(some.number(what), more.number(what))
        else:
            assert both.allows(what, address) == (some.allows(what, address) or more.allows(what, address))


@given(MANY)
def test_the_same_is_spelled_in_one_order(some: Allowances) -> None:
    """The same allowances give the same bytes, and all of them are there."""
    assert Allowances.of(*some) == some
    assert list(some) == sorted(some)
    assert some.options == [f"--allow {text}" for text in some]


@given(MANY)
def test_a_plan_holds_all_but_the_limits(some: Allowances) -> None:
    """What is in a saved plan and what is not are all that was given."""
    assert all(item.what not in LIMITS for item in some.of_a_plan.given)
    assert all(item.what in LIMITS for item in (some - some.of_a_plan).given)
    assert some.of_a_plan | (some - some.of_a_plan) == some


def test_an_allowance_is_for_what_it_names() -> None:
    """One entity, and one thing that is done with it; without an address it is for all."""
    allowed = Allowances.of("protected=badge_class.python", "meaning=badge_class.rust", "duplicate-name", "deletes=3")

    assert allowed.allows(What.PROTECTED, PYTHON)
    assert not allowed.allows(What.PROTECTED, RUST)
    assert not allowed.allows(What.MEANING, PYTHON)
    assert allowed.allows(What.DUPLICATE_NAME, ACADEMY)
    assert (allowed.number(What.DELETES), allowed.number(What.UPDATES)) == (3, 0)
    assert not Allowances.of("duplicate-name=badge_class.python").allows(What.DUPLICATE_NAME, RUST)
    assert not any(NOTHING.allows(what, PYTHON) for what in What)


@pytest.mark.parametrize("what", What)
def test_each_says_how_it_is_written(what: What) -> None:
    """The example can be typed, and what it takes is in the usage."""
    example = Allowance.parse(what.example)

    assert example.what is what
    assert isinstance(example.value, int if what.takes == "N" else Address)
    assert what.usage.replace("[", "").replace("]", "") == f"{what}={what.takes}"


EVERYTHING = "deletes=N, updates=N, protected=ADDRESS, meaning=ADDRESS, duplicate-name[=ADDRESS], recreate=ADDRESS"
EVERYTHING += ", recreates=N, gone=ADDRESS"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("delets=3", f"'delets' cannot be allowed here. Did you mean deletes? There is: {EVERYTHING}"),
        ("DELETES=3", f"'DELETES' cannot be allowed here. Did you mean deletes? There is: {EVERYTHING}"),
        (
            "duplicate_names",
            f"'duplicate_names' cannot be allowed here. Did you mean duplicate-name? There is: {EVERYTHING}",
        ),
        ("xyz", f"'xyz' cannot be allowed here. There is: {EVERYTHING}"),
        ("", f"'' cannot be allowed here. There is: {EVERYTHING}"),
        ("=3", f"'' cannot be allowed here. There is: {EVERYTHING}"),
        ("deletes", "deletes needs a number: --allow deletes=3"),
        ("updates=", "updates needs a number: --allow updates=3"),
        ("protected", "protected needs an address: --allow protected=badge_class.python-basics"),
        ("meaning=", "meaning needs an address: --allow meaning=badge_class.python-basics"),
        ("duplicate-name=", "duplicate-name needs an address: --allow duplicate-name=badge_class.python-basics"),
        ("deletes=all", "deletes takes a whole number from 0 to 999999999, not 'all'"),
        ("deletes=-1", "deletes takes a whole number from 0 to 999999999, not '-1'"),
        ("updates=1.5", "updates takes a whole number from 0 to 999999999, not '1.5'"),
        ("updates=٣", "updates takes a whole number from 0 to 999999999, not '٣'"),
        ("deletes=9999999999", "deletes takes a whole number from 0 to 999999999, not '9999999999'"),
        ("protected=python", "'python' is not an address; an address looks like badge_class.python-basics"),
        (
            "meaning=badge_class.a=b",
            "'badge_class.a=b' is not an address; an address looks like badge_class.python-basics",
        ),
        ("meaning=issuer.a", "meaning takes the address of a badge class, not 'issuer.a'"),
        ("protected=image.a", "protected takes the address of an issuer or a badge class, not 'image.a'"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, why: str) -> None:
    """The message says what there is, or what the word takes."""
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole message is compared)
        Allowance.parse(text)

    assert str(raised.value) == why


def test_a_choice_says_what_there_is_in_it() -> None:
    """A command that stops at fewer things offers no more of them."""
    with pytest.raises(ValueError, match=r"^'deletes' cannot be allowed here\. There is: protected=ADDRESS$"):
        Allowance.parse("deletes=3", [What.PROTECTED])
