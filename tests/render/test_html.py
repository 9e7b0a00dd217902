"""Pages: what a plan and a catalog look like in HTML, and that nothing of a stranger acts in them.

After a wanted change, `make goldens` rewrites the golden pages; then read `git diff`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support import places, plans
from support.goldens import Compare
from support.hostile import VECTORS
from support.pages import assert_sound, every, find, parse, text
from support.places import EXAMPLE
from support.plan_pages import hostile_entities, hostile_page, plan_of, update, view_of
from support.strategies import badge_class, catalog, image, issuer
from support.tiers import examples

from badgeops.api.live import Earners
from badgeops.catalog.referenced_files import read_image
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model.address import Address, Kind
from badgeops.model.entities import Catalog, Image
from badgeops.planning.plan import Action, Attribute, Cause, Change
from badgeops.render.html import catalog as catalog_page, plan as plan_page, problems_page
from badgeops.render.html.catalog import Showcase
from badgeops.render.html.marks import mark_html, mark_text
from badgeops.render.html.page import asset, policy
from badgeops.render.html.prose import markdown
from badgeops.render.style import Style
from badgeops.render.text import plan_text
from badgeops.render.values import image_text
from badgeops.render.view import View

CASES = sorted((places.CASES / "plan").iterdir())
GOLDEN = ("004-a-long-text-changes", "007-edited-on-the-server")


# --- plans ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_page_says_all_that_a_plan_says(case: Path) -> None:
    """Each change has its place, with its action, each field it changes and what needs attention; twice the same."""
    view = view_of(case)
    page = plan_page.show(view)
    root = assert_sound(page)

    articles = {element.get("id"): element for element in find(root, "article")}
    actions = [element.get("data-action") for _, element in every(root) if element.get("data-item") is not None]
    assert actions == [str(change.action) for change in view.plan.changes]
    assert list(articles) == [f"entity-{change.address}" for change in view.plan.changes]
    for change in view.plan.changes:
        article = articles[f"entity-{change.address}"]
        if change.action in (Action.UPDATE, Action.ADOPT):
            assert len(find(article, "h4")) >= len(change.attributes)
            assert len(find(article, "div", class_="row")) == len(change.attributes)
    for diagnostic in view.plan.problems:
        assert " ".join(diagnostic.summary.split()) in text(root)
    assert plan_page.show(view_of(case)) == page


@pytest.mark.parametrize("name", GOLDEN)
def test_a_page_is_as_recorded(name: str, golden: Compare) -> None:
    """What lies between head and script is what a reviewer has approved."""
    case = next(case for case in CASES if case.name == name)
    page = plan_page.show(view_of(case))
    shown = re.sub(r"data:image/png;base64,[^\"]*", "data:…", page[page.index("<body>") : page.index("<script>")])
    golden(case / "plan.html", shown)


def shown(*changes: Change, **more: Any) -> Any:
    """Return the tree of the page of a plan of these changes."""
    entities = [change.entity for change in changes if change.entity is not None]
    made = catalog(issuer(), *entities)
    view = View(plan_of(*changes), "", catalog=made, **more)
    return assert_sound(plan_page.show(view))


def test_words_that_change_are_marked_on_both_sides_and_named() -> None:
    """Whoever cannot see the colours reads or hears "removed" and "added"."""
    root = shown(update(Attribute("description", Cause.CATALOG, "Knows the old ways.", "Knows the new ways.")))

    assert [text(item) for item in find(root, "del")] == ["[removed: old]"]
    assert [text(item) for item in find(root, "ins")] == ["[added: new]"]


def test_criteria_are_compared_as_they_read() -> None:
    """Both sides are rendered, the words that differ are marked within, and the lines of the source are at hand."""
    before = "Learners\n\n- pass **ten** tests;\n- [write](https://a.example) one.\n"
    root = shown(
        update(Attribute("criteriaNarrative", Cause.CATALOG, before, before.replace("ten", "twelve"))),
    )

    prose = find(root, "div", class_="prose")
    assert [text(item) for item in prose[:2]] == [
        "Learners pass [removed: ten] tests; write one.",
        "Learners pass [added: twelve] tests; write one.",
    ]
    assert len(find(prose[0], "li")) == len(find(prose[1], "li")) == 2
    (source,) = find(root, "details", class_="source")
    assert source.get("open") is None
    assert "- - pass **[ten]** tests; + - pass **[twelve]** tests;" in text(source)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("* one\n* two", "- one\n- two"),
        ("one  \ntwo", "one\ntwo"),
        ("[a](https://a.example 'x')", "[a](https://a.example)"),
    ],
)
def test_a_change_that_cannot_be_seen_shows_its_source(before: str, after: str) -> None:
    """Nothing is marked, so the lines of the source are open, and said to be all that changes."""
    root = shown(update(Attribute("criteriaNarrative", Cause.CATALOG, before, after)))

    assert find(root, "ins") == find(root, "del") == []
    (source,) = find(root, "details", class_="source")
    assert source.get("open") is not None
    assert "Only how it is written changes" in text(source)


@pytest.mark.parametrize(
    ("before", "after"),
    [("[a](https://a.example)", "[a](https://b.example)"), ("a word", "a **word**"), ("# Title", "Title")],
)
def test_a_link_or_a_weight_that_changes_is_marked(before: str, after: str) -> None:
    """The words are the same, what they lead to or look like is not."""
    ours, theirs = mark_html(markdown(before), markdown(after))

    assert "<del>" in ours
    assert "<ins>" in theirs


def test_very_long_texts_are_compared_at_their_ends_alone() -> None:
    """A page is made in seconds also of a megabyte of criteria; what differs is marked as one stretch."""
    before, after = (" ".join(f"{word}{number}" for number in range(3_000)) for word in "ab")

    ours, theirs = mark_text(f"Same beginning. {before} Same end.", f"Same beginning. {after} Same end.")

    assert ours.startswith("Same beginning. <del>")
    assert theirs.endswith("</ins> Same end.")
    assert (ours.count("<del>"), theirs.count("<ins>")) == (1, 1)


def test_a_conflict_shows_all_three_values() -> None:
    """What was applied last, what somebody made of it on the server, and what the catalog says."""
    root = shown(update(Attribute("description", Cause.CONFLICT, "On the server.", "In the catalog.", "Applied.")))

    captions = [text(item) for item in find(root, "p", class_="caption")][:3]
    assert captions == ["Last applied", "On the server", "In the catalog"]
    assert "Applied." in text(find(root, "article")[0])
    assert [text(item) for item in find(root, "li", class_="conflict")] == ["conflict"]


@pytest.mark.parametrize(("is_seen", "expected"), [(True, "(empty)"), (False, "(not shown by the server)")])
def test_what_nobody_has_seen_is_not_called_empty(is_seen: bool, expected: str) -> None:
    """Servers do not show every field: the first value that the catalog gives one may replace another."""
    attribute = Attribute("imageAltText", Cause.CATALOG, None, "A snake.", is_seen=is_seen)

    assert [text(item) for item in find(shown(update(attribute)), "p", class_="empty")] == [expected]
    assert f"{expected} → " in plan_text.render(plan_of(update(attribute)), Style())


def test_tags_and_alignments_are_compared_one_by_one() -> None:
    """What stays is not marked; an alignment whose name is corrected is compared with itself."""
    one = {"targetName": "Loops", "targetUrl": "https://a.example/1", "targetCode": "A1"}
    other = {"targetName": "Types", "targetUrl": "https://a.example/2"}
    root = shown(
        update(
            Attribute("tags", Cause.CATALOG, ["old", "kept"], ["kept", "new"]),
            Attribute("alignments", Cause.CATALOG, [one, other], [{**one, "targetName": "Long loops"}]),
        )
    )

    assert [text(item) for item in find(root, "li", class_="removed")] == [
        "[removed: Types] [removed: https://a.example/2]",
        "removed: old",
    ]
    changed = [text(item) for item in find(root, "li", class_="changed")]
    assert changed == ["A1 [removed: Loops] https://a.example/1", "A1 [added: Long loops] https://a.example/1"]


def test_an_image_of_the_server_is_described_and_not_loaded() -> None:
    """Its place is there with what is known of it; the one of the catalog is in the file."""
    image_before = facts(image(1))
    image_after = next(iter(read_example().badge_classes)).image
    assert image_after is not None
    entity = badge_class(image=image_after)
    root = shown(
        update(Attribute("image", Cause.CATALOG, image_before, facts(image_after)), entity=entity), images=read_image
    )

    absent = find(root, "span", class_="absent")
    assert [text(item) for item in absent] == ["Before: image of Python: the image on the server is not in this file"]
    assert [text(item) for item in find(root, "figcaption")] == [
        f"400×400 PNG 12 KB {image_before['sha256'][:8]}",
        image_text(facts(image_after)),
    ]
    assert len(find(root, "image")) == 1
    assert len(find(root, "use")) == 3


def facts(image: Image) -> dict[str, Any]:
    """Return what a plan says of an image."""
    return {name: getattr(image, name) for name in ("sha256", "format", "width", "height", "size")}


def read_example() -> Catalog:
    """Return the example catalog."""
    read, _, _ = plans.read_catalog(EXAMPLE)
    return read


def test_what_a_change_does_to_people_stands_at_its_head() -> None:
    """Earners and depth of the change; a reader need not know the fields."""
    root = shown(
        update(
            Attribute("criteriaUrl", Cause.CATALOG, "https://a.example/1", "https://a.example/2"),
            earners=Earners(7),
            rebakes=True,
        )
    )

    assert [text(item) for item in find(find(root, "ul", class_="marks")[0], "li")] == [
        "earned by 7 people",
        "alters what it means",
        "re-bakes 7 awards",
    ]
    assert "7 people have earned it, and its criteria change" in text(find(root, "section", class_="risk")[0])


def test_one_change_is_not_called_changes() -> None:
    """In the title and in what the filter says."""
    root = shown(update(Attribute("name", Cause.CATALOG, "a", "b")))

    assert text(find(root, "h1")[0]) == "1 change to here"
    assert text(find(root, "p", id="count")[0]) == "1 change"


def test_risk_comes_before_every_change() -> None:
    """Who reads only the beginning has read what matters."""
    change = update(Attribute("name", Cause.DRIFT, "a", "b", "b"))
    page = plan_page.show(View(plan_of(change), "", catalog=catalog(issuer(), badge_class())))

    assert 0 < page.index('id="attention"') < page.index("<article")


def test_a_plan_without_its_catalog_is_shown_all_the_same() -> None:
    """Formats may be asked for without one; what was read is enough."""
    change = update(Attribute("name", Cause.CATALOG, "a", "b"))
    gone = Change(Address(Kind.BADGE_CLASS, "gone"), Action.FORGET, "is gone", group="academy")
    root = assert_sound(plan_page.show(View(plan_of(change, gone), "")))

    assert [text(item) for item in find(root, "h3")] == ["~ update Python", ". forget gone"]


# --- catalogs ------------------------------------------------------------------------------------------------------


def test_a_catalog_has_a_card_for_each_badge_class() -> None:
    """With everything that people see: image, text, criteria, alignments, tags, expiry; below its issuer."""
    example = read_example()
    page = catalog_page.show(Showcase(example, "sandbox", read=read_image))
    root = assert_sound(page)

    cards = {element.get("id"): element for element in find(root, "article")}
    assert set(cards) == {f"entity-{item.address}" for item in example.badge_classes}
    card = cards["entity-badge_class.machine-learning-in-practice"]
    (name,) = find(card, "h3")
    assert text(name) == "Machine Learning in Practice"
    assert [text(tag) for tag in find(find(card, "ul", class_="tags")[0], "li")][:2] == ["python", "machine learning"]
    assert "valid for 3 years" in text(card)
    assert [item.get("alt") for item in find(card, "img")] == ["Badge image of Machine Learning in Practice"]
    assert len(find(card, "li", class_="alignment")) == 2
    assert find(find(card, "div", class_="prose")[0], "li")
    assert [text(item) for item in find(root, "h2")] == [item.name for item in example.issuers]
    assert catalog_page.show(Showcase(read_example(), "sandbox", read=read_image)) == page


def test_an_image_that_several_badges_share_is_in_the_file_once() -> None:
    """A catalog of a thousand badge classes with one image stays small."""
    image = read_example().badge_classes[0].image
    several = catalog(issuer(), *(badge_class(f"b{number}", image=image) for number in range(5)))
    root = assert_sound(catalog_page.show(Showcase(several, "", read=read_image)))

    assert len(find(root, "image")) == 1
    assert len(find(root, "use")) == 5
    assert find(root, "img") == []


def test_images_are_left_out_where_a_file_would_become_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that find no room are named, and how many they are."""
    example = read_example()
    monkeypatch.setattr(catalog_page, "Images", lambda *a, **k: plan_page.Images(*a, **k, room=60_000))
    root = assert_sound(catalog_page.show(Showcase(example, "", read=read_image)))

    left_out = [text(item) for item in find(root, "span", class_="absent")]
    assert left_out
    assert all(words.endswith("left out: the images would make this file too large") for words in left_out)
    assert find(root, "img")
    assert re.search(r"\d+ images left out", text(root))


