"""A plan as text: what the golden cases show is there; here are its laws and limits."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, document, edits, image, issuer

from badgeops.api.live import Earners
from badgeops.errors import Source
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment, Catalog
from badgeops.planning.plan import Action, Attribute, Cause, Change, Plan, Unmanaged
from badgeops.planning.planner import Options
from badgeops.planning.risk import needs_earners, with_earners
from badgeops.render.layout import columns
from badgeops.render.machine import plan_json
from badgeops.render.plain import printable
from badgeops.render.text.plan_text import Style, change_lines, header, render, show, summary_line
from badgeops.render.values import counted, described, image_text, short
from badgeops.render.view import View

PYTHON = Address(Kind.BADGE_CLASS, "python")
TAGS = (Attribute("tags", Cause.CATALOG, [], ["a"]),)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def plan_of(before: Catalog, after: Catalog, dialect: Dialect = Dialect.OPEN_SOURCE, edit: Any = None) -> Plan:
    """Return the plan from one catalog to another."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    if edit is not None:
        edit(server)
    return server.plan(after, state)


def shown(attribute: Attribute, action: Action = Action.UPDATE, width: int = 80) -> list[str]:
    """Return the lines of a change of one field, without its head."""
    change = Change(PYTHON, action, attributes=(attribute,))
    return list(change_lines(change, Style(width=width)))[1:]


def changed(name: str, before: Any, after: Any, cause: Cause = Cause.CATALOG, recorded: Any = None) -> list[str]:
    """Return the lines of an updated field."""
    return shown(Attribute(name, cause, before, after, recorded))


# --- laws ----------------------------------------------------------------------------------------------------------


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect), st.integers(60, 100))
def test_lines_fit_the_terminal(before: Catalog, after: Catalog, edit: Any, dialect: Dialect, width: int) -> None:
    """No line is wider than the terminal unless it ends in one long word or in the path of a source."""
    plan = plan_of(before, after, dialect, edit)
    plan = with_earners(plan, dict.fromkeys(needs_earners(plan), Earners(412)))

    for line in render(plan, Style(width=width), next_command="badgeops apply", show_unmanaged=True).split("\n"):
        *_, last = line.split() or [""]
        is_source = re.search(r"  \S+\.yaml:\d+$", line)
        assert columns(line) <= width or is_source or columns(last) > width // 3, line


def test_a_long_plan_begins_with_its_numbers() -> None:
    """Who scrolls through 500 changes knows what comes, and how to see less; a short plan has no need of it."""
    plan = plan_of(catalog(issuer()), catalog(issuer()), Dialect.OPEN_SOURCE, None)
    changes = tuple(Change(Address(Kind.BADGE_CLASS, f"c{n:03}"), Action.UPDATE, attributes=TAGS) for n in range(500))
    first = show(View(replace(plan, changes=changes), "Header\n")).split("\n")

    assert first[2:6] == [
        "Plan: 0 to create, 500 to update, 0 to delete, 1 unchanged.",
        "--summary shows one line for each change.",
        "--show-only ACTION shows those of one kind.",
        "",
    ]
    assert "--summary" not in show(View(replace(plan, changes=changes[:40]), "Header\n"))


def test_a_summary_has_a_line_for_each_change() -> None:
    """Risks first, then the changes without their fields, then the numbers."""
    plan = plan_of(catalog(issuer()), catalog(issuer()), Dialect.OPEN_SOURCE, None)
    changes = (
        Change(PYTHON, Action.UPDATE, attributes=TAGS, source=Source("a.yaml", 3)),
        Change(Address(Kind.BADGE_CLASS, "old"), Action.DELETE, earners=Earners(0)),
    )
    view = View(replace(plan, changes=changes), "Header\n", summary=True, next_command="badgeops apply")

    assert show(view) == (
        "Header\n\n"
        "NEEDS ATTENTION\n  badge_class.old   will be deleted for good; nobody has earned it\n\n"
        f"~ badge_class.python{'a.yaml:3':>60}\n- badge_class.old\n\n"
        "Plan: 0 to create, 1 to update, 1 to delete, 1 unchanged.\n"
        "To make it so:\n\n  badgeops apply\n"
    )


