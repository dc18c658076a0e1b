package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A row of the truth table: certificates, how they are shown, and the verdict
// with its words.
type row struct {
	name  string
	certs []cert
	// sent, fetched and roots are ids; nil means: every authority but the
	// roots is sent, nothing fetched, and "Root" the only root.
	sent, fetched, roots []string
	host                 string // www.example.com if empty
	at                   time.Time
	// public judges as against the embedded roots, with a root's cut-off dates
	// in Chrome's table, or a root's distrust date in Mozilla's; roots that
	// stand in notChrome are not in Chrome's.
	public          bool
	chrome, mozilla map[string]time.Time
	notChrome       string
	removed         map[string]int // the versions of Chrome's store that dropped roots
	tr              string         // the root that Mozilla trusts for names under tr only
	unknown         []string       // details of the faults that there may be
	scts            []time.Time    // of the handshake, each of its own log; nil means two, of the day of issue
	path            []string       // the path chosen; nil is not compared
	want            []string       // "kind: detail", in order; none means accepted
}

var (
	root  = cert{id: "Root"}
	inter = cert{id: "Inter", by: "Root"}
	leaf  = cert{id: "leaf", by: "Inter"}
	chain = []cert{root, inter, leaf}
)

// with edits the last certificate of the plain chain.
func with(edit func(*x509.Certificate)) []cert {
	l := leaf
	l.edit = edit
	return []cert{root, inter, l}
}

// interWith edits the intermediate of the plain chain.
func interWith(edit func(*x509.Certificate)) []cert {
	i := inter
	i.edit = edit
	return []cert{root, i, leaf}
}

// dnsNames gives the leaf of the plain chain other DNS names.
func dnsNames(names ...string) []cert {
	return with(func(c *x509.Certificate) { c.DNSNames = names })
}

// keyed gives the leaf of the plain chain a kind of key.
func keyed(kind string) []cert {
	l := leaf
	l.key = kind
	return []cert{root, inter, l}
}

// lasting gives the leaf of the plain chain dates.
func lasting(from time.Time, seconds int) []cert {
	return with(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = from, from.Add(time.Duration(seconds)*time.Second-time.Second)
	})
}

func critically(id asn1.ObjectIdentifier, value string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: id, Critical: true, Value: []byte(value)})
	}
}

func date(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

var issuedOn = now.AddDate(0, 0, -10)

const theRoots = "the roots of the table"

func TestTruth(t *testing.T) {
	for _, rows := range [][]row{pathRows, timeRows, nameRows, usageRows, constraintRows, keyRows, lifetimeRows, programRows} {
		for _, r := range rows {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				r.check(t)
			})
		}
	}
}

func (r row) check(t *testing.T) {
	w := makeWorld(t, r.certs)
	q := r.query(w)
	j := Judge(q)
	var got []string
	for _, f := range j.Faults {
		if f.Cert == nil {
			t.Errorf("%s names no certificate", f.Kind)
		}
		got = append(got, string(f.Kind)+": "+f.Detail)
	}
	if d := cmp.Diff(r.want, got); d != "" {
		t.Errorf("faults (-want +got):\n%s", d)
	}
	var open []string
	for _, f := range j.Unknown {
		open = append(open, string(f.Kind)+": "+f.Detail)
	}
	if d := cmp.Diff(r.unknown, open); d != "" {
		t.Errorf("unknown (-want +got):\n%s", d)
	}
	if j.Public != (r.public && len(j.Path) > 0) {
		t.Errorf("public: %v", j.Public)
	}
	if r.path != nil {
		if d := cmp.Diff(r.path, w.ids(j.Path)); d != "" {
			t.Errorf("path (-want +got):\n%s", d)
		}
	}
}

func (r row) query(w *world) Query {
	if r.roots == nil {
		r.roots = []string{"Root"}
	}
	if r.sent == nil {
		for _, c := range r.certs {
			if c.authority() && c.id != "Root" {
				r.sent = append(r.sent, c.id)
			}
		}
	}
	q := Query{Host: host, Leaf: w.certs[r.certs[len(r.certs)-1].id], Sent: w.pick(r.sent), Fetched: w.pick(r.fetched), At: now}
	if r.host != "" {
		q.Host = r.host
	}
	if !r.at.IsZero() {
		q.At = r.at
	}
	q.Roots = r.rootSet(w)
	q.stores = stores()[:2] // the browsers: no other client knows these roots
	if r.scts == nil {
		r.scts = []time.Time{issuedOn, issuedOn}
	}
	for i, at := range r.scts {
		q.SCTs = append(q.SCTs, sct(byte(i), at))
	}
	return q
}

func (r row) rootSet(w *world) *Roots {
	roots := &Roots{name: theRoots, pem: []byte("custom")}
	table := &ChromeRoots{Version: 7, Date: date("2026-06-01T00:00:00Z"), roots: map[[sha256.Size]byte]ChromeRoot{}}
	if r.public {
		roots.pem = nil
	}
	for _, id := range r.roots {
		c := w.pick([]string{id})[0]
		a := certAnchor(c)
		if r.public {
			a.chrome = table
			if id == r.tr {
				a.names = []string{"tr"}
			}
			if id != r.notChrome {
				table.roots[sha256.Sum256(c.Raw)] = ChromeRoot{Cutoff: r.chrome[id], Removed: r.removed[id]}
			}
		}
		if after, ok := r.mozilla[id]; ok {
			a.constraint = func(certs []*x509.Certificate) error {
				if certs[0].NotBefore.After(after) {
					return errTooLate
				}
				return nil
			}
		}
		roots.add(c.RawSubject, a)
	}
	return roots
}

