"""One call to the command API: who calls, under which Idempotency-Key, and how its answer is made."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import orjson
from fastapi import Depends, Header, Request, Response
from fastapi.security import OAuth2PasswordBearer

from commands.aggregate import Command
from commands.answers import Answer
from commands.edits import Edits
from commands.email_confirmations import EmailConfirmations
from commands.handling import Decision, Handler
from commands.limits import STATED, Limits
from commands.mentions import Mentions
from commands.once import Attempt, Once
from commands.once import Request as Asked
from commands.ports import AccessTokens, Followees, Holder, Objects, Passwords, PositionTokens, Vault, ViewLog
from commands.rates import AddressRates, Rates
from commands.recoveries import Recoveries
from commands.sessions import Sessions
from schemas.devices import Platform
from schemas.errors import TokenMissing
from schemas.ids import AccountId, Millis
from schemas.positions import Position

bearer = OAuth2PasswordBearer(tokenUrl="oauth/token", auto_error=False)
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=128)]
AtLeastPosition = Annotated[str | None, Header(alias="At-Least-Position")]


@dataclass(frozen=True)
class Services:
    """Everything that the command API works with. Wired in infra."""

    handler: Handler
    once: Once
    sessions: Sessions
    confirmations: EmailConfirmations
    recoveries: Recoveries
    edits: Edits
    rates: Rates
    addresses: AddressRates
    mentions: Mentions
    vault: Vault
    passwords: Passwords
    access_tokens: AccessTokens
    objects: Objects
    followees: Followees
    position_tokens: PositionTokens
    device_id: Callable[[Platform, str], str]
    """The id of a device, of its platform and token."""
    views: ViewLog
    clock: Callable[[], Millis]
    limits: Limits = STATED


class Body(Protocol):
    """A response body: any pydantic model."""

    def model_dump(self, *, mode: str) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Call:
    """A call by a signed-in account; `actor` is empty where nobody needs to be."""

    services: Services
    actor: AccountId
    asked: Asked
    seen: list[Position]
    path: str

    async def once(self, work: Callable[[Attempt], Awaitable[Answer]], numbers: str = "") -> Response:
        """Does the work once under its Idempotency-Key, and gives its answer. `numbers`: what it takes a number of."""
        return respond(await self.services.once.run(self.asked, work, numbers))

    async def handle(self, command: Command, attempt: Attempt) -> Decision:
        """Hands a command to its aggregate."""
        return await self.services.handler.handle(command, attempt.cause)

    async def edit(self, command: Command, attempt: Attempt) -> Decision:
        """Hands on a command that changes what is there, and may be said only so often."""
        await self.services.edits.allow(command)
        return await self.handle(command, attempt)

    def answer(self, status: int, body: Body | dict[str, Any] | None, decision: Decision, **headers: str) -> Answer:
        """An answer with the position at which the decision is visible, and everything the caller saw before."""
        shown = body if body is None or isinstance(body, dict) else body.model_dump(mode="json")
        if shown and "post_id" in shown and self.path.startswith("/photos"):
            shown = {**shown, "photo_id": shown["post_id"]}
        position = {"Log-Position": self.services.position_tokens.write(decision.positions, self.seen)}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, shown, {**position, **named}, self.actor)


def respond(answer: Answer) -> Response:
    """The HTTP response of an answer."""
    content = b"" if answer.body is None else orjson.dumps(answer.body)
    headers = dict(answer.headers)
    media_type = headers.pop("Content-Type", "application/json" if content else None)
    return Response(content, answer.status, headers, media_type)


async def services(request: Request) -> Services:
    """What the application was wired with."""
    wired: Services = request.app.state.commands
    return wired


Wired = Annotated[Services, Depends(services)]


async def open_call(
    request: Request, wired: Wired, key: IdempotencyKey = None, at_least: AtLeastPosition = None
) -> Call:
    """A call that needs no token."""
    asked = Asked("", request.method, request.url.path, key, await request.body())
    return Call(wired, AccountId(""), asked, await seen_by(wired, at_least), request.url.path)


async def signed_in(wired: Wired, token: Annotated[str | None, Depends(bearer)]) -> Holder:
    """Who calls, and of which session."""
    if token is None:
        raise TokenMissing
    return wired.access_tokens.holder(token, wired.clock())


async def signed_call(
    request: Request,
    wired: Wired,
    holder: Annotated[Holder, Depends(signed_in)],
    key: IdempotencyKey = None,
    at_least: AtLeastPosition = None,
) -> Call:
    """A call by the account whose token it carries."""
    actor = holder.account_id
    asked = Asked(actor, request.method, request.url.path, key, await request.body())
    return Call(wired, actor, asked, await seen_by(wired, at_least), request.url.path)


async def seen_by(wired: Services, at_least: str | None) -> list[Position]:
    """What the caller has seen, which the answer's token can hold besides what is decided."""
    seen = await wired.position_tokens.read(at_least)
    await wired.position_tokens.room(seen)
    return seen


Open = Annotated[Call, Depends(open_call)]
Signed = Annotated[Call, Depends(signed_call)]
