"""Fixtures of the write side: log, ledger and vault on every backend."""
