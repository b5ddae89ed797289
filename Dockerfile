# An image with attache in place of pilot-agent: `docker build .` or `buildah bud .`; --target exec, --target debug and --target init are variants.
# Without BASE the image is built on a base made here, of Debian's C library. Any base with glibc will do; it needs neither a shell
# nor certificates.
ARG BASE=scratch
# A Debian with Node and npm.
ARG BUILDER=docker.io/library/node:22-bookworm

# hadolint ignore=DL3006
FROM ${BUILDER} AS builder
# hadolint ignore=DL3008,DL3015
RUN if ! command -v pip3 >/dev/null || ! command -v busybox >/dev/null; then \
      apt-get update && apt-get install -y --no-install-recommends busybox-static ca-certificates python3-pip && rm -rf /var/lib/apt/lists/*; \
    fi
WORKDIR /src
COPY .npmrc package.json package-lock.json ./
RUN npm ci --no-audit --no-fund && node node_modules/bun/install.js
COPY build/cache-directory.ts build/
COPY examples/get-envoy.ts examples/
RUN envoy=$(XDG_CACHE_HOME=/var/cache node_modules/.bin/bun -e \
      'import { getEnvoy } from "./examples/get-envoy.ts"; console.log(await getEnvoy(console.error));') \
    && install -D -m 0755 "$envoy" /out/envoy
COPY . .
# What a checkout would tell: there is no git here.
ARG ATTACHE_COMMIT=unknown
ARG SOURCE_DATE_EPOCH=0
RUN ATTACHE_COMMIT="${ATTACHE_COMMIT}" SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH}" node_modules/.bin/bun build.ts && install -m 0755 dist/attache /out/attache
# The tree of proxyv2, all of it root's; what uid 1337 writes to is copied with its owner below.
RUN mkdir -p /empty /out/root/etc/istio/config /out/root/etc/istio/pod /out/root/var/lib/istio/envoy /out/root/usr/local/bin /out/busybox \
    && ln -s attache /out/root/usr/local/bin/pilot-agent \
    && cp "$(command -v busybox)" /out/busybox/busybox && ln -s busybox /out/busybox/sh
# Where no base is given: the C library and the tree of a Debian, no shell, with its packages named where scanners look for them.
ARG BASE
WORKDIR /out/base
# hadolint ignore=DL3008
RUN if [ "${BASE}" = scratch ]; then \
      apt-get update && mkdir -p /tmp/debs var/lib/dpkg/status.d && cd /tmp/debs \
      && apt-get -o APT::Sandbox::User=root download base-files libc6 libgcc-s1 && cd /out/base \
      && for deb in /tmp/debs/*.deb; do \
        dpkg-deb -x "${deb}" . && dpkg-deb -f "${deb}" >"var/lib/dpkg/status.d/$(dpkg-deb -f "${deb}" Package)" || exit 1; \
      done \
      && rm -rf tmp usr/share/doc/*/changelog* /tmp/debs /var/lib/apt/lists/*; \
    fi

# The programs of istio-iptables with the libraries that the base does not have, and their packages named where scanners look for them.
# hadolint ignore=DL3006
FROM ${BUILDER} AS programs
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get -o APT::Sandbox::User=root install -y --no-install-recommends iproute2 iptables nftables && rm -rf /var/lib/apt/lists/*
WORKDIR /out
# What is loaded is found by ldd; a link without a target is Debian's choice between both variants: nft, as there.
RUN sbin=/usr/sbin plugins=$(find /usr/lib -type d -name xtables) && lib=${plugins%/*} \
    && mkdir -p ".${sbin}" ".${plugins}" var/lib/dpkg/status.d \
    && cp -a "${sbin}"/*tables-nft* "${sbin}"/*tables-legacy* "${sbin}/nft" ".${sbin}/" && cp "$(readlink -f "$(command -v ip)")" ".${sbin}/ip" \
    && rm -f ".${sbin}"/arptables* ".${sbin}"/ebtables* && cp -a "${plugins}/." ".${plugins}/" \
    && for name in iptables ip6tables; do \
        for tail in "" -save -restore; do ln -s "${name}-nft${tail}" ".${sbin}/${name}${tail}" || exit 1; done; \
      done \
    && ldd ".${sbin}/xtables-nft-multi" ".${sbin}/xtables-legacy-multi" ".${sbin}/nft" ".${sbin}/ip" ".${plugins}"/*.so \
      | sed -n 's/.*=> \(\/.*\) (.*/\1/p' | sort -u >/tmp/libraries \
    && { echo iproute2; echo iptables; echo nftables; } >/tmp/packages \
    && while read -r library; do \
        package=$(dpkg -S "*/${library##*/}" | sed -n '1s/:.*//p') || exit 1; \
        case ${package} in libc6 | libgcc-s1) continue ;; esac; \
        echo "${package}" >>/tmp/packages; cp -L "${library}" ".${lib}/" || exit 1; \
      done </tmp/libraries \
    && sort -u /tmp/packages | while read -r package; do \
        dpkg-query --status "${package}" >"var/lib/dpkg/status.d/${package}" && mkdir -p "usr/share/doc/${package}" \
          && cp -L "/usr/share/doc/${package}/copyright" "usr/share/doc/${package}/" || exit 1; \
      done

# hadolint ignore=DL3006
FROM ${BASE} AS base
COPY --from=builder /out/base/ /

FROM base AS attache
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=builder /out/root/ /
COPY --from=builder --chown=1337:1337 /empty/ /etc/istio/proxy/
COPY --from=builder --chown=1337:1337 /empty/ /var/lib/istio/data/
# Envoy below attache: a new release of attache is one layer.
COPY --from=builder /out/envoy /usr/local/bin/envoy
COPY --from=builder /out/attache /usr/local/bin/attache
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="attache" \
      org.opencontainers.image.description="Envoy, configured, started and looked after in place of Istio's pilot-agent" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The release whose contract is followed.
ARG ISTIO_VERSION=1.30.3
ENV ISTIO_META_ISTIO_VERSION="${ISTIO_VERSION}"
WORKDIR /
USER 1337:1337
ENTRYPOINT ["/usr/local/bin/attache"]

# Nothing stays resident but Envoy; its resources are files of /etc/envoy.
FROM attache AS exec
ENV ATTACHE_EXEC=true ATTACHE_XDS=file:/etc/envoy

# With a shell: docker exec -it … sh
FROM attache AS debug
COPY --from=builder /out/busybox/ /busybox/
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/busybox

# For the init container that redirects a pod's traffic, and for the proxy as well.
FROM attache AS init
COPY --from=programs /out/ /

FROM attache
