"""What files of photos are called, and which content types are taken. Used by whoever uploads, and by who refuses."""

CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".heif": "image/heif",
}
"""By suffix."""
PHOTO_TYPES = tuple(dict.fromkeys(CONTENT_TYPES.values()))
