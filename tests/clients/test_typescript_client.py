"""The TypeScript types that openapi-typescript makes of the document: made without a warning, a program compiles."""

import shutil
from pathlib import Path

import pytest

from infra.event_schemas.files import FILES
from tests.clients.programs import HERE, run, typescript_generator


@pytest.fixture(scope="module")
def generator() -> Path:
    return typescript_generator()


def test_types_are_made_without_a_warning_and_a_program_compiles_over_them(generator: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(generator / "node_modules")
    for name in ("program.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / "typescript" / name, tmp_path)
    said = run(["node_modules/.bin/openapi-typescript", str(FILES.openapi), "--output", "schema.d.ts"], tmp_path)
    assert "warn" not in said.lower(), said
    run(["node_modules/.bin/tsc", "--project", "."], tmp_path)
