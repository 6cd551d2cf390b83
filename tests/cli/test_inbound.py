"""`trainapp inbound` as mail servers use it: over LMTP, and with one mail on standard input."""

import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.conftest import SECRET
from tests.support.answers import answer_mail, invitations, reply
from tests.support.invited import invited
from tests.support.server import ROOT, environment, free_port
from tests.support.world import World
from trainapp.cli.inbound import command
from trainapp.mail.lmtp import place_of
from trainapp.registrations.models import Invitation, Reply

CODE = "2027-ST26-EN-01"
COMMAND = [sys.executable, "-m", "trainapp.cli.main", "inbound"]
LARGEST = 5 * 1024 * 1024
PEOPLE = "people@example.org"


def settings_of(app: Flask) -> dict[str, str]:
    settings = app.config["SETTINGS"]
    return {
        "TRAINAPP_DATA": str(settings.data),
        "TRAINAPP_DATABASE_URL": settings.database_url.replace("+psycopg", ""),
        "TRAINAPP_SECRET_KEY": SECRET,
        "TRAINAPP_CONTACT_ADDRESS": PEOPLE,
        "TRAINAPP_LOG_LEVEL": "ERROR",
    }


@contextmanager
def taking(settings: dict[str, str], place: str) -> Iterator[None]:
    """A server that takes mails in until the block ends; it must end well then."""
    process = subprocess.Popen(
        [*COMMAND, "--lmtp", place], cwd=ROOT, env=environment(settings), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"taking mails in at {place}\n"
        yield
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def hand_over(client: smtplib.LMTP, content: bytes, *recipients: str) -> list[int]:
    """The codes with which a mail is answered, one for each recipient (RFC 2033 §4.2)."""
    client.ehlo_or_helo_if_needed()
    assert client.mail("anybody@example.net")[0] == 250
    assert [client.rcpt(recipient)[0] for recipient in recipients] == [250] * len(recipients)
    code, _said = client.data(content)
    return [code, *(client.getreply()[0] for _more in recipients[1:])]


def address(row: Invitation) -> str:
    return f"trainings+{row.token}@example.org"


def invite(world: World) -> Invitation:
    world.session(CODE)
    invited(world, CODE, "Amina Example")
    return invitations(world)[0]


def test_a_mail_server_hands_mails_over_by_lmtp(app: Flask, world: World) -> None:
    row = invite(world)
    answer = answer_mail(reply(row), address(row))
    place = f"127.0.0.1:{free_port()}"
    with taking(settings_of(app), place), smtplib.LMTP(*place.split(":")) as client:  # type: ignore[arg-type]
        assert hand_over(client, answer, address(row)) == [250]
        assert [row.reply for row in invitations(world)] == [Reply.ACCEPTED]
        assert hand_over(client, answer + b"for people", "trainings@example.org", "other@example.org") == [250, 250]
        assert hand_over(client, b"x" * 900 + b"\r\n" + b"y" * 60_000 + b"\r\n", "trainings@example.org") == [250]
        too_large = b"Subject: x\r\n\r\n" + b"y" * 70 * 1024 * 160
        lines = b"\r\n".join(too_large[at : at + 900] for at in range(0, len(too_large), 900))
        assert hand_over(client, lines, "trainings@example.org", "other@example.org") == [552, 552]
        assert hand_over(client, answer, address(row)) == [250], "the same again does no harm"
    kinds = [mail.kind for mail in world.mails() if mail.recipient == PEOPLE]
    assert kinds == ["mail.forwarded"] * 2


def test_while_the_database_is_away_mails_stay_with_the_mail_server(tmp_path: Path) -> None:
    """A database without its tables stands for one out of reach."""
    socket = tmp_path / "in.sock"
    settings = {"TRAINAPP_DATA": str(tmp_path), "TRAINAPP_CONTACT_ADDRESS": PEOPLE, "TRAINAPP_LOG_LEVEL": "ERROR"}
    with taking(settings, f"unix:{socket}"), smtplib.LMTP(str(socket)) as client:
        assert hand_over(client, b"Subject: x\r\n\r\ny\r\n", "a@example.org", "b@example.org") == [451, 451]
    assert not socket.exists()


def test_one_mail_comes_by_standard_input(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = invite(world)
    piped = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment(settings_of(app)),
        input=answer_mail(reply(row, "TENTATIVE"), address(row)),
        check=False,
    )
    assert piped.returncode == os.EX_OK
    assert [row.reply for row in invitations(world)] == [Reply.TENTATIVE]

    def status(content: bytes, *options: str, **changes: object) -> int:
        settings = replace(app.config["SETTINGS"], **{"contact_address": PEOPLE, **changes})
        with app.app_context(), monkeypatch.context() as patch:
            patch.setitem(app.config, "SETTINGS", settings)
            return CliRunner().invoke(command, options, input=content).exit_code

    assert status(b"Subject: x\r\n\r\ny\r\n", "--recipient", "trainings@example.org") == os.EX_OK
    assert len(world.mails(PEOPLE)) == 1
    assert status(b"x" * (LARGEST + 1)) == status(b"\r\n") == os.EX_DATAERR
    assert status(b"x", contact_address="trainings+people@example.org") == os.EX_TEMPFAIL
    assert status(b"x", "--lmtp", "nowhere") == 2


def test_a_wrong_setting_loses_no_mail(tmp_path: Path) -> None:
    wrong = environment({"TRAINAPP_DATA": str(tmp_path), "TRAINAPP_LOG_LEVEL": "LOUD"})
    assert subprocess.run(COMMAND, cwd=ROOT, env=wrong, input=b"x", check=False).returncode == os.EX_TEMPFAIL


@pytest.mark.parametrize("text", ["25", "127.0.0.1:", "127.0.0.1:0", ":25", "host:70000", "host:x"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        place_of(text)
