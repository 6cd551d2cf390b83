"""Unguessable identifiers and secrets."""

import hashlib
import secrets


def public_id() -> str:
    """An opaque public identifier: 96 random bits."""
    return secrets.token_urlsafe(12)


def secret_token() -> str:
    """The secret of a mailed link: 192 random bits. Only its digest is kept."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def mail_key() -> str:
    """A secret that stands in a mail address: 96 random bits, in lower case, as mail systems change the case."""
    return secrets.token_hex(12)
