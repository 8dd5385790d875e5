# One image for every node: the commands, the trading tree, Ray. deploy/README.md tells how it is run, and what of it was executed.
# Two stages, so that pip's leavings stay behind. Nothing is compiled (--only-binary), nothing unpinned is installed, and no secret is copied in.
FROM python:3.11.14-slim-bookworm AS builder
WORKDIR /build
# The lock first: while it stays as it is, this layer is taken from the cache.
COPY requirements.lock ./
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md ./
COPY robo_trader robo_trader
COPY actors actors
COPY ray_cluster ray_cluster
RUN /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="robo-trader" \
      org.opencontainers.image.description="Automated trading for Interactive Brokers, on Ray, with a simulated gateway to prove it on"
# A fixed number, so that the owner of a volume is the same in every image. The state directory is its owner's alone; the trader insists on that.
RUN groupadd --gid 10001 trader \
 && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin trader \
 && install -d -o trader -g trader -m 0700 /var/lib/robo-trader
COPY --from=builder /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    RAY_USAGE_STATS_ENABLED=0 \
    RAY_JOB_STOP_WAIT_TIME_S=20 \
    ROBO_TRADER_STATE_DIR=/var/lib/robo-trader
USER trader
WORKDIR /home/trader
VOLUME /var/lib/robo-trader
# Probes and halt; the trader's dashboard; Ray's.
EXPOSE 8080 5555 8265
# Alive means: answers. Whether it should trade is /health/ready's question, and restarting is no cure for a no.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health/live', timeout=4)"]
# SIGTERM drains: no entries, entries cancelled, stops left at the broker, journal flushed, no halt written. It takes up to 10 seconds, so stop with
# --time 30. In the foreground, because a container ends with its first process. The name makes a second start go on with the same system.
STOPSIGNAL SIGTERM
CMD ["robo-trader", "run", "--system", "container"]
