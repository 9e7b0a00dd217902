"""Pages in a real browser: they work with keyboard, filter, small windows and without scripts, and ask for nothing.

They need the Chromium of the system: `apt-get install chromium`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import places, plans
from support.hostile import VECTORS
from support.places import EXAMPLE
from support.plan_pages import hostile_page, view_of
from support.strategies import badge_class, catalog, issuer

from badgeops.catalog.referenced_files import read_image
from badgeops.render.html import catalog as catalog_page, plan as plan_page
from badgeops.render.html.catalog import Showcase

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CASES = places.CASES / "plan"

pytestmark = [
    pytest.mark.tier("test"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this computer: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start one Chromium, with an empty profile, for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the pages to look at: the example catalog, plans of several sorts, and what strangers write."""
    folder = tmp_path_factory.mktemp("pages")
    example, _, _ = plans.read_catalog(EXAMPLE)
    texts = {
        "catalog": catalog_page.show(Showcase(example, "sandbox", read=read_image)),
        "hostile": hostile_page("\n\n".join(VECTORS), " ".join(VECTORS)),
    }
    for name in ("003-each-field-changes", "008-changed-on-both-sides", "020-removed-and-deleted", "052-many-changes"):
        texts[name] = plan_page.show(view_of(CASES / name))
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@dataclass
class Seen:
    """A page in a tab, and what came of it."""

    tab: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def visible(self, selector: str) -> int:
        """Return how many elements of a selector are there to be seen."""
        return sum(each.is_visible() for each in self.tab.locator(selector).all())

    def wait(self, condition: str) -> None:
        """Wait until an expression of JavaScript is true; 10 seconds at most. (The page's policy forbids `eval`.)"""
        for _ in range(400):
            if self.tab.evaluate(condition):
                return
            self.tab.wait_for_timeout(25)
        raise AssertionError(condition)


@contextmanager
def opened(browser: Any, path: Path, **options: Any) -> Iterator[Seen]:
    """Open a page in a fresh context; at the end it must have asked for nothing and complained about nothing."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    try:
        seen = Seen(context.new_page())
        seen.tab.on("request", lambda request: seen.requests.append(request.url))
        seen.tab.on("console", lambda message: seen.complaints.append(message.text))
        seen.tab.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.tab.on("dialog", lambda dialog: (seen.complaints.append(dialog.message), dialog.dismiss()))
        seen.tab.goto(path.as_uri())
        yield seen
        outside = [url for url in seen.requests if not url.startswith(("data:image/", path.as_uri()))]
        assert outside == []
        assert seen.complaints == []
        assert seen.tab.url.partition("#")[0] == path.as_uri()
    finally:
        context.close()


def test_the_filter_shows_what_is_asked_for_and_says_how_much(browser: Any, pages: dict[str, Path]) -> None:
    """By text, issuer and action; groups without any go, the number is announced, and all come back."""
    with opened(browser, pages["catalog"]) as seen:
        tab = seen.tab
        assert seen.visible("article") == 14
        tab.get_by_role("searchbox", name="Search").fill("PYTHON statist")
        seen.wait("document.querySelector('#count').textContent === '2 of 14 badge classes'")
        assert sorted(tab.locator("article:visible h3").all_inner_texts()) == [
            "Data Analysis with Python",
            "Machine Learning in Practice",
        ]
        assert tab.locator("section.issuer:visible").count() == 1
        tab.get_by_role("searchbox").fill("")
        tab.get_by_role("combobox", name="Issuer").select_option(label="Alderhaven City Library")
        seen.wait("document.querySelectorAll('section.issuer:not([hidden])').length === 1")
        assert tab.get_by_role("status").inner_text() == f"{seen.visible('article')} of 14 badge classes"
        tab.get_by_role("combobox").select_option(label="All issuers")
        seen.wait("document.querySelector('#count').textContent === '14 badge classes'")
        tab.get_by_role("searchbox").fill("nobody has this")
        seen.wait("document.querySelector('#count').textContent === '0 of 14 badge classes'")
        assert seen.visible("article") == 0
        assert tab.get_by_role("button", name="Open all details").is_disabled()


def test_everything_can_be_done_with_the_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    """Skip link, filter by action, and the way from a risk to its change although the filter hides it."""
    with opened(browser, pages["052-many-changes"], reduced_motion="reduce") as seen:
        tab = seen.tab
        total = tab.locator("article").count()
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.textContent") == "Skip to content"
        assert tab.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.id") == "content"

        tab.locator("input[name=action]").first.focus()
        tab.keyboard.press("ArrowRight")
        seen.wait("document.querySelectorAll('[data-item][hidden]').length > 0")
        chosen = tab.evaluate("document.querySelector('input[name=action]:checked').value")
        assert {item.get_attribute("data-action") for item in tab.locator("[data-item]:visible").all()} == {chosen}
        assert tab.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineStyle") == "solid"

        hidden = tab.evaluate("document.querySelector('[hidden] > article').id")
        tab.evaluate(f"location.hash = '{hidden}'")
        seen.wait(f"document.activeElement.id === '{hidden}'")
        assert seen.visible("article") == total


def test_details_open_with_the_keyboard_and_all_at_once(browser: Any, pages: dict[str, Path]) -> None:
    """One by its summary, all that is shown by the button, which says what it will do next."""
    with opened(browser, pages["catalog"]) as seen:
        tab = seen.tab
        tab.locator("summary").first.focus()
        tab.keyboard.press("Enter")
        assert tab.locator("details[open]").count() == 1
        button = tab.locator("#unfold")
        button.click()
        assert tab.locator("details:not([open])").count() == 0
        assert (button.inner_text(), button.get_attribute("aria-expanded")) == ("Close all details", "true")
        button.click()
        assert tab.locator("details[open]").count() == 0


def test_two_thousand_cards_are_filtered_while_one_types(browser: Any, tmp_path: Path) -> None:
    """The time grows with their number, not with its square."""
    many = catalog(issuer(), *(badge_class(f"course-{number}") for number in range(2_000)))
    path = tmp_path / "many.html"
    path.write_text(catalog_page.show(Showcase(many, "")), "utf-8")
    took = []
    while not took or (min(took) > 1_000 and len(took) < 3):  # the computer may have had something else to do
        with opened(browser, path) as seen:
            took.append(
                seen.tab.evaluate(
                    "() => { const start = performance.now(); const field = document.querySelector('[type=search]');"
                    "field.value = 'Course-199'; field.form.requestSubmit(); document.body.offsetHeight;"
                    "return performance.now() - start; }"
                )
            )
            assert seen.tab.get_by_role("status").inner_text() == "11 of 2000 badge classes"
    assert min(took) <= 1_000


@pytest.mark.parametrize("name", ["catalog", "003-each-field-changes"])
def test_a_page_works_without_scripts(browser: Any, pages: dict[str, Path], name: str) -> None:
    """All is shown, details open, and there is no filter that would do nothing."""
    with opened(browser, pages[name], java_script_enabled=False) as seen:
        tab = seen.tab
        assert seen.visible("article") == tab.locator("article").count() > 0
        assert not tab.locator("#filter").is_visible()
        summary = tab.locator("summary").first
        summary.click()
        assert tab.locator("details[open]").count() >= 1
        assert tab.locator(".picture.hero, .picture.thumb").first.is_visible()


@pytest.mark.parametrize("name", ["catalog", "003-each-field-changes", "hostile"])
def test_a_page_fits_a_window_of_320_pixels(browser: Any, pages: dict[str, Path], name: str) -> None:
    """Nobody has to scroll sideways, also with all details open and at large text (WCAG 1.4.10)."""
    with opened(browser, pages[name], viewport={"width": 320, "height": 700}) as seen:
        seen.tab.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        assert seen.tab.evaluate("document.documentElement.scrollWidth") == 320
        for each in ("article", ".side", ".filter"):
            for box in seen.tab.locator(each).all():
                place = box.bounding_box()
                assert place is None or place["x"] + place["width"] <= 320.5, each


def test_all_images_are_seen(browser: Any, pages: dict[str, Path]) -> None:
    """The policy lets those within the page pass, PNG and SVG, alone and shared."""
    with opened(browser, pages["catalog"]) as seen:
        tab = seen.tab
        for each in tab.locator("img").all():
            each.scroll_into_view_if_needed()
        seen.wait("[...document.images].every(image => image.complete)")
        assert tab.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        assert tab.locator("img").count() + tab.locator("use").count() == 16
        shared = tab.locator("svg.picture").first
        shared.scroll_into_view_if_needed()
        assert len(set(png_pixels(shared.screenshot()))) > 5


def png_pixels(data: bytes) -> Any:
    """Return the colours of a screenshot."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return [colour for _, colour in image.convert("RGB").getcolors(1 << 24) or ()]


