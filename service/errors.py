"""Errors as the service sends them: JSON with one sentence that a person understands."""

from fastapi.responses import JSONResponse

RETRY_AFTER = "Retry-After"


class ServiceError(Exception):
    """A request that gets no answer; str() is a sentence for the person who sent it.

    status: of HTTP. retry_after: seconds until it is worth trying again, or None.
    """

    def __init__(self, status: int, sentence: str, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after

    def response(self) -> JSONResponse:
        headers = {} if self.retry_after is None else {RETRY_AFTER: str(self.retry_after)}
        return JSONResponse({"error": str(self)}, self.status, headers)
