"""Adapters of the PushGateway port: Apple's and Google's."""