def test_an_image_whose_file_has_changed_is_not_shown() -> None:
    """The page shows what was read and checked, or says that it cannot."""
    root = assert_sound(catalog_page.show(Showcase(catalog(issuer(), badge_class()), "", read=read_image)))

    assert [text(item) for item in find(root, "span", class_="absent")] == [
        "Badge image of Python: its file has changed or can no longer be read"
    ]


def test_a_catalog_without_badges_is_said_to_have_none() -> None:
    """Nothing is no reason to fail."""
    assert "has no issuers yet" in text(assert_sound(catalog_page.show(Showcase(catalog(), ""))))
    assert "No badge classes yet" in text(assert_sound(catalog_page.show(Showcase(catalog(issuer()), ""))))


def test_headings_of_criteria_stand_below_those_of_the_page() -> None:
    """No level is skipped on the way down, however they are numbered."""
    html = str(markdown("## A\n\n##### B\n\n# C\n\n### D\n\n# E\n"))

    assert re.findall(r"<(h\d)>(.)", html) == [("h4", "A"), ("h5", "B"), ("h4", "C"), ("h5", "D"), ("h4", "E")]


def test_endless_criteria_are_shown_as_they_are_written() -> None:
    """Reading Markdown takes its time."""
    assert str(markdown("*x* " * 30_000)).startswith("<pre>*x* *x*")


