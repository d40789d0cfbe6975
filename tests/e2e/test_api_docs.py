"""The OpenAPI document as it is served: whole, wherever it is asked for."""

import json

import httpx
import pytest

from infra.event_schemas.files import FILES
from infra.local.site import LocalSite


def test_the_document_of_both_apis_is_served_with_pages_that_show_it(http: httpx.Client) -> None:
    assert http.get("/openapi.json").json() == json.loads(FILES.openapi.read_text())
    for page in ("/docs", "/redoc"):
        answer = http.get(page)
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "/openapi.json" in answer.text


@pytest.mark.cluster
@pytest.mark.parametrize("part", ["command-api-1", "query-api-1"])
def test_each_api_of_a_cluster_serves_the_whole(shared_cluster: LocalSite, part: str) -> None:
    answer = httpx.get(f"{shared_cluster.members[part].url}/openapi.json", trust_env=False)
    assert answer.json() == json.loads(FILES.openapi.read_text())
