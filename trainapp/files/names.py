"""The names of uploaded files: kept as people wrote them, without what would act on a disk or mislead a reader."""

import re
import unicodedata
from collections.abc import Sequence

from trainapp.core.forms import showable

NAME_LIMIT = 200
NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
JOINERS = "\u200c\u200d"
"""Persian and Indic names are written with them; every other sign of format is left out, as those that turn text."""
STANDS_IN = "file"


def clean_name(name: str, extensions: Sequence[str]) -> str:
    """A name of at most 200 characters, without folders and signs nobody sees, that ends as its type does."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", showable(name)))[-1]
    seen = "".join(sign for sign in last if sign in JOINERS or unicodedata.category(sign) not in ("Cf", "Cc"))
    plain = " ".join(NOT_IN_NAMES.sub("-", seen).split()).strip(". ")
    ending = next((end for end in extensions if plain.casefold().endswith(end)), "")
    stem = plain[: len(plain) - len(ending)].rstrip(". ") or STANDS_IN
    ending = plain[len(plain) - len(ending) :] if ending else extensions[0]
    return stem[: NAME_LIMIT - len(ending)].rstrip(". ") + ending
