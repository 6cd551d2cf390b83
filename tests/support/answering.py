"""The page that answers requests with dates, as a test reads it and fills it in."""

from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from xml.etree.ElementTree import Element

from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.mail.models import OutboxMail
from trainapp.requests.models import RequestState, TrainingRequest

NAIROBI, BRASILIA, ZURICH = "Africa/Nairobi", "America/Sao_Paulo", "Europe/Zurich"
MONDAY = today() + timedelta(days=70 - today().weekday())
"""A Monday some weeks from now, whenever the test runs."""


def path_of(public_id: str, query: str = "") -> str:
    return f"/en/requests/{public_id}/propose{query}"


def fields_of(client: CheckingClient, name: str) -> list[Element]:
    assert client.tree is not None
    return [field for field in client.tree.iter("input") if field.get("name") == name]


def values_of(client: CheckingClient, name: str) -> list[str]:
    return [str(field.get("value")) for field in fields_of(client, name)]


def text_of(client: CheckingClient) -> str:
    assert client.tree is not None
    return " ".join("".join(client.tree.itertext()).split())


def form_of(client: CheckingClient, path: str) -> dict[str, Any]:
    """The form of the page as a browser has it before anything is chosen."""
    assert client.get(path).status_code == 200
    assert client.tree is not None
    hidden = [field for field in client.tree.iter("input") if field.get("type") == "hidden"]
    carried = {str(field.get("name")): str(field.get("value") or "") for field in hidden}
    return {name: value for name, value in carried.items() if name.startswith(("csrf", "version-", "event-"))}


def picks_of(client: CheckingClient) -> list[str]:
    return values_of(client, "pick")


def mail_text(mail: OutboxMail) -> str:
    """The plain text of a mail."""
    message = message_from_bytes(mail.content or b"", policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def request_of(public_id: str) -> TrainingRequest:
    return db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == public_id)).one()


def state_of(app: Flask, public_id: str) -> RequestState:
    with app.app_context():
        return request_of(public_id).state


def own_dates(slot: int, meeting: int, day: date, start: str, end: str) -> dict[str, str]:
    """A row of the form for dates typed by hand."""
    name = f"slot_{slot}-meeting_{meeting}"
    return {f"{name}-on_date": day.isoformat(), f"{name}-wall_start": start, f"{name}-wall_end": end}
