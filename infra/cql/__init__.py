"""Adapters on a CQL server: ScyllaDB in production, Apache Cassandra on a developer's machine."""
