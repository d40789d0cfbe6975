"""Which kind of picture a file is by its first bytes, and whether that is what its uploader declared."""

from enum import Enum

from infra.vips.refusals import Refusal

HEAD_BYTES = 512


class Kind(Enum):
    """What we decode. Everything else is refused before a decoder sees it."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    HEIC = "heic"


_DECLARED = {
    "image/jpeg": {Kind.JPEG},
    "image/png": {Kind.PNG},
    "image/webp": {Kind.WEBP},
    "image/avif": {Kind.AVIF},
    "image/heic": {Kind.HEIC},
    # The name of the container, which holds either codec.
    "image/heif": {Kind.HEIC, Kind.AVIF},
}
_BRANDS = {b"avif": Kind.AVIF, b"avis": Kind.AVIF} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), Kind.HEIC
)
_CONTAINER_BRANDS = {b"mif1", b"mif2", b"mif3", b"msf1", b"miaf"} | {
    b"avci",
    b"avcs",
    b"jpeg",
    b"jpgs",
    b"j2ki",
    b"j2is",
    b"vvic",
    b"vvis",
    b"evbi",
    b"evbs",
    b"unif",
}
"""Of HEIF files that say nothing of a codec of ours, or that they hold another."""


def declared_kind(head: bytes, declared_type: str) -> Kind:
    """The kind of a file that is what it was declared to be.

    A type that we never take, or a HEIF file with a codec that we lack, is unsupported; bytes of another kind, or of
    none that we know, are a mismatch.
    """
    allowed = _DECLARED.get(declared_type.partition(";")[0].strip().lower())
    if allowed is None:
        raise Refusal("unsupported")
    kind = _sniffed(head)
    if kind not in allowed:
        raise Refusal("type_mismatch")
    return kind


def _sniffed(head: bytes) -> Kind | None:
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[4:8] == b"ftyp":
        return _branded(head[: int.from_bytes(head[:4], "big")])
    return None


def _branded(box: bytes) -> Kind | None:
    """The major brand decides if it names a codec, else the first compatible brand that does."""
    brands = [box[8:12], *(box[at : at + 4] for at in range(16, len(box), 4))]
    for brand in brands:
        if brand in _BRANDS:
            return _BRANDS[brand]
    if _CONTAINER_BRANDS.intersection(brands):
        raise Refusal("unsupported")
    return None
