"""Takes the pictures of pages that the documentation shows, of the example catalog in a headless Chromium.

    python docs/screenshots.py

Needs what the tests in a browser need. The fonts are those of the computer: with Inter and Charis SIL
(`apt-get install fonts-inter fonts-sil-charis`) the pictures look as they do in the repository.
"""  # noqa: INP001 (a script, not a package)

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from generate import ROOT, change_the_example, copy_of_the_example, quiet_environment
from PIL import Image

from badgeops.cli import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = ROOT / "docs" / "images"
COLOURS = 256
"""Of a palette: such pages have few, and the file is a third as large."""


def take(browser: Browser, page: Path, name: str, *, height: int, scheme: str, scroll_to: str = "") -> None:
    """Take a picture of a page, as a window of 1200 pixels shows it."""
    context = browser.new_context(viewport={"width": 1200, "height": height}, color_scheme=scheme)
    tab = context.new_page()
    tab.goto(page.as_uri())
    if scroll_to:
        tab.evaluate(f"document.querySelector({scroll_to!r}).scrollIntoView()")
    with Image.open(io.BytesIO(tab.screenshot())) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(IMAGES / f"{name}.png", optimize=True)
    context.close()


def main() -> int:
    """Make the pages and take their pictures."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (a tool of the tests)

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, quiet_environment(), sync_playwright() as playwright:
        pages = Path(folder)
        with copy_of_the_example() as catalog:
            status = run(["preview", "--out", str(pages / "catalog.html")])
            change_the_example(catalog)
            status |= run(["plan", "--output", f"html={pages / 'plan.html'}"])
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take(browser, pages / "catalog.html", "preview", height=1080, scheme="light")
        take(
            browser,
            pages / "plan.html",
            "plan",
            height=1000,
            scheme="dark",
            scroll_to="[id='entity-badge_class.safe-online']",
        )
        browser.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