# --- what strangers write ------------------------------------------------------------------------------------------

hostile = st.lists(st.sampled_from(VECTORS) | st.text(max_size=12), min_size=1, max_size=3).map("".join)


@pytest.mark.tier("test")
@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_of_a_stranger_acts_in_a_page(vector: str) -> None:
    """Wherever the words stand, the page has no element, attribute or address that is not its own."""
    assert_sound(hostile_page(vector, f"x {vector}"))


def test_nothing_of_a_stranger_acts_in_the_page_of_a_catalog() -> None:
    """All of them at once: an issuer and a badge class that say each, and problems that quote it."""
    owners, entities = zip(*map(hostile_entities, VECTORS), strict=True)
    owners = [replace(owner, address=Address(Kind.ISSUER, f"i{number}")) for number, owner in enumerate(owners)]
    entities = [
        replace(entity, address=Address(Kind.BADGE_CLASS, f"b{number}"), issuer=Address(Kind.ISSUER, f"i{number}"))
        for number, entity in enumerate(entities)
    ]
    problems = tuple(Diagnostic(Severity.WARNING, "x", words, words, words, Source(words)) for words in VECTORS)
    root = assert_sound(catalog_page.show(Showcase(catalog(*owners, *entities), "", problems)))

    assert len(find(root, "article")) == len(VECTORS)
    assert_sound(problems_page.show(problems), "'self'")


