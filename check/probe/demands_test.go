package probe_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
)

// A priorKnowledge serves HTTP/2 with prior knowledge by a handler, and
// HTTP/1.1 by another.
type priorKnowledge struct{ two, one http.Handler }

func (p priorKnowledge) Serve(l net.Listener) error {
	s := &http.Server{Protocols: new(http.Protocols), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 {
			p.two.ServeHTTP(w, r)
			return
		}
		p.one.ServeHTTP(w, r)
	})}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	return s.Serve(l)
}

// answering answers with a status and header fields, and a body.
func answering(status int, body string, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// A gRPC server behind HTTP/2 with prior knowledge is found whatever it
// answers a GET with; what redirects or refuses there is none.
func TestCleartextH2C(t *testing.T) {
	to := http.RedirectHandler("https://answer.example/", http.StatusMovedPermanently)
	refuse := answering(403, "")
	for name, tc := range map[string]struct {
		two, one http.Handler
		https    deploytest.Server
		want     check.State
		says     string
	}{
		"gRPC, 415":                       {answering(415, "", "Content-Type", "application/grpc", "Grpc-Status", "3"), to, nil, check.Fail, "as a gRPC server (status 415)"},
		"gRPC, 405 in plain text":         {answering(405, "GET?", "Content-Type", "text/plain; charset=utf-8", "Grpc-Status", "13"), to, nil, check.Fail, "as a gRPC server (status 405)"},
		"gRPC, 200 unimplemented":         {answering(200, "", "Content-Type", "application/grpc+proto", "Grpc-Status", "12"), refuse, nil, check.Fail, "as a gRPC server"},
		"gRPC behind a refusal":           {answering(415, "", "Content-Type", "application/grpc"), refuse, nil, check.Fail, "as a gRPC server"},
		"page":                            {answering(200, "hello"), to, nil, check.Fail, "with content (status 200)"},
		"credentials":                     {answering(401, "", "WWW-Authenticate", "Basic"), to, nil, check.Fail, "a challenge"},
		"the application's JSON":          {answering(401, `{"error":1}`, "Content-Type", "application/json"), to, deploytest.Answer(401, `{"error":2}`, jsonType, goodHSTS), check.Fail, "own answer"},
		"redirect":                        {to, to, nil, check.Pass, ""},
		"refusal":                         {answering(404, ""), to, nil, check.Pass, ""},
		"405 of a server that is no gRPC": {answering(405, "Method Not Allowed"), to, nil, check.Pass, ""},
		"page in both":                    {answering(200, "hello"), answering(200, "hello"), nil, check.Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := failing(t, deploytest.Deployment{Cleartext: priorKnowledge{tc.two, tc.one}, HTTPS: tc.https}, nil)
			wantVerdict(t, r, "cleartext-h2c", tc.want, tc.says)
		})
	}
}

// No browser asks a gRPC server, so HSTS says nothing to its clients.
func TestGRPCWantsNoHSTS(t *testing.T) {
	for name, tc := range map[string]struct {
		https http.Handler
		want  check.State
	}{
		"gRPC, 415":    {answering(415, "", "Content-Type", "application/grpc", "Grpc-Status", "3"), check.NotApplicable},
		"gRPC in text": {answering(405, "GET?", "Content-Type", "text/plain", "Grpc-Status", "13"), check.NotApplicable},
		"gRPC-Web":     {answering(415, "", "Content-Type", "application/grpc-web+proto", "Grpc-Status", "3"), check.Fail},
		"415":          {answering(415, ""), check.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, got := failing(t, deploytest.Deployment{HTTPS: deploytest.HTTP(tc.https)}, nil)
			wantVerdict(t, r, "hsts-missing", tc.want, "")
			if slices.Contains(got, "hsts-weak") {
				t.Errorf("failed %q", got)
			}
		})
	}
}

// That a server asked for a client certificate explains a closed connection
// only where it says so, or has not gone on without one.
func TestDemandForClientCertificate(t *testing.T) {
	version := func(v uint16, auth tls.ClientAuthType) func(*tls.Config) {
		return func(c *tls.Config) {
			c.NextProtos = []string{"http/1.1"}
			c.ClientAuth, c.MaxVersion, c.MinVersion = auth, v, tls.VersionTLS12
		}
	}
	afterRequest := deploytest.Raw(func(c net.Conn) { bufio.NewReader(c).ReadString('\n') })
	atOnce := deploytest.Raw(func(c net.Conn) { c.Write(nil) }) // makes the handshake
	halfHeader := raw("HTTP/1.1 302 Found\r\nLocation: http://answer.example/\r\n")
	for name, tc := range map[string]struct {
		tls   func(*tls.Config)
		https deploytest.Server
		want  check.State // of redirect-downgrade
		says  string
	}{
		"TLS 1.3 requires":                   {version(tls.VersionTLS13, tls.RequireAnyClientCert), nil, check.NotApplicable, "only clients that show a certificate"},
		"TLS 1.2 requires":                   {version(tls.VersionTLS12, tls.RequireAnyClientCert), nil, check.NotApplicable, "only clients that show a certificate"},
		"TLS 1.3 asks, a page":               {version(tls.VersionTLS13, tls.RequestClientCert), nil, check.Pass, ""},
		"TLS 1.3 asks, a redirect to http":   {version(tls.VersionTLS13, tls.RequestClientCert), deploytest.Redirect("http://answer.example/"), check.Fail, ""},
		"TLS 1.2 asks, a redirect to http":   {version(tls.VersionTLS12, tls.RequestClientCert), deploytest.Redirect("http://answer.example/"), check.Fail, ""},
		"TLS 1.2 asks, goes on, closes":      {version(tls.VersionTLS12, tls.RequestClientCert), afterRequest, check.Unknown, "closed without an answer"},
		"TLS 1.3 asks, goes on, closes":      {version(tls.VersionTLS13, tls.RequestClientCert), afterRequest, check.Unknown, "closed without an answer"},
		"TLS 1.2 asks, ends half the answer": {version(tls.VersionTLS12, tls.RequestClientCert), halfHeader, check.Unknown, "gave no HTTP answer"},
		"TLS 1.3 asks, ends half the answer": {version(tls.VersionTLS13, tls.RequestClientCert), halfHeader, check.Unknown, "gave no HTTP answer"},
		"TLS 1.3 asks, closes at once":       {version(tls.VersionTLS13, tls.RequestClientCert), atOnce, check.NotApplicable, "only clients that show a certificate"},
		"TLS 1.3 closes without asking":      {version(tls.VersionTLS13, tls.NoClientCert), afterRequest, check.Unknown, "closed without an answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := failing(t, deploytest.Deployment{TLS: tc.tls, HTTPS: tc.https}, nil)
			wantVerdict(t, r, "redirect-downgrade", tc.want, tc.says)
		})
	}
}
