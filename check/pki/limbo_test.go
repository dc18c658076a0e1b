package pki

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A limboCase is a case of x509-limbo (https://x509-limbo.com), as far as it
// is read here.
type limboCase struct {
	ID       string     `json:"id"`
	Features []string   `json:"features"`
	Kind     string     `json:"validation_kind"`
	Trusted  []string   `json:"trusted_certs"`
	Sent     []string   `json:"untrusted_intermediates"`
	Leaf     string     `json:"peer_certificate"`
	At       *time.Time `json:"validation_time"`
	Name     *struct {
		Kind, Value string
	} `json:"expected_peer_name"`
	Algorithms []string `json:"signature_algorithms"`
	KeyUsage   []string `json:"key_usage"`
	Expected   string   `json:"expected_result"`
	CRLs       []string `json:"crls"`
}

// limboNow stands for the time of running in cases that name none.
var limboNow = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// TestLimbo judges every case for server certificates as against a public
// root store. It runs where TLSGATE_LIMBO names a limbo.json.gz.
func TestLimbo(t *testing.T) {
	cases := readLimbo(t)
	deviations := readDeviations(t)
	type score struct{ conform, cases int }
	scores := map[string]*score{}
	for _, c := range cases {
		if !c.runnable() {
			continue
		}
		namespace, _, _ := strings.Cut(c.ID, "::")
		if scores[namespace] == nil {
			scores[namespace] = new(score)
		}
		s := scores[namespace]
		s.cases++
		accepted, why := c.judge()
		reason, listed := deviations[c.ID]
		delete(deviations, c.ID)
		switch expected := c.Expected == "SUCCESS"; {
		case accepted == expected && listed:
			t.Errorf("%s no longer deviates, but is on the list: %s", c.ID, reason)
		case accepted == expected:
			s.conform++
		case !accepted:
			t.Errorf("%s is refused, and must not be: %s", c.ID, why)
		case !listed:
			t.Errorf("%s is accepted, and must not be", c.ID)
		}
	}
	for id := range deviations {
		t.Errorf("%s is on the list of deviations, but is no case", id)
	}
	for namespace, s := range scores {
		t.Logf("%s: %d of %d", namespace, s.conform, s.cases)
	}
	if len(scores) < 9 || scores["bettertls"].cases < 9000 {
		t.Error("this is not all of x509-limbo")
	}
}

func readLimbo(t *testing.T) []limboCase {
	file := os.Getenv("TLSGATE_LIMBO")
	if file == "" {
		t.Skip("TLSGATE_LIMBO names no limbo.json.gz")
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Testcases []limboCase }
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all.Testcases
}

// readDeviations reads the list of known deviations: reasons by id.
func readDeviations(t *testing.T) map[string]string {
	text, err := os.ReadFile("testdata/limbo-deviations.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		id, reason, ok := strings.Cut(line, ": ")
		if !ok {
			t.Errorf("no reason: %s", line)
		}
		if !regexp.MustCompile(`^(Chromium|Firefox|OpenSSL|GnuTLS)(, (Firefox|OpenSSL|GnuTLS))*: .`).MatchString(reason) {
			t.Errorf("no client that accepts it: %s", line)
		}
		out[id] = reason
	}
	return out
}

// runnable leaves out what does not speak of a server's certificate, and
// settings that a browser's user does not have: bounds of the chain's length,
// signature algorithms, and handshakes for which the leaf's key has to do
// something else than to sign (Query.KeyEncipherment is for RSA key exchange,
// which current clients no longer offer).
func (c limboCase) runnable() bool {
	return c.Kind == "SERVER" && !slices.Contains(c.Features, "max-chain-depth") &&
		len(c.Algorithms) == 0 && (len(c.KeyUsage) == 0 || slices.Contains(c.KeyUsage, "digitalSignature"))
}

func (c limboCase) judge() (accepted bool, why string) {
	leaf, err := limboCert(c.Leaf)
	if err != nil {
		return false, err.Error()
	}
	q := Query{Leaf: leaf, At: limboNow, AnyHost: c.Name == nil, Roots: &Roots{name: "x509-limbo's"}, stores: stores()[:2]}
	if c.Name != nil {
		q.Host = c.Name.Value
	}
	if c.At != nil {
		q.At = *c.At
	}
	for _, text := range c.Trusted {
		if r, err := limboCert(text); err == nil {
			a := certAnchor(r)
			a.chrome = &ChromeRoots{roots: map[[sha256.Size]byte]ChromeRoot{sha256.Sum256(r.Raw): {}}}
			q.Roots.add(r.RawSubject, a)
		}
	}
	for _, text := range c.Sent {
		if s, err := limboCert(text); err == nil {
			q.Sent = append(q.Sent, s)
		}
	}
	j := Judge(q)
	for _, f := range j.Faults {
		if c.concerns(f) {
			return false, string(f.Kind) + ": " + f.Detail
		}
	}
	return c.unrevoked(j.Path, q.At)
}

// concerns leaves out what limbo does not model, and in its cases for RFC 5280
// (some of which contradict the equivalents for the web) what the Baseline
// Requirements alone forbid.
func (c limboCase) concerns(f Fault) bool {
	switch f.Kind {
	case SCTMissing, SCTFew, ValidityTooLong:
		return false
	}
	rfc := strings.HasPrefix(c.ID, "rfc5280::") || strings.HasPrefix(c.ID, "pathlen::")
	return !rfc || f.Baseline == ""
}

// unrevoked reads the case's revocation lists of the leaf's issuer, which must
// be believable and not name the leaf.
func (c limboCase) unrevoked(path []*Certificate, at time.Time) (bool, string) {
	for _, text := range c.CRLs {
		block, _ := pem.Decode([]byte(text))
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return false, err.Error()
		}
		if !bytes.Equal(list.RawIssuer, path[0].RawIssuer) {
			continue
		}
		s := ReadCRL(bytes.NewReader(block.Bytes), CRLQuery{Cert: path[0], Issuer: path[1], At: at})
		if s.State != StatusGood {
			return false, s.Detail
		}
	}
	return true, ""
}

func limboCert(text string) (*Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM")
	}
	return ParseCertificate(block.Bytes), nil
}

// TestLimboOnline judges the chains of well-known sites against the embedded
// roots and all that goes with them: nothing may be held against any. They are
// judged a day later than limbo does, after the logs saw them.
func TestLimboOnline(t *testing.T) {
	for _, c := range readLimbo(t) {
		if !strings.HasPrefix(c.ID, "online::") {
			continue
		}
		leaf, err := limboCert(c.Leaf)
		if err != nil {
			t.Fatal(err)
		}
		q := Query{Leaf: leaf, At: c.At.AddDate(0, 0, 1), Host: c.Name.Value}
		for _, text := range c.Sent {
			if s, err := limboCert(text); err == nil {
				q.Sent = append(q.Sent, s)
			}
		}
		for _, f := range Judge(q).Faults {
			t.Errorf("%s: %s: %s", c.ID, f.Kind, f.Detail)
		}
	}
}
