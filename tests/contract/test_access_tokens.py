"""The contract of the AccessTokens port: what was signed here, for a quarter of an hour, and nothing else."""

import base64
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.ports import AccessTokens, Holder
from infra.jwt.tokens import JwtAccessTokens
from schemas.errors import TokenExpired, TokenInvalid
from schemas.ids import AccountId, SessionId
from tests.contract.fixtures_write import SECRET

ACCOUNT, SESSION, NOW = AccountId("ac_00000000001"), SessionId("se_00000000001"), 1_700_000_000_000
CLAIMS = {"iss": "photolog", "aud": "photolog", "sub": ACCOUNT, "sid": SESSION, "iat": NOW // 1000, "jti": "1"}


def signed(changes: dict[str, Any], secret: bytes = SECRET, algorithm: str = "HS256") -> str:
    """A token as somebody else might make it; a claim that is None is left out."""
    claims = {**CLAIMS, "exp": NOW // 1000 + 900, **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, secret, algorithm)


def test_a_token_says_whose_it_is(access_tokens: AccessTokens) -> None:
    assert access_tokens.verify(access_tokens.issue(ACCOUNT, SESSION, NOW), NOW) == ACCOUNT


def test_a_token_says_of_which_session_it_is(access_tokens: AccessTokens) -> None:
    token = access_tokens.issue(ACCOUNT, SESSION, NOW)
    assert access_tokens.holder(token, NOW) == Holder(ACCOUNT, SESSION)
    with pytest.raises(TokenExpired):
        access_tokens.holder(token, NOW + access_tokens.lifetime_s * 1000)
    with pytest.raises(TokenInvalid):
        access_tokens.holder(token[:-2], NOW)


def test_while_a_secret_is_rotated_tokens_of_both_are_good_and_new_ones_are_of_the_new_one() -> None:
    old, new, strange = SECRET, SECRET[::-1], SECRET.upper()
    before = JwtAccessTokens(old).issue(ACCOUNT, SESSION, NOW)
    both = JwtAccessTokens(new, old)
    assert both.verify(before, NOW) == ACCOUNT
    assert JwtAccessTokens(new).verify(both.issue(ACCOUNT, SESSION, NOW), NOW) == ACCOUNT
    assert JwtAccessTokens(old, new).verify(both.issue(ACCOUNT, SESSION, NOW), NOW) == ACCOUNT
    for verifier, token in ((JwtAccessTokens(new), before), (both, signed({}, strange))):
        with pytest.raises(TokenInvalid):
            verifier.verify(token, NOW)


def test_a_token_that_names_a_secret_is_checked_with_no_other() -> None:
    old, new = SECRET, SECRET[::-1]
    named = jwt.get_unverified_header(JwtAccessTokens(old).issue(ACCOUNT, SESSION, NOW))["kid"]
    forged = jwt.encode({**CLAIMS, "exp": NOW // 1000 + 900}, new, "HS256", headers={"kid": named})
    with pytest.raises(TokenInvalid):
        JwtAccessTokens(new, old).verify(forged, NOW)


def test_a_token_lives_for_its_lifetime_by_the_callers_clock(access_tokens: AccessTokens) -> None:
    assert access_tokens.lifetime_s == 900
    end = NOW + access_tokens.lifetime_s * 1000
    token = access_tokens.issue(ACCOUNT, SESSION, NOW)
    assert access_tokens.verify(token, end - 1) == ACCOUNT
    for late in (end, end + 86_400_000):
        with pytest.raises(TokenExpired):
            access_tokens.verify(token, late)


def test_a_token_never_lives_shorter_than_promised(access_tokens: AccessTokens) -> None:
    token = access_tokens.issue(ACCOUNT, SESSION, NOW + 999)
    end = NOW + 999 + access_tokens.lifetime_s * 1000
    assert access_tokens.verify(token, end - 1) == ACCOUNT
    with pytest.raises(TokenExpired):
        access_tokens.verify(token, end + 1_000)


def test_no_two_tokens_are_equal(access_tokens: AccessTokens) -> None:
    assert access_tokens.issue(ACCOUNT, SESSION, NOW) != access_tokens.issue(ACCOUNT, SESSION, NOW)


def test_any_process_with_the_secret_can_check_a_token() -> None:
    token = JwtAccessTokens(SECRET).issue(ACCOUNT, SESSION, NOW)
    assert JwtAccessTokens(SECRET).verify(token, NOW) == ACCOUNT
    with pytest.raises(TokenInvalid):
        JwtAccessTokens(SECRET[::-1]).verify(token, NOW)


def test_a_token_names_its_session_its_times_and_the_secret_that_signed_it() -> None:
    token = JwtAccessTokens(SECRET).issue(ACCOUNT, SESSION, NOW)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert {**claims, "jti": "1"} == {**CLAIMS, "exp": NOW // 1000 + 900}
    other = JwtAccessTokens(SECRET[::-1]).issue(ACCOUNT, SESSION, NOW)
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    assert jwt.get_unverified_header(token)["kid"] != jwt.get_unverified_header(other)["kid"]


def test_any_character_that_is_changed_makes_a_token_invalid(access_tokens: AccessTokens) -> None:
    token = access_tokens.issue(ACCOUNT, SESSION, NOW)
    # The last character's low bits are padding: another one there may spell the same bytes.
    for at in range(len(token) - 1):
        forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(TokenInvalid):
            access_tokens.verify(forged, NOW)


def test_a_token_made_elsewhere_with_our_claims_would_be_valid(access_tokens: AccessTokens) -> None:
    assert access_tokens.verify(signed({}), NOW) == ACCOUNT


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "iat", "exp", "jti"])
def test_a_token_without_one_of_its_claims_is_invalid(access_tokens: AccessTokens, claim: str) -> None:
    with pytest.raises(TokenInvalid):
        access_tokens.verify(signed({claim: None}), NOW)


@pytest.mark.parametrize("claim", ["iss", "aud"])
def test_a_token_of_another_issuer_or_for_another_audience_is_invalid(access_tokens: AccessTokens, claim: str) -> None:
    with pytest.raises(TokenInvalid):
        access_tokens.verify(signed({claim: "elsewhere"}), NOW)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_by_another_algorithm_is_invalid(algorithm: str) -> None:
    secret = SECRET.ljust(64, b"-")
    token = signed({}, secret, algorithm)
    with pytest.raises(TokenInvalid):
        JwtAccessTokens(secret).verify(token, NOW)


def test_a_token_without_a_signature_is_invalid(access_tokens: AccessTokens) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    claims = signed({}).split(".")[1]
    with pytest.raises(TokenInvalid):
        access_tokens.verify(f"{header}.{claims}.", NOW)


def test_a_forged_token_that_has_expired_is_invalid_not_expired(access_tokens: AccessTokens) -> None:
    with pytest.raises(TokenInvalid):
        access_tokens.verify(signed({"exp": 1}, SECRET[::-1]), NOW)


@given(st.text() | st.from_regex(r"[\w-]+\.[\w-]*\.[\w-]*", fullmatch=True))
def test_no_text_whatever_is_a_token_or_an_error_of_ours(text: str) -> None:
    with pytest.raises(TokenInvalid):
        JwtAccessTokens(SECRET).verify(text, NOW)


def test_a_secret_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        JwtAccessTokens(b"photolog")
