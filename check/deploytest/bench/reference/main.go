// Reference makes the connections, handshakes and requests that tlsgate makes
// to a good deployment, and judges nothing: no certificate is verified, no
// answer is read further than its first bytes but that to the GET. It is what
// tlsgate's time and work are compared with.
//
// Everything dials as soon as the address is known, and says its first words
// as soon as the connection stands.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// A client asks targets.
type client struct {
	dialer   net.Dialer
	resolver net.Resolver
	bare     bool // the handshake and the GET alone
	failed   atomic.Int64
	failure  atomic.Pointer[error] // the last
}

// fail counts what failed.
func (c *client) fail(err error) {
	c.failed.Add(1)
	c.failure.Store(&err)
}

func main() {
	bare := flag.Bool("bare", false, "one connection for each target: the handshake and the GET")
	parallel := flag.Int("parallel", 256, "targets in parallel")
	timeout := flag.Duration("timeout", time.Minute, "for one target")
	flag.Parse()
	c := &client{bare: *bare, dialer: net.Dialer{KeepAlive: -1}}
	lines := bufio.NewScanner(os.Stdin)
	free := make(chan struct{}, *parallel)
	var wg sync.WaitGroup
	for lines.Scan() {
		host := strings.TrimPrefix(strings.TrimSuffix(lines.Text(), "/"), "https://")
		free <- struct{}{}
		wg.Go(func() {
			c.target(host, *timeout)
			<-free
		})
	}
	wg.Wait()
	if err := lines.Err(); err != nil {
		c.fail(err)
	}
	if n := c.failed.Load(); n > 0 {
		fmt.Fprintf(os.Stderr, "reference: %d connections failed, the last: %v\n", n, *c.failure.Load())
		os.Exit(1)
	}
}

// target asks one host.
func (c *client) target(host string, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	a, err := c.resolve(ctx, host)
	if err != nil {
		c.fail(err)
		return
	}
	https, plain := netip.AddrPortFrom(a, 443).String(), netip.AddrPortFrom(a, 80).String()
	var wg sync.WaitGroup
	ask := func(at string, f func(net.Conn) error) {
		wg.Go(func() {
			conn, err := c.dialer.DialContext(ctx, "tcp", at)
			if err == nil {
				deadline, _ := ctx.Deadline()
				err = conn.SetDeadline(deadline)
				if err == nil {
					err = f(conn)
				}
				conn.Close()
			}
			if err != nil {
				c.fail(err)
			}
		})
	}
	ask(https, func(conn net.Conn) error { return get(ctx, conn, host) })
	if !c.bare {
		for _, hello := range hellos(host) {
			ask(https, say(hello))
		}
		ask(https, say(request(host, "")))
		ask(plain, say(request(host, "")))
		ask(plain, say(request(host, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")))
		ask(plain, say(request(host, "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n")))
		ask(plain, say(priorKnowledge(host)))
	}
	wg.Wait()
}

// resolve asks for both families of addresses at the same time.
func (c *client) resolve(ctx context.Context, host string) (netip.Addr, error) {
	var found []netip.Addr
	var err error
	var wg sync.WaitGroup
	wg.Go(func() { found, err = c.resolver.LookupNetIP(ctx, "ip4", host+".") })
	wg.Go(func() { _, _ = c.resolver.LookupNetIP(ctx, "ip6", host+".") }) // the deployments have none
	wg.Wait()
	if err != nil || len(found) == 0 {
		return netip.Addr{}, fmt.Errorf("%s: no address: %w", host, err)
	}
	return found[0], nil
}

// get makes the handshake of a current client, and a request over it.
func get(ctx context.Context, conn net.Conn, host string) error {
	c := tls.Client(conn, &tls.Config{ServerName: host, InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err := c.HandshakeContext(ctx); err != nil {
		return err
	}
	if _, err := c.Write(request(host, "")); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// say gives what sends first words and reads until an answer begins. That the
// peer hangs up is an answer.
func say(words []byte) func(net.Conn) error {
	return func(conn net.Conn) error {
		if _, err := conn.Write(words); err != nil {
			return err
		}
		_, err := conn.Read(make([]byte, 4096))
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			return err
		}
		return nil
	}
}

// hellos are as many as tlsgate sends to a deployment with TLS 1.3: of old
// versions, weak suites and the other kind of certificate.
func hellos(host string) [][]byte {
	weak := []uint16{0x0004, 0x0005, 0x000A, 0xC007, 0xC008, 0xC011, 0xC012, 0x0018, 0x003A, 0xC017, 0xC018}
	rsa := []uint16{0xC02F, 0xC030, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035}
	ecdsa := []uint16{0xC02B, 0xC02C, 0xCCA9, 0xC009, 0xC00A}
	var out [][]byte
	for _, h := range []clienthello.ClientHello{
		{Version: clienthello.SSL2},
		{Version: clienthello.SSL3, Suites: rsa},
		{Version: clienthello.TLS11, Versions: []uint16{clienthello.TLS11, clienthello.TLS10}, Suites: rsa},
		{Version: clienthello.TLS13, Suites: []uint16{0xC0B4, 0xC0B5}},
		{Version: clienthello.TLS12, Suites: weak},
		{Version: clienthello.TLS12, Suites: slices.Concat(weak, rsa)},
		{Version: clienthello.TLS12, Suites: ecdsa},
		{Version: clienthello.TLS13, Suites: []uint16{0x1301, 0x1302, 0x1303}, Signatures: []uint16{0x0804, 0x0805, 0x0806}},
	} {
		h.ServerName = host
		if message, err := clienthello.Write(h); err == nil { // these fit, and random bytes never fail
			out = append(out, message)
		}
	}
	return out
}

// request is a GET in HTTP/1.1, with further header lines.
func request(host, lines string) []byte {
	return fmt.Appendf(nil, "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: reference\r\nAccept: */*\r\n%s\r\n", host, lines)
}

// priorKnowledge is a GET in HTTP/2 (RFC 9113 section 3.3).
func priorKnowledge(host string) []byte {
	var b, fields bytes.Buffer
	e := hpack.NewEncoder(&fields)
	for _, f := range []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: host}, {Name: ":path", Value: "/"}} {
		_ = e.WriteField(f) // a bytes.Buffer refuses nothing
	}
	b.WriteString(http2.ClientPreface)
	f := http2.NewFramer(&b, nil)
	_ = f.WriteSettings()
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: fields.Bytes(), EndStream: true, EndHeaders: true})
	return b.Bytes()
}
