package probe_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/probe"
)

// certificateParts is a certificate by its three parts (RFC 5280 section 4.1).
type certificateParts struct {
	TBS       asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// withSerial is a certificate with other content octets of its serial number,
// which need not be ones that crypto/x509 writes or reads, signed anew by its
// issuer's ECDSA key.
func withSerial(t *testing.T, certificate []byte, octets string, issuer crypto.Signer) []byte {
	t.Helper()
	var c certificateParts
	if _, err := asn1.Unmarshal(certificate, &c); err != nil {
		t.Fatal(err)
	}
	var fields []asn1.RawValue
	for rest := c.TBS.Bytes; len(rest) > 0; {
		var field asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &field); err != nil {
			t.Fatal(err)
		}
		fields = append(fields, field)
	}
	fields[1] = asn1.RawValue{Tag: asn1.TagInteger, Bytes: []byte(octets)} // after the version
	tbs, err := asn1.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(tbs)
	signature, err := issuer.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	c.TBS = asn1.RawValue{FullBytes: tbs}
	c.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	der, err := asn1.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// wantRules holds a deployment to the rules that fail, and to a verdict on
// both requirements.
func wantRules(t *testing.T, r check.Result, want ...string) {
	t.Helper()
	got := failed(r)
	slices.Sort(got)
	slices.Sort(want)
	for _, q := range check.Requirements() {
		if state(r, q) == check.Unknown {
			t.Errorf("%s is not verified", q)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("failed %q, want %q\n%q", got, want, messages(r))
	}
}

// A load balancer may choose the server, and its certificate, by what the client
// offers.
func TestCertificateByOffer(t *testing.T) {
	for name, bad := range map[string]func(h *tls.ClientHelloInfo) bool{
		"without TLS 1.3": func(h *tls.ClientHelloInfo) bool { return !slices.Contains(h.SupportedVersions, tls.VersionTLS13) },
		"without ALPN":    func(h *tls.ClientHelloInfo) bool { return len(h.SupportedProtos) == 0 },
		"without HTTP/2":  func(h *tls.ClientHelloInfo) bool { return !slices.Contains(h.SupportedProtos, "h2") },
		"with HTTP/2":     func(h *tls.ClientHelloInfo) bool { return slices.Contains(h.SupportedProtos, "h2") },
		"without ML-KEM":  func(h *tls.ClientHelloInfo) bool { return !slices.Contains(h.SupportedCurves, tls.X25519MLKEM768) },
		"with ML-KEM":     func(h *tls.ClientHelloInfo) bool { return slices.Contains(h.SupportedCurves, tls.X25519MLKEM768) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			d := n.Deploy(deploytest.Deployment{Host: "offer.example", TLS: func(c *tls.Config) {
				expired := deploytest.Expired(n, "offer.example")
				c.GetCertificate = func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
					if bad(h) {
						return &expired, nil
					}
					return nil, nil // that of the configuration
				}
			}})
			wantRules(t, judge(t, n, d.URL(), nil), "certificate-expired")
		})
	}
}

// In TLS 1.3 the choice between two certificates goes by the client's
// signature algorithms: each is judged, whichever the current client is shown.
func TestBothCertificatesOfTLS13(t *testing.T) {
	rsa := func(s deploytest.Spec) deploytest.Issue { s.Key = deploytest.RSA(2048); return deploytest.Issued(s) }
	untrustedRSA := func(_ *deploytest.Network, host string) tls.Certificate {
		return deploytest.NewRoot(deploytest.Spec{Name: "Private Root"}).Leaf(deploytest.Spec{Hosts: []string{host}, Key: deploytest.RSA(2048)})
	}
	over := deploytest.Spec{NotBefore: time.Now().Add(-40 * 24 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)}
	for name, tc := range map[string]struct {
		first, second deploytest.Issue
		want          []string
	}{
		"both good":             {rsa(deploytest.Spec{}), deploytest.Issued(deploytest.Spec{}), nil},
		"ECDSA expired, first":  {deploytest.Issued(over), rsa(deploytest.Spec{}), []string{"certificate-expired"}},
		"ECDSA expired, second": {rsa(deploytest.Spec{}), deploytest.Issued(over), []string{"certificate-expired"}},
		"RSA expired, second":   {deploytest.Issued(deploytest.Spec{}), rsa(over), []string{"certificate-expired"}},
		"RSA untrusted, second": {deploytest.Issued(deploytest.Spec{}), untrustedRSA, []string{"untrusted-root"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := deploytest.NewNetwork()
			defer n.Close()
			d := n.Deploy(deploytest.Deployment{Host: "both.example", Certificate: tc.first, TLS: func(c *tls.Config) {
				c.Certificates = append(c.Certificates, tc.second(n, "both.example"))
				c.MinVersion = tls.VersionTLS13
			}})
			wantRules(t, judge(t, n, d.URL(), nil), tc.want...)
		})
	}
}

