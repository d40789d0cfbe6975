"""What MinIO writes to Kafka when a photo was uploaded: records as it wrote them once, and as it writes them now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic

from infra.kafka.admin import administering
from infra.kafka.connection import KafkaConnection
from infra.local.stack.minio import UPLOADS_TOPIC
from infra.local.stack.stack import Stack
from infra.minio.notifications import EVENTS, stored
from infra.minio.objects import MinioObjects
from tests.callers import PLAIN
from tests.contract.fixtures_objects import wall_clock
from tests.contract.fixtures_write import unique
from tests.minio_bucket import MinioBucket
from tests.pace import patient

BUCKET = "test-f7f349925737"
UPLOAD = (
    b'{"EventName":"s3:ObjectCreated:Put","Key":"test-f7f349925737/uploads/po_00000000001","Records":[{"eventVersion"'
    b':"2.0","eventSource":"minio:s3","awsRegion":"","eventTime":"2026-11-21T02:49:23.055Z","eventName":"s3:ObjectCrea'
    b'ted:Put","userIdentity":{"principalId":"test-f7f349925737-signer"},"requestParameters":{"principalId":"test-f7f34'
    b'9925737-signer","region":"","sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-id-2":"43abbb4a970154ea2284'
    b'de61c1138440265544fda08f2404c270ab7d75da060c","x-amz-request-id":"18E9EF981B1AFD26","x-minio-deployment-id":"1e1d'
    b'81f1-ad20-43fe-93af-b9f7a80fc978","x-minio-origin-endpoint":"http://127.0.0.1:19505"},"s3":{"s3SchemaVersion":"1.'
    b'0","configurationId":"Config","bucket":{"name":"test-f7f349925737","ownerIdentity":{"principalId":"test-f7f349925'
    b'737-signer"},"arn":"arn:aws:s3:::test-f7f349925737"},"object":{"key":"uploads%2Fpo_00000000001","size":3,"eTag":"'
    b'900150983cd24fb0d6963f7d28e17f72","contentType":"image/jpeg","userMetadata":{"content-type":"image/jpeg"},"sequen'
    b'cer":"18E9EF981B220243"}},"source":{"host":"127.0.0.1","port":"","userAgent":"python-httpx/0.28.1"}}]}'
)
"""A record of MinIO 2026-02-12, as Kafka had it."""
WITHIN_S = 20
"""The queued target is up to 3 s late, more on a busy machine."""


def changed(**changes: object) -> bytes:
    """The record, with another event name, or other fields of its object; None leaves one out."""
    message = orjson.loads(UPLOAD)
    record = message["Records"][0]
    record["eventName"] = changes.pop("event", record["eventName"])
    record["s3"]["object"] = {**record["s3"]["object"], **changes}
    record["s3"]["object"] = {name: value for name, value in record["s3"]["object"].items() if value is not None}
    return orjson.dumps(message)


def test_a_record_tells_what_was_stored() -> None:
    assert stored(UPLOAD, BUCKET) == ["uploads/po_00000000001"]


def test_keys_are_written_as_in_a_form() -> None:
    assert stored(changed(key="uploads%2Fa+b%2Bc%2F%C3%A4.jpg"), BUCKET) == ["uploads/a b+c/ä.jpg"]


def test_what_happened_elsewhere_or_otherwise_is_not_an_upload() -> None:
    assert stored(UPLOAD, "another-bucket") == []
    assert stored(changed(event="s3:ObjectRemoved:Delete"), BUCKET) == []
    assert stored(changed(event="s3:ObjectCreated:PutTagging"), BUCKET) == []
    assert len(stored(changed(event="s3:ObjectCreated:CompleteMultipartUpload"), BUCKET)) == 1
    assert len(stored(changed(event="ObjectCreated:Put"), BUCKET)) == 1  # as Amazon writes it


@pytest.mark.parametrize(
    "value",
    [b"", b"nonsense", b"[]", b"3", b'{"Records":[{}]}', b'{"Records":3}', b'{"Records":["x"]}', b"{}",
     changed(key=None), changed(key=7)],
)  # fmt: skip
def test_what_is_no_record_is_refused_without_its_values(value: bytes) -> None:
    with pytest.raises(ValueError, match="notification") as refused:
        stored(value, BUCKET)
    assert "nonsense" not in str(refused.value)


async def test_both_targets_tell_of_an_upload_once_each(stack: Stack, bucket: MinioBucket) -> None:
    objects = MinioObjects(bucket.site, bucket.signer, bucket.worker, wall_clock)
    upload = f"uploads/{unique('po')}"
    presigned = objects.presign_put(upload, "image/jpeg", 5, None)
    async with notifications(stack) as consumer, httpx.AsyncClient(trust_env=False, verify=PLAIN) as client:
        answer = await client.put(presigned.url, content=b"photo", headers=presigned.headers)
        assert answer.status_code == 200, answer.text
        await objects.put("m/po_1/feed-a.webp", b"rendition", "image/webp")
        found = await told_twice(consumer, bucket.site.bucket, upload)
    objects.close()
    assert not [name for name in found if name.startswith("m/")]


def test_the_bucket_asks_for_uploads_alone(bucket: MinioBucket) -> None:
    asked = bucket.as_user(bucket.admin).get_bucket_notification(bucket.site.bucket).queue_config_list
    assert sorted(str(one.queue) for one in asked) == [
        "arn:minio:sqs::DIRECT:kafka",
        "arn:minio:sqs::QUEUED:kafka",
    ]
    for one in asked:
        assert one.prefix_filter_rule is not None
        assert (one.prefix_filter_rule.value, sorted(one.events)) == ("uploads/", sorted(EVENTS))


@asynccontextmanager
async def notifications(stack: Stack) -> AsyncIterator[AIOKafkaConsumer]:
    """Reads the uploads topic from its present end."""
    brokers = stack.environment["PHOTOLOG_KAFKA"]
    async with administering(KafkaConnection(brokers), "a test") as admin:
        await admin.create_topics([NewTopic(UPLOADS_TOPIC, 4, 1)])
        (topic,) = await admin.describe_topics([UPLOADS_TOPIC])
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition(UPLOADS_TOPIC, one["partition"]) for one in topic["partitions"]]
    consumer.assign(partitions)
    for partition, end in (await consumer.end_offsets(partitions)).items():
        consumer.seek(partition, end)
    try:
        yield consumer
    finally:
        await consumer.stop()


async def told_twice(consumer: AIOKafkaConsumer, bucket: str, upload: str) -> list[str]:
    """What the topic tells of a bucket until it has told of this upload twice; of earlier ones it may be late."""
    found: list[str] = []
    async with asyncio.timeout(patient(WITHIN_S)):
        while found.count(upload) < 2:
            message = await consumer.getone()
            found += stored(message.value, bucket)
    return found
