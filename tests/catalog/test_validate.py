"""What validation says about a catalog, and what it makes of one.

Each folder of tests/cases/validate holds a catalog and, in expected.txt, what is said about it. After a wanted change,
`make goldens` rewrites the expected texts; then read `git diff`.
"""

from __future__ import annotations

import importlib
import inspect
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from support.goldens import Compare
from support.judged import CASES, check
from support.messages import messages
from support.tiers import examples

from badgeops.catalog import report
from badgeops.catalog.folder import load
from badgeops.catalog.images.raster import ImageFacts
from badgeops.catalog.referenced_files import CatalogFiles
from badgeops.catalog.validate import FileProblem, ImageFile, Overlay, TextFile, Validation, validate
from badgeops.errors import CONSEQUENCES, Severity
from badgeops.model.address import Address, Kind
from badgeops.model.entities import Alignment, BadgeClass, Expiry
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.model.rules import NAMED
from badgeops.render import diagnostics as render
from badgeops.render.machine import annotations, junit, sarif
from badgeops.render.markdown import problems_markdown
from badgeops.render.view import ProblemsView
from badgeops.yamldoc.parse import Document, YamlFile, parse


def said(root: Path) -> str:
    """Return what a person would read about a catalog."""
    diagnostics, validation = check(root)
    if validation.catalog is None:
        outcome = "There is no catalog."
    else:
        outcome = f"{len(validation.catalog.issuers)} issuers, {len(validation.catalog.badge_classes)} badge classes."
    return f"{render.text(diagnostics, color=False, every_place=True)}{outcome}\n"


def summed_up(problems: ProblemsView) -> str:
    """Return what a terminal shows of them: each cause once."""
    return render.text(problems.diagnostics, color=False)


FORMS = {
    "expected.causes.txt": summed_up,
    "expected.sarif": sarif.show,
    "expected.junit.xml": junit.show,
    "expected.md": problems_markdown.show,
    "expected.github.txt": annotations.show_problems,
}
"""Other forms of what is said, for the cases in whose folder such a file stands."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_catalog_is_judged_as_recorded_in_other_forms_too(case: Path, golden: Compare) -> None:
    """What programs read is held to recorded files as well."""
    shown = ProblemsView(check(case / "catalog")[0])
    for name, form in FORMS.items():
        if (case / name).exists():
            golden(case / name, form(shown))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_follows_from_other_problems_stands_behind_them(case: Path) -> None:
    """Nobody reads "correct those first" before there is anything to correct."""
    follows = [diagnostic.code in CONSEQUENCES for diagnostic in check(case / "catalog")[0]]

    assert follows == sorted(follows)
    assert not all(follows) or not follows


def test_it_is_known_which_problems_speak_of_other_ones() -> None:
    """Words such as "correct those" make no sense without what stands above them."""
    spoken = re.compile(r"Correct (?:these|those|them)\b")
    kinds = {message.place.partition(":")[0] for message in messages() if spoken.search(message.text)}

    assert kinds == {"badgeops/catalog/acceptance.py", "badgeops/catalog/report.py", "badgeops/catalog/validate.py"}
    assert set(NAMED) >= CONSEQUENCES
    assert len(CONSEQUENCES) == len(kinds)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_said_about_a_catalog(case: Path, golden: Compare) -> None:
    """Each case says exactly what its expected.txt records."""
    golden(case / "expected.txt", said(case / "catalog"))


# --- what becomes of a document ------------------------------------------------------------------------------------

ISSUER = """\
kind: Issuer
key: acme
name: " ACME Academy "
url: https://acme.example
email: badges@acme.example
"""
BADGE = """\
kind: BadgeClass
key: python
issuer: acme
name: Python
description: Writes programs.
image: python.svg
criteriaUrl: https://acme.example/python
"""


class FakeFiles:
    """Holds files in memory: texts by path; any path that ends in .svg is a sound image."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.asked: list[tuple[str, str]] = []

    def text(self, document: Document, path: str) -> TextFile | FileProblem:
        """Return a text."""
        self.asked.append((document.file.name, path))
        return TextFile(self.texts[path]) if path in self.texts else FileProblem("missing-file", "missing")

    def image(self, document: Document, path: str) -> ImageFile | FileProblem:
        """Return an image."""
        self.asked.append((document.file.name, path))
        facts = ImageFacts("svg", 1, 1, 1, path)
        return ImageFile(facts, path) if path.endswith(".svg") else FileProblem("missing-file", "missing")


