"""A plan as Markdown: what a reader of a pull request sees, and what no text from outside can make of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from support.inert_markdown import PARSERS, assert_is_inert, hostile, tokens
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, image, issuer
from support.tiers import examples

from badgeops.api.live import Earners
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.planning.plan import Action, Attribute, Cause, Change, Plan
from badgeops.planning.risk import attention, needs_earners, with_earners
from badgeops.render.markdown import plan_markdown
from badgeops.render.markdown.field_lines import field_lines
from badgeops.render.markdown.markup import cell, clipped, code, fenced, words
from badgeops.render.view import View, Where


def plan_of(before: Catalog, after: Catalog, dialect: Dialect = Dialect.OPEN_SOURCE, edit: Any = None) -> Plan:
    """Return the plan from one catalog to another, weighed, with three earners of whatever changes."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    if edit is not None:
        edit(server)
    plan = server.plan(after, state)
    return with_earners(plan, dict.fromkeys(needs_earners(plan), Earners(3)))


def shown(plan: Plan, **fields: Any) -> str:
    """Return the Markdown of a plan."""
    return plan_markdown.show(View(plan, "", next_command="badgeops apply", **fields))


def change_of(*attributes: Attribute, action: Action = Action.UPDATE, key: str = "sql", **more: Any) -> Change:
    """Return a change of a badge class."""
    return Change(Address(Kind.BADGE_CLASS, key), action, attributes=attributes, group="academy", **more)


def plan_with(*changes: Change, **fields: Any) -> Plan:
    """Return a plan of these changes."""
    plan = plan_of(catalog(issuer()), catalog(issuer()))
    return replace(plan, changes=changes, **fields)


# --- safety --------------------------------------------------------------------------------------------------------


@given(hostile, hostile, hostile, hostile, hostile)
@examples(60)
@example("`|", "\\|", "````", "-->", "x")
def test_nothing_from_a_catalog_acts(name: str, text: str, tag: str, server: str, file: str) -> None:
    """No link, image, HTML, mention or row of a table comes from a name, a text, a file's name or a server."""
    attributes = (
        Attribute("name", Cause.CATALOG, text, name),
        Attribute("description", Cause.CONFLICT, name, text, tag),
        Attribute("tags", Cause.DRIFT, [tag], [name, text], []),
        Attribute("alignments", Cause.CATALOG, [], [{"targetName": name, "targetUrl": text, "targetCode": tag}]),
        Attribute("extensions", Cause.CATALOG, {name: {"x": text}}, {name: {"x": tag}, text: {}}),
    )
    entity = badge_class(name=name)
    source = Source(file or "x", 3, text=text)
    problem = Diagnostic(Severity.ERROR, "code", name, text, "badge_class.sql", source)
    plan = plan_with(
        change_of(*attributes, entity=entity, source=source, earners=Earners(2)),
        change_of(*attributes, action=Action.CREATE, key="new", entity=entity, reason=f"<{text}"),
        change_of(*attributes, action=Action.DELETE, key="old", reason=f"{name}@"),
        server=server,
        environment=tag,
        problems=(problem, replace(problem, severity=Severity.WARNING)),
    )

    assert_is_inert(plan_markdown.show(View(plan, "", next_command=text, stops=(name,))))
    assert_is_inert(shown(replace(plan, problems=()), max_bytes=2_000))


@given(hostile)
def test_a_code_span_holds_its_text(text: str) -> None:
    """Whatever stands in it, a code span is one, and nothing stands beside it; in a table, it is one cell."""
    (inline,) = [token for token in PARSERS["github"].parse(f"x {code(text)} y") if token.type == "inline"]
    assert [token.type for token in inline.children or []] == ["text", "code_inline", "text"]

    row = f"| a | b |\n| --- | --- |\n| {cell(text)} | {cell(text, 20)} |"
    found = tokens(PARSERS["github"].parse(row))
    assert [token.type for token in found].count("td_open") == 2
    assert [token.type for token in found].count("code_inline") == 2


