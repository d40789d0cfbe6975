"""The write side: one file per aggregate, the handler that records decisions, sessions, and the command API."""
