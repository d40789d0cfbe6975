"""What looks after media in a process: renders, what they may copy, removals, and what reconciles the object store."""

import time

from commands.handling import Handler
from infra.blocklist.source import source_of
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.vips.limits import Limits
from infra.vips.renderer import VipsRenderer
from infra.wiring.sides import ReadSide, WriteSide
from processors.blocklist import Blocklist
from processors.duplicates import Duplicates
from processors.leftovers import Leftovers
from processors.ports import Picture
from processors.remakes import Remakes
from processors.renders import Renders
from processors.salting import Salting
from processors.uploads import Uploads


def renderer(settings: Settings) -> VipsRenderer:
    """What makes pictures, within limits."""
    limits = Limits(
        pixels=settings.render_pixels,
        memory_bytes=settings.render_memory_mb * 1024**2,
        cpu_s=settings.render_cpu_s,
        wall_s=settings.render_wall_s,
    )
    return VipsRenderer(limits, settings.render_at_once or None, settings.render_tries)


def photo_of(settings: Settings) -> Picture:
    """What is made of a photo."""
    return "photo_avif" if settings.render_avif else "photo"


def renders(write: WriteSide, read: ReadSide, handler: Handler, duplicates: Duplicates, settings: Settings) -> Renders:
    """From uploads to what is shown. `read`: what is live."""
    return Renders(
        handler,
        write.objects,
        renderer(settings),
        duplicates,
        blocklist(settings),
        handler.ids,
        wall_clock,
        settings.render_attempts,
        photo=photo_of(settings),
        salt=Salting(read.tables, settings.author_parts).salt,
    )


def remakes(write: WriteSide, read: ReadSide, handler: Handler, settings: Settings) -> Remakes:
    """Renditions of published posts made again, by an operator's command; `read`: what is live."""
    duplicates = Duplicates(read.tables, write.objects)
    return Remakes(handler, write.objects, renderer(settings), duplicates, read.tables, read.positions)


def blocklist(settings: Settings) -> Blocklist:
    """What is never shown; nothing, unless a list is set."""
    if not settings.blocklist:
        return Blocklist()
    where, distance, every_s = settings.blocklist, settings.blocklist_distance, settings.blocklist_every_s
    return Blocklist(source_of(where), distance, every_s, time.monotonic)


def leftovers(write: WriteSide, read: ReadSide, handler: Handler, settings: Settings) -> Leftovers:
    """What finds uploads that nobody heard of, and objects that nobody needs."""
    return Leftovers(
        handler=handler,
        objects=write.objects,
        uploads=Uploads(handler, write.objects, handler.ids),
        positions=read.positions,
        clock=wall_clock,
        every_s=settings.leftovers_every_s,
        longest_ms=settings.upload_longest_s * 1000,
        abandoned_ms=settings.upload_abandoned_s * 1000,
    )
