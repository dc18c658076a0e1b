package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// mesh declares n authorities that all certify each other, and a leaf of the
// first.
func mesh(n int) []cert {
	var certs []cert
	for i := range n {
		certs = append(certs, cert{id: fmt.Sprintf("M%d", i)})
	}
	for i := range n {
		for j := range n {
			if i != j {
				certs = append(certs, cert{id: fmt.Sprintf("M%d'%d", i, j), by: fmt.Sprintf("M%d", j)})
			}
		}
	}
	return append(certs, cert{id: "leaf", by: "M0"})
}

// alike gives authorities one name, each its own key.
func alike(c *x509.Certificate) { c.Subject.CommonName = "Same" }

func TestSearchIsBounded(t *testing.T) {
	same := []cert{{id: "S0", edit: alike}}
	for i := 1; i < 60; i++ {
		same = append(same, cert{id: fmt.Sprintf("S%d", i), by: fmt.Sprintf("S%d", i-1), edit: alike})
	}
	for _, tc := range []struct {
		name  string
		certs []cert
	}{
		{"authorities that all sign each other", mesh(9)},
		{"a long chain of one name", append(same, cert{id: "leaf", by: "S59"})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := row{certs: tc.certs, roots: []string{}}
			s := build(r.query(makeWorld(t, tc.certs)))
			if len(s.paths) > 0 || !s.cut || s.steps > maxSteps || len(s.signed) > maxSignatureChecks {
				t.Errorf("%d paths, cut %v, %d steps, %d signatures", len(s.paths), s.cut, s.steps, len(s.signed))
			}
			faults := Judge(s.q).Faults
			if len(faults) != 1 || faults[0].Kind != UntrustedRoot || !strings.Contains(faults[0].Detail, "given up at its bounds") {
				t.Errorf("%+v", faults)
			}
		})
	}
}

func TestSoundPathIsFoundInAMesh(t *testing.T) {
	certs := append([]cert{root}, mesh(6)...)
	last := len(certs) - 1
	certs = append(certs[:last:last], cert{id: "M0'", by: "Root"}, certs[last])
	j := Judge(row{certs: certs}.query(makeWorld(t, certs)))
	if len(j.Faults) > 0 || len(j.Path) != 3 {
		t.Errorf("%d certificates, %+v", len(j.Path), j.Faults)
	}
}

// TestComparisonsAreBounded counts names and subtrees over all paths.
func TestComparisonsAreBounded(t *testing.T) {
	var names, trees []string
	for i := range 1100 {
		names = append(names, fmt.Sprintf("n%d.example.com", i))
		trees = append(trees, fmt.Sprintf("t%d.example.com", i))
	}
	certs := []cert{root, {id: "Inter", by: "Root", edit: func(c *x509.Certificate) { c.ExcludedDNSDomains = trees }},
		{id: "leaf", by: "Inter", edit: func(c *x509.Certificate) { c.DNSNames = append(names, host) }}}
	j := Judge(row{certs: certs}.query(makeWorld(t, certs)))
	if len(j.Faults) != 1 || !strings.HasPrefix(j.Faults[0].Detail, "Chromium refuses the certificate 'Inter': it has more name constraints than can be compared") {
		t.Errorf("%+v", j.Faults)
	}
}

func TestHugeKeyIsNotUsed(t *testing.T) {
	w := makeWorld(t, chain)
	huge := *w.certs["Inter"]
	huge.PublicKey = modulusOnly{new(big.Int).SetBit(big.NewInt(1), maxRSABits, 1)}.Public()
	if signedBy(w.certs["leaf"], &huge) {
		t.Error("a signature was verified")
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	tiny := makeWorld(t, []cert{root, {id: "Inter", by: "Root", key: "RSA-512"}, leaf})
	if signedBy(tiny.certs["leaf"], tiny.certs["Inter"]) {
		t.Error("GODEBUG made a signature of a tiny key count")
	}
	if got := keyWeakness(&huge); got != "is an RSA key of 16385 bits; 16384 are the most that clients accept" {
		t.Error(got)
	}
}

func TestRemoteTextIsClippedAndPrintable(t *testing.T) {
	certs := with(func(c *x509.Certificate) {
		c.Subject.CommonName = "\x1b[31m::error::\u202e" + strings.Repeat("é", 200)
		c.DNSNames = []string{strings.Repeat("x", 3000) + ".example"}
	})
	for _, f := range Judge(row{certs: certs}.query(makeWorld(t, certs))).Faults {
		if len(f.Detail) > 800 || strings.ContainsAny(f.Detail, "\x1b\u202e\n") {
			t.Errorf("%q", f.Detail)
		}
	}
}

func TestUnknownIssuer(t *testing.T) {
	edit := func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "Proxy", Organization: []string{"Corp"}} }
	certs := []cert{{id: "Root", edit: edit}, inter, leaf}
	for _, sent := range [][]string{{"Inter"}, {"Inter", "Root"}} {
		j := Judge(row{certs: certs, sent: sent, roots: []string{}}.query(makeWorld(t, certs)))
		if j.UnknownIssuer != "CN=Proxy,O=Corp" || j.Path != nil {
			t.Errorf("sent %v: %q", sent, j.UnknownIssuer)
		}
	}
	self := []cert{root, {id: "leaf"}}
	if j := Judge(row{certs: self}.query(makeWorld(t, self))); j.UnknownIssuer != "" {
		t.Errorf("self-signed: %q", j.UnknownIssuer)
	}
}

