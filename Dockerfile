# syntax=docker/dockerfile:1

# The service in an image of its own. It works alone, with the PostgreSQL server it carries, and with yours:
#
#   docker build -t answerable .
#   docker run --rm -p 127.0.0.1:8000:8000 -v answerable:/var/lib/answerable -e ANSWERABLE_MODE=development answerable
#   docker run --rm -p 127.0.0.1:8000:8000 -v answerable:/var/lib/answerable -e ANSWERABLE_MODE=development \
#     -e DATABASE_URL=postgres://… answerable

FROM rust:1.95-bookworm AS build
WORKDIR /src
# Set to anything, the image carries no PostgreSQL server and needs DATABASE_URL.
ARG WITHOUT_EMBEDDED_POSTGRES=
COPY . .
# The compiler and make of the base image are all that the C parts (aws-lc, zstd) need. What is compiled stays in the
# cache from build to build, so the program is copied out of it in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --bin answerable ${WITHOUT_EMBEDDED_POSTGRES:+--no-default-features} \
    && install -D target/release/answerable /out/answerable

# The same Debian as above: the program is linked with its C library.
FROM debian:bookworm-slim
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Answerable" \
      org.opencontainers.image.description="A GraphQL participation service: publish a document in sections, take comments and private submissions, moderate, and answer every one." \
      org.opencontainers.image.licenses="(MIT OR Apache-2.0) AND PostgreSQL" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# The number is fixed because volumes remember it. The user has a name because `initdb` refuses one without. The last
# line fails the build where the carried server would fail later: it needs libz, which Debian's slim image has today.
RUN groupadd --gid 10001 answerable \
    && useradd --uid 10001 --gid answerable --no-log-init --no-create-home \
        --home-dir /var/lib/answerable --shell /usr/sbin/nologin answerable \
    && install --directory --owner answerable --group answerable --mode 0700 /var/lib/answerable \
    && dpkg-query --show zlib1g

COPY LICENSE LICENSE-MIT LICENSE-APACHE LICENSE-POSTGRESQL /usr/share/doc/answerable/
COPY --from=build /out/answerable /usr/local/bin/answerable
# Whatever library the program misses, it misses it here and not at somebody's first start.
RUN ["answerable", "--version"]

ENV ANSWERABLE_LISTEN=0.0.0.0:8000 \
    ANSWERABLE_DATA_DIR=/var/lib/answerable
USER 10001:10001
WORKDIR /var/lib/answerable
VOLUME ["/var/lib/answerable"]
EXPOSE 8000
# The program is process 1 and stops on SIGTERM: open requests are answered, the carried server shuts down.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["answerable", "health"]
ENTRYPOINT ["answerable"]
CMD ["serve"]
