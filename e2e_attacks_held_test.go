//go:build hostile && unix

package main

import (
	"io"
	"net"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

// held is what is to be kept until more comes, which never does, at many
// addresses at once.
func held() map[string]attack {
	many := func(serve func(*attackServer, net.Conn), reached func(fact.Endpoint) bool) attack {
		return attack{targets: 8, addresses: 64, patient: true, serve: serve, reached: reached}
	}
	return map[string]attack{
		"350 KB of short fields":                 {serve: answers(strings.Repeat("a:\r\n", 85<<10), nil), patient: true, reached: answered},
		"350 KB of short fields at 64 addresses": many(answers(strings.Repeat("a:\n", 115<<10), nil), answered),
		"350 KB of a header at 64 addresses":     many(answers(strings.Repeat("a:\n", 115<<10), stall), nil),
		"350 KB of a field at 64 addresses":      many(answers("a: "+strings.Repeat("x", 350<<10), stall), nil),
		"380 KB of a chain at 64 addresses":      many(flight(390<<10, 380<<10), nil),
		"80 KB of a chain at 64 addresses":       many(flight(90<<10, 80<<10), nil),
		"nothing of a chain at 64 addresses":     many(flight(90<<10, 0), nil),
	}
}

// stall is a body that does not come.
func stall(a *attackServer, _ io.Writer) { <-a.done }

// flight answers a ClientHello with the beginning of a flight of TLS 1.2: the
// Certificate message is announced with a size, and so much of it is sent.
func flight(announced, sent int) func(*attackServer, net.Conn) {
	const suite = "\xc0\x2f" // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	hello := "\x02\x00\x00\x26\x03\x03" + strings.Repeat("r", 32) + "\x00" + suite + "\x00"
	size := func(n int) string { return string([]byte{byte(n >> 16), byte(n >> 8), byte(n)}) }
	list := "\x0b" + size(announced+6) + size(announced+3) + size(announced) + strings.Repeat("x", sent)
	var whole strings.Builder
	whole.WriteString(record(22, hello))
	for ; list != ""; list = list[min(len(list), 16000):] {
		whole.WriteString(record(22, list[:min(len(list), 16000)]))
	}
	return func(a *attackServer, c net.Conn) {
		if _, err := io.WriteString(c, whole.String()); err == nil {
			<-a.done
		}
	}
}
