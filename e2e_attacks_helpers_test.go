//go:build hostile && unix

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
)

// An attackServer is where an attack comes from. Host h is at the addresses
// 127.h+1.0.1, 127.h+1.1.1 and so on, the sources of certificates at 127.0.0.1.
type attackServer struct {
	network *deploytest.Network
	attack  attack
	port    int
	done    chan struct{} // closed when the attack is over
	asked   atomic.Bool   // a source was asked

	mu    sync.Mutex
	certs map[string]tls.Certificate // by address
}

// sourceURL is a URL of a source that a certificate may name.
func (a *attackServer) sourceURL(path string) string {
	return fmt.Sprintf("http://source.attack.example:%d/%s", a.port, path)
}

// certificate is the one to show to a connection.
func (a *attackServer) certificate(c net.Conn) tls.Certificate {
	at, _, _ := net.SplitHostPort(c.LocalAddr().String())
	if !a.attack.apart {
		at = ""
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	cert, made := a.certs[at]
	if !made {
		if cert = deploytest.Issued(deploytest.Spec{Edit: withoutSources})(a.network, "*.attack.example"); a.attack.certificate != nil {
			cert = a.attack.certificate(a)
		}
		a.certs[at] = cert
	}
	return cert
}

// tls answers with TLS as a server of crypto/tls.
func (a *attackServer) tls(c net.Conn, edit func(*tls.Config)) (*tls.Conn, error) {
	config := &tls.Config{Certificates: []tls.Certificate{a.certificate(c)}, SessionTicketsDisabled: true}
	if edit != nil {
		edit(config)
	}
	conn := tls.Server(c, config)
	return conn, conn.Handshake()
}

// outcome is what came of an attack.
type attackOutcome struct {
	ending
	elapsed, cpu time.Duration
	memory       int64 // peak resident bytes
	asked        bool  // a source of a certificate
	report       check.Report
}

// attacked is the program as users run it: the binary of the tests holds more,
// and takes more. See [build].
var attacked string

// build builds the program for the length of a test.
func build(t *testing.T) {
	t.Helper()
	attacked = filepath.Join(t.TempDir(), "tlsgate")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", attacked, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// run runs the program as a process against the attack.
func (at attack) run(t *testing.T) attackOutcome {
	t.Helper()
	return at.against(t, at.server(t))
}

// server is what the attack comes from, for the length of a test.
func (at attack) server(t *testing.T) *attackServer {
	t.Helper()
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	a := &attackServer{network: n, attack: at, done: make(chan struct{}), certs: map[string]tls.Certificate{}}
	t.Cleanup(func() { close(a.done) })
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	a.port = l.Addr().(*net.TCPAddr).Port
	go deploytest.Raw(func(c net.Conn) {
		if at.source != nil && strings.HasPrefix(c.LocalAddr().String(), "127.0.0.1:") {
			request(c)
			a.asked.Store(true)
			at.source(a, c)
			return
		}
		at.serve(a, c)
	}).Serve(l)
	return a
}

// arguments are those of a run against a server.
func (at attack) arguments(a *attackServer, roots, report string) []string {
	scheme, revocation := "https", "off"
	if at.cleartext {
		scheme = "http"
	}
	if at.source != nil {
		revocation = "soft"
	}
	var urls []string
	resolve := []string{fmt.Sprintf("source.attack.example:%d:127.0.0.1", a.port)}
	for i := range at.targets {
		host := fmt.Sprintf("h%d.attack.example", i)
		urls = append(urls, fmt.Sprintf("%s://%s:%d/", scheme, host, a.port))
		var addresses []string
		for j := range max(at.addresses, 1) {
			addresses = append(addresses, fmt.Sprintf("127.%d.%d.1", i+1, j))
		}
		resolve = append(resolve, fmt.Sprintf("%s:%d:%s", host, a.port, strings.Join(addresses, ",")))
	}
	return []string{
		"-urls", strings.Join(urls, "\n"), "-resolve", strings.Join(resolve, "\n"), "-roots", roots, "-allow-private",
		"-timeout", (at.times * attackTimeout).String(), "-deadline", (at.times * attackDeadline).String(), "-retries", "0",
		"-revocation", revocation, "-report-file", report, "-concurrency", "32",
	}
}

// against runs the program against a server.
func (at attack) against(t *testing.T, a *attackServer) attackOutcome {
	dir := t.TempDir()
	roots, report := filepath.Join(dir, "roots.pem"), filepath.Join(dir, "report.json")
	writeFile(t, roots, string(a.network.Root().PEM()))
	ctx, cancel := context.WithTimeout(t.Context(), attackElapsed)
	defer cancel()
	cmd := exec.CommandContext(ctx, attacked, at.arguments(a, roots, report)...)
	cmd.Env = append(os.Environ(), "GITHUB_ACTIONS=")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := peakMemory(cmd.Process.Pid)
	// How it ended is in its state.
	_ = cmd.Wait()
	out := attackOutcome{
		ending:  ending{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()},
		elapsed: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		memory: peak(), asked: a.asked.Load(),
	}
	if data, err := os.ReadFile(report); err == nil {
		if err := json.Unmarshal(data, &out.report); err != nil {
			t.Error(err)
		}
	}
	return out
}

// peakMemory watches the most memory that a process has had resident, in bytes.
// The figure of wait4 would count this process's own at the time of the fork.
func peakMemory(pid int) (stop func() int64) {
	ended, peak := make(chan struct{}), make(chan int64)
	go func() {
		most := int64(0)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // nothing once it has ended
			if _, line, found := strings.Cut(string(status), "VmHWM:"); found {
				var kilobytes int64
				if _, err := fmt.Sscan(line, &kilobytes); err == nil {
					most = max(most, kilobytes<<10)
				}
			}
			select {
			case <-tick.C:
			case <-ended:
				tick.Stop()
				peak <- most
				return
			}
		}
	}()
	return func() int64 {
		close(ended)
		return <-peak
	}
}

// endless writes the same bytes until the other side hangs up.
func endless(w io.Writer, part []byte) {
	block := bytes.Repeat(part, max(1, 64<<10/len(part)))
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// drip writes a byte from time to time.
func (a *attackServer) drip(w io.Writer, part string) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-tick.C:
		case <-a.done:
			return
		}
		if _, err := w.Write([]byte{part[i%len(part)]}); err != nil {
			return
		}
	}
}

// request reads the head of a request.
func request(c net.Conn) {
	buf := make([]byte, 64<<10)
	for n := 0; n < len(buf) && !bytes.Contains(buf[:n], []byte("\r\n\r\n")); {
		m, err := c.Read(buf[n:])
		if err != nil {
			return
		}
		n += m
	}
}

// afterTLS is an attack that begins with a good handshake and a request by
// HTTP/1.1.
func afterTLS(then func(a *attackServer, c net.Conn)) func(*attackServer, net.Conn) {
	return func(a *attackServer, c net.Conn) {
		conn, err := a.tls(c, nil)
		if err != nil {
			return
		}
		request(conn)
		then(a, conn)
	}
}

// answers is an attack by what an HTTP answer holds.
func answers(head string, body func(a *attackServer, w io.Writer)) func(*attackServer, net.Conn) {
	return afterTLS(func(a *attackServer, c net.Conn) {
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=63072000\r\n"+head+"\r\n"); err == nil && body != nil {
			body(a, c)
		}
	})
}

// textBody is a body.
func textBody(s string) func(*attackServer, io.Writer) {
	body := []byte(s) // once for all connections
	return func(_ *attackServer, w io.Writer) { _, _ = w.Write(body) }
}
