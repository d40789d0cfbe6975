"""The one place where the CQL driver's errors become ours."""

from cassandra import CoordinationFailure, InvalidRequest, OperationTimedOut, RateLimitReached, Timeout
from cassandra import Unavailable as TooFewReplicas
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException
from cassandra.protocol import IsBootstrappingErrorMessage, OverloadedErrorMessage, ServerError

from schemas.errors import StorageFull, Unavailable


class Uncertain(Unavailable):
    """A conditional write may have taken place or not: repeat it, or look at what stands."""


ANSWERED_BADLY = (
    CoordinationFailure,
    ConnectionException,
    IsBootstrappingErrorMessage,
    OperationTimedOut,
    OverloadedErrorMessage,
    RateLimitReached,
    ServerError,
    Timeout,
    TooFewReplicas,
)
"""What leaves it open how far a request came. Too few replicas and overload too: a conditional write has phases, and
either can be said of its last one, when the decision stands."""
FULL = ("disk usage exceeds", "critical disk utilization")
"""How Cassandra's guardrail and Scylla say that there is no space; neither has a code for it."""


def translated(error: Exception, *, conditional: bool = False) -> Exception:
    """Ours for what says something of the servers' state; the error itself for what is a fault of ours."""
    if isinstance(error, InvalidRequest | CoordinationFailure | ServerError) and _says_full(error):
        return StorageFull()
    if isinstance(error, NoHostAvailable):  # nothing was sent
        return Unavailable("the store cannot be reached")
    if isinstance(error, ANSWERED_BADLY):
        return Uncertain("the store did not answer") if conditional else Unavailable("the store did not answer")
    return error


def _says_full(error: Exception) -> bool:
    words = str(error).lower()
    return any(full in words for full in FULL)
