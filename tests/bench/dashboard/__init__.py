"""The shipped dashboard, drawn from what a real Prometheus has of a real site."""
