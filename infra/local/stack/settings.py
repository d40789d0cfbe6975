"""Settings of the local stack, beside the platform's own: where it listens and where its programs are kept."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.process.server_settings import PREFIX


class StackSettings(BaseSettings):
    """PHOTOLOG_STACK_PORT and PHOTOLOG_CACHE."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    stack_port: int = Field(19500, description="first of the local stack's sixteen ports")
    cache: Path = Field(Path("~/.cache/photolog"), description="folder of downloaded and built servers")
