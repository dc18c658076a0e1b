# The image of a release: nothing but its binary, which .ci/release-image puts
# into the context.
FROM scratch
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/tlsgate /tlsgate
ENTRYPOINT ["/tlsgate"]
