"""Input of the pages on mails: what a list is narrowed to, and which mails are sent again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from wtforms import HiddenField, SelectField, StringField

from trainapp.core.clock import now
from trainapp.core.errors import DomainError
from trainapp.core.forms import TEXT_LIMIT, BaseForm, QueryForm, stripped
from trainapp.core.languages import lazy, ngettext
from trainapp.mail.labels import fate_label
from trainapp.mail.queries import Fate

HOURS = (1, 6, 24, 72, 168)


class MailFilter(QueryForm):
    """Narrows the list of mails; without a choice it holds those that could not be delivered."""

    state = SelectField(lazy("State"), default=Fate.DEAD.value, validate_choice=False)
    recipient = StringField(lazy("E-mail address or part of it"), filters=[stripped])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state.choices = [(fate.value, fate_label(fate)) for fate in Fate]

    def fate(self) -> Fate:
        return Fate(self.state.data) if self.state.data in dict(self.state.choices) else Fate.DEAD

    def address(self) -> str:
        return (self.recipient.data or "")[:TEXT_LIMIT]

    def in_address(self) -> dict[str, str]:
        """What was chosen, as it stands in the address of the page."""
        return {"state": self.fate().value} | ({"recipient": self.address()} if self.address() else {})


class SpanFilter(QueryForm):
    """How far back mails that died are looked for."""

    hours = SelectField(lazy("Given up within"), default="24", validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hours.choices = [
            (str(each), ngettext("the last %(num)s hour", "the last %(num)s hours", each)) for each in HOURS
        ]

    def span(self) -> tuple[datetime, datetime]:
        chosen = int(self.hours.data) if self.hours.data in dict(self.hours.choices) else HOURS[2]
        last = now()
        return last - timedelta(hours=chosen), last


class AgainForm(BaseForm):
    """The span of time that was shown, so that what is sent again is what was counted."""

    first = HiddenField()
    last = HiddenField()

    def span(self) -> tuple[datetime, datetime]:
        """Raises `DomainError` where this is not what the page made."""
        try:
            return _instant(self.first.data or ""), _instant(self.last.data or "")
        except (ValueError, OverflowError):
            raise DomainError(lazy("This form is not as it was. Please load the page again.")) from None


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return at.astimezone(UTC)
