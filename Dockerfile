# The app for any container engine: docker build -t digit-reader . && docker run -p 7860:7860 digit-reader
# It writes to /tmp alone: add `--read-only --tmpfs /tmp` and it runs as well.
FROM python:3.11-slim

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY *.py pyproject.toml metrics.json mnist_model_aug.tflite ./
COPY finder/ finder/
COPY reader/ reader/
COPY page/ page/
COPY service/ service/
COPY website/ website/
COPY examples/ examples/
COPY models/ models/
RUN python -m compileall -q . && useradd --uid 1000 --no-create-home reader

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp GRADIO_TEMP_DIR=/tmp/gradio FEEDBACK_DIR=/tmp/feedback
USER 1000
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/api/health', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["python", "main.py"]
