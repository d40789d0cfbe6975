"""The edge: Varnish before the object store, on an origin of its own, and how it is told that media are gone."""
