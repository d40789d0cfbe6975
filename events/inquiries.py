"""Who had personal fields of the log opened, and why. Decided in commands/inquiries.py; on photolog.accounts, keyed by
inquiry, because it is what accounts are owed."""

from events.envelope import Event, recorded


@recorded("inquiry.made.v1", subject="analyst")
class InquiryMade(Event):
    """Somebody is about to read personal fields of events in clear."""

    analyst: str
    """The name that was given, which no account stands for."""
    reason: str
    tables: tuple[str, ...]
    """What is read, by the names of its tables; never what was asked of them, which may hold a value."""
