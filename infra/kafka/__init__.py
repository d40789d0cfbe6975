"""Kafka: the log of the cluster. Only this package knows aiokafka."""
