"""What an issue to come adds: a projection (one file), a kind of effect (one file), and one line each in wiring.py."""
