"""The mailbox page of a trial installation."""

from pathlib import Path

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from trainapp.core.access import Permission, access
from trainapp.core.config import settings
from trainapp.core.errors import NotFound
from trainapp.core.languages import direction_of
from trainapp.mail.mailbox import newest_first, one

blueprint = Blueprint("mail", __name__, url_prefix="/<lang:language>/mailbox")

# A mail brings its own inline styles, as mails must; it gets a policy of its own and may do nothing else.
MAIL_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'none'",
        "sandbox allow-popups allow-top-navigation-by-user-activation",
    )
)


@blueprint.get("")
@access(Permission.READ_MAILBOX)
def mailbox() -> ResponseReturnValue:
    return render_template("mail/mailbox.html", mails=newest_first(_folder()))


@blueprint.get("/<name>")
@access(Permission.READ_MAILBOX)
def mailbox_mail(name: str) -> ResponseReturnValue:
    mail = one(_folder(), name)
    return render_template("mail/mailbox_mail.html", mail=mail, mail_direction=direction_of(mail.language))


@blueprint.get("/<name>/html")
@access(Permission.READ_MAILBOX)
def mailbox_html(name: str) -> ResponseReturnValue:
    response = Response(one(_folder(), name).html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@blueprint.get("/<name>/attachments/<int:number>")
@access(Permission.READ_MAILBOX)
def mailbox_attachment(name: str, number: int) -> ResponseReturnValue:
    attachments = one(_folder(), name).attachments
    if not 0 < number <= len(attachments):
        raise NotFound()
    file_name, content = attachments[number - 1]
    response = Response(content, mimetype="text/calendar" if file_name.endswith(".ics") else "application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    return response


def _folder() -> Path:
    return settings().mailbox_folder
