FROM golang:1.26.8@sha256:3c3e25a4da13fd0478eed2df1eb35a0e667094a7124d3993a6a1d30f71c17e79 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/tlsgate .

# Nothing but the program: its trust anchors are compiled in, and the runner's
# rules for container actions want root and no working directory.
FROM scratch
COPY --from=build /out/tlsgate /tlsgate
ENTRYPOINT ["/tlsgate"]