def documents(*texts: str) -> list[Document]:
    """Parse files called 0.yaml, 1.yaml and so on."""
    found: list[Document] = []
    for index, text in enumerate(texts):
        parsed, diagnostics = parse(YamlFile(f"{index}.yaml", text))
        assert not diagnostics
        found += parsed
    return found


def outcome(*texts: str, overlay: Overlay | None = None, files: FakeFiles | None = None) -> Validation:
    """Validate documents."""
    return validate("x", documents(*texts), overlay or Overlay(), files or FakeFiles())


def badge_of(validation: Validation) -> BadgeClass:
    """Return the only badge class of a catalog without errors."""
    assert validation.catalog is not None, validation.diagnostics
    (badge,) = validation.catalog.badge_classes
    return badge


def test_an_issuer_is_built() -> None:
    """Text is trimmed as a server would; what is not written is not declared."""
    validation = outcome(ISSUER)

    assert validation.catalog is not None
    (issuer,) = validation.catalog.issuers
    assert (str(issuer.address), issuer.name, issuer.description, issuer.image) == (
        "issuer.acme",
        "ACME Academy",
        None,
        None,
    )
    assert issuer.declared == {"name", "url", "email"}
    assert issuer.lifecycle == Lifecycle()
    assert issuer.document.file.name == "0.yaml"


def test_a_full_badge_class_is_built() -> None:
    """Every field arrives in the model."""
    full = (
        BADGE
        + """\
criteriaNarrative: {file: python.md}
tags: [" b ", a, b]
alignments:
  - ref: set/one
  - {targetName: Two, targetUrl: https://f.example/2, targetFramework: Own, targetCode: "", displayAsSkill: true}
expires: {amount: 5.0, duration: weeks}
extensions: {"extensions:X": {"@context": https://c.example, type: [Extension]}}
achievementType: Course
imageAltText: A snake
lifecycle: {protect: true, onRemove: delete, ignoreChanges: [tags], allowDuplicateName: true}
"""
    )
    alignments = """\
kind: AlignmentSet
key: set
targetFramework: Frame
alignments: {one: {targetName: One, targetUrl: https://f.example/1}}
"""

    badge = badge_of(outcome(ISSUER, full, alignments, files=FakeFiles(**{"python.md": "\nDo it.\n"})))

    assert badge.issuer == Address(Kind.ISSUER, "acme")
    assert badge.criteria_narrative == "Do it."
    assert badge.tags == ("b", "a")
    assert badge.alignments == (
        Alignment("One", "https://f.example/1", target_framework="Frame"),
        Alignment("Two", "https://f.example/2", target_framework="Own", display_as_skill=True),
    )
    assert badge.expires == Expiry(5, "weeks")
    assert badge.extensions == {"extensions:X": {"@context": "https://c.example", "type": ["Extension"]}}
    assert (badge.achievement_type, badge.image_alt_text) == ("Course", "A snake")
    assert badge.lifecycle == Lifecycle(True, OnRemove.DELETE, frozenset({"tags"}), True)
    assert badge.image is not None
    assert (badge.image.sha256, badge.image.path) == ("python.svg", "python.svg")
    assert badge.declared == {
        "issuer", "name", "description", "image", "criteriaUrl", "criteriaNarrative", "tags", "alignments", "expires",
        "extensions", "achievementType", "imageAltText",
    }  # fmt: skip


