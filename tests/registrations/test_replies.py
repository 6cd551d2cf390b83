"""What comes in: calendars' answers, mails that come back, and the rest, which people read and no machine acts on."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from time import perf_counter

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.answers import LATER, answer_mail, invitations, reply, report
from tests.support.invited import begin_at, invited, letter
from tests.support.world import World
from trainapp.accounts.models import EmailAddress
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.throttle import Attempt
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.forwarding import MOST_A_DAY, MOST_A_DAY_OF_ALL, TooManyMails
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.return_path import return_path
from trainapp.registrations import notices
from trainapp.registrations.inbound import Taken, take_mail
from trainapp.registrations.models import Invitation, Registration, RegistrationState, Reply

CODE = "2027-ST26-EN-01"
INBOUND = "trainings@example.org"
MEGABYTE = 1024 * 1024


def take(app: Flask, content: bytes, *recipients: str) -> Taken:
    with app.app_context(), unit_of_work():
        return take_mail(content, recipients)


def address(invitation: Invitation) -> str:
    return f"trainings+{invitation.token}@example.org"


def invite(world: World, meetings: int = 1) -> list[Invitation]:
    world.session(CODE, meetings=meetings)
    invited(world, CODE, "Amina Example")
    return invitations(world)


def answers(world: World) -> list[Reply]:
    return [row.reply for row in invitations(world)]


def forwarded(world: World) -> list[OutboxMail]:
    return [mail for mail in world.mails() if mail.kind == "mail.forwarded"]


def asked(world: World) -> list[OutboxMail]:
    return [mail for mail in world.mails() if mail.kind == "registrations.reply_declined"]


def test_an_answer_is_noted_at_its_meeting_alone_whoever_sent_it_and_however_it_is_packed(
    app: Flask, world: World
) -> None:
    first, second, third = invite(world, meetings=3)
    assert take(app, answer_mail(reply(first), "x@example.org"), address(first).upper()) is Taken.NOTED
    assert take(app, answer_mail(reply(second, "TENTATIVE"), address(second), as_file=True)) is Taken.NOTED
    assert answers(world) == [Reply.ACCEPTED, Reply.TENTATIVE, Reply.NONE]
    row = invitations(world)[0]
    assert (row.reply_sequence, row.reply_dtstamp) == (0, row.replied_at)
    utf16 = reply(third).decode().encode("utf-16")
    packed = answer_mail(utf16, address(third)).replace(b'charset="UTF-8"', b'charset="utf-16"')
    assert take(app, packed) is Taken.NOTED
    assert answers(world)[2] is Reply.ACCEPTED
    assert forwarded(world) == asked(world) == []


def test_a_no_to_one_meeting_asks_once_and_never_frees_the_seat(app: Flask, world: World) -> None:
    first, _second = invite(world, meetings=2)
    to, at = address(first), now()
    assert take(app, answer_mail(reply(first, "DECLINED", at=at), to), to) is Taken.NOTED
    [mail] = asked(world)
    text = letter(mail)
    assert "You declined meeting 1 of 2" in mail.subject
    assert "Your seat in the session is still yours" in text
    assert "/en/registrations/" in text
    assert b"text/calendar" not in (mail.content or b"")
    assert take(app, answer_mail(reply(first, "DECLINED", at=at), to), to) is Taken.PASSED_OVER
    assert take(app, answer_mail(reply(first, "DECLINED", at=at + LATER), to), to) is Taken.NOTED
    assert len(asked(world)) == 1, "who has been asked is not asked again for the same"
    assert answers(world) == [Reply.DECLINED, Reply.NONE]
    assert {row.registration.state for row in invitations(world)} == {RegistrationState.CONFIRMED}


def test_what_is_forged_foreign_garbled_or_too_large_goes_to_people_and_changes_nothing(
    app: Flask, world: World
) -> None:
    (row,) = invite(world)
    right = reply(row)
    two_events = right.replace(b"END:VEVENT\r\n", b"END:VEVENT\r\n" + right[right.index(b"BEGIN:VEVENT") :], 1)
    cases = {
        "forged key": (right, f"trainings+{'0' * 24}@example.org"),
        "key of another shape": (right, "trainings+%00'@example.org"),
        "no key": (right, INBOUND),
        "key at another domain": (right, address(row).replace("example.org", "example.net")),
        "wrong UID": (reply(row, uid="somebody-elses"), address(row)),
        "revision never sent": (reply(row, sequence=7), address(row)),
        "counter": (reply(row, method="COUNTER"), address(row)),
        "refresh": (reply(row, method="REFRESH"), address(row)),
        "delegated": (reply(row, "DELEGATED"), address(row)),
        "two attendees": (reply(row, more="ATTENDEE;PARTSTAT=DECLINED:mailto:b@example.org"), address(row)),
        "two meetings": (two_events, address(row)),
        "no moment": (right.replace(b"DTSTAMP:", b"X-STAMP:"), address(row)),
        "impossible moment": (right.replace(b"DTSTAMP:2", b"DTSTAMP:x"), address(row)),
        "garbled number": (right.replace(b"SEQUENCE:0", b"SEQUENCE:first"), address(row)),
        "no calendar": (b"hello", address(row)),
        "calendar of 300 kB": (reply(row, more="X-NOTE:" + "x" * 300_000), address(row)),
        "5 MB": (reply(row, more="\n".join(["X-NOTE:" + "x" * 990] * 5_000)), address(row)),
    }
    began = perf_counter()
    for number, (name, (calendar, to)) in enumerate(cases.items(), 1):
        assert take(app, answer_mail(calendar, to), to) is Taken.FORWARDED, name
        assert len(forwarded(world)) == number, name
    assert perf_counter() - began < 30
    assert answers(world) == [Reply.NONE]


def test_an_answer_to_what_was_before_a_move_does_not_count_for_what_is_after(app: Flask, world: World) -> None:
    (row,) = invite(world)
    to, at = address(row), now() - timedelta(hours=1)
    assert take(app, answer_mail(reply(row, at=at), to), to) is Taken.NOTED
    begin_at(world, now() + timedelta(days=40))
    with app.app_context(), unit_of_work():
        registration = db.session.scalars(select(Registration)).one()
        notices.tell(registration, "link_again")
    world.mails()
    (moved,) = invitations(world)
    assert (moved.sequence, moved.reply, moved.reply_dtstamp, moved.replied_at) == (1, Reply.NONE, None, None)
    stale = reply(row, "DECLINED", at=now())
    assert take(app, answer_mail(stale, to), to) is Taken.PASSED_OVER
    assert answers(world) == [Reply.NONE]
    assert asked(world) == []
    assert take(app, answer_mail(reply(moved, "DECLINED"), to), to) is Taken.NOTED
    assert len(asked(world)) == 1


def test_who_has_left_is_not_asked_about_a_meeting(app: Flask, world: World) -> None:
    (row,) = invite(world)
    with app.app_context(), unit_of_work():
        registration = db.session.scalars(select(Registration)).one()
        registration.state = RegistrationState.CANCELLED
        notices.tell_of_cancellation(registration)
    assert take(app, answer_mail(reply(row, "DECLINED"), address(row))) is Taken.PASSED_OVER
    (row,) = invitations(world)
    assert take(app, answer_mail(reply(row, "DECLINED"), address(row))) is Taken.PASSED_OVER
    assert asked(world) == forwarded(world) == []


def test_words_beside_an_answer_reach_people(app: Flask, world: World) -> None:
    (row,) = invite(world)
    content = answer_mail(reply(row, more="COMMENT:May I send a colleague?"), address(row))
    assert take(app, content) is Taken.NOTED
    assert take(app, content) is Taken.PASSED_OVER
    [mail] = forwarded(world)
    assert answers(world) == [Reply.ACCEPTED]
    assert mail.subject == "Mail to the trainings: Accepted: Session"


def sent_mail(world: World) -> int:
    """The mail with an invitation, taken by the server a moment ago."""
    with world.app.app_context(), unit_of_work():
        mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).first()
        assert mail is not None
        mail.tried_at = mail.sent_at = now()
        return mail.id


def marks(world: World) -> list[tuple[datetime | None, str]]:
    with world.app.app_context():
        rows = db.session.execute(select(EmailAddress.bounced_at, EmailAddress.bounce_reason))
        return [(at, reason) for at, reason in rows]


def test_a_mail_that_comes_back_marks_itself_and_its_address(app: Flask, world: World) -> None:
    invite(world)
    mail_id = sent_mail(world)
    with app.app_context():
        to = return_path(mail_id)
    assert len(to.partition("@")[0]) <= 64
    assert take(app, report(to, action="delayed", status="4.4.1"), to) is Taken.PASSED_OVER
    assert marks(world) == [(None, "")]
    for forged in (to.replace("+b", "+b1"), to[: to.index("-") + 1] + "0" * 20 + "@example.org", INBOUND):
        assert take(app, report(forged), forged) is Taken.FORWARDED, forged
    assert marks(world) == [(None, "")]
    for kind in ("delivery-status", "global-delivery-status"):
        assert take(app, report(to, kind=kind), to) in (Taken.NOTED, Taken.PASSED_OVER)
    [(at, reason)] = marks(world)
    assert at is not None
    assert reason == "5.1.1 550 5.1.1 No such user"
    mail = world.mails()[0]
    assert (mail.state, mail.error, mail.content) == (MailState.RETURNED, reason, None)
    assert take(app, report(to), to) is Taken.PASSED_OVER


def test_a_mailbox_that_was_full_for_days_loses_the_mail_and_not_the_address(app: Flask, world: World) -> None:
    invite(world)
    with app.app_context():
        to = return_path(sent_mail(world))
    assert take(app, report(to, status="4.2.2", said="x", kind="global-delivery-status"), to) is Taken.NOTED
    assert world.mails()[0].state is MailState.RETURNED
    assert marks(world) == [(None, "")]


def test_what_is_for_people_reaches_them_once_and_whole(app: Flask, world: World) -> None:
    plain = EmailMessage(policy=default)
    plain["From"], plain["To"], plain["Subject"] = "Bo <bo@example.net>", INBOUND, "Où est la salle ?"
    plain.set_content("Which room is it?\n")
    content = plain.as_bytes(policy=default.clone(linesep="\r\n"))
    for _time in range(2):
        assert take(app, content, INBOUND) is Taken.FORWARDED
    eight_bit = content.replace(b"Which room", "Quelle pièce".encode("latin-1"))
    take(app, eight_bit, INBOUND)
    take(app, content.replace(b"Bo <bo@example.net>", b"(" * 30_000), "(" * 3_000, INBOUND)
    first, second, _unreadable = forwarded(world)
    assert (first.recipient, first.holds_secret) == (INBOUND, True)
    read = message_from_bytes(first.content or b"", policy=default)
    assert read["Reply-To"] == "bo@example.net"
    assert "Où est la salle ?" in read["Subject"]
    assert "Où est la salle ?" in letter(first)
    [attached] = read.iter_attachments()
    assert attached.get_content_type() == "message/rfc822"
    assert content in (first.content or b""), "the very bytes that came"
    [file] = message_from_bytes(second.content or b"", policy=default).iter_attachments()
    assert file.get_content() == eight_bit


def test_no_mail_goes_round_for_ever(app: Flask, world: World) -> None:
    hello = answer_mail(b"", INBOUND, sender="robot@example.net", subject="Hello")
    take(app, hello, INBOUND)
    [mail] = forwarded(world)
    assert take(app, mail.content or b"", INBOUND) is Taken.PASSED_OVER, "what we forwarded comes back"
    with app.app_context():
        to = return_path(mail.id)
    away = answer_mail(b"", to, sender="people@example.org", subject="I am away", Auto_Submitted="auto-replied")
    assert take(app, away, to) is Taken.PASSED_OVER, "the contact address has a robot"
    with app.app_context(), unit_of_work():
        of_sender, _of_all = db.session.scalars(select(Attempt).order_by(Attempt.id))
        db.session.add_all([Attempt(subject=of_sender.subject, at=of_sender.at) for _more in range(MOST_A_DAY)])
    with pytest.raises(TooManyMails):
        take(app, hello + b"again", INBOUND)
    assert take(app, hello, INBOUND) is Taken.FORWARDED, "what was taken once is not asked for again"
    assert len(forwarded(world)) == 1


def test_a_flood_of_ever_new_senders_fills_no_mailbox(app: Flask, world: World) -> None:
    take(app, answer_mail(b"", INBOUND, sender="first@example.net"), INBOUND)
    with app.app_context(), unit_of_work():
        _of_sender, of_all = db.session.scalars(select(Attempt).order_by(Attempt.id))
        db.session.add_all([Attempt(subject=of_all.subject, at=of_all.at) for _more in range(MOST_A_DAY_OF_ALL - 1)])
    with pytest.raises(TooManyMails):
        take(app, answer_mail(b"", INBOUND, sender="other@example.net"), INBOUND)
    assert len(forwarded(world)) == 1


NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(8_000))
INTRICATE = {
    "nested parts": NESTED,
    "few nested parts, many lines": NESTED[:10_000] + b"x\r\n" * 70_000,
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 7_000,
    "many reports": b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n" * 100_000,
    "many blocks": b"Content-Type: message/global-delivery-status\n\na: b\n\n" + b"a\n \n" * 50_000,
    "blank lines of old systems": b"Content-Type: message/delivery-status\r\r" + b"\r" * 200_000,
    "many fields": b"To: trainings+x@example.org\r\n" * 2_000 + b"a:\r\n" * 20_000,
    "a calendar of many lines": b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n" + b"X-A:b\r\n" * 30_000,
}


@pytest.mark.parametrize("kind", INTRICATE)
def test_no_mail_of_a_stranger_holds_up_those_behind_it(app: Flask, world: World, kind: str) -> None:
    (row,) = invite(world)
    content = INTRICATE[kind]
    with app.app_context():
        mine = return_path(1)
    began = perf_counter()
    for number, (to, more) in enumerate([(INBOUND, b""), (address(row), b"."), (mine, b"..")], 1):
        assert take(app, content + more, to) is Taken.FORWARDED
        assert len(forwarded(world)) == number
    assert take(app, content * 10, INBOUND) is Taken.FORWARDED
    assert perf_counter() - began < 5
    assert forwarded(world)


def test_a_mail_piped_in_is_read_as_a_mail(app: Flask, world: World) -> None:
    content = answer_mail(b"", INBOUND, subject="Piped").replace(b"\r\n", b"\n")
    assert take(app, content, INBOUND) is Taken.FORWARDED
    [mail] = forwarded(world)
    [attached] = message_from_bytes(mail.content or b"", policy=default).iter_attachments()
    assert attached.get_content_type() == "message/rfc822"
    assert attached.get_content()["Subject"] == "Piped"


@pytest.mark.causes_mails
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_of_a_stranger_upset_it(app: Flask, data: st.DataObject) -> None:
    """Right mails, cut up, repeated and filled with rubbish; and rubbish alone."""
    world = World(app)
    if not invitations(world):
        invite(world)
    row = invitations(world)[0]
    with app.app_context():
        to = return_path(1)
    mails = (answer_mail(reply(row), address(row)), answer_mail(reply(row), to, as_file=True), report(to), b"")
    rubbish = st.one_of(
        st.binary(max_size=60),
        st.sampled_from([b"\x00", b"\r", b"\n\n", b"\xff\xfe", b"=?x?b?////?=", b"--", b": ", b"BEGIN:VEVENT\r\n"]),
        st.integers(100, 3_000).map(lambda times: b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * times),
        st.integers(1_000, 50_000).map(lambda times: b"X-Long: " + b"(" * times + b"\r\n"),
    )
    content = data.draw(st.sampled_from(mails))
    for _cut in range(data.draw(st.integers(0, 4))):
        first = data.draw(st.integers(0, len(content)))
        last = min(len(content), first + data.draw(st.integers(0, 80)))
        content = content[:first] + data.draw(rubbish) + content[last:]
    for recipients in ((address(row),), (to,), ()):
        assert take(app, content, *recipients) in Taken