@given(st.lists(hostile.map(lambda text: text.replace("\n", "").replace("\r", "")), max_size=5))
def test_no_line_closes_a_fence(lines: list[str]) -> None:
    """A text with fences of its own stays inside."""
    text = "\n".join(fenced([f"+ {line}" for line in lines], "diff"))
    (fence,) = PARSERS["commonmark"].parse(f"{text}\n")

    assert (fence.type, fence.info) == ("fence", "diff")


@pytest.mark.parametrize(
    "url", ["javascript:x", "http://a.example/x", 'https://a.example/"><b>', "https://a.example/ x"]
)
def test_an_odd_address_is_no_image(url: str) -> None:
    """The live address comes from a server; only a plain https address is shown."""
    plan = plan_of(catalog(issuer(), badge_class()), catalog(issuer(), badge_class(image=image(1))))
    (change,) = plan.changes
    assert change.live is not None
    text = shown(replace(plan, changes=(replace(change, live=replace(change.live, image_url=url)),)))

    assert "<img" not in text
    assert "image" in text


def test_images_stand_side_by_side() -> None:
    """The live one and, where it is known where the catalog's files can be seen, the new one; each with its facts."""
    plan = plan_of(catalog(issuer(), badge_class()), catalog(issuer(), badge_class(image=image(1))))
    (change,) = plan.changes
    assert change.live is not None
    assert change.upload is not None
    live = replace(change.live, image_url="https://media.example/a.png?x=1&y=2")
    upload = replace(change.upload, path=f"{Path(change.upload.path).parent}/a b.png")
    plan = replace(plan, changes=(replace(change, live=live, upload=upload),))
    where = Where(root=Path(upload.path).parent)
    text = shown(plan, image_base="https://github.com/o/r/raw/abc/", where=where)

    assert '<img src="https://media.example/a.png?x=1&amp;y=2" width="90" alt="image before"> `' in text
    assert '<img src="https://github.com/o/r/raw/abc/a%20b.png" width="90" alt="image after"> `' in text
    assert "raw/abc" not in shown(plan, where=where)


# --- lines ---------------------------------------------------------------------------------------------------------


def test_an_item_of_a_list_is_no_removal() -> None:
    """Two characters stand before each text; only the first says what becomes of it."""
    text = shown(plan_with(change_of(Attribute("description", Cause.CATALOG, "- one\n- two", "- one\n- three"))))

    assert "\n  - one\n" in text
    assert "\n- - two\n" in text or "\n- - [two]\n" in text
    assert "\n- one\n" not in text


