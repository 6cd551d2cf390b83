"""Where mails go: an SMTP server, or a folder that a page shows."""

import smtplib
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from trainapp.core.tokens import public_id
from trainapp.settings import LOOPBACK_HOSTS, Settings

CONNECT_TIMEOUT_SECONDS = 30
SMTP_PORT, SMTPS_PORT = 25, 465
FAILURES = 400
"""The first of the reply codes that say no (RFC 5321 §4.2.1)."""


class NoTls(smtplib.SMTPException):
    """The server offers no TLS, and what would be sent is not for everybody on the way to read."""


class Transport(Protocol):
    """Sends the bytes of one mail. Raises `SMTPException` or `OSError` when it was not taken.

    `sender` is the return path: where the mail comes back to (RFC 5321 §4.4).
    """

    def send(self, sender: str, recipient: str, content: bytes) -> None: ...

    def close(self) -> None: ...


class SmtpTransport:
    """One connection, kept while mails flow; login where the setting names one.

    TLS wherever the server offers it (`smtp`), or nothing without it (`smtp+tls`, `smtps`, and wherever a password
    would leave this machine). Its certificate must be right.
    """

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._connection: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        connection = self.connect()
        options = [] if recipient.isascii() else ["SMTPUTF8"]
        try:
            connection.sendmail(sender, [recipient], content, mail_options=options)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
            if connection.sock is None:  # after a 421 the server has hung up
                self._connection = None
            raise
        except (smtplib.SMTPException, OSError):
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):  # the server may have hung up already
                self._connection.quit()
            self._connection = None

    def connect(self) -> smtplib.SMTP:
        """The connection, made when there is none. Raises `SMTPException` or `OSError`."""
        if self._connection is None:
            self._connection = self._new_connection()
        return self._connection

    def takes_sender(self, sender: str) -> bool:
        """Whether the server takes mails with this return path. Raises `SMTPException` or `OSError`."""
        connection = self.connect()
        code, _said = connection.mail(sender)
        connection.rset()
        return code < FAILURES

    def _new_connection(self) -> smtplib.SMTP:
        connection = self._open()
        try:
            if self._parts.username:
                connection.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        except BaseException:
            connection.close()
            raise
        return connection

    def _open(self) -> smtplib.SMTP:
        host = self._parts.hostname or ""
        context = ssl.create_default_context()
        if self._parts.scheme == "smtps":
            return smtplib.SMTP_SSL(
                host, self._parts.port or SMTPS_PORT, timeout=CONNECT_TIMEOUT_SECONDS, context=context
            )
        connection = smtplib.SMTP(host, self._parts.port or SMTP_PORT, timeout=CONNECT_TIMEOUT_SECONDS)
        try:
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls(context=context)
                connection.ehlo()
            elif self._needs_tls():
                raise NoTls("the server offers no TLS, so neither password nor mails are sent to it")
        except BaseException:
            connection.close()
            raise
        return connection

    def _needs_tls(self) -> bool:
        shows_password = bool(self._parts.username) and self._parts.hostname not in LOOPBACK_HOSTS
        return self._parts.scheme == "smtp+tls" or shows_password


class FolderTransport:
    """Writes each mail into a folder; for a trial on one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        number = sum(1 for _file in self._folder.glob("*.eml")) + 1
        path = self._folder / f"{number:06d}-{public_id().strip('-_')}.eml"
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.rename(path)

    def close(self) -> None:
        return None


def transport_of(settings: Settings) -> Transport:
    if settings.uses_mailbox:
        return FolderTransport(settings.mailbox_folder)
    return SmtpTransport(settings.mail_url)
