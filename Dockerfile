# syntax=docker/dockerfile:1
# One image for every role: `docker run IMAGE worker --queues cpu`, `docker run IMAGE up`, any other command.

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY vendor ./vendor
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
# Compiles, and bundles the workflows so that a worker starts without webpack.
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
# tini: a first process that passes signals on and reaps the helpers of killed children.
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini=0.19.* \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY config ./config
COPY models ./models
ARG CXRFLOW_COMMIT=""
ENV NODE_ENV=production \
    CXRFLOW_COMMIT=${CXRFLOW_COMMIT} \
    CXRFLOW_DATA=/data
RUN install -d -o node -g node -m 0700 /data
# By number, so that an orchestrator can see that it is not root; `node` of the base image.
USER 1000:1000
VOLUME /data
EXPOSE 8080 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "node", "/app/dist/client/cli.js"]
CMD ["worker"]