def test_only_leaves_changes_out_and_says_which() -> None:
    """What needs attention, the numbers and the digest are those of the whole plan."""
    plan = plan_of(catalog(issuer()), catalog(issuer()), Dialect.OPEN_SOURCE, None)
    changes = (
        Change(PYTHON, Action.UPDATE, attributes=TAGS),
        Change(Address(Kind.BADGE_CLASS, "old"), Action.DELETE, earners=Earners(0)),
    )
    view = View(replace(plan, changes=changes), "Header\n", only=frozenset({Action.UPDATE}))
    text = show(view)

    assert "~ badge_class.python" in text
    assert "- badge_class.old" not in text
    assert "badge_class.old   will be deleted" in text
    assert "\nNot shown here: 1 to delete.\n" in text
    assert "1 to update, 1 to delete" in text
    assert show(replace(view, only=frozenset())).count("Not shown") == 0
    assert json.loads(plan_json.show(view)) == json.loads(plan_json.show(replace(view, only=frozenset())))


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
def test_colour_adds_nothing_but_colour(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> None:
    """Who pipes the output into a file loses no word."""
    plan = plan_of(before, after, dialect, edit)

    plain = render(plan, Style(), next_command="badgeops apply")
    painted = render(plan, Style(color=True), next_command="badgeops apply")

    assert "\x1b" not in plain
    assert ANSI.sub("", painted) == plain


@given(st.text(), st.text(), st.text(), st.sampled_from(list(Cause)))
def test_nothing_reaches_the_terminal_raw(one: str, two: str, three: str, cause: Cause) -> None:
    """Escape sequences and writing that runs backwards are written out, wherever they come from."""
    for name, before, after, recorded in (
        ("description", one, two, three),
        ("tags", [one, two], [three], [two]),
        (
            "alignments",
            [{"targetName": one, "targetUrl": two}],
            [{"targetName": one, "targetUrl": two, "targetCode": three}],
            [],
        ),
        ("extensions", {one: {two: 1}}, {one: {two: three}}, {}),
    ):
        for action in (Action.CREATE, Action.UPDATE, Action.DELETE):
            for line in shown(Attribute(name, cause, before, after, recorded), action):
                assert printable(line) == line.replace("\n", "\\n")


@given(catalogs(careful=True), st.sampled_from(Dialect))
def test_every_change_has_its_head(made: Catalog, dialect: Dialect) -> None:
    """Symbol, address and, where there is a document, its place: the line to search for."""
    plan = Server(dialect).plan(made, new_state())
    text = render(plan, Style())

    for change in plan.changes:
        assert change.source is not None
        assert re.search(
            rf"^\{change.action.symbol} {re.escape(str(change.address))}  .*\.yaml:{change.source.line}$",
            text,
            re.MULTILINE,
        )


# --- a new entity --------------------------------------------------------------------------------------------------


def test_a_new_entity_takes_one_line_a_field() -> None:
    """A first plan has hundreds of them, and their whole text stands in the catalog beside it."""
    entity = badge_class(
        description="Knows a lot. " * 20,
        criteria_narrative="First line.\n\nSecond line.\nThird line.",
        tags=tuple(f"tag number {number}" for number in range(20)),
        alignments=(
            Alignment("Decompose problems", "https://a.example/1", target_code="2-AP-13"),
            Alignment("Functions", "https://a.example/2"),
        ),
        extensions={"extensions:One": {}, "extensions:Two": {}},
    )
    plan = Server(Dialect.OPEN_SOURCE).plan(catalog(issuer(), entity), new_state())

    lines = list(change_lines(plan.changes[1], Style()))

    assert len(lines) == 1 + len(plan.changes[1].attributes)
    assert all(columns(line) <= 80 for line in lines)
    assert lines[1:] == [
        '    name               "Python"',
        "    issuer             issuer.academy",
        '    description        "Knows a lot. Knows a lot. Knows a lot. Knows a lot. …"',
        '    criteriaNarrative  "First line."  (+ 2 lines)',
        "    tags               tag number 0, tag number 1, tag number 2, tag number 3, …",
        "    alignments         2-AP-13, Functions",
        "    extensions         extensions:One, extensions:Two",
        "    image              400×400 PNG 12 KB " + image().sha256[:8],
    ]


def test_an_address_is_not_cut() -> None:
    """It is copied whole, or it is of no use."""
    url = "https://academy.example/" + "x" * 90

    assert shown(Attribute("criteriaUrl", Cause.CATALOG, None, url), Action.CREATE) == [f'    criteriaUrl  "{url}"']


# --- a changed field -----------------------------------------------------------------------------------------------


def test_short_values_stand_side_by_side() -> None:
    """Before and after, on one line."""
    assert changed("name", "One", "Two") == ['    name  "One" → "Two"']
    assert changed("expires", None, {"amount": 1, "duration": "years"}) == ["    expires  never → 1 year"]
    assert changed("criteriaUrl", "https://a.example", None) == ['    criteriaUrl  "https://a.example" → (empty)']
    assert changed("tags", ["a", "b"], ["b", "c"]) == ["    tags  + c  - a"]


def test_what_was_edited_on_the_server_is_marked() -> None:
    """On the line of the field, or below it where there is no room."""
    assert changed("name", "One", "Two", Cause.DRIFT) == ['    name  "One" → "Two"  (edited on the server)']
    assert changed("tags", ["a"], [], Cause.DRIFT) == ["    tags  - a  (edited on the server)"]
    assert changed("name", "x" * 30, "y" * 30, Cause.DRIFT)[1] == "          (edited on the server)"
    assert changed("description", "a\nb", "a\nc", Cause.DRIFT)[0] == "    description  (edited on the server)"


def test_long_text_is_shown_where_it_differs() -> None:
    """Not the whole text twice."""
    before = "\n".join(f"Line {number}." for number in range(30))

    assert changed("criteriaNarrative", before, before.replace("17", "71")) == [
        "    criteriaNarrative",
        "      │ …",
        "      │   Line 16.",
        "      │ - Line [17].",
        "      │ + Line [71].",
        "      │   Line 18.",
        "      │ …",
    ]


def test_a_text_that_comes_or_goes_is_shown_in_part() -> None:
    """Ten lines say what it is."""
    text = "\n".join(f"Line {number}." for number in range(30))

    added, removed = changed("criteriaNarrative", None, text), changed("criteriaNarrative", text, None)

    assert len(added) == len(removed) == 12
    assert added[1] == "      │ + Line 0."
    assert removed[-1] == "      │ … 20 more lines"


def test_a_text_that_was_rewritten_is_shown_in_part() -> None:
    """A whole new text does not push the rest of the plan off the screen."""
    before, after = ("\n".join(f"{word} {number}" for number in range(99)) for word in ("one", "two"))

    lines = changed("criteriaNarrative", before, after)

    assert len(lines) == 42
    assert lines[-1].endswith("more lines")


def test_one_line_more_than_fits_is_shown_instead_of_counted() -> None:
    """To count a single line would take the place of that line."""
    text = "\n".join(f"Line {number}." for number in range(11))

    assert changed("criteriaNarrative", None, text)[-1] == "      │ + Line 10."


def test_alignments_are_shown_one_by_one() -> None:
    """What comes, what goes, and the member that changed."""
    one = {"targetName": "One", "targetUrl": "https://a.example/1", "targetCode": "1"}
    two = {"targetName": "Two", "targetUrl": "https://a.example/2"}

    assert changed("alignments", [one], [one | {"targetName": "First"}, two]) == [
        "    alignments",
        '      ~ 1.targetName  "One" → "First"',
        "      + Two <https://a.example/2>",
    ]


def test_a_long_label_leaves_room_for_what_it_labels() -> None:
    """A name of any length, with the values below it."""
    name = "a name that goes on and on " * 4
    one = {"targetName": name.strip(), "targetUrl": "https://a.example/1"}

    lines = changed("alignments", [one], [one | {"targetDescription": "x"}])

    assert all(len(line) <= 80 for line in lines)
    assert lines[-1] == '          "x"'


def test_a_conflict_has_all_three_values() -> None:
    """Short ones beside each other, long ones as what was made of them on either side."""
    assert changed("description", "Theirs.", "Ours.", Cause.CONFLICT, "Before.") == [
        "    description  conflict",
        '      last applied   "Before."',
        '      on the server  "Theirs."',
        '      in the catalog "Ours."',
    ]
    assert changed("description", "a\ntheirs", "a\nours", Cause.CONFLICT, "a\nbefore") == [
        "    description  conflict",
        "      edited on the server since the last apply:",
        "      │   a",
        "      │ - before",
        "      │ + theirs",
        "      what apply changes:",
        "      │   a",
        "      │ - theirs",
        "      │ + ours",
    ]


def test_the_words_around_a_long_conflict_fit_the_narrowest_terminal() -> None:
    """Sixty columns is the least that lines are wrapped for; what badgeops says itself stays within them."""
    lines = shown(Attribute("description", Cause.CONFLICT, "a\ntheirs", "a\nours", "a\nbefore"), width=60)
    assert all(columns(line) <= 60 for line in lines), lines


def test_a_conflict_of_lists_is_shown_by_what_differs() -> None:
    """Tags are few words; alignments and extensions are not."""
    one = {"targetName": "One", "targetUrl": "https://a.example/1"}

    assert changed("tags", ["b"], ["c"], Cause.CONFLICT, ["a"])[1:] == [
        "      last applied   a",
        "      on the server  b",
        "      in the catalog c",
    ]
    assert changed("alignments", [], [one | {"targetCode": "1"}], Cause.CONFLICT, [one])[1:] == [
        "      edited on the server since the last apply:",
        "      - One <https://a.example/1>",
        "      what apply changes:",
        "      + 1  One <https://a.example/1>",
    ]


# --- single values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (None, "", "(empty)"),
        ([], "tags", "(empty)"),
        ({}, "extensions", "(empty)"),
        ("", "description", "(empty)"),
        (True, "archived", "yes"),
        (False, "archived", "no"),
        (3, "", "3"),
        ("issuer.academy", "issuer", "issuer.academy"),
        ("two\nlines", "description", '"two\\nlines"'),
        (["a", "b"], "tags", "a, b"),
        ({"a": 1, "b": ["x", {"c": None}]}, "", 'a: 1, b: ["x", {"c": null}]'),
        (None, "expires", "never"),
        ({"amount": 1, "duration": "years"}, "expires", "1 year"),
        ({"amount": 18, "duration": "months"}, "expires", "18 months"),
        ({"amount": 2, "duration": None}, "expires", "2 (no unit)"),
        (None, "image", "(none)"),
        ({"ref": "x"}, "image", "another image"),
    ],
)
def test_a_value_on_one_line(value: Any, name: str, text: str) -> None:
    """Each as a person would say it."""
    assert short(value, name) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1_000, "1 KB"), (12_345, "12 KB"), (999_999, "1.0 MB")]
)
def test_sizes_have_a_unit(size: int, text: str) -> None:
    """Rounded as people say it, and never "1000 KB"."""
    value = {"sha256": "3f2a9c01" + "0" * 56, "format": "png", "width": 400, "height": 300, "size": size}

    assert image_text(value) == f"400×300 PNG {text} 3f2a9c01"