type tooLate string

func (e tooLate) Error() string { return string(e) }

const errTooLate = tooLate("issued after the distrust date")

var pathRows = []row{
	{name: "a sound chain", certs: chain, path: []string{"leaf", "Inter", "Root"}},
	{name: "a sound chain to a public root", certs: chain, public: true},
	{name: "sent in the wrong order with the root and a stranger", path: []string{"leaf", "Inter", "Low", "Root"},
		certs: []cert{root, {id: "Low", by: "Root"}, {id: "Inter", by: "Low"}, {id: "Stranger"}, leaf},
		sent:  []string{"Root", "Stranger", "Low", "Inter", "Inter"}},
	{name: "signed by the root itself", certs: []cert{root, {id: "leaf", by: "Root"}}},
	{name: "an unknown root", certs: chain, sent: []string{"Inter", "Root"}, roots: []string{},
		want: []string{"untrusted-root: No chain reaches a root of the roots of the table. It ends at 'Root', which is signed by its own key and is none of these roots."}},
	{name: "an unknown root that is not sent", certs: chain, roots: []string{},
		want: []string{"untrusted-root: No chain reaches a root of the roots of the table. The issuer 'Root' of 'Inter' is neither such a root nor among the certificates sent (1) or fetched (0)."}},
	{name: "a root of the same name with another key", certs: []cert{root, {id: "Fake", edit: func(c *x509.Certificate) { c.Subject.CommonName = "Root" }}, inter, leaf},
		sent: []string{"Inter"}, roots: []string{"Fake"},
		want: []string{"untrusted-root: No chain reaches a root of the roots of the table. The certificate 'Inter' names the issuer 'Root'; there is a certificate of that name, but its key did not make the signature."}},
	{name: "no intermediate at all", certs: chain, sent: []string{},
		want: []string{"untrusted-root: No chain reaches a root of the roots of the table. The issuer 'Inter' of 'leaf' is neither such a root nor among the certificates sent (0) or fetched (0)."}},
	{name: "the intermediate fetched", certs: chain, sent: []string{}, fetched: []string{"Inter"},
		want: []string{"incomplete-chain: The server does not send the intermediate certificate 'Inter', which the chain needs; it was fetched from the address that the certificate it issued names."}},
	{name: "the intermediate both sent and fetched", certs: chain, sent: []string{"Inter"}, fetched: []string{"Inter"}},
	{name: "one of two intermediates fetched", certs: []cert{root, {id: "Low", by: "Root"}, {id: "Inter", by: "Low"}, leaf},
		sent: []string{"Inter"}, fetched: []string{"Low"},
		want: []string{"incomplete-chain: The server does not send the intermediate certificate 'Low', which the chain needs; it was fetched from the address that the certificate it issued names."}},
	{name: "a fetched way round an expired intermediate",
		certs: []cert{root, {id: "Inter", by: "Root", from: -900, to: -1}, {id: "Inter'", by: "Root"}, leaf},
		sent:  []string{"Inter"}, fetched: []string{"Inter'"}, path: []string{"leaf", "Inter'", "Root"},
		want: []string{"incomplete-chain: The server does not send the intermediate certificate 'Inter', which the chain needs; it was fetched from the address that the certificate it issued names."}},
	{name: "signed by itself", certs: []cert{root, {id: "leaf"}},
		want: []string{"self-signed: The certificate 'leaf' is signed by its own key and is none of the roots of the table."}},
	{name: "signed by itself, and a root of the user", certs: []cert{{id: "leaf"}}, roots: []string{"leaf"}, path: []string{"leaf"}},
	{name: "a root of the user that says nothing of its usage", roots: []string{"leaf"},
		certs: []cert{{id: "leaf", edit: func(c *x509.Certificate) { c.ExtKeyUsage, c.IsCA, c.KeyUsage = nil, true, 0 }}}},
	{name: "issued in its own name by another key", certs: []cert{root, {id: "leaf", by: "Root", edit: func(c *x509.Certificate) { c.Subject.CommonName = "Root" }}}},
	{name: "a new root cross-signed by an old one", path: []string{"leaf", "Inter", "Root"},
		certs: []cert{{id: "Old"}, root, {id: "Root'", by: "Old"}, inter, leaf}, sent: []string{"Inter", "Root'"}, roots: []string{"Old", "Root"}},
	{name: "known by the old root alone", path: []string{"leaf", "Inter", "Root'", "Old"},
		certs: []cert{{id: "Old"}, root, {id: "Root'", by: "Old"}, inter, leaf}, sent: []string{"Inter", "Root'"}, roots: []string{"Old"}},
	{name: "an expired cross-sign beside a good path", path: []string{"leaf", "Inter", "Root"},
		certs: []cert{{id: "Old", from: -3000, to: -10}, root, {id: "Root'", by: "Old", from: -2000, to: -10}, inter, leaf},
		sent:  []string{"Inter", "Root'", "Old"}, roots: []string{"Old", "Root"}},
	{name: "an expired intermediate beside its sound renewal", path: []string{"leaf", "Inter'", "Root"},
		certs: []cert{root, {id: "Inter", by: "Root", from: -900, to: -1}, {id: "Inter'", by: "Root"}, leaf}},
	{name: "authorities that sign each other in a circle", certs: []cert{{id: "A"}, {id: "B", by: "A"}, {id: "A'", by: "B"}, {id: "leaf", by: "B"}},
		sent: []string{"B", "A'"}, roots: []string{},
		want: []string{"untrusted-root: No chain reaches a root of the roots of the table. The certificates at hand only lead back to each other."}},
	{name: "a circle with a way out", path: []string{"leaf", "B", "A", "Root"},
		certs: []cert{root, {id: "A", by: "Root"}, {id: "B", by: "A"}, {id: "A'", by: "B"}, {id: "leaf", by: "B"}}},
}

