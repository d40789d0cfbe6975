"""The contract of the Mail port: what was said arrives, at one address, and what cannot is refused in two ways."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from commands.ports import Message, Undeliverable
from infra.mail.chosen import chosen_mail
from infra.mail.folder import FolderMail
from infra.mail.smtp import MailServer, SmtpMail
from infra.process.settings import Settings
from schemas.errors import Unavailable
from schemas.text import Email
from tests.certificate import make_certificate
from tests.contract.mail_servers import HOST, SENDER, Inbox, Place, folder_place, only, smtp_place, smtp_server
from tests.ports import free_ports

MESSAGE = Message("ann@example.org", "Confirm your address", "Hello Änne\n\n.\n.leading dots\n" + "x" * 300 + "\n")


@pytest.fixture(params=["folder", "smtp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each adapter."""
    with folder_place(tmp_path / "mail") if request.param == "folder" else smtp_place() as opened:
        yield opened


async def test_a_message_arrives_as_it_was_said(place: Place) -> None:
    await place.mail.send(MESSAGE)
    (mail,) = place.arrived()
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, MESSAGE.to, MESSAGE.subject)
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert mail["Date"]
    assert mail["Message-ID"].endswith("@site.example>")


@pytest.mark.parametrize(
    ("to", "sent_to"),
    [
        ("ü@example.org", "ü@example.org"),
        ("ann@ü.org", "ann@xn--tda.org"),
        ("ü@ü.org", "ü@xn--tda.org"),
        ("a.b+c@d-e.example.org", "a.b+c@d-e.example.org"),
        ("a!#$%&'*+-/=?^_`{|}~b@example.org", "a!#$%&'*+-/=?^_`{|}~b@example.org"),
    ],
)
async def test_whatever_is_taken_for_an_address_is_written_to(place: Place, to: str, sent_to: str) -> None:
    assert TypeAdapter(Email).validate_python(to) == to
    await place.mail.send(Message(to, "Hello", "x\n"))
    (mail,) = place.arrived()
    assert mail["To"] == sent_to
    assert [envelope.rcpt_tos for envelope in place.envelopes()] in ([], [[sent_to]])


async def test_messages_arrive_one_by_one(place: Place) -> None:
    for number in range(3):
        await place.mail.send(Message("ann@example.org", f"number {number}", "x\n"))
    assert [mail["Subject"] for mail in place.arrived()] == ["number 0", "number 1", "number 2"]
    assert len({mail["Message-ID"] for mail in place.arrived()}) == 3


async def test_messages_at_once_all_arrive(place: Place) -> None:
    names = [f"ann{number}@example.org" for number in range(20)]
    await asyncio.gather(*(place.mail.send(Message(name, "Hello", "x\n")) for name in names))
    assert sorted(mail["To"] for mail in place.arrived()) == sorted(names)


@pytest.mark.parametrize(
    "to",
    [
        "a,b@example.org",
        "a;b@example.org",
        "<a>b@example.org",
        '"a@example.org',
        "a@b\r\nBcc: c@example.org",
        "a",
        "",
        "a@",
    ],
)
async def test_what_is_not_one_address_gets_nothing(place: Place, to: str) -> None:
    with pytest.raises(Undeliverable):
        await place.mail.send(Message(to, "Hello", "x\n"))
    assert place.arrived() == []


async def test_a_refusal_does_not_say_the_address(place: Place) -> None:
    with pytest.raises(Undeliverable) as refusal:
        await place.mail.send(Message("secret,address@example.org", "Hello", "x\n"))
    assert "secret" not in str(refusal.value) + repr(refusal.value.problem())


async def test_a_server_is_told_one_recipient_and_our_address() -> None:
    with smtp_place() as place:
        await place.mail.send(MESSAGE)
        (envelope,) = place.envelopes()
        assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [MESSAGE.to])


@pytest.mark.parametrize(
    ("words", "refusal"),
    [("550 no such mailbox", Undeliverable), ("553 not allowed", Undeliverable), ("451 greylisted", Unavailable)],
)
async def test_a_recipient_is_refused_for_good_or_for_now(words: str, refusal: type[Exception]) -> None:
    with smtp_server(Inbox(refusing=words)) as port:
        with pytest.raises(refusal) as refused:
            await SmtpMail(MailServer(HOST, port, tls="none"), SENDER).send(MESSAGE)
        assert MESSAGE.to not in str(refused.value)


async def test_a_server_that_is_away_may_come_back() -> None:
    with pytest.raises(Unavailable):
        await SmtpMail(MailServer(HOST, free_ports(1)[0], tls="none"), SENDER).send(MESSAGE)


async def test_a_server_that_says_nothing_is_not_waited_for_long() -> None:
    silent = await asyncio.start_server(lambda _reader, _writer: None, HOST, 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable):
            await SmtpMail(MailServer(HOST, port, tls="none"), SENDER, within_s=0.2).send(MESSAGE)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it has TLS from the first byte
@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_mail_and_password_travel_encrypted(tls: str, tmp_path: Path) -> None:
    context, certificate = make_certificate(tmp_path)
    encrypted = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {"ssl_context": context}
    inbox = Inbox()
    secured = {"auth_required": True, "authenticator": only("photolog", "right"), "auth_require_tls": tls == "starttls"}
    with smtp_server(inbox, **encrypted, **secured) as port:
        settings = {"smtp_host": HOST, "smtp_port": port, "smtp_tls": tls, "smtp_tls_ca": certificate}
        user = {"smtp_user": "photolog", "smtp_password": "right", "smtp_from": SENDER}
        await chosen_mail(Settings.model_validate({**settings, **user})).send(MESSAGE)
        assert len(inbox.taken) == 1
        for wrong in ({"smtp_password": "wrong"}, {"smtp_user": ""}, {"smtp_tls_ca": None}):
            with pytest.raises(Unavailable):
                await chosen_mail(Settings.model_validate({**settings, **user, **wrong})).send(MESSAGE)
        assert len(inbox.taken) == 1
    if tls == "starttls":
        assert inbox.encrypted == [True]


async def test_without_the_encryption_that_is_asked_for_nothing_is_sent() -> None:
    inbox = Inbox()
    with smtp_server(inbox) as port, pytest.raises(Unavailable):
        await SmtpMail(MailServer(HOST, port, tls="starttls"), SENDER).send(MESSAGE)
    assert inbox.taken == []


async def test_mails_in_a_folder_are_their_owners_alone_and_their_names_say_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mail"
    await FolderMail(folder, SENDER).send(MESSAGE)
    (path,) = folder.iterdir()
    assert [entry.stat().st_mode & 0o777 for entry in (folder, path)] == [0o700, 0o600]
    assert "ann" not in path.name


def test_without_a_server_mails_stay_beside_the_data(tmp_path: Path) -> None:
    assert isinstance(chosen_mail(Settings(data=tmp_path)), FolderMail)
    assert "secret" not in repr(MailServer(HOST, 25, user="photolog", password="secret"))
