"""Calendar files that a person opens once: the download, the invitation and its cancellation."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from icalendar.prop import vCalAddress

from trainapp.calendar.components import add_reminder, marked_summary, new_calendar, new_event, serialise
from trainapp.calendar.entries import Entry, Party
from trainapp.calendar.text import UnsafeValue, clean_name, mailto


def download(entries: Iterable[Entry], *, alarm: bool = True) -> bytes:
    """A file to import: every meeting given, no METHOD, nobody's address.

    Raises:
        UnsafeValue: no entry, two entries of one UID, or a value that cannot stand in a file.
    """
    calendar = new_calendar()
    seen: set[str] = set()
    for entry in entries:
        if entry.uid in seen:
            raise UnsafeValue(f"two entries with the UID {entry.uid}")
        seen.add(entry.uid)
        event = new_event(replace(entry, summary=marked_summary(entry)), stamp=entry.revised_at)
        if alarm and not entry.cancelled:
            add_reminder(event, entry)
        calendar.add_component(event)
    if not seen:
        raise UnsafeValue("a calendar file without any entry")
    return serialise(calendar)


def request(entry: Entry, *, organizer: Party, attendee: Party, dtstamp: datetime) -> bytes:
    """The invitation of one person to one meeting (RFC 5546 §3.2.2); after a move, with a higher sequence.

    ``dtstamp`` is the instant the mail was queued, later than that of any earlier mail with this UID.

    Raises:
        UnsafeValue: the entry is cancelled, or a value cannot stand in a file.
    """
    if entry.cancelled:
        raise UnsafeValue(f"an invitation to a cancelled meeting: {entry.uid}")
    return _scheduling_message("REQUEST", entry, organizer, attendee, dtstamp)


def cancel(entry: Entry, *, organizer: Party, attendee: Party, dtstamp: datetime) -> bytes:
    """Takes one meeting out of one person's calendar (RFC 5546 §3.2.5), whatever ``entry.cancelled`` says.

    The sequence must be above that of the last REQUEST, and both parties the same.

    Raises:
        UnsafeValue: a value cannot stand in a file.
    """
    return _scheduling_message("CANCEL", replace(entry, cancelled=True), organizer, attendee, dtstamp)


def _scheduling_message(method: str, entry: Entry, organizer: Party, attendee: Party, dtstamp: datetime) -> bytes:
    event = new_event(entry, stamp=dtstamp)
    event.add("ORGANIZER", _address(organizer))
    event.add(
        "ATTENDEE",
        _address(attendee, ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE"),
    )
    if method == "REQUEST":
        add_reminder(event, entry)
    calendar = new_calendar(method)
    calendar.add_component(event)
    return serialise(calendar)


def _address(party: Party, **params: str) -> vCalAddress:
    address = mailto(party.address)
    return vCalAddress(address, params={"CN": clean_name(party.name) or party.address, **params})
