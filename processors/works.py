"""What is rendered, and what is said of it: a post's photo, or an account's avatar. For renders.py and remakes.py."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from commands.account_state import Account
from commands.accounts import account_stream
from commands.aggregate import SYSTEM, Command
from commands.avatars import RejectAvatar, ShowAvatar, StartAvatar
from commands.cases import FlagPost
from commands.ports import Objects
from commands.post_commands import PublishPost, RejectPost, StartProcessing, post_stream
from commands.post_state import Post
from events.accounts import AvatarFile
from events.posts import RejectionReason, Rendition
from processors.ports import Picture, Rendered, RenditionName
from schemas.ids import AccountId, AvatarId, Millis, PostId
from schemas.objects import rendition_key

ACTOR = AccountId(f"{SYSTEM}media")


@dataclass(frozen=True)
class StoredFile:
    """A rendered file as it lies in the object store."""

    name: RenditionName
    path: str
    content_type: str
    width: int
    height: int
    size_bytes: int


Files = tuple[StoredFile, ...]


@dataclass(frozen=True)
class Shown:
    """What can be shown: its files are in place. Width and height are those of the upright original."""

    files: Files
    width: int
    height: int
    blurhash: str
    look: str


async def stored_files(objects: Objects, of: PostId | AvatarId, attempt: int, rendered: Rendered) -> Files:
    """What was rendered, in place under this attempt's names."""
    files = []
    for file in rendered.files:
        formats = [one.content for one in rendered.files if one.name == file.name]
        path = rendition_key(of, attempt, file.name, formats, file.extension)
        await objects.put(path, file.content, file.content_type)
        files.append(StoredFile(file.name, path, file.content_type, file.width, file.height, len(file.content)))
    return tuple(files)


class Work(Protocol):
    """One upload that is to be shown, or rejected. Its attempts are counted in its stream."""

    @property
    def upload_key(self) -> str:
        """Where its bytes are."""

    @property
    def content_type(self) -> str:
        """As what they were announced."""

    @property
    def of(self) -> PostId | AvatarId:
        """Whose media it becomes."""

    @property
    def picture(self) -> Picture:
        """What is made of it."""

    @property
    def stream(self) -> str:
        """Where its attempts are told."""

    def attempt(self, state: Any) -> int | None:
        """Its latest attempt; None once there is nothing to attempt any more."""

    def start(self, holds: int | None) -> Command:
        """An attempt begins, or the one that is held goes on."""

    def author(self, state: Any) -> AccountId | None:
        """Among whose posts it will be; None: it is no post."""

    def publish(self, attempt: int, shown: Shown, at: Millis, salt: int) -> Command:
        """The files of this attempt are in place."""

    def reject(self, attempt: int, reason: RejectionReason) -> Command:
        """It cannot be shown."""

    def checksum(self, state: Any) -> str | None:
        """The SHA-256, in base64, of the bytes that were announced, where the store could not compare it itself."""

    def is_cleared(self, state: Any) -> bool:
        """Whether a moderator has said that no blocklist takes it."""

    def flag(self, match: str, distance: int) -> Command | None:
        """Have a moderator look at it; None where there is nothing to be shown to one."""

    def shows(self, state: Any, files: Files) -> bool:
        """Whether these are what is, or was, shown."""

    def is_deleted(self, state: Any) -> bool:
        """Whether it is no more, and never comes back."""


@dataclass(frozen=True)
class PhotoWork:
    """The photo of a post."""

    post: PostId
    upload_key: str
    content_type: str
    picture: Picture = "photo"

    @property
    def of(self) -> PostId:
        return self.post

    @property
    def stream(self) -> str:
        return post_stream(self.post)

    def attempt(self, state: Post) -> int | None:
        return state.attempt if state.status == "processing" else None

    def start(self, holds: int | None) -> Command:
        return StartProcessing(ACTOR, self.post, holds)

    def author(self, state: Post) -> AccountId:
        return state.author_id

    def publish(self, attempt: int, shown: Shown, at: Millis, salt: int) -> Command:
        renditions = tuple(Rendition.model_validate(asdict(file)) for file in shown.files)
        made = shown.width, shown.height, shown.blurhash
        return PublishPost(ACTOR, self.post, attempt, at, renditions, *made, salt)

    def reject(self, attempt: int, reason: RejectionReason) -> Command:
        return RejectPost(ACTOR, self.post, attempt, reason)

    def checksum(self, state: Post) -> str | None:
        return state.checksum_sha256 if state.in_parts else None

    def is_cleared(self, state: Post) -> bool:
        return state.cleared

    def flag(self, match: str, distance: int) -> Command | None:
        return FlagPost(ACTOR, self.post, match, distance)

    def shows(self, state: Post, files: Files) -> bool:
        return state.picture is not None and {one.path for one in state.picture.renditions} >= {f.path for f in files}

    def is_deleted(self, state: Post) -> bool:
        return state.status == "deleted"


@dataclass(frozen=True)
class AvatarWork:
    """The avatar of an account."""

    account: AccountId
    avatar: AvatarId
    upload_key: str
    content_type: str
    picture: Picture = "avatar"

    @property
    def of(self) -> AvatarId:
        return self.avatar

    @property
    def stream(self) -> str:
        return account_stream(self.account)

    def attempt(self, state: Account) -> int | None:
        upload = state.upload
        waits = upload is not None and upload.avatar_id == self.avatar and upload.status == "processing"
        return upload.attempt if upload and waits else None

    def start(self, holds: int | None) -> Command:
        return StartAvatar(ACTOR, self.account, self.avatar, holds)

    def author(self, state: Account) -> None:
        return None

    def publish(self, attempt: int, shown: Shown, at: Millis, salt: int) -> Command:
        files = tuple(AvatarFile.model_validate(asdict(file)) for file in shown.files)
        return ShowAvatar(ACTOR, self.account, self.avatar, attempt, files)

    def reject(self, attempt: int, reason: RejectionReason) -> Command:
        return RejectAvatar(ACTOR, self.account, self.avatar, attempt, reason)

    def checksum(self, state: Account) -> str | None:
        return None

    def is_cleared(self, state: Account) -> bool:
        return False

    def flag(self, match: str, distance: int) -> Command | None:
        return None  # its original goes: nothing is held of an avatar

    def shows(self, state: Account, files: Files) -> bool:
        return state.avatar is not None and {one.path for one in state.avatar.files} >= {one.path for one in files}

    def is_deleted(self, state: Account) -> bool:
        return self.avatar not in avatars_of(state)


def avatars_of(account: Account) -> set[AvatarId]:
    """What an account shows, and what it may come to show."""
    return {one.avatar_id for one in (account.avatar, account.upload) if one}
