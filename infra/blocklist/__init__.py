"""Where a blocklist comes from."""
