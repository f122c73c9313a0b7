# The service as an image. Mount the config at /config; what it keeps is in the volume /data.
#
#   docker build --tag hookline .
#   docker build --tag hookline --build-arg PACKAGES="python3 git" .
#
# See docs/deploy.md.

ARG DEBIAN=bookworm

FROM node:26-${DEBIAN}-slim AS node
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package that it needs has an install script.
RUN npm ci --omit=dev --ignore-scripts
COPY core core
COPY plugins plugins
COPY LICENSE ./
RUN chmod 0755 core/cli/bin.ts

FROM debian:${DEBIAN}-slim
# Debian packages that your programs need: python3 for the python executor, git, curl, …
ARG PACKAGES=""
# tini passes signals on, and takes care of what ended programs leave behind.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    ca-certificates libatomic1 libstdc++6 tini ${PACKAGES} \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt/* \
  && groupadd --gid 10001 hookline \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin hookline \
  && mkdir /config \
  && install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /app /app
# The build fails where node lacks a library of the base.
RUN ln -s /app/core/cli/bin.ts /usr/local/bin/hookline && hookline --version

# Node.js keeps compiled code, also of the first file; the C library reserves no memory for each thread.
ENV HOOKLINE_DATA=/data PORT=12345 NODE_COMPILE_CACHE=/data/.cache/hookline MALLOC_ARENA_MAX=2
LABEL org.opencontainers.image.title="Hookline" \
  org.opencontainers.image.description="Self-hosted, plugin-based webhooks" \
  org.opencontainers.image.licenses="MIT"
WORKDIR /config
# By number: Kubernetes can see that this is not root.
USER 10001:10001
VOLUME /data
EXPOSE 12345
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "--max-semi-space-size=8", "/usr/local/bin/hookline"]
CMD ["start"]
