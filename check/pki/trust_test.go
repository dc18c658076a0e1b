package pki

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A trustRow is a chain of the field, made again with keys of our own: its
// roots stand for real ones, and are held by whichever store holds those.
type trustRow struct {
	name  string
	certs []cert
	like  map[string]string // a root of the row: part of the real one's subject
	// sent and fetched are ids.
	sent, fetched []string
	at            time.Time // 2026-11-25 if zero
	// want names the stores that do not simply accept the chain as sent, each
	// with what they do.
	want []string
	// fault is the text of the root-not-universal fault; empty for none.
	fault string
}

// recent is a leaf issued on 2026-11-10.
func recent(by string) cert { return cert{id: "leaf", by: by, from: 148, to: 238} }

const (
	realX1   = "CN=ISRG Root X1,"
	realX2   = "CN=ISRG Root X2,"
	realR46  = "CN=Sectigo Public Server Authentication Root R46,"
	realUSER = "CN=USERTrust RSA Certification Authority,"
	realG5   = "CN=DigiCert TLS RSA4096 Root G5,"
	realG2   = "CN=DigiCert Global Root G2,"
	realGS46 = "CN=GlobalSign Root R46,"
	realGSR3 = "OU=GlobalSign Root CA - R3"
)

// Android before 14, OpenJDK, and Apple before iOS 18.
const (
	oldAndroid = "Android 8.1,Android 9,Android 11,Android 12,Android 13"
	openJDKs   = "OpenJDK 11,OpenJDK 17"
	oldApple   = "iOS 15,iOS 16,iOS 17"
)

// each says the same of several stores.
func each(what string, stores ...string) (out []string) {
	for _, list := range stores {
		for s := range strings.SplitSeq(list, ",") {
			out = append(out, s+": "+what)
		}
	}
	return out
}

