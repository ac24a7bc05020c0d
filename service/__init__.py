"""The app as a service: REST beside Gradio's doors, its limits, private mode, logs and metrics.

    service.serve(demo, reader)     # what `python main.py` does: runs until it is told to stop
    components.picture_file()       # what Gradio's API and MCP take, and `answer` what they give
    service.reading(ask)            # wraps what answers a picture: bounded at once, and counted

Settings come from environment variables (settings.py); nothing here reads pictures itself.
"""

from service import components
from service.reading import reading
from service.server import serve

__all__ = ["components", "reading", "serve"]
