"""What can keep a local server from running, told so that a reader knows what to do about it."""


class StackError(Exception):
    """The local stack cannot do what was asked; the message says why and what helps."""


class CannotBeHad(StackError):
    """A server or a tool that it needs is not on this machine and could not be brought here."""


class Stopped(StackError):
    """The work was given up because the user asked for it."""
