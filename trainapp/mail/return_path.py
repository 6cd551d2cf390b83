"""Where a mail comes back to: the inbound mailbox, with a key that tells which mail it was and that we made it."""

import hmac
import re

from trainapp.core.addresses import keyed_address
from trainapp.core.config import settings
from trainapp.core.database import db
from trainapp.mail.models import OutboxMail

PROOF_CHARACTERS = 20
_KEY = re.compile(r"b([1-9][0-9]{0,9})-([0-9a-f]{20})")


def return_path(mail_id: int) -> str:
    """The return path of a mail, the same for every try (variable envelope return path)."""
    return keyed_address(settings().inbound_address, f"b{mail_id}-{_proof(mail_id)}")


def mail_of_key(key: str) -> OutboxMail | None:
    """The mail whose return path has this key; None for a key we did not make."""
    found = _KEY.fullmatch(key)
    if found is None or not hmac.compare_digest(found[2], _proof(int(found[1]))):
        return None
    return db.session.get(OutboxMail, int(found[1]), with_for_update=True, populate_existing=True)


def _proof(mail_id: int) -> str:
    """Eighty bits that only who has the signing key can give: nobody can say of another's mail that it came back."""
    signed = hmac.new(settings().secret_key.encode(), f"return path {mail_id}".encode(), "sha256")
    return signed.hexdigest()[:PROOF_CHARACTERS]
