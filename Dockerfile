# One image for every command; `docker run … release-tool dashboard` for the page that a team keeps open.
FROM python:3.13-slim AS built
WORKDIR /src
COPY . .
RUN python -m venv /opt/release-tool \
    && /opt/release-tool/bin/pip install --no-cache-dir --constraint constraints/tested.txt .

FROM python:3.13-slim
# Git tells what lies between two releases, where a clone is mounted; without it everything else works.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home release-tool
COPY --from=built /opt/release-tool /opt/release-tool
ENV PATH=/opt/release-tool/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /project
EXPOSE 8080
# Only the dashboard listens; other commands end before the first look.
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["release-tool"]
CMD ["--help"]
