"""The ten languages, which one a reader gets, and texts kept per language."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from babel import Locale, localedata
from flask import Flask, Request, current_app, g, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, lazy_gettext, lazy_ngettext
from flask_babel import gettext as _
from flask_babel import ngettext as ngettext
from werkzeug.datastructures import LanguageAccept
from werkzeug.routing import BaseConverter

from trainapp.settings import PROJECT_ROOT

lazy = lazy_gettext
lazy_plural = lazy_ngettext

LANGUAGES: Mapping[str, str] = {
    "ar": "العربية",
    "zh": "中文",
    "en": "English",
    "fr": "Français",
    "de": "Deutsch",
    "ja": "日本語",
    "ko": "한국어",
    "pt": "Português",
    "ru": "Русский",
    "es": "Español",
}
"""Language codes and what each language calls itself, in the order of the PCT publication languages."""

DEFAULT_LANGUAGE = "en"
LANGUAGE_COOKIE = "language"

babel = Babel()


def keep_locales_apart() -> None:
    """Give each of the ten locales tables of its own.

    Babel 2.18 shares what locales inherit and resolves its aliases in place, for the locale that happens to be asked
    first: after a Chinese page, French ones would name the month 7月.
    """
    for code in LANGUAGES:
        localedata._cache[code] = deepcopy(localedata.load(code))


keep_locales_apart()


class LanguageConverter(BaseConverter):
    """The first part of a page's path: one of the ten codes."""

    regex = "(?:" + "|".join(LANGUAGES) + ")"


@dataclass(frozen=True)
class Text:
    """A text and the language it is in, which may be a fallback for the one asked for."""

    text: str
    language: str

    def __str__(self) -> str:
        return self.text


def init_languages(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(PROJECT_ROOT / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LANGUAGE
    app.url_map.converters["lang"] = LanguageConverter
    babel.init_app(app, locale_selector=language_of_request)
    app.url_defaults(_add_language)
    app.url_value_preprocessor(_take_language)


def language_of_request() -> str:
    """The language of the page, else the one chosen before, else what the browser asks for."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    if "language" in g:
        return str(g.language)
    return preferred_language(request)


def preferred_language(incoming: Request) -> str:
    first_part = incoming.path.split("/", 2)[1] if incoming.path.startswith("/") else ""
    if first_part in LANGUAGES:
        return first_part
    chosen = incoming.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return best_language(incoming.accept_languages)


def best_language(accepted: LanguageAccept) -> str:
    """The best of the ten for an Accept-Language header; `zh-TW` and `pt-PT` find `zh` and `pt`."""
    return accepted.best_match(list(LANGUAGES), DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE


def current_language() -> str:
    """The language texts are being made in now (inside `speaking`, that one)."""
    found = get_locale()
    return DEFAULT_LANGUAGE if found is None else found.language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Make every text inside in `language`, whoever caused it: mails follow their reader."""
    with force_locale(language):
        yield


@cache
def locale_of(language: str) -> Locale:
    return Locale.parse(language)


def direction_of(language: str) -> str:
    return "rtl" if locale_of(language).character_order == "right-to-left" else "ltr"


def in_language(texts: Mapping[str, str], language: str | None = None) -> Text:
    """The text for a reader; English, then whatever there is, stands in for a missing one and says so."""
    wanted = language or current_language()
    for candidate in (wanted, DEFAULT_LANGUAGE, *texts):
        if texts.get(candidate):
            return Text(texts[candidate], candidate)
    return Text("", wanted)


def language_name(code: str, language: str | None = None) -> str:
    """What a reader calls the language `code`, by CLDR."""
    return locale_of(language or current_language()).languages.get(code, code)


def _take_language(_endpoint: str | None, values: dict[str, object] | None) -> None:
    if values and "language" in values:
        g.language = values.pop("language")


def _add_language(endpoint: str, values: dict[str, object]) -> None:
    expects = endpoint in current_app.view_functions and current_app.url_map.is_endpoint_expecting(endpoint, "language")
    if expects and "language" not in values:
        values["language"] = current_language()


__all__ = ["LANGUAGES", "Text", "_", "in_language", "language_name", "lazy", "lazy_plural", "ngettext", "speaking"]
