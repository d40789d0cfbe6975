"""An example of each body, as documents and generated clients show it. Tests check them against their schemas."""

from typing import Any

Json = dict[str, Any]

POST, ACCOUNT, COMMENT, SESSION = "po_0Qk3bYc1x2Z", "ac_0Qk3bXw9a0B", "co_0Qk3cAd4e5F0Qk3bYc1x2Z", "se_0Qk3cBg6h7I"
AT, LATER = "2026-05-17T09:30:00.000Z", "2026-05-17T09:45:00.000Z"
MEDIA = "https://photos.example.org/m/0Qk3bYc1x2Z/1"
PLACE: Json = {"lat": 59.913, "lon": 10.739}
SAID: Json = {"caption": "Low tide #fjord", "tags": ["sea"], "alt_text": "A pier, half in the mud.", "location": PLACE}
SHOWN: Json = {**SAID, "tags": ["sea", "fjord"]}
UPLOAD: Json = {
    "upload_url": "https://store.example.org/uploads/0Qk3bYc1x2Z?X-Amz-Signature=5d8f",
    "upload_headers": {"Content-Type": "image/jpeg", "Content-Length": "482113"},
    "expires_at": LATER,
}
PART: Json = {
    "part_number": 2,
    "url": "https://store.example.org/uploads/0Qk3bYc1x2Z?partNumber=2&uploadId=c0ffee&X-Amz-Signature=5d8f",
    "headers": {"Content-Length": "482113"},
    "size_bytes": 482_113,
}
SENT: Json = {"part_number": 1, "etag": "5d41402abc4b2a76b9719d911017c592"}
URLS: Json = {name: f"{MEDIA}/{name}-9f2c.jpg" for name in ("thumbnail", "feed", "full")}
AVATAR = "av_0Qk3bXz5t6V"
AVATAR_URLS: Json = {size: f"https://photos.example.org/m/{AVATAR}/{size}-1_9f2c.jpg" for size in ("small", "large")}
USER: Json = {
    "user_id": ACCOUNT,
    "username": "ann.marie",
    "display_name": "Ann Marie",
    "avatar_url": AVATAR_URLS["small"],
    "followed_by_viewer": True,
    "follows_viewer": False,
}
PROFILE: Json = {
    **USER,
    "avatar_url": AVATAR_URLS["large"],
    "bio": "Tides and piers.",
    "post_count": 12,
    "follower_count": 340,
    "following_count": 95,
    "blocked_by_viewer": False,
}
STRANGER: Json = {"followed_by_viewer": None, "follows_viewer": None, "blocked_by_viewer": None}
CARD: Json = {
    "post_id": POST,
    "kind": "photo",
    "user": USER,
    **SHOWN,
    "image_urls": URLS,
    "sources": [{"url": URLS["feed"], "content_type": "image/jpeg", "width": 640, "height": 480}],
    "width": 1080,
    "height": 810,
    "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
    "like_count": 17,
    "comment_count": 3,
    "liked_by_viewer": True,
    "created_at": AT,
}
SAYING: Json = {
    "comment_id": COMMENT,
    "post_id": POST,
    "user": USER,
    "text": "Where is this?",
    "created_at": LATER,
    "can_delete": True,
}
NOTIFICATION: Json = {
    "notification_id": "no_0Qk3cAd4e5F",
    "kind": "comment",
    "actors": [USER],
    "count": 1,
    "post_id": POST,
    "created_at": LATER,
    "read": False,
}
LAST_PAGE: Json = {"next_cursor": None, "has_more": False}
PASSWORD, TOKEN = "correct horse battery", "se_0Qk3cBg6h7I.dGhlIHJlc3QgaXMgcmFuZG9t"

