package deploytest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
)

// A Proxy is the Server of an HTTP proxy into a network, which answers as
// Squid does. The zero value of a field gives what it says; Network must be set.
type Proxy struct {
	Network *Network
	// Ports are those that CONNECT may reach; none for 443 alone, which is
	// Squid's default.
	Ports []string
	// Names are looked up by the proxy alone: addresses by host.
	Names map[string]string
	// User and Password are demanded; empty for none.
	User, Password string
	// Reply answers each CONNECT in place of the proxy; nil for nobody.
	Reply func(c net.Conn, authority string)
	// Page answers each other request in place of the origin: what a filter
	// shows; empty for none.
	Page string
	// Intercept presents a certificate of the proxy's own for a host, and ends
	// TLS; nil for no interception.
	Intercept func(host string) tls.Certificate

	mu       sync.Mutex
	requests []string
}

// Requests are the request lines that the proxy got, without versions.
func (p *Proxy) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Serve answers the connections of a listener.
func (p *Proxy) Serve(l net.Listener) error { return Raw(p.answer).Serve(l) }

// answer answers one request.
func (p *Proxy) answer(c net.Conn) {
	in := bufio.NewReader(c)
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.requests = append(p.requests, r.Method+" "+r.RequestURI)
	p.mu.Unlock()
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.User+":"+p.Password))
	switch {
	case p.User != "" && r.Header.Get("Proxy-Authorization") != want:
		fmt.Fprint(c, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\n\r\n")
	case r.Method == http.MethodConnect && p.Reply != nil:
		p.Reply(c, r.RequestURI)
	case r.Method == http.MethodConnect:
		p.connect(c, r.RequestURI)
	default:
		p.forward(c, r)
	}
}

// connect opens a tunnel.
func (p *Proxy) connect(c net.Conn, authority string) {
	host, port, err := net.SplitHostPort(authority)
	ports := p.Ports
	if ports == nil {
		ports = []string{"443"}
	}
	if err != nil || !slices.Contains(ports, port) {
		refuse(c, 403, "ERR_ACCESS_DENIED 0")
		return
	}
	origin, err := p.dial(host, port)
	if err != nil {
		refuse(c, 503, squidError(err))
		return
	}
	defer origin.Close()
	fmt.Fprint(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	if p.Intercept != nil {
		c, origin = tls.Server(c, &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			own := p.Intercept(h.ServerName)
			return &own, nil
		}}), tls.Client(origin, &tls.Config{InsecureSkipVerify: true, ServerName: host})
	}
	Join(c, origin)
}

// Join carries bytes both ways until both have ended, and closes both.
func Join(a, b net.Conn) {
	var wg sync.WaitGroup
	carry := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // whichever end went away
		_ = to.Close()
	}
	wg.Go(func() { carry(a, b) })
	wg.Go(func() { carry(b, a) })
	wg.Wait()
}

// forward makes a request in the client's place.
func (p *Proxy) forward(c net.Conn, r *http.Request) {
	if p.Page != "" {
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", len(p.Page), p.Page)
		return
	}
	port := r.URL.Port()
	if port == "" {
		port = "80"
	}
	origin, err := p.dial(r.URL.Hostname(), port)
	if err != nil {
		refuse(c, 503, squidError(err))
		return
	}
	defer origin.Close()
	r.RequestURI = ""
	r.Header.Del("Proxy-Authorization")
	r.Close = true
	if err := r.Write(origin); err != nil {
		return
	}
	_, _ = io.Copy(c, origin) // whichever end went away
}

// dial connects to what a client names.
func (p *Proxy) dial(host, port string) (net.Conn, error) {
	if a := p.Names[host]; a != "" {
		host = a
	}
	return p.Network.DialContext(context.Background(), "tcp", net.JoinHostPort(host, port))
}

// squidError is the X-Squid-Error of a dial that failed.
func squidError(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return fmt.Sprintf("ERR_CONNECT_FAIL %d", int(errno))
	}
	return "ERR_DNS_FAIL 0"
}

func refuse(c net.Conn, status int, squid string) {
	const body = "<html><title>ERROR: The requested URL could not be retrieved</title></html>"
	fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nServer: squid\r\nX-Squid-Error: %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s",
		status, http.StatusText(status), squid, len(body), body)
}
