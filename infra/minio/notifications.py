"""What MinIO says on Kafka when an object was stored: records of S3's event format. For whoever completes uploads."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import orjson

TARGETS = ("DIRECT", "QUEUED")
"""The server's Kafka targets (MINIO_NOTIFY_KAFKA_*_<target>), both on one topic: the direct one tells within
milliseconds but forgets while the broker is away, the queued one is late and forgets nothing. So an upload is told
twice, and perhaps out of order: whoever hears of it asks the post what is due."""
EVENTS = ("s3:ObjectCreated:Put", "s3:ObjectCreated:CompleteMultipartUpload")


def stored(value: bytes, bucket: str) -> list[str]:
    """The keys in this bucket that a message tells of; of others, and of other events than EVENTS, none.

    Raises ValueError for what is no such message, without any of its values.
    """
    try:
        return [one for record in orjson.loads(value)["Records"] for one in _stored(record, bucket)]
    except KeyError as error:
        raise ValueError(f"a notification of the object store lacks {error}") from None
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError("not a notification of the object store") from error


def _stored(record: dict[str, Any], bucket: str) -> Iterator[str]:
    event, where = record["eventName"].removeprefix("s3:"), record["s3"]
    if f"s3:{event}" in EVENTS and where["bucket"]["name"] == bucket:
        yield unquote_plus(where["object"]["key"])  # written as in a form
