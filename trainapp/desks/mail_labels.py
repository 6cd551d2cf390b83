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


def fate_label(fate: Fate) -> str:
    labels = {
        Fate.DEAD: _("Could not be delivered"),
        Fate.RETURNED: _("Came back"),
        Fate.WAITING: _("Waiting"),
        Fate.SENT: _("Sent"),
        Fate.SUPERSEDED: _("Replaced by a later mail"),
        Fate.ALL: _("All mails"),
    }
    return labels[fate]


def mail_state_label(state: MailState) -> str:
    labels = {
        MailState.QUEUED: fate_label(Fate.WAITING),
        MailState.SENDING: _("On its way"),
        MailState.SENT: fate_label(Fate.SENT),
        MailState.DEAD: fate_label(Fate.DEAD),
        MailState.RETURNED: fate_label(Fate.RETURNED),
        MailState.SUPERSEDED: fate_label(Fate.SUPERSEDED),
    }
    return labels[state]