var timeRows = []row{
	{name: "valid from this second", certs: chain, at: issuedOn},
	{name: "valid from the next second", certs: chain, at: issuedOn.Add(-time.Second), want: []string{
		"certificate-not-yet-valid: The certificate 'leaf' is not valid before '2026-06-05T12:00:00Z'; checked on '2026-06-05T11:59:59Z'."}},
	{name: "valid through this second", certs: chain, at: date("2026-09-03T11:59:59.9Z")},
	{name: "expired a second ago", certs: chain, at: date("2026-09-03T12:00:00Z"), want: []string{
		"certificate-expired: The certificate 'leaf' expired on '2026-09-03T11:59:59Z'; checked on '2026-09-03T12:00:00Z'."}},
	{name: "an expired intermediate on the only path", certs: []cert{root, {id: "Inter", by: "Root", from: -900, to: -1}, leaf}, want: []string{
		"certificate-expired: The certificate 'Inter' expired on '2026-06-14T11:59:59Z'; checked on '2026-06-15T12:00:00Z'."}},
	{name: "an intermediate of tomorrow", certs: []cert{root, {id: "Inter", by: "Root", from: 1, to: 900}, leaf}, want: []string{
		"certificate-not-yet-valid: The certificate 'Inter' is not valid before '2026-06-16T12:00:00Z'; checked on '2026-06-15T12:00:00Z'."}},
	{name: "an expired root", certs: []cert{{id: "Root", from: -900, to: -1}, inter, leaf}, want: []string{
		"certificate-expired: The certificate 'Root' expired on '2026-06-14T11:59:59Z'; checked on '2026-06-15T12:00:00Z'."}},
	{name: "expired and of an unknown root", certs: []cert{root, inter, {id: "leaf", by: "Inter", from: -100, to: -1}}, roots: []string{}, want: []string{
		"untrusted-root: No chain reaches a root of the roots of the table. The issuer 'Root' of 'Inter' is neither such a root nor among the certificates sent (1) or fetched (0).",
		"certificate-expired: The certificate 'leaf' expired on '2026-06-14T11:59:59Z'; checked on '2026-06-15T12:00:00Z'."}},
}

func mismatch(host, names string) []string {
	return []string{"hostname-mismatch: The certificate 'leaf' does not cover the host '" + host + "'. Its subject alternative names are: " + names + "."}
}

func addressed(ip string) []cert {
	return with(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, []net.IP{net.ParseIP(ip)} })
}

var nameRows = []row{
	{name: "another host", certs: chain, host: "example.com", want: mismatch("example.com", "'www.example.com'")},
	{name: "letter case and the final dot do not count", certs: dnsNames("WWW.Example.COM"), host: "www.example.com."},
	{name: "a wildcard", certs: dnsNames("*.example.com")},
	{name: "a wildcard does not cover its parent", certs: dnsNames("*.example.com"), host: "example.com", want: mismatch("example.com", "'*.example.com'")},
	{name: "a wildcard is one label deep", certs: dnsNames("*.example.com"), host: "a.b.example.com", want: mismatch("a.b.example.com", "'*.example.com'")},
	{name: "a wildcard is the whole label", certs: dnsNames("w*.example.com", "*w.example.com"), want: mismatch(host, "'w*.example.com', '*w.example.com'")},
	{name: "a wildcard is the leftmost label", certs: dnsNames("www.*.com"), want: mismatch(host, "'www.*.com'")},
	{name: "a wildcard below a top-level domain", certs: dnsNames("*.com"), host: "example.com", want: mismatch("example.com", "'*.com'")},
	{name: "a bare wildcard", certs: dnsNames("*"), host: "localhost", want: mismatch("localhost", "'*'")},
	{name: "an internationalized name", certs: dnsNames("xn--bcher-kva.example"), host: "xn--bcher-kva.example"},
	{name: "a wildcard covers an internationalized label", certs: dnsNames("*.example.com"), host: "xn--bcher-kva.example.com"},
	{name: "another internationalized name", certs: dnsNames("xn--bcher-kva.example"), host: "xn--bcher-kv9.example", want: mismatch("xn--bcher-kv9.example", "'xn--bcher-kva.example'")},
	{name: "the common name only", certs: with(func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, host }), want: []string{
		"hostname-mismatch: The certificate 'www.example.com' does not cover the host 'www.example.com': it has no subject alternative name for a host. That its common name is the host does not count: clients no longer read it."}},
	{name: "an IPv4 address", certs: addressed("192.0.2.1"), host: "192.0.2.1"},
	{name: "an IPv6 address in another notation", certs: addressed("2001:db8::1"), host: "2001:db8:0:0:0:0:0:1"},
	{name: "another address", certs: addressed("192.0.2.1"), host: "192.0.2.2", want: mismatch("192.0.2.2", "'192.0.2.1'")},
	{name: "an address as a DNS name", certs: dnsNames("192.0.2.1"), host: "192.0.2.1", want: mismatch("192.0.2.1", "'192.0.2.1'")},
	{name: "many names", certs: dnsNames("a.test", "b.test", "c.test", "d.test", "e.test", "f.test", "g.test"),
		want: mismatch(host, "'a.test', 'b.test', 'c.test', 'd.test', 'e.test', and 2 more")},
	{name: "a host that is no name", certs: dnsNames("*.example.com"), host: "a/b.example.com", want: mismatch("a/b.example.com", "'*.example.com'")},
}