// Certificates that crypto/x509 refuses are judged where clients in use take
// them, and are passed over where no path needs them.
func TestCertificatesOfOddForm(t *testing.T) {
	stranger := deploytest.NewRoot(deploytest.Spec{Name: "An_Authority"})
	underscore := bytes.ReplaceAll(stranger.Certificate.Raw, []byte("\x0c\x0cAn_Authority"), []byte("\x13\x0cAn_Authority")) // UTF8String to PrintableString
	if _, err := x509.ParseCertificate(underscore); err == nil {
		t.Fatal("crypto/x509 reads the certificate")
	}
	for name, edit := range map[string]func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte{
		"leaf with a negative serial": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return [][]byte{withSerial(t, chain[0], "\x80\x01\x02", n.Issuer().Key), chain[1]}
		},
		"leaf with the serial 0": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return [][]byte{withSerial(t, chain[0], "\x00", n.Issuer().Key), chain[1]}
		},
		"intermediate with a negative serial": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return [][]byte{chain[0], withSerial(t, chain[1], "\xff\x01", n.Root().Key)}
		},
		"superfluous, with a negative serial": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return append(chain, withSerial(t, stranger.Certificate.Raw, "\x80\x01", stranger.Key))
		},
		"superfluous, _ in a PrintableString": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return append(chain, underscore)
		},
		"superfluous, ahead of the issuer": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return [][]byte{chain[0], underscore, chain[1]}
		},
		"superfluous, no DER at all": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return append(chain, []byte("-----BEGIN CERTIFICATE-----"))
		},
		"superfluous, cut short": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return append(chain, stranger.Certificate.Raw[:100])
		},
		"superfluous, one byte": func(t *testing.T, n *deploytest.Network, chain [][]byte) [][]byte {
			return append(chain, []byte{0x30})
		},
	} {
		for version, words := range map[uint16]string{tls.VersionTLS12: " in TLS 1.2", tls.VersionTLS13: " in TLS 1.3"} {
			t.Run(name+words, func(t *testing.T) {
				n := deploytest.NewNetwork()
				defer n.Close()
				d := n.Deploy(deploytest.Deployment{Host: "odd.example", TLS: func(c *tls.Config) {
					c.Certificates[0].Certificate = edit(t, n, c.Certificates[0].Certificate)
					c.Certificates[0].Leaf = nil
					c.MinVersion, c.MaxVersion = version, version
				}})
				wantRules(t, judge(t, n, d.URL(), nil))
			})
		}
	}
}

// A selective is a TLS server that does not take every ClientHello: refuse
// sees the first bytes that one read gives, and the connection.
type selective struct {
	inner  deploytest.Server
	size   int // bytes of that read
	refuse func(c net.Conn, first []byte) bool
}

func (s selective) Serve(l net.Listener) error { return s.inner.Serve(selectiveListener{l, s}) }

type selectiveListener struct {
	net.Listener
	selective
}

func (l selectiveListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &selectiveConn{Conn: c, s: l.selective}, nil
}

// A selectiveConn reads the first bytes when the server does.
type selectiveConn struct {
	net.Conn
	s     selective
	first []byte
	read  bool
}

