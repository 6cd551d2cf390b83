"""Domains of e-mail addresses: which ones are an office's own, and which say nothing about where somebody works."""

import re
from collections.abc import Iterable

import idna

from trainapp.core.addresses import ascii_address
from trainapp.core.errors import DomainError
from trainapp.core.languages import lazy

MOST_DOMAINS = 20
DOMAIN_LIMIT = 253
FREE_MAIL = frozenset(
    {
        "126.com",
        "163.com",
        "aol.com",
        "daum.net",
        "foxmail.com",
        "free.fr",
        "gmail.com",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hanmail.net",
        "hotmail.co.uk",
        "hotmail.com",
        "hotmail.fr",
        "icloud.com",
        "laposte.net",
        "libero.it",
        "live.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "naver.com",
        "orange.fr",
        "outlook.com",
        "outlook.fr",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "rambler.ru",
        "sina.com",
        "t-online.de",
        "tutanota.com",
        "uol.com.br",
        "web.de",
        "yahoo.co.in",
        "yahoo.co.jp",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.com.br",
        "yahoo.de",
        "yahoo.es",
        "yahoo.fr",
        "yandex.com",
        "yandex.ru",
        "yeah.net",
        "ymail.com",
        "zoho.com",
    }
)
"""Domains at which anybody gets an address. The list is not complete: it warns, and refuses nobody."""

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def domain_of(address: str) -> str:
    """The domain of an address as the network writes it, in small letters."""
    return ascii_address(address).rpartition("@")[2].casefold()


def is_within(domain: str, domains: Iterable[str]) -> bool:
    """Whether a domain is one of these, or lies below one of them (`mail.office.example` below `office.example`)."""
    return any(domain == each or domain.endswith(f".{each}") for each in domains)


def is_free_mail(domain: str) -> bool:
    return is_within(domain, FREE_MAIL)


def domains_in(text: str, field: str | None = None) -> list[str]:
    """The domains written in a text, each once and in order, with or without an `@` before them.

    Raises `DomainError` on `field` for what is no domain, for one at which anybody gets an address, and for too many.
    """
    found = list(dict.fromkeys(_domain(word, field) for word in re.split(r"[\s,;،]+", text) if word))
    if len(found) > MOST_DOMAINS:
        message = lazy("Please give at most %(most)s domains.", most=MOST_DOMAINS)
        raise DomainError(message, field)
    return found


def _domain(word: str, field: str | None) -> str:
    written = word.removeprefix("@").rstrip(".").casefold()
    try:
        domain = written if written.isascii() else idna.encode(written, uts46=True).decode("ascii")
    except idna.IDNAError:
        domain = ""
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > DOMAIN_LIMIT or not all(_LABEL.fullmatch(label) for label in labels):
        message = lazy("“%(text)s” is not a domain. It should look like office.example.", text=written[:60])
        raise DomainError(message, field)
    refuse_free_mail(domain, field)
    return domain


def refuse_free_mail(domain: str, field: str | None = None) -> None:
    """A domain at which anybody gets an address can prove nobody to be of an office. Raises `DomainError`."""
    if is_free_mail(domain):
        message = lazy("Anybody can have an address at %(domain)s, so it says nothing about an office.", domain=domain)
        raise DomainError(message, field)