def test_what_strangers_write_does_nothing_in_a_browser(browser: Any, pages: dict[str, Path]) -> None:
    """No dialog, no request, no refused attempt, no other address; `opened` asserts it after some use."""
    with opened(browser, pages["hostile"]) as seen:
        seen.tab.locator("#unfold").click()
        seen.tab.mouse.move(300, 300)
        for step in range(10):
            seen.tab.mouse.wheel(0, 1500 * step)
        seen.tab.wait_for_timeout(200)
        assert seen.tab.evaluate("document.forms.length") == 1
        assert seen.tab.evaluate("document.scripts.length") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_colours_of_the_system(browser: Any, pages: dict[str, Path], scheme: str) -> None:
    """Dark where dark is wanted; no motion where none is wanted."""
    with opened(browser, pages["catalog"], color_scheme=scheme, reduced_motion="reduce") as seen:
        red = seen.tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
        assert (red < 60) == (scheme == "dark")
        assert seen.tab.evaluate(
            "[...document.querySelectorAll('*')].every(e => getComputedStyle(e).transitionDuration === '0s')"
        )


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("catalog", "light"),
        ("catalog", "dark"),
        ("003-each-field-changes", "light"),
        ("003-each-field-changes", "dark"),
        ("008-changed-on-both-sides", "light"),
        ("020-removed-and-deleted", "dark"),
    ],
)
def test_axe_finds_no_barrier(browser: Any, pages: dict[str, Path], name: str, scheme: str) -> None:
    """Names, roles, order of headings, contrast: all rules of axe-core, all details open, in both schemes."""
    import axe_playwright_python

    source = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
    with opened(browser, pages[name], color_scheme=scheme) as seen:
        # Off screen nothing is laid out, and so nothing would be looked at.
        seen.tab.evaluate(
            "for (const e of document.querySelectorAll('.card, .change')) e.style.contentVisibility = 'visible';"
            "for (const part of document.querySelectorAll('details')) part.open = true"
        )
        seen.tab.evaluate(source)
        found = seen.tab.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
        assert found["testEngine"]["name"] == "axe-core"
        assert len(found["passes"]) > 20
        said = [
            f"{item['id']}: {node['html'][:150]} {node['failureSummary'][:300]}"
            for item in found["violations"]
            for node in item["nodes"][:3]
        ]
        assert said == []
