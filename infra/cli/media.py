"""`photolog media`: renditions made again, and photos that nobody reads moved, as jobs that say how far they are; and
who is to be a user of the object store.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.operators import run

if TYPE_CHECKING:
    from infra.wiring.operating import Operating
    from processors.remakes import Remakes
    from schemas.ids import PostId

media = typer.Typer(help="Photos, as they are stored.", no_args_is_help=True)


class Format(StrEnum):
    """What may be made besides JPEG and WebP."""

    AVIF = "avif"


@media.command()
def render(
    posts: Annotated[list[str] | None, typer.Argument(help="The ids of posts.")] = None,
    since: Annotated[datetime | None, typer.Option(help="All that were reserved since then (UTC).")] = None,
    after: Annotated[str, typer.Option(help="With --since: those behind this post, where a run ended.")] = "",
    format_: Annotated[Format | None, typer.Option("--format", help="Make this too.")] = None,
    at_once: Annotated[int, typer.Option(min=1, help="Posts side by side.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each post, then one for all.")] = False,
) -> None:
    """Make the renditions of posts again, from their originals, under new names. Status 0 if nothing failed."""
    if bool(posts) == bool(since):
        raise typer.BadParameter("name posts, or say --since")

    async def work(site: "Operating") -> "Counter[str]":
        from infra.process.environment import load_settings
        from infra.wiring.media import photo_of, remakes
        from schemas.ids import PostId

        settings = load_settings()
        remaking = remakes(site.write, site.read, site.handler, settings)
        chosen = [PostId(one) for one in posts or ()] or await _behind(remaking, since, after)
        picture = "photo_avif" if format_ is Format.AVIF else photo_of(settings)
        return await _each(chosen, at_once, lambda post: remaking.remake(post, picture), as_json)

    outcomes = run(work)
    failed = sum(number for outcome, number in outcomes.items() if outcome not in {"remade", "not_published"})
    said = {"posts": outcomes.total(), "outcomes": dict(sorted(outcomes.items())), "failed": failed}
    typer.echo(json.dumps(said) if as_json else f"{outcomes.total()} posts: {dict(sorted(outcomes.items()))}")
    raise typer.Exit(1 if failed else 0)


@media.command()
def cool(
    after: Annotated[float | None, typer.Option(min=0, help="Days without a read; default: the setting.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each post moved, one for all.")] = False,
) -> None:
    """Move photos that nobody has read for long to PHOTOLOG_COLD. Safe to end, and to say again."""

    async def work(site: "Operating") -> "tuple[Counter[Any], int]":
        from infra.process.environment import load_settings
        from infra.wiring.tiers import cooling

        job = cooling(load_settings(), site.write.objects, site.handler, after)
        async for one in job.once():
            if one.size_bytes:
                line = {"post_id": one.post, "bytes": one.size_bytes, "looked_at": job.posts.total()}
                typer.echo(json.dumps(line) if as_json else f"{line['looked_at']}  {one.post}  {one.size_bytes} bytes")
        return job.posts, job.size_bytes

    outcomes, size_bytes = run(work)
    said = {"posts": outcomes.total(), "outcomes": dict(sorted(outcomes.items())), "bytes": size_bytes}
    typer.echo(json.dumps(said) if as_json else f"{said['posts']} posts: {said['outcomes']}, {size_bytes} bytes moved")


@media.command()
def users() -> None:
    """Show, as JSON, the users that the object store needs, with their passwords and what each may do.

    For whoever makes them there. MinIO's are made by the site itself, given PHOTOLOG_S3_ADMIN_PASSWORD."""
    from infra.minio.policies import public_policy, signer_policy, worker_policy
    from infra.minio.site import signer, worker
    from infra.process.environment import load_settings
    from infra.process.settings import SettingsInvalid
    from infra.secrets.site import site_secrets
    from infra.wiring import places

    settings = load_settings()
    if settings.backend == "embedded" or settings.secret is None:
        raise SettingsInvalid("a cluster's object store has users; PHOTOLOG_SECRET, from which they derive, is needed")
    site, secrets = places.minio(settings), site_secrets(settings)
    both = {signer(site, secrets): signer_policy(site.bucket), worker(site, secrets): worker_policy(*site.buckets)}
    said = [{"user": one.user, "password": one.password, "policy": may} for one, may in both.items()]
    typer.echo(json.dumps({"buckets": site.buckets, "users": said, "everybody": public_policy(site.bucket)}, indent=2))


async def _behind(remaking: "Remakes", since: datetime | None, after: str) -> "list[PostId]":
    from datetime import UTC

    assert since is not None
    at = since.replace(tzinfo=since.tzinfo or UTC)
    return [post for post in await remaking.since(int(at.timestamp() * 1000)) if post > after]


async def _each(
    posts: "Sequence[PostId]", at_once: int, remake: "Callable[[PostId], Awaitable[Any]]", as_json: bool
) -> "Counter[str]":
    """All of them, in order; what became of each is said as soon as it is known."""
    outcomes: Counter[str] = Counter()
    left = iter(posts)

    async def some() -> None:
        for post in left:
            outcome = await remake(post)
            outcomes[outcome] += 1
            line = {"post_id": post, "outcome": outcome, "done": outcomes.total(), "of": len(posts)}
            typer.echo(json.dumps(line) if as_json else f"{outcomes.total()}/{len(posts)}  {post}  {outcome}")

    await asyncio.gather(*(some() for _ in range(at_once)))
    return outcomes
