"""POST /reports: something that a moderator should look at."""

from fastapi import APIRouter, Response

from commands.answers import Answer
from commands.api.call import Signed
from commands.api.routes import TokenFirst
from commands.once import Attempt
from commands.rates import left
from commands.reports import FileReport
from schemas.ids import REPORT_PREFIX
from schemas.reports import NewReport, Reported

router = APIRouter(tags=["reports"], route_class=TokenFirst)


@router.post("/reports", status_code=202, response_model=Reported)
async def report(body: NewReport, call: Signed) -> Response:
    """Reports a post, a comment or an account. Nobody else is told."""

    async def work(attempt: Attempt) -> Answer:
        quota = await call.services.rates.take("reports", call.actor)
        command = FileReport(
            actor=call.actor,
            report_id=f"{REPORT_PREFIX}_{attempt.seed}",
            post_id=body.post_id,
            comment_id=body.comment_id,
            user_id=body.user_id,
            reason=body.reason,
            text=body.text or "",
        )
        decision = await call.handle(command, attempt)
        return call.answer(202, Reported(report_id=command.report_id), decision, **left(quota))

    return await call.once(work)
