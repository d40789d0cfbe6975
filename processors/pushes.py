"""Push: telling people's phones what the list of notifications tells them. Fed by what feeds that list.

At least once to the gateway: a device's gate for the event closes when the gateway has acknowledged, so that repeats
are rare, and a repeat carries the same id. Whether it is still to be told is asked of the ledger, right before.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from commands.aggregate import SYSTEM
from commands.all_ended import all_ended
from commands.devices import Device, LetGo, device_stream
from commands.handling import Cause, Handler
from commands.limits import DAY_S
from commands.ports import Gates, Vault
from events.delivery import Delivery
from events.devices import WhyRemoved
from events.personal import readable
from events.posts import PostPublished
from events.upcasters import today_of
from processors.push_ports import Push, PushGateway, Refused, Unregistered
from processors.told import Told
from projections.bells import POST
from projections.devices import DEVICES
from projections.effects import Put, Reaction
from projections.notifications import NOTIFICATIONS, PROJECTION
from projections.ports import TableReads
from projections.posts import post_id
from schemas.devices import Platform
from schemas.errors import Unavailable
from schemas.ids import AccountId, EventId, Millis, PostId
from schemas.tables import Row

logger = logging.getLogger("photolog.push")
ACTOR = AccountId(f"{SYSTEM}pushes")
MOST_DEVICES = 20
"""Of one account: more phones than anybody has, and a bound for what one event can cost."""


@dataclass(frozen=True)
class Notify(Reaction):
    """Tell an account's devices what a row of its notifications tells."""

    row: Row


@dataclass(frozen=True)
class Ring(Reaction):
    """Tell the devices of everybody who has a bell on the author of a new post."""

    author_id: AccountId
    post_id: PostId
    published_at: Millis


class PushSubscriber:
    """Says who is to be told: whoever gets a row in the list, and of a new post whoever has a bell on its author."""

    id = "pushes@v1"
    topics = tuple(PROJECTION.topics)

    def reads(self, stored: str) -> bool:
        """What makes rows, and new posts."""
        return PROJECTION.reads(stored) or today_of(stored) is PostPublished

    def opens(self, _stored: str) -> bool:
        """Nothing, as the list of notifications."""
        return False

    def plan(self, delivery: Delivery) -> Iterator[Reaction]:
        """A reaction for each of those whom the event concerns."""
        event = delivery.recorded.event
        if isinstance(event, PostPublished):
            yield Ring(event.author_id, PostId(post_id(delivery.recorded.stream)), event.published_at)
        for effect in PROJECTION.plan(delivery):
            if isinstance(effect, Put) and effect.table == NOTIFICATIONS:
                yield Notify(effect.row)


@dataclass(frozen=True)
class Pushing:
    """Pushes to every device of the account. Without gateways it does nothing."""

    handler: Handler
    told: Told
    tables: TableReads
    caught_up: Callable[[], Awaitable[None]]
    """Returns once `tables` have every device that was registered before."""
    vault: Vault
    gates: Gates
    gateways: Mapping[Platform, PushGateway]
    within_s: int
    """What is older is not pushed: nobody wants to be woken by it."""
    clock: Callable[[], Millis]

    async def apply(self, notify: Notify, delivery: Delivery, cut_short: int) -> None:
        """A push to each device that was not told yet. Raises Unavailable, when all were tried, if one failed."""
        until = self.until(delivery.recorded.at)
        if self.is_due(until):
            await self.caught_up()
            await self.tell([notify.row], delivery.recorded.id, until)

    def until(self, at: Millis) -> Millis:
        """Until when what happened then is pushed."""
        return at + self.within_s * 1_000

    def is_due(self, until: Millis) -> bool:
        """Whether anybody is still to be told."""
        return bool(self.gateways) and self.clock() <= until

    async def tell(self, rows: Sequence[Row], event_id: EventId, until: Millis) -> None:
        """The same of what several are told of one event, MAX_KEYS at most, each of them once."""
        found = await self.tables.heads(DEVICES, [(row["recipient_id"],) for row in rows], MOST_DEVICES)
        devices = ([one for one in found[(row["recipient_id"],)].rows if self._reaches(one)] for row in rows)
        await all_ended(self._tell_of(row, of, event_id, until) for row, of in zip(rows, devices, strict=True) if of)

    def _reaches(self, device: Row) -> bool:
        return device["platform"] in self.gateways

    async def _tell_of(self, row: Row, devices: Sequence[Row], event_id: EventId, until: Millis) -> None:
        actor = await self.told.by(row)
        if actor is not None:
            push = Push(event_id, row["notification_id"], row["kind"], actor, row["post_id"], until)
            await all_ended(self._tell(row["recipient_id"], one["device_id"], push) for one in devices)

    async def _tell(self, account: AccountId, device_id: str, push: Push) -> None:
        """Asks the ledger whose the device is: the table may be behind, and has no token."""
        device: Device | None = await self.handler.states.look(device_stream(device_id))
        token = readable(device.token) if device is not None and device.account_id == account else None
        if device is None or not token:
            return
        if await self._logged_out(device):
            await self._let_go(device_id, device, "logged_out")
            return
        # A post that is restored is published by another event, and no new one.
        gate = f"pushed:{push.post_id if push.kind == POST else push.event_id}:{device_id}"
        if await self._closed(gate):
            return
        try:
            await self.gateways[device.platform].push(token, push)
        except Unregistered:
            await self._let_go(device_id, device, "unregistered")
        except Refused as refused:
            logger.warning("a push of a %s is refused by %s: %s", push.kind, device.platform, refused)
        with suppress(Unavailable):  # a gate that cannot be closed costs a repeat, after a crash at that
            await self.gates.take(gate, 1, DAY_S, self.clock())

    async def _logged_out(self, device: Device) -> bool:
        session = await self.vault.session(device.session_id)
        return session is None or session.ended or session.expires_at <= self.clock()

    async def _closed(self, gate: str) -> bool:
        """Gates that are away are open: a push may come twice, and must not be missing."""
        try:
            return not (await self.gates.peek(gate, 1, self.clock())).allowed
        except Unavailable:
            return False

    async def _let_go(self, device_id: str, device: Device, why: WhyRemoved) -> None:
        command_id = await self.handler.ids.command_id()
        await self.handler.handle(LetGo(ACTOR, device_id, device, why), Cause(command_id, command_id))
