//go:build hostile && unix

package main

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
)

// What an attack may cost: the deadline of a target and some time around it,
// the processor time of a run, and the memory of the process.
const (
	attackTimeout  = 2 * time.Second
	attackDeadline = 6 * time.Second
	attackElapsed  = attackDeadline + 10*time.Second
	attackCPU      = 20 * time.Second
	attackMemory   = 200 << 20
)

// An attack is what a hostile server does with each connection.
type attack struct {
	// serve does it; the connection is closed at its end. Over TLS the handshake
	// is still to come.
	serve func(a *attackServer, c net.Conn)
	// cleartext makes the targets http URLs.
	cleartext bool
	// targets are so many at once, 32 by default, each with this many addresses,
	// 1 by default.
	targets, addresses int
	// certificate replaces the good one.
	certificate func(a *attackServer) tls.Certificate
	// pass is set where a good deployment is behind it and the verdict has to be
	// one.
	pass bool
}

// An attackServer is where an attack comes from.
type attackServer struct {
	network *deploytest.Network
	cert    tls.Certificate
	port    int
	done    chan struct{} // closed when the attack is over
}

// tls answers with TLS as a server of crypto/tls.
func (a *attackServer) tls(c net.Conn, edit func(*tls.Config)) (*tls.Conn, error) {
	config := &tls.Config{Certificates: []tls.Certificate{a.cert}, SessionTicketsDisabled: true}
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
	report       check.Report
}

// run runs the program as a process against the attack.
func (at attack) run(t *testing.T) attackOutcome {
	t.Helper()
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	a := &attackServer{network: n, done: make(chan struct{})}
	t.Cleanup(func() { close(a.done) })
	if a.cert = deploytest.Issued(deploytest.Spec{Edit: withoutSources})(n, "*.attack.example"); at.certificate != nil {
		a.cert = at.certificate(a)
	}
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	a.port = l.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				at.serve(a, c)
			}()
		}
	}()
	return at.against(t, a)
}

// against runs the program against a server.
func (at attack) against(t *testing.T, a *attackServer) attackOutcome {
	dir := t.TempDir()
	roots, report := filepath.Join(dir, "roots.pem"), filepath.Join(dir, "report.json")
	writeFile(t, roots, string(a.network.Root().PEM()))
	scheme := "https"
	if at.cleartext {
		scheme = "http"
	}
	var urls, resolve []string
	for i := range max(at.targets, 1) {
		host := fmt.Sprintf("h%d.attack.example", i)
		urls = append(urls, fmt.Sprintf("%s://%s:%d/", scheme, host, a.port))
		var addresses []string
		for j := range max(at.addresses, 1) {
			addresses = append(addresses, fmt.Sprintf("127.%d.%d.1", i+1, j))
		}
		resolve = append(resolve, fmt.Sprintf("%s:%d:%s", host, a.port, strings.Join(addresses, ",")))
	}
	args := []string{"-urls", strings.Join(urls, "\n"), "-resolve", strings.Join(resolve, "\n"), "-roots", roots, "-allow-private",
		"-timeout", attackTimeout.String(), "-deadline", attackDeadline.String(), "-retries", "0", "-revocation", "off", "-report-file", report, "-concurrency", "32"}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), mainVariable+"=1", "GITHUB_ACTIONS=")
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
		elapsed: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory: peak(),
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

// judge checks what every attack has to keep to.
func (at attack) judge(t *testing.T, out attackOutcome) {
	t.Helper()
	c := out.report.Counts()
	t.Logf("exit code %d, %s, CPU %s, %d MB; %d errors, %d not verified of %d",
		out.code, out.elapsed.Round(100*time.Millisecond), out.cpu.Round(100*time.Millisecond), out.memory>>20, c.Errors, c.NotVerified, c.Targets)
	if out.code != 0 && out.code != exitViolations && out.code != exitNotVerified || strings.Contains(out.stderr, "goroutine ") {
		t.Errorf("exit code %d\n%.3000s", out.code, out.stderr)
	}
	if c.Targets != max(at.targets, 1) {
		t.Errorf("%d targets in the report", c.Targets)
	}
	if out.elapsed > attackElapsed {
		t.Errorf("took %s", out.elapsed)
	}
	if out.cpu > attackCPU {
		t.Errorf("took %s of processor time", out.cpu)
	}
	if out.memory > attackMemory {
		t.Errorf("took %d MB", out.memory>>20)
	}
	if at.pass && (c.Errors > 0 || c.NotVerified > 0) {
		t.Errorf("%d errors, %d not verified\n%.3000s", c.Errors, c.NotVerified, out.stdout)
	}
	tame(t, "stdout", out.stdout, false)
	tame(t, "stderr", out.stderr, false)
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
	return func(_ *attackServer, w io.Writer) { _, _ = io.WriteString(w, s) }
}

// records is an attack by records of TLS 1.3 after a good handshake, which
// crypto/tls does not send: each of a type with a content, encrypted, again and
// again.
func records(kind byte, content []byte) func(*attackServer, net.Conn) {
	return func(a *attackServer, c net.Conn) {
		var secrets bytes.Buffer
		_, err := a.tls(c, func(config *tls.Config) {
			config.KeyLogWriter, config.MinVersion = &secrets, tls.VersionTLS13
			config.Certificates = []tls.Certificate{a.cert}
		})
		if err != nil {
			return
		}
		seal := sealer(secrets.String())
		if seal == nil {
			return
		}
		for {
			var out []byte
			for range 64 {
				out = append(out, seal(kind, content)...)
			}
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	}
}

// sealer makes records with the server's first traffic secret of a key log, for
// TLS_AES_128_GCM_SHA256; nil for other suites.
func sealer(log string) func(kind byte, content []byte) []byte {
	_, line, _ := strings.Cut(log, "SERVER_TRAFFIC_SECRET_0 ")
	line, _, _ = strings.Cut(line, "\n")
	_, text, _ := strings.Cut(line, " ")
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != sha256.Size {
		return nil
	}
	expand := func(label string, n int) []byte {
		label = "tls13 " + label
		info := append(binary.BigEndian.AppendUint16(nil, uint16(n)), byte(len(label)))
		out, err := hkdf.Expand(sha256.New, secret, string(info)+label+"\x00", n)
		if err != nil {
			panic(err)
		}
		return out
	}
	block, err := aes.NewCipher(expand("key", 16))
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	iv := expand("iv", 12)
	sequence := uint64(0)
	return func(kind byte, content []byte) []byte {
		nonce := bytes.Clone(iv)
		for i, b := range binary.BigEndian.AppendUint64(nil, sequence) {
			nonce[4+i] ^= b
		}
		sequence++
		inner := append(bytes.Clone(content), kind)
		head := append([]byte{23, 3, 3}, binary.BigEndian.AppendUint16(nil, uint16(len(inner)+aead.Overhead()))...)
		return aead.Seal(head, nonce, inner, head)
	}
}
