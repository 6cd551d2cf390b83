"""What the states of mails are called, in the language texts are being made in."""

from trainapp.core.languages import _
from trainapp.mail.models import MailState
from trainapp.mail.queries import Fate

TONES = {
    MailState.QUEUED: "neutral",
    MailState.SENDING: "info",
    MailState.SENT: "good",
    MailState.DEAD: "bad",
    MailState.RETURNED: "warn",
    MailState.SUPERSEDED: "neutral",
}
"""The tone of a state for the macro `tag`."""


def mail_state_label(state: MailState) -> str:
    labels = {
        MailState.QUEUED: _("Mail waiting to be sent"),
        MailState.SENDING: _("Mail being sent"),
        MailState.SENT: _("Mail sent"),
        MailState.DEAD: _("Mail not delivered"),
        MailState.RETURNED: _("Mail came back"),
        MailState.SUPERSEDED: _("Mail replaced by a newer one"),
    }
    return labels[state]


def fate_label(fate: Fate) -> str:
    """What a list of mails is narrowed to."""
    states = {
        Fate.DEAD: MailState.DEAD,
        Fate.RETURNED: MailState.RETURNED,
        Fate.WAITING: MailState.QUEUED,
        Fate.SENT: MailState.SENT,
        Fate.SUPERSEDED: MailState.SUPERSEDED,
    }
    return mail_state_label(states[fate]) if fate in states else _("All mails")


def mail_state_tag(state: MailState) -> tuple[str, str]:
    return mail_state_label(state), TONES[state]
