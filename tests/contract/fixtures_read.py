"""Fixtures of the read side: tables, positions, feeds, caches and gates on every backend."""
