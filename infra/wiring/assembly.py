"""What is made of the ports, whatever is behind them: the services of both APIs.

What is fed from the log is put together in subscribers.py."""

import hmac
from dataclasses import fields
from functools import partial

from commands.actors import Actors
from commands.announcing import Announcer
from commands.api.call import Services
from commands.devices import device_id
from commands.edits import Edits
from commands.email_confirmations import EmailConfirmations
from commands.handling import Handler
from commands.ids import Snowflakes
from commands.limits import Limits
from commands.mentions import Mentions
from commands.once import Once
from commands.passwords import GuardedPasswords
from commands.ports import Log, Objects
from commands.rates import AddressRates, Rates
from commands.recoveries import Recoveries
from commands.refresh_tokens import RefreshTokens
from commands.sealing import Sealing
from commands.sessions import Sessions
from commands.snapshots import Snapshots
from commands.states import States
from commands.streams import Streams
from commands.tally import Tally
from commands.traced_log import TracedLog
from infra.argon2.passwords import Argon2Passwords, hasher
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
from query_api.beginnings import Beginnings
from query_api.bounded import BoundedTables
from query_api.card_memory import CardMemory
from query_api.celebrities import CelebrityReads
from query_api.memory import Memory
from query_api.pulling import Pulling
from query_api.reads import Reads
from query_api.rebuilds import Rebuilds
from query_api.relations import MOST_VIEWERS
from query_api.turns import Turns
from schemas.positions import LOG_ID_BYTES


def handler(write: Recording) -> Handler:
    """The handler of all commands in this process: one, because its ids and its slots are the process's."""
    log = TracedLog(write.log, write.traces) if write.traces.kept else write.log
    streams, sealing = Streams(write.ledger, log, Tally()), Sealing(write.vault)
    states = States(streams, sealing, Snapshots(write.ledger, write.vault))
    return Handler(
        ledger=write.ledger,
        streams=streams,
        states=states,
        sealing=sealing,
        announcer=Announcer(write.announcements, write.ledger, write.instance),
        actors=Actors(states.look),
        transactions=write.transactions,
        ids=Snowflakes(write.ledger, write.clock),
        clock=write.clock,
        traces=write.traces,
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
    passwords, limits = Argon2Passwords(hasher(settings.password_memory_kib)), limits_of(settings)
    tokens = access_tokens(settings, secrets)
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
        addresses=address_rates(write, settings),
        mentions=Mentions(handles, name_secret),
        vault=write.vault,
        passwords=passwords,
        access_tokens=tokens,
        objects=write.objects,
        followees=TableFollowees(read.fed_tables),
        position_tokens=positions,
        device_id=partial(device_id, name_secret),
        views=write.view_log,
        clock=wall_clock,
        limits=limits,
    )


def address_rates(write: WriteSide, settings: Settings) -> AddressRates:
    """What both APIs count anonymous and failed requests with."""
    return AddressRates(write.gates, wall_clock, settings.address_requests_per_minute)


def reads(read: ReadSide, objects: Objects, settings: Settings, secrets: Secrets, positions: PositionTokens) -> Reads:
    """What the query API works with."""
    read = read.queried
    turns = Turns(
        settings.table_reads_at_once,
        settings.table_reads_waiting,
        "too much is asked of the tables",
        settings.turn_within_s,
    )
    tables = BoundedTables(read.tables, turns)
    memory, related = Memory(), Memory(MOST_VIEWERS)
    read.caches.hear(memory.forget)
    read.relations.hear(related.forget)
    return Reads(
        tables=tables,
        search=read.search,
        feeds=read.feeds,
        caches=read.caches,
        relations=read.relations,
        memory=memory,
        related=related,
        cards=CardMemory(memory),
        rebuilds=Rebuilds(tables, read.feeds, settings.feeds_at_once, settings.feeds_waiting, settings.turn_within_s),
        celebrities=CelebrityReads(tables, read.caches, memory),
        pulling=Pulling(tables, Beginnings(tables, read.caches, memory)),
        positions=read.positions,
        live=read.live,
        position_tokens=positions,
        viewers=access_tokens(settings, secrets),
        clock=wall_clock,
        media_url=objects.public_url,
        cursor_secrets=secrets.keys("cursors"),
        table_turns=turns,
        short_page_turns=Turns(
            settings.feeds_at_once,
            settings.short_pages_waiting,
            "too many feeds are read from the tables",
            settings.turn_within_s,
        ),
        short_page=settings.short_page,
        absent_s=settings.absent_s,
    )


def limits_of(settings: Settings) -> Limits:
    """Limits of the write side, as the settings of the same names have them."""
    return Limits(**{one.name: getattr(settings, one.name) for one in fields(Limits)})


def access_tokens(settings: Settings, secrets: Secrets) -> JwtAccessTokens:
    """Tokens that any process of the site can check."""
    return JwtAccessTokens(*secrets.keys("access-tokens"), lifetime_s=settings.access_token_s)
