"""E-mail addresses: the form mails are sent to, and the spelling under which two are the same mailbox."""

import idna


def ascii_address(address: str) -> str:
    """The address with its domain as the network writes it (RFC 5891); unchanged where it is no domain at all."""
    local, at, domain = address.strip().rpartition("@")
    if domain.isascii():
        return address.strip()
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return address.strip()


def normalize_address(address: str) -> str:
    """The spelling under which two addresses are the same mailbox."""
    return ascii_address(address).casefold()


def keyed_address(address: str, key: str) -> str:
    """The address with a key after its name (`trainings+key@…`); its mails reach the same mailbox (RFC 5233 §1)."""
    name, _at, domain = address.rpartition("@")
    return f"{name}+{key}@{domain}"
