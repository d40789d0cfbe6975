"""Adapters on Redis: what may be forgotten at any moment. Every command and script is about one key: Cluster-safe."""
