"""The app as a service: REST beside Gradio's doors, its limits, private mode, logs and metrics.

    service.serve(demo, zoo, {})        # what `python main.py` does, until it is told to stop
    components.picture_file()       # what Gradio's API and MCP take, and `answer` what they give
    service.counted(ask)            # wraps what answers a picture, to count its digits

Settings come from environment variables (settings.py); nothing here reads pictures itself.
"""

from service import components
from service.reading import counted
from service.server import serve

__all__ = ["components", "counted", "serve"]
