# The service without torch, as a user that owns nothing. See docs/serve.md.
FROM node:22-bookworm-slim AS page
WORKDIR /leafgraft
COPY scripts/web scripts/web
RUN scripts/web

FROM python:3.12-slim-bookworm AS wheel
WORKDIR /leafgraft
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY --from=page /leafgraft/src/leafgraft/web/static/vendor src/leafgraft/web/static/vendor
RUN pip wheel --quiet --no-deps --wheel-dir /wheels .

FROM python:3.12-slim-bookworm
COPY constraints.txt /tmp/constraints.txt
COPY --from=wheel /wheels /tmp/wheels
RUN pip install --quiet --no-cache-dir -c /tmp/constraints.txt "$(ls /tmp/wheels/*.whl)[web]" \
    && rm -r /tmp/constraints.txt /tmp/wheels \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin leafgraft
USER 10001
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
ENTRYPOINT ["leafgraft", "serve"]
CMD ["/bundle", "--host", "0.0.0.0"]
