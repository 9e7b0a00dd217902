"""Selectors: which documents a person means."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from badgeops.catalog.select import Form, Selector, SelectorError, Subject, nearest, parse

PYTHON = Subject("badge_class.python-basics", "acme", "badges/python.yaml")
LAW = Subject("badge_class.law", "law-faculty", "badges/law/all.yaml")
ACME = Subject("issuer.acme", "acme", "issuer.yaml")
SKILLS = Subject("alignment_set.skills", None, "frameworks/skills.yaml")
PLACE = Subject(None, None, "badgeops.yaml")
ALL = (PYTHON, LAW, ACME, SKILLS, PLACE)

KEYS = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
PREFIXES = st.sampled_from(["issuer", "badge_class", "alignment_set", "image"])
FILES = st.lists(st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True), min_size=1, max_size=4).map("/".join)
SUBJECTS = st.builds(
    lambda prefix, key, issuer, file: Subject(f"{prefix}.{key}", issuer, f"{file}.yaml"),
    PREFIXES,
    KEYS,
    st.none() | KEYS,
    FILES,
)


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("badge_class.python-basics", [PYTHON]),
        ("badge_class.python", []),
        ("badge_class.*", [PYTHON, LAW]),
        ("badge_class.python-*", [PYTHON]),
        ("badge_class.la?", [LAW]),
        ("*.law", [LAW]),
        ("*", [PYTHON, LAW, ACME, SKILLS]),
        ("issuer:acme", [PYTHON, ACME]),
        ("issuer:law", []),
        ("file:badges/*.yaml", [PYTHON]),
        ("file:badges/", [PYTHON, LAW]),
        ("file:badges/**", [PYTHON, LAW]),
        ("file:all.yaml", [LAW]),
        ("file:/all.yaml", []),
        ("file:badgeops.yaml", [PLACE]),
        ("file:**/*.yaml", list(ALL)),
    ],
)
def test_what_a_selector_selects(text: str, selected: list[Subject]) -> None:
    """An address is that document, a glob all that fit, an issuer its badge classes too, a file what stands in it."""
    selector = parse(text)

    assert [subject for subject in ALL if selector.selects(subject)] == selected
    assert str(selector) == text


@pytest.mark.parametrize(
    "text",
    ["", "python", "badge.python", "badge.*", "badge_class.", "Issuer.acme", "badge_class.A*", "label:x", "issuer:",
     "issuer:*", "file:", "file:/", "file:!x", "file: x", ":x", "badge_class.a, badge_class.b", "[a-z]*"],
)  # fmt: skip
def test_what_is_no_selector(text: str) -> None:
    """A slip is told, with what a selector looks like: it never selects nothing, or everything, in silence."""
    with pytest.raises(SelectorError, match=r"looks like|for example|stands"):
        parse(text)


@given(SUBJECTS)
def test_each_document_can_be_selected_in_four_ways(subject: Subject) -> None:
    """Its address, its first letters, its issuer and its file all lead to it."""
    assert subject.address is not None
    written = [subject.address, f"{subject.address[:-1]}*", f"{subject.address[:-1]}?", f"file:{subject.file}"]
    written += [f"issuer:{subject.issuer}"] if subject.issuer is not None else []

    assert all(parse(text).selects(subject) for text in written)
    assert parse(subject.address).form is Form.ADDRESS


@given(SUBJECTS, SUBJECTS)
def test_an_address_selects_one_document(subject: Subject, other: Subject) -> None:
    """Whatever else is alike: its issuer, its file, the beginning of its key."""
    assert Selector(Form.ADDRESS, str(subject.address)).selects(other) == (other.address == subject.address)


@given(st.text(max_size=40))
def test_any_text_is_a_selector_or_told_why_not(text: str) -> None:
    """Nothing else comes out of whatever is written, and what was read is written the same way."""
    try:
        selector = parse(text)
    except SelectorError:
        return
    assert str(selector) == text
    assert parse(str(selector)) == selector


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("badge_class.python-basic", "badge_class.python-basics"),
        ("badge_class.basics-of-python", None),
        ("badge_class.acme", "issuer.acme"),
        ("issuer.academy-of-arts", "issuer.acme"),
        ("image.x", None),
        ("issuer.python-*", "badge_class.python-*"),
        ("badge_class.x-*", None),
        ("*", None),
        ("issuer:acne", "issuer:acme"),
        ("issuer:xyz", None),
        ("file:old/python.yaml", "file:badges/python.yaml"),
        ("file:badges/pyton.yaml", "file:badges/python.yaml"),
        ("file:old/*.yaml", None),
    ],
)
def test_what_a_selector_of_nothing_was_meant_for(text: str, meant: str | None) -> None:
    """A key that is alike, another kind, another folder, or the only one of its kind; not anything at all."""
    assert nearest(parse(text), ALL) == meant


@given(st.lists(SUBJECTS, max_size=6), SUBJECTS)
def test_what_is_suggested_selects_something(subjects: list[Subject], gone: Subject) -> None:
    """Whoever writes what a message suggests is not told the same again."""
    for text in (str(gone.address), f"{str(gone.address)[:-1]}*", f"issuer:{gone.issuer or 'x'}", f"file:{gone.file}"):
        meant = nearest(parse(text), subjects)
        assert meant is None or any(map(parse(meant).selects, subjects))
