"""Settings of sites with a cheap class, and of those whose media are read from an edge."""

COLD = {"PHOTOLOG_COLD": "cold", "PHOTOLOG_READS_KEPT_EVERY_S": "0.1"}


def behind(place: str) -> dict[str, str]:
    """Of a site with one edge, at this host and port."""
    return {"PHOTOLOG_MEDIA_URL": f"http://{place}", "PHOTOLOG_EDGES": place}
