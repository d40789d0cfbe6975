"""The OpenAPI document: today's, complete, and each of its examples true of its own schema."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from infra.event_schemas.files import FILES, Files
from infra.http import routes
from infra.openapi import kept
from infra.openapi.document import document
from infra.openapi.examples import EXAMPLES
from infra.openapi.operations import OPERATIONS
from infra.openapi.refusals import PROBLEM, tree
from tests.unit.test_asyncapi import pointed_to

DOCUMENT: dict[str, Any] = json.loads(FILES.openapi.read_text())
COMPONENTS: dict[str, Any] = DOCUMENT["components"]


def calls() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every call by name."""
    for path, by_method in DOCUMENT["paths"].items():
        for method, said in by_method.items():
            yield f"{method.upper()} {path}", said


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to; anything else is itself."""
    found: Any = DOCUMENT
    for part in node["$ref"].removeprefix("#/").split("/") if "$ref" in node else ():
        found = found[part]
    return found if "$ref" in node else node


def test_the_document_on_file_is_todays() -> None:
    assert document() == DOCUMENT


def test_an_outdated_document_is_found_and_brought_up_to_date(tmp_path: Any) -> None:
    files = Files(tmp_path)
    files.openapi.write_text("{}")
    assert [finding.problem for finding in kept.findings(files)] == ["out of date"]
    assert kept.write(files) == ["openapi.json"]
    assert kept.findings(files) == []
    assert kept.write(files) == []


def test_every_route_is_in_it_and_every_row_of_the_table_has_a_route() -> None:
    there = {f"{method} {path}" for path, route in routes.every() for method in route.methods or () if method != "HEAD"}
    under_photos = {name for name in there if " /photos" in name}
    assert there - under_photos == {name for name, _ in calls()} == set(OPERATIONS)


def test_every_call_has_a_name_of_its_own_that_reads_as_a_method() -> None:
    names = [said["operationId"] for _, said in calls()]
    assert len(set(names)) == len(names)
    assert all(name.isalpha() and name[0].islower() and name != name.lower() for name in names)


def test_every_reference_leads_somewhere() -> None:
    for reference in pointed_to(DOCUMENT):
        assert resolved({"$ref": reference})


def test_every_refusal_is_a_problem_with_its_codes_or_one_of_oauth() -> None:
    for name, said in calls():
        refused = {status: answer for status, answer in said["responses"].items() if status[0] in "45"}
        assert "500" in refused, name
        for status, answer in refused.items():
            others = set(answer["content"]) - {PROBLEM}
            assert others == ({"application/json"} if "/oauth/" in name and status == "400" else set())
            content = answer["content"][PROBLEM]
            for code, example in content["examples"].items():
                problem = resolved(example)["value"]
                assert (problem["code"], str(problem["status"])) == (code, status), name


def test_every_code_of_the_error_tree_is_somewhere_in_it() -> None:
    said = {
        code
        for _, call in calls()
        for answer in call["responses"].values()
        for content in answer.get("content", {}).values()
        for code in content.get("examples", {})
    }
    # No path of the document answers to a method that it does not name, and what has no whole head has no path.
    assert said == set(tree()) - {"method_not_allowed", "request_timeout", "url_too_long", "headers_too_large"}


def test_answers_without_a_body_have_none() -> None:
    empty = {name for name, call in calls() for status, said in call["responses"].items() if "content" not in said}
    assert empty == {
        "POST /oauth/revoke",
        "DELETE /me/sessions/{session_id}",
        "POST /me/password",
        "POST /me/email",
        "POST /accounts/recover",
        "POST /accounts/recover/confirm",
        "POST /me/email/confirm",
        "POST /notifications/read",
        "PUT /devices/{token}",
        "POST /views",
        "DELETE /devices/{token}",
        "DELETE /me/avatar",
        "DELETE /posts/{post_id}",
        "DELETE /comments/{comment_id}",
    }


def test_public_reads_need_no_token_and_all_else_does() -> None:
    assert {} in DOCUMENT["security"]
    free = {name for name, said in calls() if said.get("security", DOCUMENT["security"]) == []}
    optional = {name for name, said in calls() if "security" not in said}
    recovery = {"POST /accounts/recover", "POST /accounts/recover/confirm"}
    assert free == recovery | {
        "POST /accounts",
        "POST /oauth/token",
        "POST /oauth/revoke",
        "GET /healthz",
        "GET /readyz",
    }
    assert optional == {
        name
        for name in OPERATIONS
        if name.startswith(("GET /users/", "GET /posts/", "GET /hashtag/"))
        and not name.endswith(("/upload", "/status"))
    }


def test_every_write_says_where_its_outcome_is_visible() -> None:
    for name, call in calls():
        if name.split()[0] == "GET" or "/oauth/" in name:
            continue
        (good,) = [said for status, said in call["responses"].items() if status[0] == "2"]
        assert resolved(good["headers"]["Log-Position"])["required"], name


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_as_their_schema_says(name: str) -> None:
    validator = Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": COMPONENTS})
    validator.validate(EXAMPLES[name])
    assert COMPONENTS["schemas"][name]["examples"] == [EXAMPLES[name]]


def test_every_body_has_an_example() -> None:
    bodies = [
        content["schema"]
        for _, call in calls()
        for said in (call.get("requestBody", {}), *call["responses"].values())
        for content in said.get("content", {}).values()
    ]
    named = {reference.rsplit("/", 1)[1] for reference in pointed_to(bodies)}
    assert named - {"Problem", "OAuthProblem"} <= set(EXAMPLES)


def test_problems_are_as_their_schema_says() -> None:
    validator = Draft202012Validator({"$ref": "#/components/schemas/Problem", "components": COMPONENTS})
    for example in COMPONENTS["examples"].values():
        validator.validate(example["value"])
