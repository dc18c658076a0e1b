package deploytest

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
)

// A Server answers the connections of a listener until that is closed, as
// [http.Server] does.
type Server interface {
	Serve(net.Listener) error
}

// GoodHSTS is the Strict-Transport-Security value of every good deployment,
// and the only place that says it.
const GoodHSTS = "max-age=63072000; includeSubDomains"

// GoodPage is the HTML page of every good deployment: it loads nothing in
// cleartext.
const GoodPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Good</title></head>
<body><p>A page.</p><a href="http://example.org/">A link elsewhere is no fault.</a></body></html>
`

// Closed is the Server of a port where nothing listens.
var Closed Server = closed{}

type closed struct{}

func (closed) Serve(net.Listener) error { return net.ErrClosed }

// HTTP serves HTTP/1.1, and over TLS HTTP/2 too, in silence.
func HTTP(h http.Handler) Server { return web{handler: h} }

type web struct {
	handler http.Handler
	h2c     bool
}

func (w web) Serve(l net.Listener) error {
	s := &http.Server{Handler: w.handler, ErrorLog: log.New(io.Discard, "", 0)}
	if w.h2c {
		s.Protocols = new(http.Protocols)
		s.Protocols.SetUnencryptedHTTP2(true)
		s.Protocols.SetHTTP1(true)
	}
	return s.Serve(l)
}

// Answer serves the same answer to every request. Headers are "Name: value"
// lines; a body without a Content-Type among them is HTML.
func Answer(status int, body string, headers ...string) Server {
	return HTTP(answer(status, body, headers...))
}

func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if body != "" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
		}
		seen := map[string]bool{}
		for _, line := range headers {
			name, value, _ := strings.Cut(line, ": ")
			if !seen[name] {
				w.Header().Del(name)
			}
			seen[name] = true
			w.Header().Add(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a client that has gone is no matter
	}
}

// Page serves an HTML page as a good deployment does.
func Page(html string, headers ...string) Server {
	return Answer(http.StatusOK, html, append([]string{"Strict-Transport-Security: " + GoodHSTS}, headers...)...)
}

// Redirect sends every request to a URL, with good HSTS.
func Redirect(location string) Server {
	return Answer(http.StatusMovedPermanently, "",
		"Location: "+location, "Strict-Transport-Security: "+GoodHSTS)
}

// ToHTTPS redirects to the same host and path over https, at the port given
// if it is not 443.
func ToHTTPS(port uint16) Server { return HTTP(toHTTPS(port)) }

func toHTTPS(port uint16) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = strings.Trim(r.Host, "[]")
		}
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		if port != 443 {
			host = fmt.Sprintf("%s:%d", host, port)
		}
		w.Header().Set("Location", "https://"+host+r.URL.RequestURI())
		w.WriteHeader(http.StatusMovedPermanently)
	}
}

// Raw serves each connection by a function; the connection is closed when
// that returns.
type Raw func(net.Conn)

// Serve implements [Server].
func (f Raw) Serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			f(c)
		}()
	}
}
