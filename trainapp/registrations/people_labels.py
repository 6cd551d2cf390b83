"""What those who run a session read about its people, their calendars and their mails."""

from collections.abc import Collection

from trainapp.core.languages import _
from trainapp.mail.labels import mail_state_tag
from trainapp.mail.models import MailState
from trainapp.registrations.mail_queries import MailTrouble
from trainapp.registrations.models import InvitationMethod, Mailing, MailingKind, RegistrationState, Reply

STATE_TONES = {
    RegistrationState.APPLIED: "info",
    RegistrationState.PENDING: "warn",
    RegistrationState.CONFIRMED: "good",
    RegistrationState.WAITLISTED: "info",
    RegistrationState.DECLINED: "bad",
}
"""Of the states that are not neutral."""

REPLY_TONES = {Reply.ACCEPTED: "good", Reply.TENTATIVE: "warn", Reply.DECLINED: "bad"}


def reply_label(reply: Reply) -> str:
    labels = {
        Reply.NONE: _("No answer"),
        Reply.ACCEPTED: _("Said yes"),
        Reply.TENTATIVE: _("Said perhaps"),
        Reply.DECLINED: _("Said no"),
    }
    return labels[reply]


def trouble_label(trouble: MailTrouble) -> str:
    labels = {
        MailTrouble.CAME_BACK: _("Mail came back"),
        MailTrouble.NOT_DELIVERED: _("Mail not delivered"),
    }
    return labels[trouble]


def method_label(method: InvitationMethod) -> str:
    """What a calendar was last told of a meeting."""
    labels = {
        InvitationMethod.REQUEST: _("Invited"),
        InvitationMethod.CANCEL: _("Taken back"),
        InvitationMethod.LISTED: _("In the calendar file"),
    }
    return labels[method]


def mails_tag(states: Collection[MailState], has_bounced: bool) -> tuple[str, str] | None:
    """How it stands with all the mails to somebody, the worst first; None where there are none."""
    if has_bounced:
        return trouble_label(MailTrouble.CAME_BACK), "bad"
    for state in (MailState.DEAD, MailState.RETURNED, MailState.SENDING, MailState.QUEUED, MailState.SENT):
        if state in states:
            return mail_state_tag(state)
    return None


def mailing_label(mailing: Mailing) -> str:
    labels = {
        MailingKind.CHANGE: _("Change of the session"),
        MailingKind.MESSAGE: _("Message"),
        MailingKind.THANKS: _("Thanks after the session"),
    }
    return labels[mailing.kind]
