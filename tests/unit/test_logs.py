"""What is logged: our own words whole, of others' the first line, and of an exception its type and place alone."""

import logging

import orjson
import pytest
from pydantic import ValidationError

from commands.correlation import correlated
from commands.ports import Message
from events.accounts import AccountOpened
from infra.process.logs import JsonLines
from schemas.accounts import PasswordChange, SignUp

SECRET = "nobody may find these words"


def line(name: str, message: str, error: BaseException | None = None) -> str:
    """How a record of this logger reads."""
    raised = (type(error), error, error.__traceback__) if error else None
    return JsonLines().format(logging.LogRecord(name, logging.ERROR, "x.py", 1, message, (), raised))


def test_our_own_messages_are_whole() -> None:
    assert orjson.loads(line("photolog.mail", "one\ntwo"))["message"] == "one\ntwo"


def test_what_asyncio_quotes_of_a_failed_task_is_left_out() -> None:
    quoted = f"Task exception was never retrieved\nfuture: <Task finished exception=ValueError('{SECRET}')>"
    assert orjson.loads(line("asyncio", quoted))["message"] == "Task exception was never retrieved"


def test_an_exception_is_logged_by_type_and_place_without_its_message() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        logged = line("photolog.http", "it failed", error)
    assert SECRET not in logged
    assert orjson.loads(logged)["error"] == "ValueError"
    assert "test_logs.py" in orjson.loads(logged)["trace"]


def test_what_is_wrong_with_a_body_or_an_event_is_said_without_its_values() -> None:
    for model, values in (
        (SignUp, {"username": SECRET, "password": 7, "email": SECRET}),
        (AccountOpened, {"account_id": 7, "username": [SECRET], "email": [SECRET], "opened_at": SECRET}),
    ):
        with pytest.raises(ValidationError) as refused:
            model.model_validate(values)
        assert SECRET not in str(refused.value) + repr(refused.value)


def test_passwords_and_mails_do_not_show_what_they_hold() -> None:
    change = PasswordChange(current=SECRET, new=SECRET)
    sign_up = SignUp(username="ann", password=SECRET, email="ann@example.org")
    for shown in (change, sign_up, Message(SECRET, "Hello", SECRET)):
        assert SECRET not in repr(shown) + str(shown)


def test_a_line_says_of_which_chain_it_is_a_part_and_only_then() -> None:
    with correlated("cm_1"):
        assert orjson.loads(line("photolog.media", "rendered"))["correlation"] == "cm_1"
    assert "correlation" not in orjson.loads(line("photolog.media", "rendered"))