func (c *selectiveConn) Read(b []byte) (int, error) {
	if !c.read {
		c.read = true
		first := make([]byte, c.s.size)
		n, err := c.Conn.Read(first)
		if err != nil {
			return 0, err
		}
		if c.first = first[:n]; c.s.refuse(c.Conn, c.first) {
			return 0, io.EOF
		}
	}
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// overTLS serves HTTP with a certificate of the network.
type overTLS struct {
	config *tls.Config
	inner  deploytest.Server
}

func (s overTLS) Serve(l net.Listener) error { return s.inner.Serve(tls.NewListener(l, s.config)) }

// deploySelective deploys a good TLS server that refuses some clients.
func deploySelective(n *deploytest.Network, s selective) string {
	const host = "selective.example"
	s.inner = overTLS{&tls.Config{Certificates: []tls.Certificate{deploytest.Issued(deploytest.Spec{})(n, host)}, NextProtos: []string{"http/1.1"}}, deploytest.Page(deploytest.GoodPage)}
	return n.Deploy(deploytest.Deployment{Host: host, HTTPS: s, NoTLS: true}).URL()
}

// hang keeps a connection open until the client has gone.
func hang(c net.Conn) bool {
	io.Copy(io.Discard, c)
	return true
}

// reset ends a connection by a reset.
func reset(c net.Conn) bool {
	c.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn).SetLinger(0)
	c.Close()
	return true
}

// A server that cannot read a ClientHello that fills more than a packet, as
// those with a post-quantum key share do, is judged by a smaller one.
func TestServerThatReadsOnce(t *testing.T) {
	for name, end := range map[string]func(net.Conn) bool{
		"closes": func(net.Conn) bool { return true },
		"resets": reset,
		"hangs":  hang,
		"alert decode_error": func(c net.Conn) bool {
			io.WriteString(c, "\x15\x03\x01\x00\x02\x02\x32")
			return true
		},
		"alert internal_error": func(c net.Conn) bool {
			io.WriteString(c, "\x15\x03\x01\x00\x02\x02\x50")
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			url := deploySelective(n, selective{size: 1400, refuse: func(c net.Conn, first []byte) bool {
				complete := len(first) >= 5 && len(first) >= 5+int(binary.BigEndian.Uint16(first[3:]))
				return first[0] == 22 && !complete && end(c)
			}})
			r := judge(t, n, url, func(o *probe.Options) { o.Timeout = 2 * time.Second }) // of which a third is waited for the larger hello
			wantRules(t, r)
			if !r.Observation.Endpoints[0].TLS.NoPostQuantum {
				t.Error("not noted")
			}
		})
	}
}

// newestOf is the highest version that a ClientHello in one record offers, 0
// for another message.
func newestOf(record []byte) (newest uint16) {
	if len(record) < 50 || record[0] != 22 {
		return 0
	}
	newest = binary.BigEndian.Uint16(record[9:])
	b := record[43:]
	skip := func(size int) { // over a vector whose length takes so many bytes
		length := 0
		for _, c := range b[:size] {
			length = length<<8 | int(c)
		}
		b = b[size+length:]
	}
	skip(1)
	skip(2)
	skip(1)
	if len(b) < 2 {
		return newest
	}
	for b = b[2:]; len(b) >= 4; {
		kind, body := binary.BigEndian.Uint16(b), b[4:4+int(binary.BigEndian.Uint16(b[2:]))]
		if kind == 43 { // supported_versions
			for v := body[1:]; len(v) >= 2; v = v[2:] {
				if version := binary.BigEndian.Uint16(v); version>>8 == 3 {
					newest = max(newest, version)
				}
			}
		}
		b = b[4+len(body):]
	}
	return newest
}

// A server that gives no answer at all to hellos of old versions, and answers
// current clients all the while, does not accept the old versions.
func TestServerThatIsSilentToOldHellos(t *testing.T) {
	for name, below := range map[string]uint16{"below TLS 1.3": tls.VersionTLS13, "below TLS 1.2": tls.VersionTLS12, "below TLS 1.1": tls.VersionTLS11} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			url := deploySelective(n, selective{size: 16 << 10, refuse: func(c net.Conn, first []byte) bool {
				old := first[0]&0x80 != 0 || first[0] == 22 && newestOf(first) < below
				return old && hang(c)
			}})
			wantRules(t, judge(t, n, url, func(o *probe.Options) { o.Timeout = time.Second }))
		})
	}
}
