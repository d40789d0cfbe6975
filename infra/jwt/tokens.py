"""JwtAccessTokens: commands.ports.AccessTokens as JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256.

While a secret is rotated, tokens under the previous one stay valid: the `kid` of a token's header says which it needs.
"""

import hashlib
import hmac
import secrets
from typing import Any

import jwt

from commands.ports import Holder
from schemas.errors import TokenExpired, TokenInvalid
from schemas.ids import AccountId, Millis, SessionId

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "photolog"
CLAIMS = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]
SECRET_BYTES = 32
REMEMBERED = 50_000
"""Tokens of one process that are not checked again: all but their end is known for good."""


class JwtAccessTokens:
    """The AccessTokens port. Time is the caller's `now`; a token ends at the next whole second after its lifetime."""

    def __init__(self, secret: bytes, *previous: bytes, lifetime_s: int = 900) -> None:
        """`secret` signs; what the previous ones have signed is accepted."""
        for one in (secret, *previous):
            if len(one) < SECRET_BYTES:
                raise ValueError(f"the signing secret has {len(one)} bytes; it needs {SECRET_BYTES}")
        self.lifetime_s = lifetime_s
        self._secret = secret
        self._key_id = _key_id(secret)
        self._by_id = {_key_id(one): one for one in (secret, *previous)}
        self._good: dict[str, dict[str, Any]] = {}
        """The claims of tokens that were found good, time aside."""

    def issue(self, account: AccountId, session: SessionId, now: Millis) -> str:
        """A token for one account and log-in."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": account,
            "sid": session,
            "iat": now // 1000,
            "exp": -(-now // 1000) + self.lifetime_s,
            "jti": secrets.token_urlsafe(12),
        }
        return jwt.encode(claims, self._secret, ALGORITHM, headers={"kid": self._key_id})

    def verify(self, token: str, now: Millis) -> AccountId:
        """Whose token it is: signature, issuer and audience first, then time."""
        return AccountId(self._claims(token, now)["sub"])

    def holder(self, token: str, now: Millis) -> Holder:
        """Whose token it is, and of which session."""
        claims = self._claims(token, now)
        return Holder(AccountId(claims["sub"]), SessionId(claims["sid"]))

    def issued_for(self, token: str) -> Holder:
        """Whose token it is, or was."""
        claims = self._genuine(token)
        return Holder(AccountId(claims["sub"]), SessionId(claims["sid"]))

    def _claims(self, token: str, now: Millis) -> dict[str, Any]:
        claims = self._good.get(token) or self._genuine(token)
        if now >= claims["exp"] * 1000:
            self._good.pop(token, None)
            raise TokenExpired
        if token not in self._good:
            if len(self._good) >= REMEMBERED:
                self._good.clear()
            self._good[token] = claims
        return claims

    def _genuine(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._signed_by(token),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                # The library would ask the wall clock.
                options={"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise TokenInvalid from error
        return claims

    def _signed_by(self, token: str) -> bytes:
        """The secret that a token says it was signed with; ours for one that says none. Raises what jwt raises."""
        key_id = jwt.get_unverified_header(token).get("kid")
        return self._by_id.get(key_id, self._secret) if isinstance(key_id, str) else self._secret


def _key_id(secret: bytes) -> str:
    """Names the secret without telling of it."""
    return hmac.digest(secret, b"kid", hashlib.sha256).hex()[:16]
