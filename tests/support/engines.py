"""Calendar programs that others wrote, each reading a file in its own way: by UID, start, end and title."""

from datetime import datetime

import ics
import vobject
from ical.calendar_stream import IcsCalendarStream

Read = dict[str, tuple[datetime, datetime, str]]


def by_vobject(text: str) -> Read:
    return {
        event.uid.value: (event.dtstart.value, event.dtend.value, event.summary.value)
        for calendar in vobject.readComponents(text)
        for event in calendar.vevent_list
    }


def by_ics_py(text: str) -> Read:
    return {event.uid: (event.begin.datetime, event.end.datetime, event.name) for event in ics.Calendar(text).events}


def by_home_assistant(text: str) -> Read:
    return {
        str(event.uid): (event.start_datetime, event.end_datetime, str(event.summary))
        for event in IcsCalendarStream.calendar_from_ics(text).events
    }


ENGINES = {"vobject": by_vobject, "ics.py": by_ics_py, "Home Assistant": by_home_assistant}
