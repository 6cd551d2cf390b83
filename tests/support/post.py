"""A mail server between the worker and model calendars, with the troubles of real ones."""

from dataclasses import dataclass, field
from smtplib import SMTPDataError, SMTPRecipientsRefused

from tests.support.model_calendar import Entry, ModelCalendar, Outcome


@dataclass
class Post:
    """Carries mails to a calendar per mailbox; may refuse a mailbox for ever (`gone`), or be `busy` once for it."""

    calendars: dict[str, ModelCalendar] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)

    def send(self, _sender: str, recipient: str, content: bytes) -> None:
        """Take a mail, as a `Transport` does."""
        if recipient in self.gone:
            raise SMTPRecipientsRefused({recipient: (550, b"no such mailbox")})
        if recipient in self.busy:
            self.busy.discard(recipient)
            raise SMTPDataError(451, b"come again later")
        calendar = self.calendars.setdefault(recipient, ModelCalendar(recipient))
        outcome = calendar.take(content)
        assert outcome is not Outcome.STALE, f"an older revision came after a newer one, to {recipient}"

    def close(self) -> None:
        """Nothing is kept open."""

    def entries_of(self, address: str) -> dict[str, Entry]:
        """What the calendar behind a mailbox shows."""
        calendar = self.calendars.get(address)
        return calendar.entries() if calendar is not None else {}
