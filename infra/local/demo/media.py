"""What addresses of images must answer: the bytes and type of a rendition, or 410 once its post is deleted."""

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from infra.local.demo.client import ApiProblem
from infra.local.demo.stage import Published, Stage
from infra.local.demo.views import Compares
from schemas.photos import CONTENT_TYPES

SIGNATURES = {"image/jpeg": (0, b"\xff\xd8\xff"), "image/webp": (8, b"WEBP"), "image/avif": (4, b"ftyp")}
"""Where a file of the type says so, and how."""


async def check_images(stage: Stage, findings: Compares) -> None:
    """Every image of every card: 200, the type that its name and its card say, and bytes of that type."""
    for shot in stage.script.lasting:
        card = await stage.clients[shot.author].get(f"/posts/{stage.posts[shot.number].post_id}")
        declared = {source["url"]: source["content_type"] for source in card["sources"]}
        for url in sorted({*card["image_urls"].values(), *declared}):
            expected = CONTENT_TYPES.get(PurePosixPath(urlsplit(url).path).suffix, "a known suffix")
            findings.same(f"the type on the card of {url}", expected, declared.get(url, expected))
            findings.same(f"the image {url}", (200, expected, True), await _image(stage, url, expected))


async def check_deleted(stage: Stage, findings: Compares, deleted: Published) -> None:
    """The card is gone for its author and for others, and so is every image."""
    for person in (stage.script.doomed.author, "eli"):
        path = f"/posts/{deleted.post_id}"
        findings.same(f"the deleted post's card for {person}", (410, "gone"), await _refusal(stage, person, path))
    for url in deleted.urls:
        findings.same(f"the deleted post's image {url}", 410, (await stage.http.get(url)).status_code)


async def _image(stage: Stage, url: str, expected: str) -> tuple[int, Any, bool]:
    answer = await stage.http.get(url, headers={"Accept": expected})
    start, signature = SIGNATURES.get(expected, (0, b""))
    is_one = answer.content[start : start + len(signature)] == signature and bool(answer.content)
    return answer.status_code, answer.headers.get("Content-Type"), is_one


async def _refusal(stage: Stage, person: str, path: str) -> tuple[int, str]:
    try:
        await stage.clients[person].get(path)
    except ApiProblem as problem:
        return problem.status, problem.code
    return 200, "still there"
