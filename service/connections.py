"""Connections that their clients do not use: closed in time, and never so many that none is left.

uvicorn waits without end for a request that drips in, and for a client that does not take its
answer. Here each wait for the client ends after a time; and where there are too many connections,
the one that has waited longest makes room, so that health is answered among any number of them.
"""

import asyncio
import sys
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.errors import ServiceError

if sys.platform != "win32":
    import resource

FILES = 200  # that the app has open beside connections: pictures on their way in, models, the log


def room_for(connections: int) -> int:
    """Let the process open that many connections; return how many fit under the system's limit."""
    if sys.platform == "win32":
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(connections, soft - FILES))


class Patience:
    """How long a client may keep a connection waiting, and how many connections there may be."""

    def __init__(self, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self.waiting: dict[Connection, asyncio.TimerHandle] = {}  # longest first

    def begin(self, connection: "Connection") -> None:
        """Begin to wait for the client: for its request, or for it to take its answer."""
        self.end(connection)
        loop = asyncio.get_running_loop()
        self.waiting[connection] = loop.call_later(self.seconds, connection.abort)

    def end(self, connection: "Connection") -> None:
        timer = self.waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def make_room(self, connections: int) -> None:
        """Close who has waited longest, where there are too many; at worst who has just come."""
        if connections > self.most:
            next(iter(self.waiting)).abort()


class Connection(H11Protocol):
    """uvicorn's connection; `patience` is that of the server, which sets it."""

    patience: ClassVar[Patience]

    def abort(self) -> None:
        """Close at once: closing in order would wait until the client has taken its answer."""
        self.patience.end(self)
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.patience.begin(self)
        self.patience.make_room(len(self.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        self.patience.end(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._stop_waiting_at_work()

    def on_response_complete(self) -> None:
        self.patience.begin(self)
        super().on_response_complete()  # which may begin with the next request
        self._stop_waiting_at_work()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP as everything else is answered, if no answer has begun."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.abort()
            return
        answer = ServiceError(400, msg).response()
        close = (b"connection", b"close")
        headers = [*self.server_state.default_headers, *answer.raw_headers, close]
        for event in (
            h11.Response(status_code=400, headers=headers),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.patience.begin(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_waiting_at_work()

    def _stop_waiting_at_work(self) -> None:
        if self.cycle and not self.cycle.response_complete and not self.flow.write_paused:
            self.patience.end(self)