def test_what_shall_be_empty_is_declared() -> None:
    """`null`, `[]` and `{}` mean that the field is to be empty on the server; they also switch a default off."""
    empty = (
        BADGE + "criteriaNarrative: null\ntags: []\nalignments: []\nexpires: null\nextensions: {}\nimageAltText: null\n"
    )
    overlay = Overlay(defaults={"BadgeClass": {"expires": {"amount": 1, "duration": "years"}, "tags": ["x"]}})

    badge = badge_of(outcome(ISSUER, empty, overlay=overlay))

    assert (badge.criteria_narrative, badge.tags, badge.alignments, badge.expires, badge.extensions) == (
        None,
        (),
        (),
        None,
        {},
    )
    assert {"criteriaNarrative", "tags", "alignments", "expires", "extensions", "imageAltText"} <= badge.declared


def test_a_shared_image_brings_its_alternative_text() -> None:
    """The text of an Image document is used, though not declared, where the badge class has none of its own."""
    shared = BADGE.replace("python.svg", "{ref: snake}")
    image = "kind: Image\nkey: snake\nfile: snake.svg\naltText: A snake\n"

    badge = badge_of(outcome(ISSUER, shared, image))

    assert badge.image_alt_text == "A snake"
    assert "imageAltText" not in badge.declared
    assert badge_of(outcome(ISSUER, shared + "imageAltText: null\n", image)).image_alt_text is None
    assert badge_of(outcome(ISSUER, shared + "imageAltText: Mine\n", image)).image_alt_text == "Mine"


def test_defaults_and_overrides_are_filled_in() -> None:
    """A default fills what is lacking, an override replaces what is there; their paths start at the settings."""
    (settings_document,) = documents("defaults: {}\n")
    overlay = Overlay(
        settings_document,
        "production",
        {"BadgeClass": {"image": "default.svg", "tags": ["x"]}, "Issuer": {"description": "D"}},
        {"badge_class.python": {"name": "Python!", "image": "other.svg"}},
    )
    files = FakeFiles()

    validation = validate("x", documents("a: 1", ISSUER, BADGE)[1:], overlay, files)

    badge = badge_of(validation)
    assert (badge.name, badge.tags, badge.image and badge.image.sha256) == ("Python!", ("x",), "other.svg")
    assert files.asked == [("0.yaml", "other.svg")]
    assert validation.catalog is not None
    assert validation.catalog.issuers[0].description == "D"
    assert "description" in validation.catalog.issuers[0].declared


def test_the_catalog_is_sorted_by_key() -> None:
    """Entities come in the order of their keys, whatever files they stand in."""
    two = BADGE.replace("key: python", "key: a").replace("name: Python", "name: A")
    validation = outcome(BADGE, ISSUER, two)

    assert validation.catalog is not None
    assert [badge.key for badge in validation.catalog.badge_classes] == ["a", "python"]


def test_a_required_field_with_a_wrong_default_is_said_once() -> None:
    """Where the default of a required field is wrong, the documents that need it are not said to lack it."""
    (settings_document,) = documents("defaults: {BadgeClass: {issuer: 1}}\n")
    overlay = Overlay(settings_document, None, settings_document.data["defaults"])

    validation = validate("x", documents(ISSUER, BADGE.replace("issuer: acme\n", "")), overlay, FakeFiles())

    assert [(d.code, str(d.source)) for d in validation.diagnostics] == [("yaml-1.1-value", "0.yaml:1:33")]


def test_a_word_that_is_misread_is_not_repeated_at_any_length() -> None:
    """Ten thousand digits in place of a name do not bury the message about them."""
    validation = outcome(ISSUER, BADGE.replace("name: Python", f"name: {'9' * 10_000}"))

    (found,) = validation.diagnostics
    assert found.code == "yaml-1.1-value"
    assert len(found.summary + found.detail) < 500


def test_space_around_text_does_not_make_it_long() -> None:
    """Lengths are counted as a server does: after trimming."""
    assert outcome(ISSUER, BADGE.replace("name: Python", f'name: "{" " * 300}Python"')).diagnostics == ()


def test_an_override_without_a_document_is_reported_without_a_place() -> None:
    """Overrides that did not come from a file have no place, and are checked all the same."""
    validation = outcome(ISSUER, overlay=Overlay(overrides={"issuer.no": {}, "what": {}, "issuer.acme": {"x": 1}}))

    assert [(d.code, d.source) for d in validation.diagnostics] == [
        ("unknown-field", None),
        ("unknown-override", None),
        ("unknown-override", None),
    ]


