"""Prints every route of the app, mounted apps included: METHOD and path, `x` for what varies.

python -m tests.doors
"""

import re
from collections.abc import Iterable, Iterator

from starlette.routing import BaseRoute

import main
import page
from service.app import application
from service.settings import from_environment


def doors(routes: Iterable[BaseRoute], start: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        path = start + re.sub(r"{[^}]*}", "x", getattr(route, "path", ""))
        router = getattr(route, "original_router", route)  # FastAPI keeps included routers whole
        if nested := getattr(router, "routes", None):
            yield from doors(nested, path)
        else:
            for method in getattr(route, "methods", None) or ("GET", "POST"):
                yield method, path or "/"


if __name__ == "__main__":
    app = application(main.demo, main.zoo, from_environment({}), page.launch_options())
    for method, path in sorted(set(doors(app.routes))):
        print(method, path)
