"""What is made of the ports, whatever is behind them: the services of both APIs.

What is fed from the log is put together in subscribers.py."""

import hmac
from dataclasses import fields

from commands.actors import Actors
from commands.announcing import Announcer
from commands.api.call import Services
from commands.edits import Edits
from commands.email_confirmations import EmailConfirmations
from commands.handling import Handler
from commands.ids import Snowflakes
from commands.limits import Limits
from commands.mentions import Mentions
from commands.once import Once
from commands.passwords import GuardedPasswords
from commands.ports import Log, Objects
from commands.rates import Rates
from commands.recoveries import Recoveries
from commands.refresh_tokens import RefreshTokens
from commands.sealing import Sealing
from commands.sessions import Sessions
from commands.snapshots import Snapshots
from commands.states import States
from commands.streams import Streams
from commands.tally import Tally
from infra.argon2.passwords import Argon2Passwords
from infra.jwt.tokens import JwtAccessTokens
from infra.mail.chosen import chosen_mail
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.secrets.site import Secrets
from infra.wiring.addresses import TableAddresses
from infra.wiring.followees import TableFollowees
from infra.wiring.sides import ReadSide, Recording, WriteSide
from processors.reconciler import Reconciler
from projections.all import PROJECTIONS
from projections.position_tokens import PositionTokens
from query_api.card_memory import CardMemory
from query_api.celebrities import CelebrityReads
from query_api.memory import Memory
from query_api.pulling import Pulling
from query_api.reads import Reads
from query_api.rebuilds import Rebuilds
from query_api.relations import MOST_VIEWERS
from schemas.positions import LOG_ID_BYTES


def handler(write: Recording) -> Handler:
    """The handler of all commands in this process: one, because its ids and its slots are the process's."""
    streams, sealing = Streams(write.ledger, write.log, Tally()), Sealing(write.vault)
    return Handler(
        ledger=write.ledger,
        streams=streams,
        states=States(streams, sealing, Snapshots(write.ledger, write.vault)),
        sealing=sealing,
        announcer=Announcer(write.announcements, write.ledger, write.instance),
        actors=Actors(write.ledger),
        transactions=write.transactions,
        ids=Snowflakes(write.ledger, write.clock),
        clock=write.clock,
    )


def reconciler(write: WriteSide, handles: Handler) -> Reconciler:
    """What finishes what others left behind."""
    return Reconciler(write.announcements, handles.streams)


def position_tokens(read: ReadSide, log: Log, name_secret: bytes) -> PositionTokens:
    """The tokens of both APIs, by what is live. The log's id is derived from what is made once a site, and kept as long
    as its log."""
    log_id = hmac.digest(name_secret, b"log", "sha256")[:LOG_ID_BYTES]
    topics = {projection.id: projection.topics for projection in PROJECTIONS}
    return PositionTokens(log_id, topics, read.queried.positions, log.ends)


def services(
    write: WriteSide,
    read: ReadSide,
    handles: Handler,
    settings: Settings,
    secrets: Secrets,
    name_secret: bytes,
    positions: PositionTokens,
) -> Services:
    """What the command API works with."""
    passwords, tokens, limits = Argon2Passwords(), access_tokens(settings, secrets), limits_of(settings)
    guarded = GuardedPasswords(write.vault, write.gates, passwords, wall_clock, limits)
    refresh_tokens = RefreshTokens(secrets.keys("refresh-tokens"))
    sessions = Sessions(
        handles, write.vault, guarded, tokens, refresh_tokens, handles.ids, wall_clock, name_secret, limits
    )
    mail = chosen_mail(settings)
    return Services(
        handler=handles,
        once=Once(
            write.ledger, write.vault, write.transactions, handles.ids, wall_clock, secrets.keys("request-bodies")
        ),
        sessions=sessions,
        confirmations=EmailConfirmations(
            handler=handles,
            vault=write.vault,
            gates=write.gates,
            mail=mail,
            keys=secrets.keys("email-confirmations"),
            clock=wall_clock,
            limits=limits,
        ),
        recoveries=Recoveries(
            sessions=sessions,
            addresses=TableAddresses(read.tables, read.positions),
            gates=write.gates,
            passwords=passwords,
            mail=mail,
            keys=secrets.keys("recoveries"),
            clock=wall_clock,
            limits=limits,
        ),
        edits=Edits(write.gates, settings.edits_per_hour, wall_clock),
        rates=Rates(write.gates, wall_clock, limits),
        mentions=Mentions(handles, name_secret),
        vault=write.vault,
        passwords=passwords,
        access_tokens=tokens,
        objects=write.objects,
        followees=TableFollowees(read.queried.tables),
        position_tokens=positions,
        clock=wall_clock,
        limits=limits,
    )


def reads(read: ReadSide, objects: Objects, settings: Settings, secrets: Secrets, positions: PositionTokens) -> Reads:
    """What the query API works with."""
    read = read.queried
    memory, related = Memory(), Memory(MOST_VIEWERS)
    read.caches.hear(memory.forget)
    read.relations.hear(related.forget)
    return Reads(
        tables=read.tables,
        feeds=read.feeds,
        caches=read.caches,
        relations=read.relations,
        memory=memory,
        related=related,
        cards=CardMemory(memory),
        rebuilds=Rebuilds(read.tables, read.feeds),
        celebrities=CelebrityReads(read.tables, read.caches, memory),
        pulling=Pulling(read.tables, read.caches, memory),
        positions=read.positions,
        live=read.live,
        position_tokens=positions,
        viewers=access_tokens(settings, secrets),
        clock=wall_clock,
        media_url=objects.public_url,
        cursor_secrets=secrets.keys("cursors"),
        absent_s=settings.absent_s,
    )


def limits_of(settings: Settings) -> Limits:
    """Limits of the write side, as the settings of the same names have them."""
    return Limits(**{one.name: getattr(settings, one.name) for one in fields(Limits)})


def access_tokens(settings: Settings, secrets: Secrets) -> JwtAccessTokens:
    """Tokens that any process of the site can check."""
    return JwtAccessTokens(*secrets.keys("access-tokens"), lifetime_s=settings.access_token_s)
