"""The words of a message, per language, with places that are filled for each reader.

A placeholder is filled by looking its name up, once: nothing that is filled in is read again, and nothing is run.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainapp.core.languages import DEFAULT_LANGUAGE, LANGUAGES, _, speaking
from trainapp.core.timefmt import day_line, time_lines
from trainapp.offices.queries import office_name
from trainapp.registrations.invitations import meetings_to_come
from trainapp.registrations.models import SEATED, Registration
from trainapp.scheduling.models import Meeting, TrainingSession
from trainapp.scheduling.queries import planned_meetings, session_title

PLACEHOLDERS = ("name", "title", "when", "where", "link", "office")
IN_BRACES = re.compile(r"\{+[^{}]*\}*|\}+")
LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Words:
    """A message in one language, with its placeholders."""

    subject: str
    body: str


@dataclass(frozen=True)
class Message:
    """What is said, per language, and the languages that stand in, in their order, where a reader's has no words."""

    texts: Mapping[str, Words]
    stand_ins: Sequence[str]

    def language_for(self, reader: str) -> str:
        """The language a reader gets: their own, else the session's, else English, else the first there is."""
        wanted = (reader, *self.stand_ins, *LANGUAGES)
        return next(code for code in wanted if code in self.texts)

    def as_content(self) -> dict[str, Any]:
        texts = {code: {"subject": words.subject, "body": words.body} for code, words in self.texts.items()}
        return {"texts": texts, "stand_ins": list(self.stand_ins)}


def message_of(session: TrainingSession, texts: Mapping[str, Words]) -> Message:
    """A message to the people of a session; nothing of it changes afterwards."""
    stand_ins = [code for code in (session.language, DEFAULT_LANGUAGE) if code is not None]
    return Message(texts, list(dict.fromkeys(stand_ins)))


def message_in(content: Mapping[str, Any]) -> Message:
    """The message that a mailing holds."""
    texts = {code: Words(words["subject"], words["body"]) for code, words in content["texts"].items()}
    return Message(texts, content["stand_ins"])


def wrong_placeholders(text: str) -> list[str]:
    """What stands in braces and is no placeholder, or has lost a brace; each once, shortened where it is long."""
    known = {f"{{{name}}}" for name in PLACEHOLDERS}
    found = [part for part in IN_BRACES.findall(text) if part not in known]
    return list(dict.fromkeys(part if len(part) <= LONGEST_SHOWN else f"{part[:LONGEST_SHOWN]}…" for part in found))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced; a value that looks like one stays as it is."""
    return IN_BRACES.sub(lambda match: values.get(match[0].strip("{}"), match[0]), text)


def words_for(registration: Registration, message: Message, manage_url: str) -> tuple[Words, str]:
    """What one reader gets, and its language: a text stays in one language whole, its times are in the reader's zone.

    A subject is one line, so it names the next meeting alone.
    """
    language = message.language_for(registration.language)
    words = message.texts[language]
    values = _values(registration, language, manage_url)
    in_subject = {**values, "when": values["when"].partition("\n")[0]}
    return Words(filled(words.subject, in_subject), filled(words.body, values)), language


def _values(registration: Registration, language: str, manage_url: str) -> dict[str, str]:
    session = registration.session
    meetings = meetings_to_come(registration) or planned_meetings(session)
    with speaking(language):
        return {
            "name": registration.name,
            "title": session_title(session, language).text,
            "when": "\n".join(_when(registration, meeting, language) for meeting in meetings),
            "where": _where(registration),
            "link": manage_url,
            "office": office_name(registration.office, language) if registration.office else "",
        }


def _when(registration: Registration, meeting: Meeting, language: str) -> str:
    if meeting.starts_at is None or meeting.ends_at is None:
        return str(day_line(meeting.on_date, language))
    return str(time_lines(meeting.starts_at, meeting.ends_at, registration.zone, (), language)[0])


def _where(registration: Registration) -> str:
    """The place and, for who has a seat, the link to join."""
    session = registration.session
    join_url = session.join_url if registration.state in SEATED else ""
    online = _("Online: %(link)s", link=join_url) if join_url else ""
    if session.venue:
        return f"{session.venue}\n{online}".strip()
    return online or _("Online")
