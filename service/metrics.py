"""What Prometheus is told at /metrics. Labels have few values: a path with a file name is none."""

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a line more for each figure, of when it was first counted

REQUESTS = Counter("digit_reader_requests", "Requests answered.", ["door", "method", "status"])
SECONDS = Histogram(
    "digit_reader_request_seconds",
    "Time from a request's first byte to its answer's last, streams left out.",
    ["door"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DIGITS = Counter("digit_reader_digits", "Digits read; none is ink that is no digit.", ["digit"])
TURNED_AWAY = Counter(
    "digit_reader_turned_away",
    "Requests refused: no token, too large, too many, too late.",
    ["status"],
)
IN_FLIGHT = Gauge("digit_reader_requests_in_flight", "Requests at work now, streams left out.")
MODEL = Gauge("digit_reader_model", "The model in use: 1.", ["name", "revision"])


def exposition() -> tuple[bytes, str]:
    """All metrics as text, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
