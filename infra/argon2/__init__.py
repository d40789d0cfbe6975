"""Password hashes by argon2-cffi."""
