"""Logs: one JSON object a line on stderr. Never a personal value: messages name ids, types and codes.

What others log is not ours to word, so of that the first line must do: behind it asyncio, for one, quotes exceptions.
"""

import logging
import sys
from datetime import UTC, datetime

import orjson

from commands.correlation import correlation

OURS = "photolog."


class JsonLines(logging.Formatter):
    """A record as one line of JSON; of an exception its type and place, not its message, which may quote a value."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if chain := correlation():
            line["correlation"] = chain
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = _places(record)
        return orjson.dumps(line).decode()


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    return message if record.name.startswith(OURS) else message.partition("\n")[0]


def _places(record: logging.LogRecord) -> str:
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " > ".join(places)


def configure(level: int = logging.INFO) -> None:
    """Sends every log to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