def test_an_incomplete_catalog_does_not_miss_what_could_not_be_read() -> None:
    """Where files could not be read, a reference to what is not here is not an error, nor is anything unused."""
    image = "kind: Image\nkey: i\nfile: i.svg\n"
    overlay = Overlay(overrides={"issuer.elsewhere": {"name": "X"}})

    validation = validate("x", documents(BADGE, image), overlay, FakeFiles(), incomplete=True)

    assert validation.diagnostics == ()
    assert validation.catalog is not None
    assert validation.catalog.badge_classes == ()


# --- laws ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_files_does_not_matter(seed: int) -> None:
    """All cases together, their documents in any order, give the same catalog and the same diagnostics."""
    root = CASES[0] / "catalog"
    found = [document for case in CASES for document in load(case / "catalog", case.name).documents]
    shuffled = random.Random(seed).sample(found, len(found))  # noqa: S311 (no secret)

    with CatalogFiles(root, ".") as files:
        assert validate("x", found, Overlay(), files) == validate("x", shuffled, Overlay(), files)


FILES = [path for case in CASES for path in (case / "catalog").rglob("*.yaml")]
LINES = sorted({line for path in FILES for line in path.read_bytes().decode("utf-8", "replace").splitlines()})


@examples(300)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=12)), max_size=14), st.randoms())
def test_any_file_is_validated_or_explained(lines: list[str], chance: random.Random) -> None:
    """Lines of real catalogs thrown together never make validation fail, and there is a catalog or an error."""
    chance.shuffle(lines)
    found, _ = parse(YamlFile("a.yaml", "\n".join(lines)))
    overlay = (
        Overlay(found[0], "x", {"BadgeClass": found[0].data}, {"badge_class.x": found[0].data}) if found else Overlay()
    )

    validation = validate("x", found, overlay, FakeFiles())

    errors = [d for d in validation.diagnostics if d.severity is Severity.ERROR]
    assert (validation.catalog is None) == bool(errors)
    render.to_json(validation.diagnostics)


def test_every_code_is_shown_in_a_case() -> None:
    """Each code that these modules use is in the expected problems of some case or of a test of its own."""
    modules = (
        "badgeops.catalog.build",
        "badgeops.catalog.explain",
        "badgeops.catalog.field_rules",
        "badgeops.catalog.referenced_files",
        "badgeops.catalog.images.dangers",
        "badgeops.catalog.images.measure",
        "badgeops.catalog.images.png",
        "badgeops.catalog.images.raster",
        "badgeops.catalog.folder",
        "badgeops.catalog.overlay",
        "badgeops.catalog.images.svg",
        "badgeops.catalog.validate",
        "badgeops.yamldoc.parse",
    )
    source = "\n".join(inspect.getsource(importlib.import_module(name)) for name in modules)
    maker = r"(?:Problem|warning|_error|FileProblem|_report|Diagnostic)"
    pattern = maker + r'\(\s*(?:Severity\.\w+, )?"([a-z0-9]+(?:-[a-z0-9.]+)*)"'
    known = set(re.findall(pattern, source))
    shown = {d.code for case in CASES for d in check(case / "catalog")[0]}
    elsewhere = """
        absolute-path file-too-large hidden-file image-baked-award image-converted image-large-metadata
        image-shows-place image-too-many-frames image-trailing-data svg-circular svg-embedded svg-unfolds svg-viewbox
        image-too-large image-too-many-pixels image-will-be-resized invalid-merge
        invalid-value link-loop link-outside long-criteria missing-catalog not-a-file not-a-folder too-many-problems
        unreadable
    """

    assert known - shown <= set(elsewhere.split())
    assert shown <= NAMED.keys()


def test_of_a_hundred_thousand_problems_the_first_are_told() -> None:
    """A megabyte of broken documents ends in a list that a computer can hold, and stays an error."""
    found = outcome("--- {kind: Issuer}\n" * 8_000)

    assert found.catalog is None
    assert len(found.diagnostics) == report.MOST + 1
    assert sum(each.code == "more-problems" for each in found.diagnostics) == 1
