"""Headers of answers that browsers may see: the APIs say so, and the gateway of what it answers itself."""

EXPOSED = (
    "Log-Position",
    "Link",
    "Photolog-Degraded",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "ETag",
)