def test_things_are_counted_in_their_plural() -> None:
    """English has irregular ones."""
    assert counted(1, "issuer") == "1 issuer"
    assert counted(0, "badge class", "badge classes") == "0 badge classes"
    assert described("x") == '"x"'


# --- around the changes --------------------------------------------------------------------------------------------


def test_the_header_says_what_was_looked_at() -> None:
    """Which server, which state, and how much was read."""
    plan = plan_of(catalog(issuer()), catalog(issuer()))

    assert header(plan, issuers=1, badge_classes=14, requests=2) == (
        "Environment here (https://badges.example), state serial 1\n1 issuer and 14 badge classes read in 2 requests\n"
    )
    assert ", no state yet" in header(replace(plan, serial=0), issuers=0, badge_classes=0, requests=1)


def test_no_command_is_shown_for_a_plan_that_cannot_be_applied() -> None:
    """Nor for one with nothing in it."""
    command = "badgeops apply --env production"
    server, state = Server(Dialect.OPEN_SOURCE), new_state()
    made = catalog(issuer(), badge_class())
    plan = server.plan(made, state)
    state = server.apply(plan, state)

    assert f"To make it so:\n\n  {command}\n" in render(plan, Style(), next_command=command)
    assert command not in render(server.plan(made, state), Style(), next_command=command)
    broken = server.plan(catalog(issuer(), badge_class("py", name="Python")), state)
    assert broken.errors
    assert not broken.is_empty
    assert command not in render(broken, Style(), next_command=command)


