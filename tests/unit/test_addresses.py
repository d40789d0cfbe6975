"""Whose request it is: what a peer and the hops before it say, and whom of them the settings believe."""

import pytest

from infra.http.addresses import UNKNOWN, address_of, networks
from infra.process.settings import Settings

PROXIES = networks(["10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", UNKNOWN),
        ("127.0.0.1", "203.0.113.7, nonsense", UNKNOWN),
        ("", "", UNKNOWN),
        ("2001:db8:ffff::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:aaaa::1", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
    ],
)
def test_the_last_hop_that_is_no_proxy_of_ours_is_counted_and_of_ipv6_its_network(
    peer: str, forwarded: str, address: str
) -> None:
    assert address_of(peer, forwarded, PROXIES) == address


def test_nobody_is_believed_unless_the_settings_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().proxies == []
    assert address_of("127.0.0.1", "198.51.100.1", ()) == "127.0.0.1"
    monkeypatch.setenv("PHOTOLOG_PROXIES", "127.0.0.1, 10.0.0.1/8")
    assert Settings().proxies == ["127.0.0.1/32", "10.0.0.0/8"]
    monkeypatch.setenv("PHOTOLOG_PROXIES", "nginx")
    with pytest.raises(ValueError, match="proxies"):
        Settings()
