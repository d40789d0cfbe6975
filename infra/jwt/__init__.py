"""Access tokens by PyJWT."""
