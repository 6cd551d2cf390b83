"""Mails that come in, as bytes from anybody: taken apart with care, never trusted, never the cause of an error."""

import re
from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from itertools import islice
from typing import TypeVar

from trainapp.core.config import settings
from trainapp.core.logs import log

LARGEST = 5 * 1024 * 1024
"""Octets of a mail that is taken at all."""
LARGEST_READ = 256 * 1024
"""Octets of a mail that a machine looks into: answers of calendars and reports on deliveries are far smaller."""
LARGEST_HEAD = 64 * 1024
MOST_PARTS = 100
MOST_BOUNDARIES, MOST_BLANK_LINES = 50, 2_000
"""Lines that may begin a part, or end a head, in a mail that a machine looks into; the library's time grows with them,
and where they are nested with their square.
"""
MOST_KEYS = 5
MOST_FIELDS = 20
RECIPIENT_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
LONGEST_FIELD = 2_000
_BOUNDARY = re.compile(rb"[\r\n]--")
_BLANK_LINE = re.compile(rb"\n(?=[ \t]*[\r\n])|\r(?=[ \t]*\r)")

Argument = TypeVar("Argument")
Found = TypeVar("Found")


def key_in(address: str) -> str | None:
    """What stands after the name of our inbound address (`trainings+key@…`), in lower case; None for any other."""
    own_name, _at, own_domain = settings().inbound_address.casefold().rpartition("@")
    name, _at, domain = address.strip().strip("<>").casefold().rpartition("@")
    base, plus, key = name.partition("+")
    return key if plus and base == own_name and domain == own_domain else None


def keys_in(addresses: Iterable[str]) -> list[str]:
    """The keys in some addresses, each once; of many the first, for a mail to many of our keys is none of ours."""
    return list(islice(dict.fromkeys(filter(None, map(key_in, addresses))), MOST_KEYS))


def read_head(content: bytes) -> Message | None:
    """A mail's header fields, however large it is; None where they are past what the library can read."""
    return carefully(BytesHeaderParser().parsebytes, content[:LARGEST_HEAD])


def read(content: bytes) -> Message | None:
    """A mail's structure; None for one that no machine looks into: too large, of too many parts, or not readable."""
    if len(content) > LARGEST_READ or _is_intricate(content):
        return None
    message = carefully(message_from_bytes, content)
    return None if message is None or carefully(parts_of, message) is None else message


def _is_intricate(content: bytes) -> bool:
    return len(_BOUNDARY.findall(content)) > MOST_BOUNDARIES or len(_BLANK_LINE.findall(content)) > MOST_BLANK_LINES


def carefully(read_from: Callable[[Argument], Found], argument: Argument) -> Found | None:
    """What is read from what a stranger sent; None where their bytes upset the library, whatever it raises then."""
    try:
        return read_from(argument)
    except Exception as error:
        log.warning("a mail came in that cannot be read: %s", type(error).__name__)
        return None


def recipients_in(message: Message) -> list[str]:
    """The addresses a mail was meant for, where the server does not say for which it came."""
    found = (field for name in RECIPIENT_FIELDS for field in message.get_all(name, [])[:MOST_FIELDS])
    fields = [str(field)[:LONGEST_FIELD] for field in found]
    return [address for _name, address in getaddresses(fields) if address]


def parts_of(message: Message) -> list[Message]:
    """The leaves of a mail in order, but not those of mails that are in it as attachments."""
    return list(_leaves(message))


def _leaves(message: Message) -> Iterator[Message]:
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(0), seen + 1
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting = [*payload, *waiting]
        else:
            yield part


def text_of(message: Message, name: str) -> str:
    """A header as text; empty where it is not there."""
    return str(message.get(name, ""))
