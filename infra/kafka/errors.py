"""The one place where what aiokafka raises becomes an error of ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError, KafkaStorageError, MessageSizeTooLargeError

from schemas.errors import StorageFull, TooLarge, Unavailable

logger = logging.getLogger("photolog.kafka")


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raises TooLarge, StorageFull or Unavailable for what goes wrong inside; `doing` is for the operator's log."""
    try:
        yield
    except MessageSizeTooLargeError as error:
        raise TooLarge("An event is larger than the log takes") from error
    except KafkaStorageError as error:
        logger.error("%s: the broker has no storage", doing)
        raise StorageFull from error
    except (KafkaError, TimeoutError, OSError) as error:
        logger.warning("%s: %s", doing, type(error).__name__)
        raise Unavailable("The log cannot be reached") from error
