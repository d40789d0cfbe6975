"""An object store in two classes: what is read, and what nobody has read for long."""
