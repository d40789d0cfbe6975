"""Shared shapes without logic: ids, bodies, errors, table declarations, and the events' JSON Schemas."""