EXAMPLES: dict[str, Json] = {
    "SignUp": {"username": "ann.marie", "password": PASSWORD, "email": "ann@example.org", "display_name": "Ann Marie"},
    "SignedUp": {"account_id": ACCOUNT, "username": "ann.marie"},
    "PasswordGrant": {"grant_type": "password", "username": "ann.marie", "password": PASSWORD},
    "RefreshGrant": {"grant_type": "refresh_token", "refresh_token": TOKEN},
    "Revocation": {"token": TOKEN},
    "OAuthError": {"error": "invalid_grant", "error_description": "The credentials are not valid"},
    "TokenPair": {
        "access_token": "eyJhbGciOi.e30.c2ln",
        "token_type": "Bearer",
        "expires_in": 900,
        "refresh_token": TOKEN,
    },
    "ProfileChange": {"display_name": "Ann M.", "bio": None},
    "ProfileChanged": {"display_name": "Ann M.", "bio": ""},
    "AvatarReservation": {"filename": "me.jpg", "content_type": "image/jpeg", "size_bytes": 482_113},
    "AvatarUpload": {"avatar_id": AVATAR, "upload_method": "PUT", **UPLOAD},
    "AvatarCompleted": {
        "avatar_id": AVATAR,
        "status": "processing",
        "estimated_ready_ms": 950,
        "poll_url": f"/me/avatar/{AVATAR}/status",
    },
    "AvatarStatus": {"avatar_id": AVATAR, "status": "published", "urls": AVATAR_URLS},
    "PasswordChange": {"current": PASSWORD, "new": "wrong donkey charger"},
    "EmailChange": {"email": "ann.marie@example.org", "password": PASSWORD},
    "Recovery": {"email": "ann@example.org"},
    "NewPassword": {"token": f"1767225600000.{ACCOUNT}.9f2c", "password": "wrong donkey charger"},
    "EmailConfirmation": {"token": "YW5uQGV4YW1wbGUub3Jn"},
    "SessionShown": {
        "session_id": SESSION,
        "opened_at": AT,
        "last_used_at": LATER,
        "expires_at": LATER,
        "current": True,
    },
    "User": {**USER},
    "Profile": {**PROFILE, **STRANGER},
    "Me": {**PROFILE, "email": "ann@example.org", "email_verified": True, "created_at": AT},
    "Users": {"users": [USER], "next_cursor": "c29tZSBwbGFjZQ", "has_more": True},
    "NewFollow": {"user_id": ACCOUNT},
    "Following": {"user_id": ACCOUNT, "following": True},
    "Bell": {"user_id": ACCOUNT, "bell": True},
    "Blocking": {"user_id": ACCOUNT, "blocked": True},
    "Liked": {"post_id": POST, "liked": True},
    "PostReservation": {"filename": "tide.jpg", "content_type": "image/jpeg", "size_bytes": 482_113, **SAID},
    "Upload": {"post_id": POST, "upload_method": "PUT", **UPLOAD},
    "RenewedUpload": {**UPLOAD, "received": False},
    "UploadInParts": {"post_id": POST, "upload_method": "PUT", "upload_parts": [PART], "expires_at": LATER},
    "RenewedParts": {
        "received_parts": [{**SENT, "size_bytes": 5_242_880}],
        "upload_parts": [PART],
        "expires_at": LATER,
        "received": False,
    },
    "UploadCompletion": {"caption": "Low tide #fjord", "parts": [SENT]},
    "Completed": {
        "post_id": POST,
        "status": "processing",
        "estimated_ready_ms": 950,
        "poll_url": f"/posts/{POST}/status",
    },
    "PostStatus": {"post_id": POST, "status": "published", "urls": URLS, "published_at": AT},
    "PostEdit": {"caption": "Low tide #fjord", "location": None},
    "PostChanged": {"caption": "Low tide #fjord", "tags": ["sea", "fjord"], "location": None},
    "Card": CARD,
    "Posts": {"posts": [CARD], **LAST_PAGE},
    "NewComment": {"text": "Where is this?"},
    "Comment": SAYING,
    "ReadUpTo": {"up_to": NOTIFICATION["notification_id"]},
    "Notification": NOTIFICATION,
    "Notifications": {"notifications": [NOTIFICATION], "unread_count": 1, **LAST_PAGE},
    "DevicePlatform": {"platform": "apns"},
    "View": {"post_id": POST, "surface": "feed", "rank": 3, "dwell_ms": 1_850},
    "NewReport": {"post_id": POST, "reason": "spam", "text": "The same again and again."},
    "Reported": {"report_id": "re_0Qk3cAd4e5F"},
    "Comments": {"comments": [SAYING], **LAST_PAGE},
}
EXAMPLES["SessionList"] = {"sessions": [EXAMPLES["SessionShown"]]}
