"""The gateway: one origin in front of command APIs and query APIs. nginx, with a configuration made from settings."""
