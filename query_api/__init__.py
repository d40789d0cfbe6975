"""The read-only API: skeleton (which items), hydrate (what they show), filter (who may see), present (bytes)."""
