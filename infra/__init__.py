"""The outermost layer: adapters (one folder a technology), settings, wiring, the HTTP application, the CLI."""