def test_a_long_line_goes_on_below_with_its_sign() -> None:
    """Nobody has to scroll sideways through a paragraph, and all of it has its colour."""
    text = shown(
        plan_with(change_of(Attribute("description", Cause.CATALOG, None, "- word " * 40), action=Action.CREATE))
    )
    rows = [row for row in text.splitlines() if "word" in row]

    assert [row[:4] for row in rows] == ["+ - ", "+   ", "+   "]
    assert max(map(len, rows)) <= 116


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
def test_every_line_of_a_difference_has_its_sign(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> None:
    """Nothing in a fence begins with what a reader would take for something else; the text is the same each time."""
    plan = plan_of(before, after, dialect, edit)
    text = shown(plan)

    for token in PARSERS["github"].parse(text):
        if token.type == "fence" and token.info == "diff":
            for line in token.content.splitlines():
                assert re.match(r"[-+ ](?: |$)|@@ .* @@$|$", line), line
    assert text == shown(plan)
    assert all(f"`{change.address}`" in text for change in plan.changes)


def test_what_differs_in_a_long_line_is_kept() -> None:
    """A word that changed within a page of text is shown with what stands around it."""
    before = "word " * 4_000 + "seventy" + " rest" * 4_000
    attribute = Attribute("description", Cause.CATALOG, before, before.replace("seventy", "eighty"))
    found = field_lines(change_of(), attribute, lines=10, characters=300)

    assert [sign for sign, _ in found] == ["-", "+"]
    assert all(len(text) <= 300 for _, text in found)
    assert ("seventy" in found[0][1], "eighty" in found[1][1]) == (True, True)


def test_of_a_long_text_the_middle_goes() -> None:
    """Beginning and end stay, and between them it is said how much there was."""
    attribute = Attribute("description", Cause.CATALOG, None, "\n".join(map(str, range(100))))
    found = field_lines(change_of(action=Action.CREATE), attribute, lines=10, characters=300)

    assert found == [
        *[("+", str(n)) for n in range(6)],
        ("@", "91 lines left out here"),
        *[("+", str(n)) for n in (97, 98, 99)],
    ]


@given(st.text(), st.integers(8, 60))
def test_clipping_keeps_to_its_limit(text: str, limit: int) -> None:
    """And leaves alone what fits."""
    assert len(clipped(text, limit)) <= limit
    assert len(text) > limit or clipped(text, limit) == text


# --- length --------------------------------------------------------------------------------------------------------


def many(number: int, risky: int, size: int = 300) -> Plan:
    """Return a plan of many changes with long texts, some of them of badges that people hold."""
    changes = []
    for index in range(number):
        before, after = (f"{word} {index}: " + "ä long text " * (size // 12) for word in ("Before", "After"))
        attributes = (Attribute("criteriaNarrative", Cause.CATALOG, before, after),)
        held = Earners(7 if index < risky else 0)
        changes.append(
            change_of(*attributes, key=f"course-{index:04}", entity=badge_class(name="Ä" * 80), earners=held)
        )
    return plan_with(*changes)


@pytest.mark.tier("test")
@pytest.mark.parametrize("limit", [2_000, 5_000, 65_000])
@pytest.mark.parametrize(("number", "risky"), [(1, 1), (30, 5), (500, 12), (2_000, 2_000)])
def test_the_limit_is_a_law(number: int, risky: int, limit: int) -> None:
    """Never a byte more, whatever the plan; and every fence, list and frame is whole."""
    text = shown(many(number, risky), max_bytes=limit)

    assert len(text.encode()) <= limit
    assert text.count("<details") == text.count("</details>")
    assert_is_inert(text)


@pytest.mark.tier("test")
def test_where_there_is_no_room_at_all_there_is_a_verdict() -> None:
    """The law holds for limits that no command lets one ask for, too."""
    assert shown(many(3_000, 3_000), max_bytes=200).startswith("### badgeops: 3000 to")
    assert len(shown(many(3_000, 3_000), max_bytes=200)) <= 200


@pytest.mark.tier("test")
@pytest.mark.parametrize(("number", "risky"), [(500, 12), (500, 300), (2_000, 200)])
def test_no_risk_is_left_out(number: int, risky: int) -> None:
    """Hundreds of harmless changes push none of what needs attention out of the comment."""
    plan = many(number, risky)
    text = shown(plan)

    assert [address for change, _ in attention(plan) if f"> - `{(address := change.address)}`: " not in text] == []


@pytest.mark.tier("test")
def test_what_is_left_out_is_said() -> None:
    """Fields, rows and, where there is no other way, risks: each with a number."""
    assert "left out" not in shown(many(5, 1))
    assert "lines left out" not in shown(many(5, 1))
    assert re.search(r"The fields of \d+ changes are left out", shown(many(200, 3, 2_000)))
    assert re.search(r"Not shown here: \d+ to update. There is no room for more rows.", shown(many(2_000, 3)))
    assert re.search(r"and \d+ more, for which there is no room here", shown(many(2_500, 2_500)))


def test_the_texts_are_shortened_before_anything_is_left_out() -> None:
    """As long as that is enough, each change is shown in detail."""
    plan = plan_with(
        *(
            change_of(
                Attribute("description", Cause.CATALOG, None, f"{index}\n" * 200), action=Action.CREATE, key=f"c{index}"
            )
            for index in range(50)
        )
    )
    text = shown(plan, max_bytes=20_000)

    assert text.count("\n**create** ") == 50
    assert "lines left out here @@" in text
    assert "fields of" not in text


def test_the_risky_keep_their_details_longest() -> None:
    """Where only some fit, they are those of what people hold."""
    plan = many(300, 0, 2_000)
    last = plan.changes[-1]
    plan = replace(plan, changes=(*plan.changes[:-1], replace(last, earners=Earners(412))))
    text = shown(plan)

    assert f"**update** `{last.address}`" in text
    assert "fields of" in text


# --- what it says --------------------------------------------------------------------------------------------------


def test_the_first_line_is_the_verdict() -> None:
    """What it comes to, and whether somebody must look at it."""
    update = change_of(Attribute("tags", Cause.CATALOG, [], ["a"]), earners=Earners(0))
    risky = change_of(Attribute("name", Cause.CATALOG, "a", "b"), key="b", earners=Earners(2))
    error = Diagnostic(Severity.ERROR, "code", "wrong")

    def first(plan: Plan, *stops: str) -> str:
        return plan_markdown.show(View(plan, "", stops=stops)).partition("\n")[0]

    assert first(plan_with()) == "### badgeops: No changes. The server matches the catalog (1 entity)"
    assert first(plan_with(update)) == "### badgeops: 1 to update"
    assert first(plan_with(update, risky)) == "### badgeops: 2 to update · 1 needs attention"
    assert first(plan_with(update, problems=(error,))) == "### badgeops: 1 to update · cannot be applied, 1 error"
    assert first(plan_with(update), "too many") == "### badgeops: 1 to update · apply would stop"


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.integers(0, 3))
def test_the_count_is_that_of_the_lines_below(before: Catalog, after: Catalog, edit: Any, count: int) -> None:
    """So many as need attention, so many lines stand below: one for each entity."""
    server, state = Server(Dialect.HOSTED), new_state()
    state = server.apply(server.plan(before, state), state)
    edit(server)
    plan = server.plan(after, state)
    plan = with_earners(plan, dict.fromkeys(needs_earners(plan), Earners(count)))

    text = plan_markdown.show(View(plan, "", max_bytes=1_000_000))

    lines = [line for line in text.splitlines() if line.startswith("> - ")]
    counts = re.findall(r"^> \*\*(\d+) needs? attention\*\*$", text, re.MULTILINE)
    assert [str(len(lines))] == (counts or ["0"])


def test_what_apply_would_stop_at_is_one_line_that_can_be_read() -> None:
    """What to add stands below the sentence on a terminal, and behind it here: a line break would show as an escape."""
    text = plan_markdown.show(View(plan_with(), "", stops=("Too many. Add:\n  --allow deletes=3",)))

    assert "**apply would stop:** `Too many. Add: --allow deletes=3`\n" in text


def test_only_and_summary_change_what_is_shown_and_nothing_else() -> None:
    """Risks stay, numbers and digest stay, and what is left out is said."""
    update = change_of(Attribute("tags", Cause.CATALOG, [], ["a"]), earners=Earners(0))
    risky = change_of(action=Action.DELETE, key="old", earners=Earners(0))
    plan = plan_with(update, risky)
    text = shown(plan, only=frozenset({Action.UPDATE}))
    short = shown(plan, summary=True)

    for each in (text, short):
        assert "1 to update, 1 to delete" in each
        assert "`badge_class.old`: will be deleted for good; nobody has earned it" in each
        assert plan.digest in each
    assert "Not shown here: 1 to delete." in text
    assert "| **delete**" not in text
    assert "| **delete**" in short
    assert "<details" not in short
    assert "left out" not in short


def test_words_of_others_become_code() -> None:
    """A reason is ours, but should a foreign word get into one, it is shown as code."""
    assert words("412 people have earned it, and its name changes; re-bakes 500+ awards") == (
        "412 people have earned it, and its name changes; re-bakes 500+ awards"
    )
    for foreign in ("see www.evil.example", "- item", "1. item", "+ item", "fixes GH-1", "# head", "a\nb"):
        assert words(foreign) == code(foreign)
