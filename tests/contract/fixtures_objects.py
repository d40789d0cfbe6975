"""Fixtures of the object store on every backend."""