func TestJudgeWithoutALeaf(t *testing.T) {
	if j := Judge(Query{}); len(j.Faults) != 1 || j.Faults[0].Kind != UntrustedRoot {
		t.Errorf("%+v", j)
	}
}

func TestNoHostMatchesNothing(t *testing.T) {
	w := makeWorld(t, chain)
	q := row{certs: chain}.query(w)
	q.Host = ""
	if j := Judge(q); len(j.Faults) != 1 || j.Faults[0].Kind != HostnameMismatch {
		t.Errorf("%+v", j.Faults)
	}
	q.AnyHost = true
	if j := Judge(q); len(j.Faults) != 0 {
		t.Errorf("%+v", j.Faults)
	}
}

// FuzzJudge judges whatever comes, as leaf and as issuer.
func FuzzJudge(f *testing.F) {
	for _, rows := range [][]row{constraintRows, usageRows, programRows} {
		for _, r := range rows {
			w := makeWorld(f, r.certs)
			f.Add(w.certs["leaf"].Raw, w.certs[r.certs[len(r.certs)-2].id].Raw)
		}
	}
	anchor := makeWorld(f, chain).certs["Root"]
	f.Fuzz(func(t *testing.T, one, two []byte) {
		leaf := ParseCertificate(one)
		q := Query{Host: host, Leaf: leaf, At: now, Roots: &Roots{name: theRoots}}
		public := func(c *Certificate) {
			a := certAnchor(c)
			a.chrome = &ChromeRoots{Date: now}
			q.Roots.add(c.RawSubject, a)
		}
		public(anchor)
		other := ParseCertificate(two)
		q.Sent = append(q.Sent, other)
		public(other)
		j := Judge(q)
		if len(j.Faults) == 0 { // every such root is at least unknown to Chrome
			t.Fatal("accepted")
		}
		if k := j.Faults[0].Kind; j.Path == nil && k != UntrustedRoot && k != SelfSigned && leaf.Broken == "" {
			t.Fatalf("without a path: %+v", j.Faults)
		}
		IssuerURLs(q)
		MustStaple(leaf)
		RevocationSources(leaf)
	})
}

func FuzzParseConstraints(f *testing.F) {
	for _, r := range constraintRows {
		for _, c := range makeWorld(f, r.certs).certs {
			if value, ok := extension(c, oidNameConstraints); ok {
				f.Add(value, c.RawSubject)
			}
		}
	}
	f.Fuzz(func(t *testing.T, value, name []byte) {
		c, _ := parseConstraints(value)
		parts, exact, ok := canonicalParts(name)
		if !ok {
			return
		}
		everything := constraints{permitted: []generalName{{form: formDirectory}}}
		n := []generalName{{form: formDirectory, value: name, parts: parts, exact: exact}}
		if wrong := everything.refuse(n, true); wrong != nil {
			t.Fatalf("the empty name does not stand above %x: %s", name, wrong)
		}
		c.refuse(n, true)
	})
}

