"""What an analyst asked for and cannot have, in one line."""


class Refused(Exception):
    """Says why, and never a value of an event."""
