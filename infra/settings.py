"""Settings: environment variables `PHOTOLOG_*` with sane defaults. Listed by `photolog settings`."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "PHOTOLOG_"


class SettingsInvalid(Exception):
    """A setting cannot be used; says which, and why, and never its value."""


class Settings(BaseSettings):
    """Every setting there is, with its default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    backend: Literal["embedded"] = Field("embedded", description="where everything is kept")
    data: Path = Field(Path(".photolog"), description="folder of the embedded backend")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=1, le=65535, description="port of the public API")
    public_url: str = Field("", description="origin under which clients reach it; default: http://HOST:PORT")
    origins: Annotated[list[str], NoDecode] = Field([], description="browser origins to allow, comma-separated")
    secret: SecretStr | None = Field(None, description="64 hex digits that all keys derive from; default: made once")
    access_token_s: int = Field(900, ge=1, description="lifetime of an access token, in seconds")
    render_at_once: int = Field(0, ge=0, description="photos that are rendered side by side; 0: one a core")
    render_timeout_s: float = Field(20, gt=0, description="seconds that one photo may take to render")

    @field_validator("origins", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def origin(self) -> str:
        """The public URL without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsInvalid."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [f"{PREFIX}{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        raise SettingsInvalid("; ".join(faults)) from None


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Each setting with its value, where it came from, and what it is for; secrets are not shown."""
    rows = []
    for name, field in Settings.model_fields.items():
        variable, value = f"{PREFIX}{name}".upper(), getattr(settings, name)
        shown = "(hidden)" if isinstance(value, SecretStr) else str(value) if value is not None else ""
        source = "environment" if variable in {key.upper() for key in os.environ} else "default"
        rows.append({"name": variable, "value": shown, "source": source, "about": field.description or ""})
    return rows
