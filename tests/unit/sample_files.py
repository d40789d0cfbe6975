"""What the media pipeline stores of the posts and avatars of samples.py."""

from events.accounts import Avatar
from events.posts import Rendition
from schemas.ids import AvatarId, PostId

AVATAR, OTHER_AVATAR = AvatarId("av_0000000000V"), AvatarId("av_0000000000W")


def rendition(
    name: str = "thumbnail", content_type: str = "image/jpeg", post: PostId = PostId("po_0000000000P")
) -> Rendition:
    """A rendition as the media pipeline stores it."""
    path = f"m/{post}/{name}-0123.{content_type.removeprefix('image/')}"
    described = {"name": name, "path": path, "content_type": content_type}
    return Rendition.model_validate({**described, "width": 150, "height": 100, "size_bytes": 9})


def avatar(avatar_id: AvatarId = AVATAR) -> Avatar:
    """What is shown of an account."""
    sizes: dict[str, int] = {"large": 320, "small": 150}
    said = {"content_type": "image/jpeg", "size_bytes": 9}
    files = [
        {"name": name, "path": f"m/{avatar_id}/{name}-1_0123.jpg", "width": side, "height": side, **said}
        for name, side in sizes.items()
    ]
    return Avatar.model_validate({"avatar_id": avatar_id, "files": files})
