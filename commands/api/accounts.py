"""POST /accounts and PATCH /me."""

from dataclasses import replace

from fastapi import APIRouter, Response

from commands.accounts import ChangeProfile, ClaimUsername, OpenAccount
from commands.answers import Answer
from commands.api.call import Open, Signed
from commands.api.email import asking_to_confirm
from commands.api.routes import TokenFirst
from commands.once import Attempt
from commands.sign_up import refuse_taken, signed_up
from schemas.accounts import ProfileChange, ProfileChanged, SignedUp, SignUp
from schemas.ids import ACCOUNT_PREFIX, AccountId
from schemas.text import fold_username

router = APIRouter(tags=["accounts"], route_class=TokenFirst)


@router.post("/accounts", status_code=201, response_model=SignedUp)
async def sign_up(body: SignUp, call: Open) -> Response:
    """Opens an account under a username that nobody has or had, compared without case."""
    services = call.services
    password_hash = await services.passwords.hash(body.password)
    keyed = replace(call, asked=replace(call.asked, actor=fold_username(body.username)))

    async def work(attempt: Attempt) -> Answer:
        account, digest = AccountId(f"{ACCOUNT_PREFIX}_{attempt.seed}"), services.sessions.name_digest(body.username)
        mine = replace(keyed, actor=account)
        opened = OpenAccount(account, body.username, body.email, body.display_name or "", services.clock())
        claim = ClaimUsername(account, digest, opened)
        await refuse_taken(claim, services.handler)
        decision = await signed_up(claim, attempt.cause, password_hash, services.handler, services.vault)
        return mine.answer(201, SignedUp(account_id=account, username=body.username), decision)

    return asking_to_confirm(await keyed.once(work), keyed, body.email)


@router.patch("/me", response_model=ProfileChanged)
async def change_profile(body: ProfileChange, call: Signed) -> Response:
    """Changes the own profile; answers the fields that were given, as they are now."""

    async def work(attempt: Attempt) -> Answer:
        given = body.model_fields_set
        command = ChangeProfile(
            call.actor,
            display_name=(body.display_name or "") if "display_name" in given else None,
            bio=(body.bio or "") if "bio" in given else None,
        )
        decision = await call.edit(command, attempt)
        now = {"display_name": decision.state.display_name, "bio": decision.state.bio}
        return call.answer(200, {name: now[name] for name in sorted(given & now.keys())}, decision)

    return await call.once(work)