var trustRows = []trustRow{
	{name: "ISRG X1, with the expired cross-sign by DST X3", like: map[string]string{"X1": realX1},
		certs: []cert{{id: "DST", to: -100}, {id: "X1"}, {id: "X1'", by: "DST", to: 100}, {id: "R3", by: "X1"}, recent("R3")},
		sent:  []string{"R3", "X1'"}},
	{name: "Sectigo R46 alone", like: map[string]string{"R46": realR46, "USERTrust": realUSER},
		certs: []cert{{id: "USERTrust"}, {id: "R46"}, {id: "R36", by: "R46"}, recent("R36")}, sent: []string{"R36"},
		want: each("refuses", oldApple, oldAndroid, "Android 14", openJDKs)},
	{name: "Sectigo R46, cross-signed by USERTrust", like: map[string]string{"R46": realR46, "USERTrust": realUSER},
		certs: []cert{{id: "USERTrust"}, {id: "R46"}, {id: "R46'", by: "USERTrust"}, {id: "R36", by: "R46"}, recent("R36")}, sent: []string{"R36", "R46'"}},
	{name: "Sectigo R46, with the cross-sign to be fetched", like: map[string]string{"R46": realR46, "USERTrust": realUSER},
		certs: []cert{{id: "USERTrust"}, {id: "R46"}, {id: "R46'", by: "USERTrust"}, {id: "R36", by: "R46"}, recent("R36")}, sent: []string{"R36"}, fetched: []string{"R46'"},
		want: append(each("accepts with R46", oldApple), each("needs R46 (issued by USERTrust)", oldAndroid, "Android 14", openJDKs)...)},
	{name: "USERTrust alone, after Chrome's cut-off", like: map[string]string{"USERTrust": realUSER},
		certs: []cert{{id: "USERTrust"}, {id: "DV", by: "USERTrust"}, recent("DV")}, sent: []string{"DV"},
		want: each("refuses", "Chrome 40")},
	{name: "GlobalSign R46 alone", like: map[string]string{"R46": realGS46},
		certs: []cert{{id: "R46"}, {id: "Atlas", by: "R46"}, recent("Atlas")}, sent: []string{"Atlas"},
		want: each("refuses", oldAndroid, openJDKs)},
	{name: "GlobalSign R46, cross-signed by R3", like: map[string]string{"R46": realGS46, "R3": realGSR3},
		certs: []cert{{id: "R3"}, {id: "R46"}, {id: "R46'", by: "R3"}, {id: "Atlas", by: "R46"}, recent("Atlas")}, sent: []string{"Atlas", "R46'"}},
	{name: "GlobalSign R46, cross-signed by an authority of no table", like: map[string]string{"R46": realGS46},
		certs: []cert{{id: "R1"}, {id: "R46"}, {id: "R46'", by: "R1"}, {id: "Atlas", by: "R46"}, recent("Atlas")}, sent: []string{"Atlas", "R46'"},
		want: each("unknown", oldAndroid, openJDKs)},
	{name: "DigiCert G5 alone", like: map[string]string{"G5": realG5},
		certs: []cert{{id: "G5"}, {id: "TLS", by: "G5"}, recent("TLS")}, sent: []string{"TLS"},
		want: each("refuses", oldApple, oldAndroid, openJDKs)},
	{name: "DigiCert G5, cross-signed by G2", like: map[string]string{"G5": realG5, "G2": realG2},
		certs: []cert{{id: "G2"}, {id: "G5"}, {id: "G5'", by: "G2"}, {id: "TLS", by: "G5"}, recent("TLS")}, sent: []string{"TLS", "G5'"}},
	{name: "ISRG X2 alone", like: map[string]string{"X2": realX2},
		certs: []cert{{id: "X2"}, {id: "E5", by: "X2"}, recent("E5")}, sent: []string{"E5"},
		want: each("refuses", "iOS 15", oldAndroid, openJDKs)},
	{name: "ISRG YR, cross-signed by X1", like: map[string]string{"X1": realX1},
		certs: []cert{{id: "X1"}, {id: "YR"}, {id: "YR'", by: "X1"}, {id: "YR1", by: "YR"}, recent("YR1")}, sent: []string{"YR1", "YR'"}},
	{name: "ISRG YE, cross-signed by X2, and X2 by X1", like: map[string]string{"X1": realX1, "X2": realX2},
		certs: []cert{{id: "X1"}, {id: "X2"}, {id: "X2'", by: "X1"}, {id: "YE'", by: "X2"}, {id: "YE1", by: "YE'"}, recent("YE1")}, sent: []string{"YE1", "YE'", "X2'"}},
	{name: "ISRG YE, cross-signed by X2, and no more", like: map[string]string{"X1": realX1, "X2": realX2},
		certs: []cert{{id: "X1"}, {id: "X2"}, {id: "X2'", by: "X1"}, {id: "YE'", by: "X2"}, {id: "YE1", by: "YE'"}, recent("YE1")}, sent: []string{"YE1", "YE'"},
		want: each("refuses", "iOS 15", oldAndroid, openJDKs)},
	{name: "ISRG YR without its cross-sign, which is fetched", like: map[string]string{"X1": realX1},
		certs: []cert{{id: "X1"}, {id: "YR'", by: "X1"}, {id: "YR1", by: "YR'"}, recent("YR1")}, sent: []string{"YR1"}, fetched: []string{"YR'"},
		want: append(append(each("accepts with YR", "Chrome 40"), each("needs YR (issued by X1)", "Firefox")...),
			append(each("accepts with YR", oldApple, "iOS 18,iOS 26"),
				append(each("needs YR (issued by X1)", oldAndroid, "Android 14,Android 15,Android 16,Android 17"),
					append(each("accepts with YR", "Windows"), each("needs YR (issued by X1)", openJDKs)...)...)...)...)},
	{name: "Amazon Root CA 1, cross-signed by a root that Chrome never held", like: map[string]string{"A1": "CN=Amazon Root CA 1,", "Starfield": "CN=Starfield Services Root Certificate Authority - G2,"},
		certs: []cert{{id: "Starfield"}, {id: "A1"}, {id: "A1'", by: "Starfield"}, {id: "M01", by: "A1"}, recent("M01")}, sent: []string{"M01", "A1'"}},
	{name: "a root that Apple's current list lacks, which is old by then", like: map[string]string{"Telekom": "CN=Telekom Security TLS RSA Root 2023,"},
		certs: []cert{{id: "Telekom"}, {id: "Sub", by: "Telekom"}, recent("Sub")}, sent: []string{"Sub"},
		want: each("refuses", oldApple, "iOS 18,iOS 26", oldAndroid, "Android 14,Android 15", openJDKs)},
	{name: "the same while the list was new", like: map[string]string{"Telekom": "CN=Telekom Security TLS RSA Root 2023,"}, at: date("2026-06-20T00:00:00Z"),
		certs: []cert{{id: "Telekom"}, {id: "Sub", by: "Telekom"}, leafBy("Sub")}, sent: []string{"Sub"},
		want:  each("refuses", oldApple, "iOS 18,iOS 26", oldAndroid, "Android 14,Android 15", openJDKs),
		fault: "Chrome and Firefox trust the certificate 'leaf', but the chain as sent reaches no root of iOS 26 (list of '2025-12-28')."},
	{name: "a root of Chrome and Mozilla that Windows lacks", like: map[string]string{"ANF": "CN=ANF Secure Server Root CA,"},
		certs: []cert{{id: "ANF"}, {id: "Sub", by: "ANF"}, recent("Sub")}, sent: []string{"Sub"},
		want:  each("refuses", oldApple, "iOS 18,iOS 26", oldAndroid, "Windows", openJDKs),
		fault: "Chrome and Firefox trust the certificate 'leaf', but the chain as sent reaches no root of Windows (list of '2026-07-19')."},
	{name: "the same, with a cross-sign to install that is not sent", like: map[string]string{"ANF": "CN=ANF Secure Server Root CA,", "X1": realX1},
		certs: []cert{{id: "X1"}, {id: "ANF"}, {id: "ANF'", by: "X1"}, {id: "Sub", by: "ANF"}, recent("Sub")}, sent: []string{"Sub"}, fetched: []string{"ANF'"},
		want: append(append(each("accepts with ANF", oldApple, "iOS 18,iOS 26"), each("needs ANF (issued by X1)", oldAndroid)...),
			append(each("accepts with ANF", "Windows"), each("needs ANF (issued by X1)", openJDKs)...)...)},
	{name: "an intermediate that is not sent at all", like: map[string]string{"X1": realX1}, certs: []cert{{id: "X1"}, {id: "R3", by: "X1"}, recent("R3")}, sent: []string{}},
}

