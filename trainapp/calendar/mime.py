"""The invitation's place in a mail (RFC 6047).

``multipart/mixed[multipart/alternative[text/plain, text/html, text/calendar], application/ics]``: Outlook,
Gmail and Apple act on the calendar part, which must not be an attachment; others open the attached file.
"""

import re
from email.message import EmailMessage

_METHOD = re.compile(rb"^METHOD:([A-Z]+)\r$", re.MULTILINE)


def add_invitation(message: EmailMessage, content: bytes, method: str) -> EmailMessage:
    """Add the calendar bytes to a message that has its text and HTML alternatives, and return that message.

    Both parts carry ``content`` in base64, so that no mail server on the way can change a line end. Write the
    message out with ``email.policy.SMTP``: the default policy leaves bare LF between the lines. The header
    Auto-Submitted is taken away, as some calendar programs pass over an invitation that has it.

    Raises:
        ValueError: the message is not text and HTML alternatives, or ``content`` has not this METHOD.
    """
    kinds = [part.get_content_type() for part in message.iter_parts()]
    if message.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        raise ValueError(f"an invitation needs text and HTML alternatives, not {message.get_content_type()} of {kinds}")
    if [found.decode() for found in _METHOD.findall(content)] != [method]:
        raise ValueError(f"the calendar bytes do not carry METHOD:{method}")
    del message["Auto-Submitted"]
    message.add_alternative(
        content,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"charset": "UTF-8", "method": method},
    )
    message.add_attachment(
        content,
        maintype="application",
        subtype="ics",
        cte="base64",
        filename="invite.ics",
        params={"name": "invite.ics"},
    )
    return message
