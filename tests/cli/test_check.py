"""`trainapp check` says what the mail server would say, before the first mail."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.support.mail_server import running_mail_server
from tests.support.server import free_port
from trainapp.cli.check import command


def test_the_mail_server_is_asked_and_whether_answers_are_read_is_said(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(**changes: str) -> str:
        with app.app_context(), monkeypatch.context() as patch:
            patch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], **changes))
            return CliRunner().invoke(command).output

    with running_mail_server() as server:
        assert "the server answers" in said(mail_url=server.url)
        assert server.received == []
        assert "offers no TLS" in said(mail_url=server.url.replace("smtp:", "smtp+tls:"))
    assert "the server does not answer" in said(mail_url=f"smtp://127.0.0.1:{free_port()}")
    assert "answers are not read" in said()
    assert "what is for people goes to people@example.org" in said(contact_address="people@example.org")
