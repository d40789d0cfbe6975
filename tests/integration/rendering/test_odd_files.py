"""Files of kinds that phones, cameras and tools write, though rarely: published, or refused for the right reason."""

import struct
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from infra.vips import heif
from infra.vips.refusals import Refusal
from processors.ports import Refused, Rendered
from tests import light
from tests.integration.rendering.files import RENDERER
from tests.pictures import difference, scene, shown


async def shows(source: Path, declared_type: str, expected: Image.Image, close: float = 3.0) -> None:
    outcome = await RENDERER.render(source, declared_type)
    assert isinstance(outcome, Rendered), outcome
    assert (outcome.width, outcome.height) == expected.size
    assert difference(shown(outcome, "full", "jpg"), expected) < close


async def is_refused(source: Path, declared_type: str, reason: str) -> None:
    assert await RENDERER.render(source, declared_type) == Refused(reason)  # type: ignore[arg-type]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def heic(path: Path) -> bytes:
    scene(200, 150).save(path, "heif", quality=95)
    return path.read_bytes()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def moved(content: bytes, by: int) -> bytes:
    """A HEIC file whose data lie so many bytes further on."""
    at = content.index(b"iloc") + 4
    base_size, count = content[at + 5] >> 4, struct.unpack_from(">H", content, at + 6)[0]
    assert (base_size, count) == (4, 1), "one item, and where its data begin"
    base = at + 8 + (6 if content[at] else 4)
    return content[:base] + struct.pack(">I", struct.unpack_from(">I", content, base)[0] + by) + content[base + 4 :]


@pytest.mark.parametrize("size", [(5000, 1), (1, 5000), (20000, 3), (3, 20000), (20000, 17)])
async def test_a_thin_jpeg_is_published(tmp_path: Path, size: tuple[int, int]) -> None:
    scene(*size).save(tmp_path / "thin.jpg", quality=95)
    outcome = await RENDERER.render(tmp_path / "thin.jpg", "image/jpeg")
    assert isinstance(outcome, Rendered), outcome
    full = shown(outcome, "full", "jpg")
    assert max(full.size) == 1080
    assert min(full.size) == max(1, round(min(size) * 1080 / max(size)))


