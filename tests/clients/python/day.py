"""A phone's day, with nothing but the generated client: run with where to, a photo, and the folders that mails and
pushes come to.

Somebody signs up, finds people, posts, is told of what others do, also by the phone, blocks and reports one of them,
and recovers a password.
"""

import json
import re
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path

from demo import Person
from photolog_client import Client
from photolog_client.api.accounts import confirm_recovery, recover_account
from photolog_client.api.blocks import block_user
from photolog_client.api.comments import create_comment
from photolog_client.api.devices import register_device, remove_device
from photolog_client.api.follows import follow_user
from photolog_client.api.likes import like_post
from photolog_client.api.notifications import list_notifications, read_notifications
from photolog_client.api.reports import create_report
from photolog_client.api.search import find_by_words, list_tagged
from photolog_client.api.sessions import create_token
from photolog_client.models import (
    DevicePlatform,
    DevicePlatformPlatform,
    FindByWordsType,
    NewComment,
    NewPassword,
    NewReport,
    NewReportReason,
    OAuthError,
    PasswordGrant,
    ReadUpTo,
    Recovery,
    TokenPair,
)

ANOTHER = "wrong donkey charger"
PHONE = "f0a1" * 16
MAILED_WITHIN_S = PUSHED_WITHIN_S = 100
TOKEN = re.compile(r"^\d+\.ac_\w+\.[0-9a-f]{64}$", re.MULTILINE)


def play(url: str, photo: bytes, mails: Path, pushes: Path) -> None:
    """The whole day."""
    zoe, yan, troll = Person(url, "zoe.day"), Person(url, "yan.day"), Person(url, "troll.day")
    zoe.position = yan.position = troll.position
    zoe.does(register_device, PHONE, body=DevicePlatform(DevicePlatformPlatform.APNS))
    found = zoe.does(find_by_words, q="@yan.d", type_=FindByWordsType.USERS).users
    assert [user.user_id for user in found] == [yan.id]
    assert zoe.does(follow_user, found[0].user_id).following is True

    post = zoe.publishes(photo, "Première neige #snowday @yan.day")
    yan.position = zoe.position
    (card,) = yan.does(find_by_words, q="premiere neige").posts
    assert card.post_id == post
    yan.does(like_post, post)
    troll.position = yan.position
    comment = troll.does(create_comment, post, body=NewComment("Buy this"))

    zoe.position = troll.position
    told = zoe.does(list_notifications)
    assert [(one.kind.value, one.post_id) for one in told.notifications] == [("comment", post), ("like", post)]
    assert told.unread_count == 2
    assert pushed(pushes, 2) == {("push.like", "yan.day"), ("push.comment", "troll.day")}
    zoe.does(remove_device, PHONE, body=DevicePlatform(DevicePlatformPlatform.APNS))
    zoe.does(read_notifications, body=ReadUpTo(told.notifications[0].notification_id))
    assert zoe.does(list_notifications).unread_count == 0
    mentioned = {one.kind.value for one in yan.does(list_notifications).notifications}
    assert mentioned == {"follow", "mention"}, mentioned

    report = NewReport(reason=NewReportReason.SPAM, comment_id=comment.comment_id)
    assert zoe.does(create_report, body=report).report_id
    assert zoe.does(block_user, troll.id).blocked is True
    assert zoe.does(find_by_words, q="troll", type_=FindByWordsType.USERS).users == []
    assert [one.kind.value for one in zoe.does(list_notifications).notifications] == ["like"]
    troll.position = zoe.position
    assert troll.does(list_tagged, "snowday").posts == []
    recover(url, zoe, mails)


def recover(url: str, zoe: Person, mails: Path) -> None:
    """Another password by mail, and the old one is none any more."""
    anybody = Client(base_url=url)
    asked = Recovery("zoe.day@example.org")
    answer = recover_account.sync_detailed(client=anybody, body=asked, at_least_position=zoe.position)
    assert answer.status_code == 202, answer
    confirmed = confirm_recovery.sync_detailed(client=anybody, body=NewPassword(mailed(mails), ANOTHER))
    assert confirmed.status_code == 204, confirmed
    assert isinstance(create_token.sync(client=anybody, body=PasswordGrant("password", "zoe.day", ANOTHER)), TokenPair)
    refused = create_token.sync(client=anybody, body=PasswordGrant("password", "zoe.day", "correct horse battery"))
    assert isinstance(refused, OAuthError)


def pushed(pushes: Path, number: int) -> set[tuple[str, str]]:
    """What her phone shows, once it shows so much."""
    deadline = time.monotonic() + PUSHED_WITHIN_S
    while time.monotonic() < deadline:
        shown = [json.loads(push.read_bytes()) for push in pushes.glob("*.json")]
        if len(shown) >= number:
            assert {push["token"] for push in shown} == {PHONE}
            return {(one["loc-key"], *one["loc-args"]) for one in (push["aps"]["alert"] for push in shown)}
        time.sleep(0.05)
    raise AssertionError("no push came")


def mailed(mails: Path) -> str:
    """The token that a mail to her brought."""
    deadline = time.monotonic() + MAILED_WITHIN_S
    while time.monotonic() < deadline:
        for mail in mails.glob("*.eml"):
            said = message_from_bytes(mail.read_bytes(), policy=policy.default)
            token = TOKEN.search(said.get_content())
            if token and said["To"] == "zoe.day@example.org":
                return token[0]
        time.sleep(0.05)
    raise AssertionError("no mail came")


if __name__ == "__main__":
    play(sys.argv[1], Path(sys.argv[2]).read_bytes(), *map(Path, sys.argv[3:]))
    print("played")
