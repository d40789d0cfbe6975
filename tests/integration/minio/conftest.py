"""The bucket that these tests use: one for a process, empty for each test that asks."""

from tests.minio_bucket import bucket as bucket
