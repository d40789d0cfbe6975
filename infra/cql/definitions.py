"""DDL on CQL servers: repeated until it holds, because several processes may define the same things at once."""

import random
import time
from collections.abc import Sequence

from cassandra import AlreadyExists, DriverException
from cassandra.cluster import Session
from cassandra.protocol import ConfigurationException

from infra.cql.errors import translated
from schemas.errors import Unavailable

TRIES, PAUSE_S, REQUEST_S = 6, 0.5, 30.0


def define(session: Session, statements: Sequence[str]) -> None:
    """Runs each statement, and waits until all servers know of it. Blocks. Raises Unavailable after several tries."""
    for statement in statements:
        _insist(session, statement)


def _insist(session: Session, statement: str) -> None:
    """Two servers that define one thing at once may refuse each other; the later try finds it there."""
    for left in reversed(range(TRIES)):
        try:
            answer = session.execute(statement, timeout=REQUEST_S)
            if not answer.response_future.is_schema_agreed:
                _wait_until_agreed(session)
            return
        except AlreadyExists:
            return
        except Exception as error:
            ours = translated(error)
            passing = isinstance(ours, Unavailable) or isinstance(error, ConfigurationException)
            if not passing or not left:
                raise ours from error
            time.sleep(random.uniform(0, PAUSE_S * (TRIES - left)))


def _wait_until_agreed(session: Session) -> None:
    """Asks by the control connection: what `session.wait_for_schema_agreement` asks comes as our rows, dicts, which it
    does not read (scylla-driver 3.29), so that no servers ever agree for it."""
    try:
        session.cluster.refresh_schema_metadata(max_schema_agreement_wait=REQUEST_S)
    except DriverException as error:
        raise Unavailable("the servers do not agree on what is defined") from error