@examples(40)
@given(hostile, hostile)
def test_nothing_of_any_stranger_acts_in_a_page(words: str, other: str) -> None:
    """As above, of words that nobody has thought of."""
    assert_sound(hostile_page(words, other))


@given(st.text() | hostile, st.text() | hostile)
def test_marks_only_add_marks(before: str, after: str) -> None:
    """Without them both sides are what they were, also where they are rendered."""
    marks = re.compile(r'</?(?:ins|del)>|<span class="vh">(?:\[removed: |\[added: |\])</span>')
    for ours, theirs, plain in ((*mark_html(markdown(before), markdown(after)), (markdown(before), markdown(after))),):
        for marked, unmarked in zip((ours, theirs), plain, strict=True):
            one, other = (
                parse(f"<!doctype html><title>x</title><div>{html}</div>") for html in (marks.sub("", marked), unmarked)
            )
            assert "".join(one.itertext()) == "".join(other.itertext())
    for marked in mark_text(before, after):
        assert parse(f"<!doctype html><title>x</title><p>{marked}</p>") is not None


@given(st.text(alphabet="ab *-\n", max_size=40), st.text(alphabet="ab *-\n", max_size=40))
def test_equal_texts_bear_no_marks_and_different_ones_some(before: str, after: str) -> None:
    """Of plain text each difference is seen."""
    ours, theirs = mark_text(before, after)

    assert ("<del>" in ours or "<ins>" in theirs) == (before != after)


def test_a_page_is_no_command_to_a_build_server() -> None:
    """`--format html` goes to a log, where "##[" and a leading "::" would be taken for commands."""
    words = "::error::x\n  ::add-mask::y\n##[group]z\n##vso[task]"
    page = catalog_page.show(Showcase(catalog(issuer(description=words), badge_class(description=words)), ""))

    assert not re.search(r"^\s*::|##(?:vso)?\[", page, re.MULTILINE)
    assert "##[group]z" in "".join(parse(page).itertext())


def test_the_policy_lets_our_own_style_and_script_pass_and_nothing_else() -> None:
    """Two digests, images from within, and no other source at all."""
    assert re.fullmatch(
        r"default-src 'none'; img-src data:; style-src 'sha256-[\w+/]+='; script-src 'sha256-[\w+/]+='; "
        r"base-uri 'none'; form-action 'none'",
        policy(),
    )
    for name, end in (("page.css", "</style"), ("page.js", "</script")):
        assert end not in asset(name).lower()
        assert "://" not in asset(name)
