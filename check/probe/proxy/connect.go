package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tlsgate/tlsgate/check/probe/neterr"
	"github.com/tlsgate/tlsgate/check/text"
)

// maxAnswer bounds the header of the proxy's answer in bytes.
const maxAnswer = 32 << 10

// An Error says what the proxy did not do. Nothing follows from it for the
// address behind the proxy.
type Error struct {
	// Text names the proxy, and says what happened.
	Text string
	// Status is that of the proxy's answer, 0 where none came.
	Status int
	// Again is set where trying again may help.
	Again bool
}

func (e *Error) Error() string { return e.Text }

// Refused reports whether the proxy refused to connect, by what it is
// configured to let through or for another reason than the credentials.
func (e *Error) Refused() bool { return e.Status >= 300 && e.Status != 407 }

// Connect opens a connection to a host:port through the proxy. Where the proxy
// says that the address itself refused or could not be reached, the error is
// the operating system's; where it did not answer in time, the context's; else
// an [*Error].
func (p *Proxy) Connect(ctx context.Context, authority string) (net.Conn, error) {
	conn, err := p.Dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	tunnel, err := p.tunnel(conn, authority)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err == nil {
		return tunnel, nil
	}
	_ = conn.Close() // its error says nothing
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, err
}

// tunnel asks for a tunnel over a connection to the proxy.
func (p *Proxy) tunnel(conn net.Conn, authority string) (net.Conn, error) {
	request := "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\nUser-Agent: " + p.UserAgent + "\r\n"
	if p.authorization != "" {
		request += "Proxy-Authorization: " + p.authorization + "\r\n"
	}
	_, err := io.WriteString(conn, request+"\r\n")
	in := bufio.NewReader(conn)
	var a answer
	if err == nil {
		a, err = readAnswer(in)
	}
	switch {
	case err != nil:
		return nil, &Error{Text: fmt.Sprintf("the proxy %s gave no answer to CONNECT %s (%s)", p.name, authority, neterr.Text(err)),
			Again: !errors.Is(err, errNotHTTP)}
	case a.status/100 == 2:
		return &bufferedConn{conn, in}, nil
	}
	return nil, p.refusal(a, authority)
}

// refusal is the error of an answer that is no success.
func (p *Proxy) refusal(a answer, authority string) error {
	if errno, known := squidErrors[a.squid]; known {
		return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: os.NewSyscallError("connect", errno)}
	}
	what := "refused CONNECT " + authority
	why := "its rules do not allow it"
	switch {
	case a.status == 407 && p.authorization != "":
		what, why = "did not accept the user name and password of its URL", ""
	case a.status == 407:
		what, why = "demands authentication", "give user and password in its URL"
	case strings.HasPrefix(a.squid, "ERR_DNS_FAIL"):
		what, why = "could not resolve "+authority, ""
	case a.status >= 500:
		what, why = "could not connect to "+authority, ""
	}
	if a.status == 407 && a.otherScheme() {
		why = "tlsgate knows Basic authentication only"
	}
	e := &Error{Status: a.status, Text: fmt.Sprintf("the proxy %s %s (status %d)", p.name, what, a.status)}
	if why != "" {
		e.Text += ": " + why
	}
	return e
}

// squidErrors are the errors of the operating system that Squid names in
// X-Squid-Error where it could not connect: Linux's numbers.
var squidErrors = map[string]syscall.Errno{
	"ERR_CONNECT_FAIL 101": syscall.ENETUNREACH,
	"ERR_CONNECT_FAIL 110": syscall.ETIMEDOUT,
	"ERR_CONNECT_FAIL 111": syscall.ECONNREFUSED,
	"ERR_CONNECT_FAIL 113": syscall.EHOSTUNREACH,
}

// An answer is what is read of the proxy's answer to CONNECT.
type answer struct {
	status     int
	squid      string   // X-Squid-Error
	challenges []string // Proxy-Authenticate
}

// otherScheme reports whether the proxy asks for authentication, and not for
// Basic (RFC 7617).
func (a answer) otherScheme() bool {
	for _, c := range a.challenges {
		if scheme, _, _ := strings.Cut(c, " "); strings.EqualFold(scheme, "Basic") {
			return false
		}
	}
	return len(a.challenges) > 0
}

var (
	errNotHTTP = errors.New("what it sent is no HTTP answer")
	errTooLong = fmt.Errorf("%w: its header has more than %d bytes", errNotHTTP, maxAnswer)
)

// readAnswer reads the header of the final answer (RFC 9112 section 4), and
// nothing behind it: a tunnel begins there.
func readAnswer(in *bufio.Reader) (answer, error) {
	left := maxAnswer
	for {
		line, err := readLine(in, &left)
		if err != nil {
			return answer{}, err
		}
		version, rest, _ := strings.Cut(line, " ")
		code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
		status, err := strconv.Atoi(code)
		if !strings.HasPrefix(version, "HTTP/1.") || err != nil || len(code) != 3 || status < 100 {
			return answer{}, errNotHTTP
		}
		a := answer{status: status}
		if err := a.readFields(in, &left); err != nil {
			return answer{}, err
		}
		if status >= 200 {
			return a, nil
		}
	}
}

// readFields reads the header fields up to the empty line.
func (a *answer) readFields(in *bufio.Reader, left *int) error {
	for {
		line, err := readLine(in, left)
		if err != nil || line == "" {
			return err
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "x-squid-error":
			a.squid = text.Clip(value, 40)
		case "proxy-authenticate":
			a.challenges = append(a.challenges, value)
		}
	}
}

// readLine reads a line without its end, of the bytes that are left.
func readLine(in *bufio.Reader, left *int) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if *left -= len(part); *left < 0 {
			return "", errTooLong
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return strings.TrimRight(string(line), "\r\n"), err
	}
}

// A bufferedConn is a tunnel of which the first bytes may have been read with
// the proxy's answer.
type bufferedConn struct {
	net.Conn
	in *bufio.Reader
}

func (c *bufferedConn) Read(b []byte) (int, error) {
	if c.in == nil {
		return c.Conn.Read(b)
	}
	if c.in.Buffered() == 0 {
		c.in = nil
		return c.Conn.Read(b)
	}
	return c.in.Read(b[:min(len(b), c.in.Buffered())])
}
