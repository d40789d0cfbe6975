"""The HTTP application: routers of both APIs, the object store's routes, errors as problem details, health."""
