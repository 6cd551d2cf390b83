"""The parts every calendar file is made of: its header, a VEVENT, a reminder.

Shapes follow RFC 5545, with CONFERENCE, SOURCE, NAME and REFRESH-INTERVAL of RFC 7986. Times are written in
UTC: of all the ways to write a time, this is the only one that every program tried reads right in every zone;
``add_missing_timezones()`` of the library must never be called.
"""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Component, Event
from icalendar.prop import vDatetime, vDuration, vInt, vText, vUri

from trainapp.calendar.entries import Entry, full_description, whole_second
from trainapp.calendar.text import clean_line, clean_url, escape

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODID = "-//International Bureau//trainapp//EN"
REMINDER = timedelta(minutes=-15)
CONFERENCE_FEATURES = ("AUDIO", "VIDEO")


class ExactText(vText):
    """A TEXT value that a reader gets back exactly as it was, even with a backslash before an N."""

    def to_ical(self) -> bytes:
        """The escaped value."""
        return escape(self).encode("utf-8")


def put_text(component: Component, name: str, text: str, language: str = "") -> None:
    """Add one text property; an empty text adds none."""
    if text:
        component.add(name, ExactText(text, params={"LANGUAGE": language} if language else None))


def put_instant(component: Component, name: str, moment: datetime) -> None:
    """Add one date-time property in UTC."""
    component.add(name, vDatetime(whole_second(moment)))


def put_url(component: Component, name: str, url: str, **params: str | list[str]) -> None:
    """Add one URI property; an empty address adds none.

    Raises:
        UnsafeValue: the address is not plain http or https.
    """
    if url:
        component.add(name, vUri(clean_url(url), params=params))


def new_calendar(method: str = "") -> Calendar:
    """A calendar with its fixed header and no event; METHOD only where a mail carries it (RFC 5546 §1.4)."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODID)
    calendar.add("CALSCALE", "GREGORIAN")
    if method:
        calendar.add("METHOD", method)
    return calendar


def new_event(entry: Entry, *, stamp: datetime) -> Event:
    """The VEVENT of an entry, without people and without a reminder; ``stamp`` is its DTSTAMP.

    Raises:
        UnsafeValue: an address of a page is not plain http or https, or the stamp has no zone.
    """
    event = Event()
    event.add("UID", entry.uid)
    event.add("SEQUENCE", vInt(entry.sequence))
    put_instant(event, "DTSTAMP", stamp)
    put_instant(event, "LAST-MODIFIED", entry.revised_at)
    put_instant(event, "DTSTART", entry.starts_at)
    put_instant(event, "DTEND", entry.ends_at)
    put_text(event, "SUMMARY", clean_line(entry.summary), entry.language)
    put_text(event, "DESCRIPTION", full_description(entry), entry.language)
    put_text(event, "LOCATION", clean_line(entry.location), entry.language)
    put_url(event, "URL", entry.url)
    put_url(event, "CONFERENCE", entry.conference_url, VALUE="URI", FEATURE=list(CONFERENCE_FEATURES))
    event.add("STATUS", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    return event


def add_reminder(event: Event, entry: Entry) -> None:
    """Add a displayed alarm fifteen minutes before the start (RFC 5545 §3.6.6)."""
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", vDuration(REMINDER))
    put_text(alarm, "DESCRIPTION", clean_line(entry.summary), entry.language)
    event.add_component(alarm)


def marked_summary(entry: Entry) -> str:
    """The summary; where the meeting is cancelled, the one that says so: many programs do not show STATUS."""
    return (entry.cancelled_summary or entry.summary) if entry.cancelled else entry.summary


def serialise(component: Component) -> bytes:
    """The component's bytes: folded at 75 octets between characters, every line ended by CRLF."""
    content: bytes = component.to_ical()
    return content
