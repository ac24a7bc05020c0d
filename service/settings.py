"""What can be set from outside, by environment variables, with defaults for a free Space."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network

LOCAL = "127.0.0.1"
PRIVATE_NETWORKS = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"


class SettingsError(ValueError):
    """A variable that cannot be used; the message is a sentence for the one who set it."""


@dataclass(frozen=True)
class Settings:
    """How the service runs.

    name, port: where it listens.
    token: what every door asks for; "" for a public service.
    origins: other sites whose pages may call it; ("*",) for all.
    proxies: addresses whose X-Forwarded-For is believed, comma-separated.
    requests_a_minute: per client, of those that cost work; 0 for no limit.
    pictures: in flight at once, over all clients.
    connections: at once, over all clients.
    seconds: a request may take, and a client keep a connection waiting.
    free_mb: of the disk, below which files are no longer stored.
    """

    name: str
    port: int
    token: str
    origins: tuple[str, ...]
    proxies: str
    requests_a_minute: int
    pictures: int
    connections: int
    seconds: int
    free_mb: int


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the variables; raises SettingsError for one that cannot be used."""
    on_a_space = "SPACE_ID" in environ  # which is behind Hugging Face's proxy
    origins = environ.get("ALLOWED_ORIGINS", "*")
    return Settings(
        name=environ.get("GRADIO_SERVER_NAME", "0.0.0.0"),  # noqa: S104
        port=_number(environ, "GRADIO_SERVER_PORT", 7860),
        token=environ.get("API_TOKEN", "").strip(),
        origins=tuple(o.strip().rstrip("/") for o in origins.split(",") if o.strip()),
        proxies=_proxies(environ.get("TRUSTED_PROXIES", PRIVATE_NETWORKS if on_a_space else LOCAL)),
        requests_a_minute=_number(environ, "MAX_REQUESTS_A_MINUTE", 300),
        pictures=_number(environ, "MAX_PICTURES_IN_FLIGHT", 64, least=1),
        connections=_number(environ, "MAX_CONNECTIONS", 2000, least=1),
        seconds=_number(environ, "MAX_SECONDS", 30, least=1),
        free_mb=_number(environ, "MIN_FREE_MB", 100),
    )


def _number(environ: Mapping[str, str], name: str, default: int, least: int = 0) -> int:
    value = environ.get(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise SettingsError(f"{name} must be a whole number of at least {least}, not “{value}”.")
    return int(value)


def _proxies(value: str) -> str:
    try:
        for network in value.split(","):
            ip_network(network.strip())
    except ValueError as error:
        raise SettingsError(f"TRUSTED_PROXIES must be addresses or networks: {error}.") from error
    return value
