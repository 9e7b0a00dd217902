"""What a person would take for the same thing, and what is said of a name that is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, strategies as st
from support.simulated import new_state
from support.strategies import badge_class, issuer

from badgeops.api.live import Live
from badgeops.model.address import Address, Kind
from badgeops.model.text_rules import look_alike
from badgeops.planning.namesakes import Namesakes, recorded_as, twins, unrecorded
from badgeops.planning.words import Finding
from badgeops.state.record import Intent, Resource, State

PYTHON, OTHER = Address(Kind.BADGE_CLASS, "python"), Address(Kind.BADGE_CLASS, "other")
RIVALS = [Address(Kind.BADGE_CLASS, f"rival{number}") for number in range(8)]
ENTITY = badge_class()
NOBODY: list[Address] = []
ANOTHER = "\n  --allow duplicate-name=badge_class.python"
"""How a person says that it is another one: the last line of each message."""


def live(number: int, archived: bool = False, odd: str = "") -> Live:
    """Return a badge class of that name."""
    at = f"2026-11-28T12:00:{number:02}Z"
    return Live(Kind.BADGE_CLASS, f"id{number}", "", ENTITY.name, at, {}, "I", archived=archived, odd=odd)


def state_with(*, is_recorded: bool = False, is_open: bool = False) -> State:
    """Return a state that knows of the document what a case needs."""
    resource = Resource(PYTHON, "gone")
    return replace(
        new_state(),
        resources={PYTHON: resource} if is_recorded else {},
        pending={PYTHON: Intent(PYTHON, "create", replace(resource, entity_id=""))} if is_open else {},
    )


# --- which they are ------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["Python", "Python  ", "Pyth\N{ZERO WIDTH SPACE}on", "R & D", "R &amp; D", "", "Rust"])
LIVES = st.lists(
    st.builds(
        Live,
        kind=st.sampled_from([Kind.ISSUER, Kind.BADGE_CLASS]),
        entity_id=st.sampled_from([f"id{number}" for number in range(9)]),
        open_badge_id=st.just(""),
        name=NAMES,
        created_at=st.sampled_from(["2026-01-01", "2026-01-02", ""]),
        fields=st.just({}),
        issuer_id=st.sampled_from([None, "I", "J"]),
    ),
    unique_by=lambda item: item.entity_id,
)


@example([live(3), live(2), live(1)], Kind.BADGE_CLASS, "I", ENTITY.name).via("the oldest first")
@example([replace(live(n), created_at="") for n in (2, 3, 1)], Kind.BADGE_CLASS, "I", ENTITY.name).via("then by id")
@example([replace(live(2), entity_id="a"), live(1)], Kind.BADGE_CLASS, "I", ENTITY.name).via("whatever their ids are")
@given(LIVES, st.sampled_from([Kind.ISSUER, Kind.BADGE_CLASS]), st.sampled_from([None, "I", "J"]), NAMES)
def test_a_namesake_has_kind_issuer_and_name(found: list[Live], kind: Kind, owner: str | None, name: str) -> None:
    """The name in whatever spelling looks alike; of whose issuer nothing can be read may be of any; oldest first."""
    namesakes = Namesakes(found).of(kind, owner, name)

    expected = [
        item
        for item in found
        if item.kind is kind and item.issuer_id in (owner, None) and look_alike(item.name) == look_alike(name)
    ]
    assert namesakes == sorted(expected, key=lambda item: (item.created_at, item.entity_id))


@given(LIVES)
def test_groups_are_all_there_is_by_what_they_share(found: list[Live]) -> None:
    """Each entity is in one group, with its likes and no others."""
    groups = [
        {(item.kind, item.issuer_id, look_alike(item.name)) for item in group} for group in Namesakes(found).groups()
    ]

    assert sorted(item.entity_id for group in Namesakes(found).groups() for item in group) == sorted(
        item.entity_id for item in found
    )
    assert all(len(group) == 1 for group in groups)
    assert len(set.union(*groups) if groups else ()) == len(groups)


# --- what is said --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_recorded", [False, True])
@pytest.mark.parametrize("rivals", [NOBODY, RIVALS[:1]])
def test_a_name_that_another_document_owns(is_recorded: bool, rivals: list[Address]) -> None:
    """The message gives the command that moves it; what the address stands for now has to be forgotten before."""
    finding = recorded_as(ENTITY, OTHER, rivals, state_with(is_recorded=is_recorded))

    who = (
        "So could badge_class.rival0, and an entity belongs to one document. If the key of this one has changed"
        if rivals
        else "If you have changed the key"
    )
    freed = "\n  badgeops state rm badge_class.python" if is_recorded else ""
    assert finding == Finding(
        "name-exists-on-server",
        "the server already has a badge class of this name",
        f"The state records it as badge_class.other. {who}, tell the state:{freed}\n"
        f"  badgeops state mv badge_class.other badge_class.python\nIf you want a second one, add:{ANOTHER}",
    )


def test_what_an_interrupted_run_has_left_open_is_given_to_nothing_else() -> None:
    """Its address is taken until that is settled, so no command is named that would be refused."""
    finding = recorded_as(ENTITY, OTHER, RIVALS, state_with(is_open=True))

    assert finding.detail == f"The state records it as badge_class.other. If you want a second one, add:{ANOTHER}"


@pytest.mark.parametrize("is_recorded", [False, True])
@pytest.mark.parametrize("is_archived", [False, True])
def test_the_only_one_of_a_name_can_be_imported(is_recorded: bool, is_archived: bool) -> None:
    """By its id, once what the state records at the address is forgotten; an archived one is brought back."""
    finding = unrecorded(ENTITY, [live(1, is_archived)], NOBODY, state_with(is_recorded=is_recorded))

    freed = "\n  badgeops state rm badge_class.python" if is_recorded else ""
    imported = f"{freed}\n  badgeops import badge_class.python id1\n"
    assert finding == (
        Finding(
            "name-archived-on-server",
            "the server has a badge class of this name, and it is archived",
            f"To bring it back, import it:{imported}If you want a new one beside it, add:{ANOTHER}",
        )
        if is_archived
        else Finding(
            "name-exists-on-server",
            "the server already has a badge class of this name",
            f"The state does not record it. If it is the same one, import it:{imported}"
            f"If you want a second one, add:{ANOTHER}",
        )
    )


def test_one_that_cannot_be_read_is_not_to_be_imported() -> None:
    """It has to be mended first, whatever else is there."""
    finding = unrecorded(ENTITY, [live(1), live(2, odd="no text")], RIVALS, state_with())

    assert finding == Finding(
        "name-exists-on-server",
        "the server already has a badge class of this name",
        f"This has its name, and cannot be read:\n  a badge class of I id2 {quoted_name()}: no text\n"
        "Open it on the server's web pages and save it again, or tell the server's operator. After that it can be "
        f"imported. If you want another badge class of that name, add:{ANOTHER}",
    )


def quoted_name() -> str:
    """Return the name as messages show it."""
    return f'"{ENTITY.name}"'


@example([False] * 5, 5, False).via("no more than are named")
@example([True] * 6, 6, False).via("one more")
@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(0, 8), st.booleans())
def test_a_choice_names_five_and_counts_the_rest(archived: list[bool], rivals: int, is_recorded: bool) -> None:
    """Several entities or several documents: a person says which, and no id is named that two could follow."""
    if len(archived) == 1 and not rivals:
        return
    taken = [live(number, is_archived) for number, is_archived in enumerate(archived)]

    finding = unrecorded(ENTITY, taken, RIVALS[:rivals], state_with(is_recorded=is_recorded))

    lines = [
        f"  id{number}  created 2026-11-28T12:00:0{number}Z{'  archived' if is_archived else ''}\n"
        for number, is_archived in enumerate(archived[:5])
    ]
    more = f"  and {len(archived) - 5} more\n" if len(archived) > 5 else ""
    names = ", ".join([*map(str, RIVALS[: min(rivals, 5)]), *(["…"] if rivals > 5 else [])])
    who = f"So could {names}, and an entity belongs to one document. " if rivals else ""
    freed = "\n  badgeops state rm badge_class.python" if is_recorded else ""
    assert finding == Finding(
        "name-exists-on-server",
        "the server already has a badge class of this name",
        f"It could be one of these, which the state does not record:\n{''.join(lines)}{more}"
        f"{who}If it is one of them, say which:{freed}\n  badgeops import badge_class.python ENTITY_ID\n"
        f"If you want another one, add:{ANOTHER}",
    )


@pytest.mark.parametrize("count", [1, 4, 5, 6, 7])
@pytest.mark.parametrize("is_issuer", [False, True])
def test_twins_are_named_up_to_five(count: int, is_issuer: bool) -> None:
    """Those that badgeops does not manage, and that a person has to look at."""
    finding = twins(issuer() if is_issuer else ENTITY, [f"id{number}" for number in range(count)])

    named = ", ".join([*(f"id{number}" for number in range(min(count, 5))), *(["…"] if count > 5 else [])])
    what = "an issuer" if is_issuer else "a badge class"
    assert finding.rule == "twin-on-server"
    assert finding.summary == f"the account has {what} of this name that badgeops does not manage"
    assert finding.detail.startswith(f"It is {named}. Two runs ")
