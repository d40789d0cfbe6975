"""JwtAccessTokens: commands.ports.AccessTokens as JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256."""

import hashlib
import hmac
import secrets

import jwt

from schemas.errors import TokenExpired, TokenInvalid
from schemas.ids import AccountId, Millis, SessionId

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "photolog"
CLAIMS = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]
SECRET_BYTES = 32


class JwtAccessTokens:
    """The AccessTokens port. Time is the caller's `now`; a token ends at the next whole second after its lifetime."""

    def __init__(self, secret: bytes, lifetime_s: int = 900) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the signing secret has {len(secret)} bytes; it needs {SECRET_BYTES}")
        self.lifetime_s = lifetime_s
        self._secret = secret
        self._key_id = hmac.digest(secret, b"kid", hashlib.sha256).hex()[:16]
        """Names the secret without telling of it, so that a log or a second secret can say which one signed."""

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
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                # The library would ask the wall clock.
                options={"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise TokenInvalid from error
        if now >= claims["exp"] * 1000:
            raise TokenExpired
        return AccountId(claims["sub"])