func TestCanonicalName(t *testing.T) {
	name := func(tag byte, text string) []byte {
		return []byte(der(0x30, der(0x31, der(0x30, der(6, "\x55\x04\x03"), der(tag, text)))))
	}
	for _, tc := range []struct {
		a, b []byte
		same bool
	}{
		{name(19, "Example CA"), name(12, " example  ca "), true},
		{name(19, "Example CA"), name(19, "ExampleCA"), false},
		{name(12, "É"), name(12, "é"), false}, // ASCII letters only
		{name(30, "\x00A"), name(19, "a"), true},
		{name(28, "\x00\x00\x00A"), name(12, "a"), true},
		{name(22, "A"), name(22, "A"), true},
		{name(20, "A"), name(20, "a"), false},
		{name(12, "a"), []byte(der(0x30, "")), false},
		{[]byte("junk"), []byte("junk"), true},
		{[]byte("junk"), []byte("JUNK"), false},
	} {
		if got := canonicalName(tc.a) == canonicalName(tc.b); got != tc.same {
			t.Errorf("%x and %x: %v", tc.a, tc.b, got)
		}
	}
}

func TestWithin(t *testing.T) {
	read := func(tag byte, text string) generalName {
		n, _ := readGeneralName(element{tag: tag, content: []byte(text)})
		return n
	}
	base := func(tag byte, text string) generalName {
		return parseSubtrees([]byte(der(0x30, der(tag, text))), func(what string) { t.Errorf("%q: %s", text, what) })[0]
	}
	for _, tc := range []struct {
		tag        byte
		name, tree string
		in         bool
	}{
		{0x81, "User@Example.com", "example.COM", true},
		{0x81, "user@example.com", "user@EXAMPLE.com", true},
		{0x81, "USER@example.com", "user@example.com", false},
		{0x81, "user@mail.example.com", "example.com", false},
		{0x81, "user@mail.example.com", ".example.com", true},
		{0x81, "user@example.com", "", true},
		{0x82, "a.example.com", "", true},
		{0x82, "example.com", ".example.com", false},
		{0x87, "\xc0\x00\x02\x01", "\xc0\x00\x02\x00\xff\xff\xff\x00", true},
		{0x87, "\xc0\x00\x03\x01", "\xc0\x00\x02\x00\xff\xff\xff\x00", false},
		{0x87, "\xc0\x00\x02\x01", strings.Repeat("\x00", 32), false},
	} {
		if got := within(read(tc.tag, tc.name), base(tc.tag, tc.tree), false); got != tc.in {
			t.Errorf("%q within %q: %v", tc.name, tc.tree, got)
		}
	}
	for _, malformed := range []string{der(0x82, "*.example.com"), der(0x82, "a..b"), der(0x87, "\xc0\x00\x02\x01"), der(0xa4, "x"),
		der(0x87, "\xc0\x00\x02\x00\xff\x00\xff\x00"), der(0x82, "a") + der(0x80, "\x01")} {
		if _, wrong := parseConstraints([]byte(der(0x30, der(0xa0, der(0x30, malformed))))); wrong == "" {
			t.Errorf("%q has nothing wrong", malformed)
		}
	}
}

func TestConstraintsOfUnknownForms(t *testing.T) {
	other := der(0xa0, der(6, "\x2a\x03"), der(0xa0, der(12, "x")))
	c, wrong := parseConstraints([]byte(der(0x30, der(0xa1, der(0x30, other)))))
	if wrong != "" {
		t.Fatal(wrong)
	}
	dns := generalName{form: formDNS, text: host, value: []byte(host)}
	if got := c.refuse([]generalName{dns}, true); got != nil {
		t.Error(got)
	}
	for isCritical, want := range map[bool][]Verifier{true: {Chromium, Firefox}, false: {Firefox}} {
		got := c.refuse([]generalName{dns, {form: 0}}, isCritical)
		if len(got) != 1 || !slices.Equal(got[0].by, want) || !strings.Contains(got[0].why, "cannot be compared") {
			t.Errorf("critical %v: %v", isCritical, got)
		}
	}
	for _, value := range []string{"", der(0x30, ""), der(0x30, der(0xa0, "")), der(0x30, der(0xa2, "")), der(0x30, "") + "x"} {
		if _, wrong := parseConstraints([]byte(value)); wrong == "" {
			t.Errorf("%x has nothing wrong", value)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	w := makeWorld(b, chain)
	q := row{certs: chain, public: true}.query(w)
	b.ReportAllocs()
	for b.Loop() {
		if j := Judge(q); len(j.Faults) > 0 {
			b.Fatal(j.Faults)
		}
	}
}

func BenchmarkEmbedded(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		indexBundle()
	}
}
