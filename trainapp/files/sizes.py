"""Sizes of files as people read them."""

from babel.units import format_unit

from trainapp.core.languages import current_language, locale_of

KILOBYTE, MEGABYTE = 1024, 1024 * 1024


def size_label(size: int, language: str | None = None) -> str:
    """A size in bytes by CLDR: `240 kB`, `1.2 MB`."""
    locale = locale_of(language or current_language())
    if size < MEGABYTE:
        return str(format_unit(max(1, round(size / KILOBYTE)), "kilobyte", "short", locale=locale))
    return str(format_unit(round(size / MEGABYTE, 1), "megabyte", "short", locale=locale))