@pytest.mark.parametrize("depth", [10, 12])
async def test_a_deep_grey_heic_is_published(tmp_path: Path, depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", depth == 12)
    file = pillow_heif.from_bytes(mode="I;16", size=light.SIZE, data=light.GREY.tobytes())
    file.save(str(tmp_path / "grey.heic"), quality=-1)
    assert pillow_heif.open_heif(tmp_path / "grey.heic").info["bit_depth"] == depth
    await shows(tmp_path / "grey.heic", "image/heic", Image.fromarray((light.GREY >> 8).astype(np.uint8)))


@pytest.mark.parametrize("kind", [b"Xyz0", b"mpvd", b"bidx", b"etyp", b"jumb"])
async def test_boxes_that_we_do_not_know_are_passed_over(tmp_path: Path, kind: bytes) -> None:
    content, unknown = heic(tmp_path / "whole.heic"), box(kind, bytes(50))
    at = content.index(b"mdat") - 4
    content = moved(content[:at] + unknown + content[at:], len(unknown))
    await shows(written(tmp_path / "odd.heic", content), "image/heic", scene(200, 150))


async def test_data_that_a_phone_appends_are_passed_over(tmp_path: Path) -> None:
    content = heic(tmp_path / "whole.heic") + b"\xff\x00\x00\x01SEFT and more" * 30
    await shows(written(tmp_path / "odd.heic", content), "image/heic", scene(200, 150))


@pytest.mark.parametrize("kind", ["heif", "avif"])
@pytest.mark.parametrize("lost", [1, 100, 1000])
async def test_a_heif_file_that_lacks_its_last_bytes_is_corrupt(tmp_path: Path, kind: str, lost: int) -> None:
    scene(200, 150).save(tmp_path / "whole", kind, quality=95)
    content = (tmp_path / "whole").read_bytes()
    assert content.index(b"mdat") < len(content) - lost
    await is_refused(written(tmp_path / "cut", content[:-lost]), f"image/{kind}", "corrupt")


async def test_a_12_bit_jpeg_is_unsupported(tmp_path: Path) -> None:
    scene(200, 150).save(tmp_path / "photo.jpg")
    content = bytearray((tmp_path / "photo.jpg").read_bytes())
    content[content.index(b"\xff\xc0") + 4] = 12
    await is_refused(written(tmp_path / "deep.jpg", bytes(content)), "image/jpeg", "unsupported")


@pytest.mark.parametrize("frame", [0xC3, 0xC5, 0xC7, 0xCB])
async def test_a_lossless_or_hierarchical_jpeg_is_unsupported(tmp_path: Path, frame: int) -> None:
    scene(200, 150).save(tmp_path / "photo.jpg")
    content = bytearray((tmp_path / "photo.jpg").read_bytes())
    content[content.index(b"\xff\xc0") + 1] = frame
    await is_refused(written(tmp_path / "odd.jpg", bytes(content)), "image/jpeg", "unsupported")


@pytest.mark.parametrize("major", [b"avci", b"heic", b"mif1"])
async def test_avc_in_a_heif_file_is_unsupported(tmp_path: Path, major: bytes) -> None:
    content = heic(tmp_path / "whole.heic")
    content = content.replace(b"hvc1", b"avc1").replace(b"hvcC", b"avcC")
    head = box(b"ftyp", major + bytes(4) + b"mif1" + major + b"miaf")
    start = int.from_bytes(content[:4], "big")
    content = moved(head + content[start:], len(head) - start)
    await is_refused(written(tmp_path / "avc.heic", content), "image/heic", "unsupported")


@pytest.mark.parametrize(
    ("head", "declared_type"),
    [
        (b"msf1" + bytes(4) + b"msf1hevc", "image/heic"),
        (b"hevc" + bytes(4) + b"msf1hevc", "image/heic"),
        (b"avis" + bytes(4) + b"msf1avis", "image/avif"),
        (b"mif3avifmif3", "image/avif"),
        (b"mif3" + bytes(4) + b"mif3", "image/heif"),
        (b"avcs" + bytes(4) + b"msf1avcs", "image/heif"),
        (b"j2ki" + bytes(4) + b"j2ki", "image/heif"),
    ],
)
async def test_what_names_no_picture_of_a_kind_of_ours_is_unsupported(
    tmp_path: Path, head: bytes, declared_type: str
) -> None:
    content = box(b"ftyp", head) + box(b"moov", bytes(100)) + box(b"mdat", bytes(100))
    await is_refused(written(tmp_path / "sequence", content), declared_type, "unsupported")


async def test_a_sequence_that_names_no_picture_in_its_meta_box_is_unsupported(tmp_path: Path) -> None:
    content = heic(tmp_path / "whole.heic").replace(b"pitm", b"free")
    await is_refused(written(tmp_path / "one.heic", content + box(b"moov", bytes(100))), "image/heic", "unsupported")
    await is_refused(written(tmp_path / "two.heic", content), "image/heic", "corrupt")


def test_no_file_breaks_the_reader_of_boxes(tmp_path: Path) -> None:
    """Whatever is wrong with a byte, it is a refusal or a description, and never any other error."""
    content, draw, refused = heic(tmp_path / "whole.heic"), np.random.default_rng(9), 0
    meta = content.index(b"mdat")
    for _ in range(3000):
        odd = bytearray(content)
        for at in draw.integers(0, meta, draw.integers(1, 4)):
            odd[at] = draw.integers(0, 256)
        try:
            heif.read(written(tmp_path / "odd.heic", bytes(odd)))
        except Refusal:
            refused += 1
    assert 0 < refused < 3000


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("size", [(900, 700), (904, 704)])
async def test_a_jpeg_that_lacks_only_its_end_is_published_and_one_that_lacks_more_is_corrupt(
    tmp_path: Path, progressive: bool, subsampling: int, size: tuple[int, int]
) -> None:
    scene(*size).save(tmp_path / "whole.jpg", quality=90, progressive=progressive, subsampling=subsampling)
    content = (tmp_path / "whole.jpg").read_bytes()
    assert content.endswith(b"\xff\xd9")
    for lost in (1, 2):
        await shows(written(tmp_path / "cut.jpg", content[:-lost]), "image/jpeg", scene(*size))
    for lost in (4, 200, len(content) // 3):
        await is_refused(written(tmp_path / "cut.jpg", content[:-lost]), "image/jpeg", "corrupt")


async def test_a_progressive_jpeg_that_lacks_whole_scans_is_corrupt(tmp_path: Path) -> None:
    scene(900, 700).save(tmp_path / "whole.jpg", progressive=True)
    content = (tmp_path / "whole.jpg").read_bytes()
    end, cut = content.rindex(b"\xff\xda"), 0
    while (end := content.rfind(b"\xff\xc4", 0, end)) > content.index(b"\xff\xda"):
        await is_refused(written(tmp_path / "cut.jpg", content[:end]), "image/jpeg", "corrupt")
        cut += 1
    assert cut > 2


async def test_a_large_jpeg_without_an_end_is_shrunk_while_it_is_decoded(tmp_path: Path) -> None:
    scene(4500, 1000).save(tmp_path / "whole.jpg", quality=90)
    content = (tmp_path / "whole.jpg").read_bytes()
    await shows(written(tmp_path / "cut.jpg", content[:-2]), "image/jpeg", scene(4500, 1000))


async def test_data_after_the_end_of_a_jpeg_are_passed_over(tmp_path: Path) -> None:
    scene(900, 700).save(tmp_path / "whole.jpg", quality=90)
    content = (tmp_path / "whole.jpg").read_bytes() + b"more that a phone appends" * 50
    await shows(written(tmp_path / "more.jpg", content), "image/jpeg", scene(900, 700))
