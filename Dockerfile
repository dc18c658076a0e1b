# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
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
