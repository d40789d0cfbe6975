"""GET /me/avatar/{id}/status: how far an avatar has come."""

from typing import Any

from fastapi import APIRouter, Response

from projections.accounts import AVATARS, PROJECTION
from query_api.call import SIGNED, Seen, Viewer, Wired, fresh, shown
from query_api.posts import FINAL
from query_api.users import avatar_urls
from schemas.accounts import AvatarStatus
from schemas.ids import AnAvatarId
from schemas.positions import Position
from schemas.refusals import UnknownAvatar

router = APIRouter(prefix="/me/avatar", tags=["accounts"])


@router.get("/{avatar_id}/status", response_model=AvatarStatus, dependencies=[SIGNED, fresh(PROJECTION)])
async def status(avatar_id: AnAvatarId, viewer: Viewer, wired: Wired, seen: Seen) -> Response:
    """How far an avatar of one's own has come; one that was replaced, or taken away, is deleted."""
    key = (avatar_id,)
    row = (await wired.tables.get(AVATARS, [key])).get(key)
    if row is None or row["account_id"] != viewer:
        raise UnknownAvatar
    body: dict[str, Any] = {"avatar_id": avatar_id, "status": row["status"]}
    headers = {} if row["status"] in FINAL else {"Retry-After": "1"}
    if row["status"] == "rejected":
        body["reason"] = row["reason"]
    if row["status"] == "published":
        body["urls"] = avatar_urls(row["files"], wired.media_url)
        await wired.position_tokens.room(seen)
        origin, (topic,) = (await wired.tables.stamps(AVATARS, [key]))[key].origin, PROJECTION.topics
        headers["Log-Position"] = wired.position_tokens.write([Position(topic, origin.partition, origin.offset)], seen)
    return shown(body, headers)
