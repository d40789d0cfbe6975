"""Where the contracts of events and of the APIs are on file, under schemas/, and how its JSON is read and written."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Files:
    """The files of one checkout."""

    root: Path = Path(__file__).parents[2] / "schemas"

    @property
    def lock(self) -> Path:
        """The shape of every version that was ever released, and the digest of its golden sample."""
        return self.root / "events.lock"

    @property
    def asyncapi(self) -> Path:
        return self.root / "asyncapi.json"

    @property
    def openapi(self) -> Path:
        return self.root / "openapi.json"

    def schema(self, name: str) -> Path:
        return self.root / "events" / f"{name}.json"

    def golden(self, name: str) -> Path:
        return self.root / "golden" / f"{name}.json"

    def schemas(self) -> dict[str, Json]:
        """Every schema on file, by event type name."""
        return {path.stem: json.loads(path.read_text()) for path in sorted((self.root / "events").glob("*.json"))}

    def goldens(self) -> dict[str, bytes]:
        """Every golden sample on file, by event type name."""
        return {path.stem: path.read_bytes() for path in sorted((self.root / "golden").glob("*.json"))}


FILES = Files()


def text(content: Json) -> str:
    """JSON as it is kept on file."""
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
