"""Pictures of every page of the loop, from a running demonstration.

`python -m tests.support.pictures OUT_FOLDER [--base-url URL]` takes all of them, for looking at them one by one;
with `--readme` only the six of the README, into OUT_FOLDER under their names there.
"""

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.browser import new_context, running_chromium
from tests.browser.tour import STOPS, Guide, Stop

LANGUAGES = ("en", "ar", "ja")
WIDTHS = (360, 768, 1280)
HEIGHT = 900
SCHEMES = ("light", "dark")
WITHOUT_SCRIPTS = ("catalogue", "request-new", "attendance", "plan")
"""Pages that look different where no scripts run."""

README = {
    "catalogue-en": ("catalogue", "en"),
    "catalogue-ar": ("catalogue", "ar"),
    "session": ("session-training", "en"),
    "request": ("request", "en"),
    "attendance": ("attendance", "en"),
    "report": ("report", "en"),
}
README_WIDTH, README_HEIGHT = 1280, 1000
LARGEST_PICTURE = 150_000


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it."""

    stop: Stop
    language: str
    width: int = 1280
    height: int = HEIGHT
    scheme: str = "light"
    scripts: bool = True
    whole: bool = True

    @property
    def name(self) -> str:
        parts = [self.stop.name, self.language, str(self.width), self.scheme, *([] if self.scripts else ["no-script"])]
        return ".".join(parts)

    def take(self, browser: Browser, guide: Guide, path: Path) -> None:
        context, _watch = new_context(
            browser,
            guide.base_url,
            viewport={"width": self.width, "height": self.height},
            color_scheme=self.scheme,
            java_script_enabled=self.scripts,
            storage_state=guide.state(self.stop.role),
            timezone_id="Africa/Nairobi",
            locale=self.language,
        )
        page = context.new_page()
        self.stop.show(guide, page, self.language)
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=self.whole)
        context.close()


def everything() -> Iterator[Picture]:
    """Each page in three languages and widths, light; narrow and dark; and some without scripts."""
    for stop, language in itertools.product(STOPS, LANGUAGES):
        for width in WIDTHS:
            yield Picture(stop, language, width)
        yield Picture(stop, language, WIDTHS[-1], scheme="dark")
        if stop.name in WITHOUT_SCRIPTS:
            yield Picture(stop, language, scripts=False)


def of_readme() -> Iterator[tuple[str, Picture]]:
    stops = {stop.name: stop for stop in STOPS}
    for name, (stop, language) in README.items():
        yield name, Picture(stops[stop], language, README_WIDTH, README_HEIGHT, whole=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base-url", default="http://127.0.0.1:5000")
    parser.add_argument("--readme", action="store_true", help="only those of the README")
    parser.add_argument("--only", nargs="*", default=[], help="beginnings of names, as in session.ar.360")
    options = parser.parse_args()
    with running_chromium() as browser:
        guide = Guide(browser, options.base_url.rstrip("/"))
        named = of_readme() if options.readme else ((picture.name, picture) for picture in everything())
        for name, picture in named:
            if options.only and not picture.name.startswith(tuple(options.only)):
                continue
            path = options.folder / f"{name}.png"
            picture.take(browser, guide, path)
            size = path.stat().st_size
            too_large = options.readme and size > LARGEST_PICTURE
            print(f"{path} {size // 1000} kB" + (" – too large for the README" if too_large else ""))
        guide.close()


if __name__ == "__main__":
    main()
