"""Where Redis is, read from a URL."""

import pytest

from infra.redis.address import RedisAddress


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://cache", RedisAddress("cache")),
        ("redis://127.0.0.1:7000/2", RedisAddress("127.0.0.1", 7000, 2)),
        ("rediss://me:p%40ss@cache:1/", RedisAddress("cache", 1, 0, "me", "p@ss", True)),
        ("redis://:secret@[::1]:1", RedisAddress("::1", 1, 0, "", "secret")),
    ],
)
def test_an_address_is_read_from_a_url(url: str, address: RedisAddress) -> None:
    assert RedisAddress.from_url(url) == address


@pytest.mark.parametrize(
    "url", ["", "http://cache", "cache:6379", "redis://", "redis://cache/first", "redis://cache:x"]
)
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"Redis URL|Port"):
        RedisAddress.from_url(url)


def test_an_address_keeps_its_password_to_itself() -> None:
    assert "hush" not in repr(RedisAddress.from_url("redis://cache", "hush"))
