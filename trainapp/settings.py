"""Settings: read once from the environment, checked together, then frozen."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

PROJECT_ROOT = Path(__file__).resolve().parent.parent
PREFIX = "TRAINAPP_"
SHORTEST_SECRET = 32
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtps", "mailbox")
EXAMPLE_SENDER = "trainings@example.org"
LONGEST_INBOUND_NAME = 30
"""With the key of a mail after it, the part before the @ has 64 characters at most (RFC 5321 §4.5.3.1.1)."""


class SettingsError(Exception):
    """Every setting that is wrong, told at once; trainapp refuses to start."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("trainapp cannot start:\n" + "\n".join(f"  - {problem}" for problem in problems))


@dataclass(frozen=True)
class Settings:
    """What one installation decides.

    `hold_hours` is how long a seat is kept for an address that has not been confirmed while others wait;
    `mail_lease_seconds` is how long a worker may take over one mail before another may deliver it again;
    `posts_per_minute` limits unsafe requests from one network address; `mails_per_minute` limits what all workers
    together hand to the mail server (0: no limit); `inbound_address` is where answers to invitations and mails that
    come back go, with a key after its name; `contact_address` is the mailbox of people, who get what else comes there.
    """

    data: Path
    database_url: str
    base_url: str
    secret_key: str
    mail_url: str
    mail_from: str
    inbound_address: str
    contact_address: str
    bureau_name: str
    log_level: str
    hold_hours: int
    mail_lease_seconds: int
    mails_per_minute: int
    posts_per_minute: int
    trusted_proxies: int

    @property
    def secure(self) -> bool:
        """Whether people reach this installation over HTTPS; decides the Secure flag of cookies and HSTS."""
        return self.base_url.startswith("https://")

    @property
    def uses_mailbox(self) -> bool:
        """Whether mails go to a folder, shown on a page, instead of the network."""
        return self.mail_url.startswith("mailbox:")

    @property
    def takes_answers(self) -> bool:
        """Whether mails may be taken in: those for people must go on to another mailbox than they came to."""
        name, _at, domain = self.contact_address.casefold().rpartition("@")
        return self.inbound_address.casefold() != f"{name.partition('+')[0]}@{domain}"

    @property
    def mailbox_folder(self) -> Path:
        return self.data / "mailbox"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environment` (default: the process's).

    Raises `SettingsError` naming every problem at once.
    """
    values = os.environ if environment is None else environment
    reader = _Reader(values)
    data = Path(reader.text("DATA", str(PROJECT_ROOT / "data"))).expanduser().resolve()
    settings = Settings(
        data=data,
        database_url=_database_url(reader, data),
        base_url=reader.url("BASE_URL", "http://127.0.0.1:5000", ("http", "https")).rstrip("/"),
        secret_key=reader.text("SECRET_KEY", "") or _kept_secret(data, reader),
        mail_url=_mail_url(reader),
        mail_from=reader.address("MAIL_FROM", EXAMPLE_SENDER),
        inbound_address=_inbound_address(reader),
        contact_address=_address_or_sender(reader, "CONTACT_ADDRESS"),
        bureau_name=reader.text("BUREAU_NAME", ""),
        log_level=reader.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        hold_hours=reader.number("HOLD_HOURS", 48, 1, 24 * 60),
        mail_lease_seconds=reader.number("MAIL_LEASE_SECONDS", 60, 1, 3600),
        mails_per_minute=reader.number("MAILS_PER_MINUTE", 0, 0, 1_000_000),
        posts_per_minute=reader.number("POSTS_PER_MINUTE", 120, 1, 1_000_000),
        trusted_proxies=reader.number("TRUSTED_PROXIES", 0, 0, 5),
    )
    if len(settings.secret_key) < SHORTEST_SECRET:
        reader.problems.append(f"{PREFIX}SECRET_KEY is shorter than {SHORTEST_SECRET} characters")
    address = split_url(settings.base_url)
    if settings.uses_mailbox and address is not None and address.hostname not in LOOPBACK_HOSTS:
        reader.problems.append(
            f"{PREFIX}MAIL_URL=mailbox: shows every mail on a page, so it is for 127.0.0.1 alone; name an SMTP server"
        )
    reader.refuse_unknown()
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def split_url(value: str) -> SplitResult | None:
    """The parts of a URL; None where it, or its port, is none."""
    try:
        parts = urlsplit(value)
        _port = parts.port
    except ValueError:
        return None
    return parts


class _Reader:
    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.problems: list[str] = []
        self.known: set[str] = set()

    def text(self, name: str, default: str) -> str:
        self.known.add(PREFIX + name)
        return self.values.get(PREFIX + name, default).strip()

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        text = self.text(name, str(default))
        try:
            value = int(text)
        except ValueError:
            self.problems.append(f"{PREFIX}{name} is not a whole number: {text!r}")
            return default
        if not lowest <= value <= highest:
            self.problems.append(f"{PREFIX}{name} is not between {lowest} and {highest}: {value}")
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default).upper()
        if value not in allowed:
            self.problems.append(f"{PREFIX}{name} is none of {', '.join(allowed)}: {value!r}")
        return value

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        value = self.text(name, default)
        parts = split_url(value)
        if parts is None or parts.scheme not in schemes or not parts.hostname:
            self.problems.append(f"{PREFIX}{name} is not a URL with {' or '.join(schemes)}: {value!r}")
        return value

    def address(self, name: str, default: str) -> str:
        value = self.text(name, default)
        local, _, domain = value.partition("@")
        if not local or "." not in domain or any(character in value for character in ' \r\n<>",;'):
            self.problems.append(f"{PREFIX}{name} is not a plain e-mail address: {value!r}")
        return value

    def refuse_unknown(self) -> None:
        """A misspelt setting would be ignored in silence; it is refused instead."""
        for name in sorted(self.values):
            if name.startswith(PREFIX) and name not in self.known:
                self.problems.append(f"{name} is not a setting of trainapp")


def _database_url(reader: _Reader, data: Path) -> str:
    url = reader.text("DATABASE_URL", "") or f"sqlite:///{data / 'trainapp.sqlite3'}"
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            url = "postgresql+psycopg://" + url.removeprefix(plain)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")) or split_url(url) is None:
        reader.problems.append(f"{PREFIX}DATABASE_URL is neither sqlite:///… nor postgresql://…")
    return url


def _mail_url(reader: _Reader) -> str:
    value = reader.text("MAIL_URL", "mailbox:")
    parts = split_url(value)
    if parts is None or parts.scheme not in MAIL_SCHEMES or (parts.scheme != "mailbox" and not parts.hostname):
        reader.problems.append(f"{PREFIX}MAIL_URL is neither mailbox: nor smtp://[user:password@]host[:port]")
    return value


def _inbound_address(reader: _Reader) -> str:
    value = _address_or_sender(reader, "INBOUND_ADDRESS")
    if len(value.partition("@")[0]) > LONGEST_INBOUND_NAME:
        reader.problems.append(
            f"{PREFIX}INBOUND_ADDRESS has more than {LONGEST_INBOUND_NAME} characters before its @: {value!r}"
        )
    return value


def _address_or_sender(reader: _Reader, name: str) -> str:
    """An address of its own where one is named, else the one mails come from, whose faults are told once."""
    return reader.address(name, "") if reader.text(name, "") else reader.text("MAIL_FROM", EXAMPLE_SENDER)


def _kept_secret(data: Path, reader: _Reader) -> str:
    """The signing key of an installation that names none: made once, kept in the data folder."""
    path = data / "secret_key"
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text().strip()
    except OSError as error:
        reader.problems.append(f"{PREFIX}DATA is a folder that cannot be written: {error}")
        return ""


def _write_once(path: Path, text: str) -> None:
    """Put a whole file in place, readable by its owner; another process may do the same at this moment, and wins."""
    fresh = path.with_suffix(f".{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
