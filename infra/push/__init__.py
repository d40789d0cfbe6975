"""Adapters of the PushGateway port: Apple's, Google's, and those of browsers."""