// leafBy is a leaf of the frozen time of the other tables.
func leafBy(id string) cert { return cert{id: "leaf", by: id} }

func TestTrustByClient(t *testing.T) {
	for _, r := range trustRows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			w := makeWorld(t, r.certs)
			if r.at.IsZero() {
				r.at = date("2026-11-25T00:00:00Z")
			}
			q := Query{Host: host, Leaf: w.certs["leaf"], Sent: w.pick(r.sent), Fetched: w.pick(r.fetched), At: r.at, Roots: &Roots{name: theRoots}}
			for i := range byte(2) {
				q.SCTs = append(q.SCTs, sct(i, q.Leaf.NotBefore.Add(time.Hour)))
			}
			q.stores = r.model(t, w, q.Roots)
			j := Judge(q)
			var got []string
			for _, s := range j.Trust {
				if said := sayTrust(s); said != "" {
					got = append(got, s.String()+": "+said)
				}
			}
			if d := cmp.Diff(r.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			fault := ""
			for _, f := range j.Faults {
				if f.Kind == NotUniversal {
					fault += f.Detail
				}
			}
			if fault != r.fault {
				t.Errorf("fault %q, want %q", fault, r.fault)
			}
		})
	}
}

// model fills the roots of the row, and makes stores that hold them where the
// real ones hold what they stand for.
func (r trustRow) model(t *testing.T, w *world, roots *Roots) []store {
	table := *Chrome()
	table.roots = map[[sha256.Size]byte]ChromeRoot{}
	real := map[*anchor]*anchor{}
	for id, part := range r.like {
		a, like := certAnchor(w.certs[id]), realRoot(t, part)
		if entry, known := Chrome().Lookup(sha256.Sum256(like.der)); known {
			table.roots[sha256.Sum256(a.der)] = entry
		}
		a.chrome, a.constraint, a.names = &table, like.constraint, like.names
		real[a] = like
		roots.add(w.certs[id].RawSubject, a)
	}
	var out []store
	for _, s := range stores() {
		if holds := s.holds; holds != nil {
			s.holds = func(a *anchor) bool { return holds(real[a]) }
		}
		out = append(out, s)
	}
	return out
}

func realRoot(t *testing.T, part string) *anchor {
	t.Helper()
	for _, list := range Embedded().bySubject() {
		for _, a := range list {
			if strings.Contains(a.cert().Subject.String(), part) {
				return a
			}
		}
	}
	t.Fatalf("no embedded root is '%s'", part)
	return nil
}

// sayTrust words what is not a plain acceptance.
func sayTrust(s StoreTrust) string {
	switch {
	case s.Acceptance == AcceptanceUnknown:
		return "unknown"
	case len(s.Install) > 0:
		return "needs " + strings.Join(s.Install, ", ")
	case s.Acceptance == Refused:
		return "refuses"
	case len(s.Completed) > 0:
		return "accepts with " + strings.Join(s.Completed, ", ")
	}
	return ""
}

// TestStores holds the embedded table to what any version of it is like.
func TestStores(t *testing.T) {
	counts := map[Client]int{}
	current := map[Client]string{}
	for _, s := range stores() {
		counts[s.Client]++
		if s.Current {
			current[s.Client] += s.Release
		}
		if s.holds == nil {
			continue
		}
		held := 0
		for _, list := range Embedded().bySubject() {
			for _, a := range list {
				if s.holds(a) {
					held++
				}
			}
		}
		if held < 20 || held > Embedded().Len() {
			t.Errorf("%s holds %d of the embedded roots", s, held)
		}
	}
	want := map[Client]int{ClientChrome: 1, ClientFirefox: 1, ClientApple: 5, ClientAndroid: 9, ClientWindows: 1, ClientOpenJDK: 2}
	if d := cmp.Diff(want, counts); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if current[ClientApple] != "iOS 26" || current[ClientAndroid] != "17" {
		t.Errorf("current: %v", current)
	}
	for _, text := range []string{"", "# ios26=2025-12-28\nsha256,releases\n", "sha256,releases\n" + strings.Repeat("00", 32) + ",1\n",
		"# ios26=2025-12-28 rest\nsha256,releases\n" + strings.Repeat("00", 32) + ",1\n",
		"# ios26=2025-12-28\nsha256,releases\n00,1\n", "# ios26=2025-12-28\nsha256,releases\n" + strings.Repeat("00", 32) + ",x\n"} {
		if _, err := parseStores([]byte(text)); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}