// usedFor gives another purpose beside the server's.
func usedFor(usage x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, usage) }
}

// besides is the fault of a purpose that public certificates must not have.
func besides(usage string) []string {
	return []string{"wrong-usage: The certificate 'leaf' is for '" + usage + "' besides TLS servers, which public certificates must not be."}
}

var usageRows = []row{
	{name: "for clients only", certs: with(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), want: []string{
		"wrong-usage: The certificate 'leaf' is not for TLS servers: its extended key usage lacks serverAuth."}},
	{name: "for clients and servers", certs: with(func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) })},
	{name: "for any usage", certs: with(func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageAny) }), want: []string{
		"wrong-usage: The certificate 'leaf' is for any usage (anyExtendedKeyUsage), which a TLS server's must not be."}},
	{name: "no usage said, to a user's own root", certs: with(func(c *x509.Certificate) { c.ExtKeyUsage = nil })},
	{name: "no usage said", public: true, certs: with(func(c *x509.Certificate) { c.ExtKeyUsage = nil }), want: []string{
		"wrong-usage: The certificate 'leaf' does not say that it is for TLS servers: it has no extended key usage, and so lacks serverAuth."}},
	{name: "for signing code too", public: true, certs: with(usedFor(x509.ExtKeyUsageCodeSigning)), want: besides("codeSigning")},
	{name: "for mail too", public: true, certs: with(usedFor(x509.ExtKeyUsageEmailProtection)), want: besides("emailProtection")},
	{name: "for time stamps too", public: true, certs: with(usedFor(x509.ExtKeyUsageTimeStamping)), want: besides("timeStamping")},
	{name: "for precertificates too", public: true, want: besides("Precertificate Signing"),
		certs: with(func(c *x509.Certificate) { c.UnknownExtKeyUsage = append(c.UnknownExtKeyUsage, usagePrecertificate) })},
	{name: "for clients too, to a public root", public: true, certs: with(usedFor(x509.ExtKeyUsageClientAuth))},
	{name: "for signing code too, to a user's own root", certs: with(usedFor(x509.ExtKeyUsageCodeSigning))},
	{name: "for mail too, to a user's own root", certs: with(usedFor(x509.ExtKeyUsageEmailProtection))},
	{name: "for time stamps too, to a user's own root", certs: with(usedFor(x509.ExtKeyUsageTimeStamping))},
	{name: "an authority's", certs: with(func(c *x509.Certificate) { c.IsCA = true }), want: []string{
		"wrong-usage: The certificate 'leaf' is a certificate authority's, which a TLS server's must not be."}},
	{name: "issued by a leaf", certs: []cert{root, {id: "other", by: "Root"}, {id: "leaf", by: "other"}}, sent: []string{"other"}, want: []string{
		"untrusted-root: The certificate 'other' is not a certificate authority's, but signed 'leaf'."}},
	{name: "issued by a key not for signing", certs: interWith(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }), want: []string{
		"untrusted-root: The key usage of 'Inter' does not allow signing certificates, but it signed 'leaf'."}},
	{name: "issued by an authority for mail", certs: interWith(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }), want: []string{
		"wrong-usage: The extended key usage of 'Inter' does not allow it to issue for TLS servers."}},
	{name: "too long a path", certs: []cert{root, {id: "Low", by: "Root", edit: func(c *x509.Certificate) { c.MaxPathLenZero = true }}, {id: "Inter", by: "Low"}, leaf}, want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'Low': it allows 0 intermediate certificates below it, and there are more."}},
	{name: "self-issued certificates do not lengthen a path", certs: []cert{root, {id: "Low", by: "Root", edit: func(c *x509.Certificate) { c.MaxPathLen = 1 }},
		{id: "New", by: "Low", edit: func(c *x509.Certificate) { c.Subject.CommonName = "Low" }}, {id: "Inter", by: "New"}, leaf}},
	{name: "an unknown critical extension", certs: with(critically(asn1.ObjectIdentifier{1, 2, 3, 4}, "\x05\x00")), want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'leaf': it has the critical extension '1.2.3.4', which is not understood."}},
	{name: "an unknown critical extension of the intermediate", certs: interWith(critically(asn1.ObjectIdentifier{1, 2, 3, 4}, "\x05\x00")), want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'Inter': it has the critical extension '1.2.3.4', which is not understood."}},
	{name: "a precertificate", certs: with(critically(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}, "\x05\x00")), want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'leaf': it has the critical extension '1.3.6.1.4.1.11129.2.4.3', which is not understood."}},
}

// constrained gives the intermediate of the plain chain name constraints.
func constrained(permitted, excluded []string) []cert {
	return interWith(func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical = true
		c.PermittedDNSDomains, c.ExcludedDNSDomains = permitted, excluded
	})
}

// directory is name constraints that permit one common name.
func directory(name string) func(*x509.Certificate) {
	raw, err := asn1.Marshal(pkix.Name{CommonName: name}.ToRDNSequence())
	if err != nil {
		panic(err)
	}
	wrap := func(tag byte, b []byte) []byte { return append([]byte{tag, byte(len(b))}, b...) }
	return critically(oidNameConstraints, string(wrap(0x30, wrap(0xa0, wrap(0x30, wrap(0xa4, raw))))))
}

var constraintRows = []row{
	{name: "names within what is permitted", certs: constrained([]string{"example.com"}, nil)},
	{name: "a name outside of what is permitted", certs: constrained([]string{"example.org"}, nil), want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'leaf': the name constraints of 'Inter' do not allow it: 'www.example.com' is not permitted."}},
	{name: "a name of the same ending outside", certs: constrained([]string{"ample.com"}, nil), want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'leaf': the name constraints of 'Inter' do not allow it: 'www.example.com' is not permitted."}},
	{name: "an excluded name", certs: constrained(nil, []string{"www.example.com"}), want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'leaf': the name constraints of 'Inter' do not allow it: 'www.example.com' is excluded."}},
	{name: "a permitted subdomain by a leading period", certs: constrained([]string{".example.com"}, nil)},
	{name: "a leading period leaves out the domain itself", certs: constrained([]string{".www.example.com"}, nil), want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'leaf': the name constraints of 'Inter' do not allow it: 'www.example.com' is not permitted."}},
	{name: "a wildcard that could stand for an excluded name",
		certs: []cert{root, constrained(nil, []string{"secret.example.com"})[1], {id: "leaf", by: "Inter", edit: func(c *x509.Certificate) { c.DNSNames = []string{"*.example.com"} }}}, want: []string{
			"browser-refused: Chromium and Firefox refuse the certificate 'leaf': the name constraints of 'Inter' do not allow it: '*.example.com' is excluded."}},
	{name: "constraints on another form of name", certs: interWith(func(c *x509.Certificate) {
		c.PermittedIPRanges = []*net.IPNet{{IP: net.IP{192, 0, 2, 0}, Mask: net.CIDRMask(24, 32)}}
	})},
	{name: "an address outside of the permitted network", host: "198.51.100.1", certs: []cert{root, {id: "Inter", by: "Root", edit: func(c *x509.Certificate) {
		c.PermittedIPRanges = []*net.IPNet{{IP: net.IP{192, 0, 2, 0}, Mask: net.CIDRMask(24, 32)}}
	}}, addressed("198.51.100.1")[2]}, want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'leaf': the name constraints of 'Inter' do not allow it: '198.51.100.1' is not permitted."}},
	{name: "a permitted directory name", certs: interWith(directory("leaf"))},
	{name: "a directory name permitted in other letters", certs: interWith(directory("LEAF")), want: []string{
		"browser-refused: Firefox refuses the certificate 'leaf': the name constraints of 'Inter' do not allow it: 'CN=leaf' is permitted only if string types and letter case do not count."}},
	{name: "a directory name that is not permitted", certs: interWith(directory("other")), want: []string{
		"browser-refused: Chromium and Firefox refuse the certificate 'leaf': the name constraints of 'Inter' do not allow it: 'CN=leaf' is not permitted."}},
	{name: "a good path beside a constrained one", path: []string{"leaf", "Inter'", "Root"},
		certs: []cert{root, constrained([]string{"example.org"}, nil)[1], {id: "Inter'", by: "Root"}, leaf}},
}

var keyRows = []row{
	{name: "an RSA key", certs: keyed("RSA")},
	{name: "a P-384 key", certs: keyed("P-384")},
	{name: "a short RSA key", certs: keyed("RSA-1024"), want: []string{
		"weak-key: The key of 'leaf' is an RSA key of 1024 bits; 2048 are the least that clients accept."}},
	{name: "an RSA key of an odd size", certs: keyed("RSA-2049"), want: []string{
		"weak-key: The key of 'leaf' is an RSA key of 2049 bits, which is not a multiple of 8."}},
	{name: "a ROCA key", certs: keyed("RSA-ROCA"), want: []string{
		"weak-key: The key of 'leaf' is an RSA key with the fingerprint of the ROCA weakness (CVE-2017-15361): its private key can be computed."}},
	{name: "close primes", certs: keyed("RSA-close"), want: []string{
		"weak-key: The key of 'leaf' is an RSA key of two primes so close that its private key is found at once (Fermat's factorization)."}},
	{name: "a small curve", certs: keyed("P-224"), want: []string{
		"weak-key: The key of 'leaf' is on the curve 'P-224'; public certificates use P-256, P-384 or P-521."}},
	{name: "an Edwards curve", certs: keyed("Ed25519"), want: []string{
		"weak-key: The key of 'leaf' is on the curve 'Ed25519', which no browser accepts in a certificate; public certificates use P-256, P-384 or P-521."}},
	{name: "a weak key of the intermediate", certs: []cert{root, {id: "Inter", by: "Root", key: "RSA-1024"}, leaf}, want: []string{
		"weak-key: The key of 'Inter' is an RSA key of 1024 bits; 2048 are the least that clients accept."}},
	{name: "a weak key of the user's own root", certs: []cert{{id: "Root", key: "RSA-1024"}, inter, leaf}},
	{name: "SHA-1 on the leaf", certs: []cert{root, {id: "Inter", by: "Root", key: "RSA"}, {id: "leaf", by: "Inter", digest: "SHA-1"}}, want: []string{
		"weak-signature: The certificate 'leaf' is signed with 'SHA-1', for which collisions can be made: clients refuse it."}},
	{name: "MD5 on the leaf", certs: []cert{root, {id: "Inter", by: "Root", key: "RSA"}, {id: "leaf", by: "Inter", digest: "MD5"}}, want: []string{
		"weak-signature: The certificate 'leaf' is signed with 'MD5', for which collisions can be made: clients refuse it."}},
	{name: "MD2 on the leaf", certs: []cert{root, {id: "Inter", by: "Root", key: "RSA"}, {id: "leaf", by: "Inter", digest: "MD2"}}, want: []string{
		"weak-signature: The certificate 'leaf' is signed with 'MD2', for which collisions can be made: clients refuse it."}},
	{name: "SHA-1 on the intermediate", certs: []cert{{id: "Root", key: "RSA"}, {id: "Inter", by: "Root", digest: "SHA-1"}, leaf}, want: []string{
		"weak-signature: The certificate 'Inter' is signed with 'SHA-1', for which collisions can be made: clients refuse it."}},
	{name: "SHA-1 on the root", certs: []cert{{id: "Root", key: "RSA", digest: "SHA-1"}, inter, leaf}},
	{name: "SHA-1 beside a good path", path: []string{"leaf", "Inter'", "Root"},
		certs: []cert{{id: "Root", key: "RSA"}, {id: "Inter", by: "Root", digest: "SHA-1"}, {id: "Inter'", by: "Root"}, leaf}},
}

var lifetimeRows = []row{
	{name: "398 days", certs: lasting(date("2026-03-14T23:59:59Z"), 398*86400)},
	{name: "398 days and a second", public: true, certs: lasting(date("2026-03-14T23:59:59Z"), 398*86400+1), want: []string{
		"validity-too-long: The certificate 'leaf', valid from '2026-03-14T23:59:59Z' through '2027-04-16T23:59:59Z', lives 1 s longer than the 398 days that are allowed for one issued then."}},
	{name: "200 days", certs: lasting(date("2026-03-15T00:00:00Z"), 200*86400)},
	{name: "200 days and a second", public: true, certs: lasting(date("2026-03-15T00:00:00Z"), 200*86400+1), want: []string{
		"validity-too-long: The certificate 'leaf', valid from '2026-03-15T00:00:00Z' through '2026-10-01T00:00:00Z', lives 1 s longer than the 200 days that are allowed for one issued then."}},
	{name: "100 days", certs: lasting(date("2027-03-15T00:00:00Z"), 100*86400), at: date("2027-03-16T00:00:00Z")},
	{name: "100 days and a second", public: true, certs: lasting(date("2027-03-15T00:00:00Z"), 100*86400+1), at: date("2027-03-16T00:00:00Z"), want: []string{
		"validity-too-long: The certificate 'leaf', valid from '2027-03-15T00:00:00Z' through '2027-06-23T00:00:00Z', lives 1 s longer than the 100 days that are allowed for one issued then."}},
	{name: "47 days and a second", public: true, certs: append([]cert{{id: "Root", to: 2000}, {id: "Inter", by: "Root", to: 2000}}, lasting(date("2029-03-15T00:00:00Z"), 47*86400+1)[2]), at: date("2029-03-16T00:00:00Z"), want: []string{
		"validity-too-long: The certificate 'leaf', valid from '2029-03-15T00:00:00Z' through '2029-05-01T00:00:00Z', lives 1 s longer than the 47 days that are allowed for one issued then."}},
	{name: "a lifetime that no duration holds", public: true, certs: with(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = date("1950-01-01T00:00:00Z"), date("9999-12-31T23:59:59Z")
	}), want: []string{
		"validity-too-long: The certificate 'leaf', valid from '1950-01-01T00:00:00Z' through '9999-12-31T23:59:59Z', lives 106353 days longer than the 398 days that are allowed for one issued then.",
		"browser-refused: Firefox refuses the certificate 'leaf': its form is not that of a certificate: in its validity, a time lies before 1970 (RFC 5280 section 4.1.2.5)."}},
	{name: "a lifetime to a user's own root", certs: lasting(date("2026-03-15T00:00:00Z"), 300*86400)},
}

// long gives the leaf a lifetime for which the logs' policy wants three.
func long(seconds int) []cert {
	return with(func(c *x509.Certificate) {
		c.NotAfter = c.NotBefore.Add(180*24*time.Hour + time.Duration(seconds)*time.Second)
	})
}

// embedding puts timestamps into the leaf, one of each log.
func embedding(certs []cert, logs ...byte) []cert {
	certs = append([]cert(nil), certs...)
	last := &certs[len(certs)-1]
	edit := last.edit
	last.edit = func(c *x509.Certificate) {
		if edit != nil {
			edit(c)
		}
		var list []byte
		for _, log := range logs {
			s := sct(log, issuedOn)
			list = append(append(list, byte(len(s)>>8), byte(len(s))), s...)
		}
		list = append([]byte{byte(len(list) >> 8), byte(len(list))}, list...)
		value, err := asn1.Marshal(list)
		if err != nil {
			panic(err)
		}
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oidSCTList, Value: value})
	}
	return certs
}

var none = []time.Time{}

var programRows = []row{
	{name: "a root that Chrome never had", certs: chain, public: true, notChrome: "Root", want: []string{
		"distrusted-root: Chrome does not trust 'Root': version 7 of its root store, of '2026-06', does not hold it, though Mozilla's bundle does."}},
	{name: "a root that Chrome never had, on the table's last day", certs: chain, public: true, notChrome: "Root", at: date("2026-08-10T00:00:00Z"), want: []string{
		"distrusted-root: Chrome does not trust 'Root': version 7 of its root store, of '2026-06', does not hold it, though Mozilla's bundle does."}},
	{name: "a root that Chrome may have added since", certs: chain, public: true, notChrome: "Root", at: date("2026-08-10T00:00:01Z"), unknown: []string{
		"distrusted-root: The root 'Root' is not in the Chrome Root Store as this tlsgate knows it (version 7 of '2026-06'), which was more than 70 days old: Chrome may have added it since. Update tlsgate."}},
	{name: "a root that Chrome removed", certs: chain, public: true, removed: map[string]int{"Root": 6}, want: []string{
		"distrusted-root: Chrome does not trust 'Root' any more: version 6 of its root store no longer holds it."}},
	{name: "a root that Chrome removed, by an old table", certs: chain, public: true, removed: map[string]int{"Root": 6}, at: date("2026-09-01T00:00:00Z"), want: []string{
		"distrusted-root: Chrome does not trust 'Root' any more: version 6 of its root store no longer holds it."}},
	{name: "a cut-off in an old table", certs: chain, public: true, chrome: map[string]time.Time{"Root": issuedOn.Add(-time.Second)}, at: date("2026-09-01T00:00:00Z"), want: []string{
		"distrusted-root: Chrome does not trust what 'Root' issues after '2026-06-05T11:59:59Z'; this one is of '2026-06-05T12:00:00Z'."}},
	{name: "Chrome and Firefox take a root each", public: true, notChrome: "Root", roots: []string{"Old", "Root"}, mozilla: map[string]time.Time{"Old": issuedOn.Add(-time.Second)},
		certs: []cert{{id: "Old"}, root, {id: "Root'", by: "Old"}, inter, leaf}, sent: []string{"Inter", "Root'"}},
	{name: "Chrome needs a cross-sign that is not sent", public: true, notChrome: "Root", roots: []string{"Old", "Root"}, mozilla: map[string]time.Time{"Old": issuedOn.Add(-time.Second)},
		certs: []cert{{id: "Old"}, root, {id: "Root'", by: "Old"}, inter, leaf}, sent: []string{"Inter"}, fetched: []string{"Root'"}, want: []string{
			"incomplete-chain: The server does not send the intermediate certificate 'Root', which the chain needs; it was fetched from the address that the certificate it issued names."}},
	{name: "Chrome refuses both roots, each for a reason", public: true, roots: []string{"Old", "Root"}, path: []string{"leaf", "Inter", "Root"},
		chrome: map[string]time.Time{"Old": issuedOn.Add(-time.Second)}, removed: map[string]int{"Root": 7},
		certs: []cert{{id: "Old"}, root, {id: "Root'", by: "Old"}, inter, leaf}, sent: []string{"Inter", "Root'"}, want: []string{
			"distrusted-root: Chrome does not trust 'Root' any more: version 7 of its root store no longer holds it."}},
	{name: "one of Chrome's reasons may have gone", public: true, roots: []string{"Old", "Root"}, path: []string{"leaf", "Inter", "Root'", "Old"},
		notChrome: "Old", removed: map[string]int{"Root": 7}, at: date("2026-09-01T00:00:00Z"),
		certs: []cert{{id: "Old"}, root, {id: "Root'", by: "Old"}, inter, leaf}, sent: []string{"Inter", "Root'"}, unknown: []string{
			"distrusted-root: The root 'Old' is not in the Chrome Root Store as this tlsgate knows it (version 7 of '2026-06'), which was more than 70 days old: Chrome may have added it since. Update tlsgate."}},
	{name: "a root for names under tr", certs: dnsNames(host, "www.Example.gov.TR"), public: true, tr: "Root", want: []string{
		"distrusted-root: Mozilla trusts 'Root' for names under 'tr' only; the certificate names 'www.example.com'."}},
	{name: "a root for names under tr, which the leaf has", certs: dnsNames("www.Example.gov.TR", "example.tr"), host: "example.tr", public: true, tr: "Root"},
	{name: "a root for names under tr is not one for tr itself, nor for xtr", certs: dnsNames("example.tr", "example.xtr"), host: "example.tr", public: true, tr: "Root", want: []string{
		"distrusted-root: Mozilla trusts 'Root' for names under 'tr' only; the certificate names 'example.xtr'."}},
	{name: "cross-signed by a root that Chrome has", public: true, notChrome: "Root", roots: []string{"Old", "Root"}, path: []string{"leaf", "Inter", "Root'", "Old"},
		certs: []cert{{id: "Old"}, root, {id: "Root'", by: "Old"}, inter, leaf}, sent: []string{"Inter", "Root'"}},
	{name: "Chrome's cut-off a second after the timestamp", certs: chain, public: true, chrome: map[string]time.Time{"Root": issuedOn.Add(time.Second)}},
	{name: "Chrome's cut-off at the timestamp", certs: chain, public: true, chrome: map[string]time.Time{"Root": issuedOn}},
	{name: "Chrome's cut-off a second before the timestamp", certs: chain, public: true, chrome: map[string]time.Time{"Root": issuedOn.Add(-time.Second)}, want: []string{
		"distrusted-root: Chrome does not trust what 'Root' issues after '2026-06-05T11:59:59Z'; this one is of '2026-06-05T12:00:00Z'."}},
	{name: "the earliest timestamp counts", certs: chain, public: true, scts: []time.Time{issuedOn.Add(time.Hour), issuedOn.Add(-time.Hour)},
		chrome: map[string]time.Time{"Root": issuedOn.Add(-time.Hour)}},
	{name: "a timestamp of the future does not count", certs: chain, public: true, scts: []time.Time{issuedOn, now.Add(clockSkew + time.Millisecond)}, want: []string{
		"sct-few: The certificate 'leaf' comes with signed certificate timestamps of 1 log; browsers want 2 for its lifetime."}},
	{name: "Mozilla's distrust a second before the timestamp", certs: chain, public: true, mozilla: map[string]time.Time{"Root": issuedOn.Add(-time.Second)}, want: []string{
		"distrusted-root: Mozilla does not trust what 'Root' issues any more: 'issued after the distrust date'; this one is of '2026-06-05T12:00:00Z'."}},
	{name: "Mozilla's distrust at the timestamp", certs: chain, public: true, mozilla: map[string]time.Time{"Root": issuedOn}},
	{name: "without timestamps the notBefore counts", certs: chain, public: true, scts: none, mozilla: map[string]time.Time{"Root": issuedOn.Add(-time.Second)}, want: []string{
		"distrusted-root: Mozilla does not trust what 'Root' issues any more: 'issued after the distrust date'; this one is of '2026-06-05T12:00:00Z'.",
		"sct-missing: The certificate 'leaf' comes with no signed certificate timestamp, neither in it nor in the handshake: browsers refuse it."}},
	{name: "distrusted, with a cross-sign that is not", public: true, mozilla: map[string]time.Time{"Root": issuedOn.Add(-time.Second)}, roots: []string{"Old", "Root"},
		certs: []cert{{id: "Old"}, root, {id: "Root'", by: "Old"}, inter, leaf}, sent: []string{"Inter", "Root'"}, path: []string{"leaf", "Inter", "Root'", "Old"}},
	{name: "no timestamp", certs: chain, public: true, scts: none, want: []string{
		"sct-missing: The certificate 'leaf' comes with no signed certificate timestamp, neither in it nor in the handshake: browsers refuse it."}},
	{name: "no timestamp with a custom root", certs: chain, scts: none},
	{name: "two embedded timestamps", certs: embedding(chain, 1, 2), public: true, scts: none},
	{name: "two embedded timestamps of one log", certs: embedding(chain, 1, 1), public: true, scts: none, want: []string{
		"sct-few: The certificate 'leaf' comes with signed certificate timestamps of 1 log; browsers want 2 for its lifetime."}},
	{name: "two embedded timestamps for 180 days", certs: embedding(long(0), 1, 2), public: true, scts: none},
	{name: "two embedded timestamps for a second more", certs: embedding(long(1), 1, 2), public: true, scts: none, want: []string{
		"sct-few: The certificate 'leaf' comes with signed certificate timestamps of 2 logs; browsers want 3 for its lifetime."}},
	{name: "three embedded timestamps for a second more", certs: embedding(long(1), 1, 2, 3), public: true, scts: none},
	{name: "two timestamps of the handshake for a second more", certs: long(1), public: true},
	{name: "a public leaf without subject", public: true, certs: with(func(c *x509.Certificate) { c.Subject = pkix.Name{} })},
	{name: "a name with an underscore", public: true, certs: dnsNames(host, "my_app.example.com")},
	{name: "a key identifier that names another key", public: true, sent: []string{"Inter'"},
		certs: []cert{root, inter, {id: "Inter'", by: "Root", edit: func(c *x509.Certificate) { c.SubjectKeyId = []byte{1} }}, leaf}},
}