def test_an_empty_plan_with_errors_does_not_call_the_server_fine() -> None:
    """What could not be planned is no match."""
    made = catalog(issuer(), badge_class())
    server, state = Server(Dialect.OPEN_SOURCE), new_state()
    state = server.apply(server.plan(made, state), state)

    plan = server.plan(catalog(issuer(), issuer("library"), badge_class(owner="library")), state)

    assert summary_line(replace(plan, changes=())) == "No changes can be planned because of 1 error."


def test_a_list_of_unmanaged_entities_has_them_all() -> None:
    """Who asks for the list looks for one of them: it is not cut. An issuer is named as people know it."""
    many = tuple(Unmanaged(Kind.BADGE_CLASS, f"id{number}", f"Name {number}", "x9", "Acme") for number in range(60))
    plan = replace(plan_of(catalog(issuer()), catalog(issuer())), unmanaged=many)

    text = render(plan, Style(), show_unmanaged=True)

    assert [line.split()[1] for line in text.splitlines() if "BadgeClass" in line] == [item.entity_id for item in many]
    assert text.count("Acme (x9)") == 60
    assert "60 entities on the server not managed here (--show-unmanaged lists them)." in render(plan, Style())


def test_a_file_name_is_made_safe_too() -> None:
    """A pull request chooses its file names."""
    source = Source("bad\x1b[31m.yaml", 7)
    change = Change(PYTHON, Action.UPDATE, source=source)

    assert "\\x1b[31m.yaml:7" in next(change_lines(change, Style()))


def test_earners_are_said_where_it_matters() -> None:
    """Of a change, when there are any; of a removal, also when there are none."""

    def line(action: Action, earners: Earners | None) -> list[str]:
        return [text.strip() for text in change_lines(Change(PYTHON, action, earners=earners), Style())][1:]

    assert line(Action.UPDATE, Earners(412)) == ["earned by 412 people"]
    assert line(Action.UPDATE, Earners(1)) == ["earned by 1 person"]
    assert line(Action.UPDATE, Earners(500, more=True)) == ["earned by 500+ people"]
    assert line(Action.UPDATE, Earners(0)) == []
    assert line(Action.DELETE, Earners(0)) == ["earned by nobody"]
    assert line(Action.DELETE, None) == []


def test_destroying_counts_every_entity() -> None:
    """The last line adds up."""
    made = catalog(issuer(), badge_class())
    server, state = Server(Dialect.OPEN_SOURCE), new_state()
    state = server.apply(server.plan(made, state), state)

    plan = server.plan(made, state, Options(destroy=True))

    assert summary_line(plan) == "Plan: 0 to create, 0 to update, 2 to delete, 0 unchanged."
    assert document(Kind.ISSUER, "academy").source.line == 2
