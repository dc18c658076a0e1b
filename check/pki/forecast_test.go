package pki

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestForecast looks ahead from three dates, for chains whose roots stand for
// real ones.
func TestForecast(t *testing.T) {
	g2 := map[string]string{"G2": realG2}
	g2Chain := []cert{{id: "G2"}, {id: "TLS", by: "G2"}, recent("TLS")}
	renewal := "2027-09-14 cut-off: Renewed after '2027-09-14T23:59:59Z' through 'G2', the certificate 'leaf' will be refused by Chrome."
	for _, tc := range []struct {
		name  string
		certs []cert
		like  map[string]string
		sent  []string
		at    string
		want  []string
	}{
		{"a root with a cut-off to come", g2Chain, g2, []string{"TLS"}, "2026-11-25T00:00:00Z", []string{
			"2027-02-08 expiry: The certificate 'leaf' expires on '2027-02-08T11:59:59Z'.", renewal,
			"2029-03-15 shorter-lifetime: Certificates issued from '2029-03-15' on may live 47 days at most; 'leaf' lives 90: it will have to be renewed more often."}},
		{"the same when it has expired", g2Chain, g2, []string{"TLS"}, "2027-06-01T00:00:00Z", []string{
			renewal,
			"2029-03-15 shorter-lifetime: Certificates issued from '2029-03-15' on may live 47 days at most; 'leaf' lives 90: it will have to be renewed more often."}},
		{"an intermediate that ends before the leaf", []cert{{id: "X1"}, {id: "R3", by: "X1", from: 0, to: 200}, recent("R3")}, map[string]string{"X1": realX1}, []string{"R3"}, "2026-11-25T00:00:00Z", []string{
			"2027-01-01 expiry: 'R3', which the chain needs, expires on '2027-01-01T11:59:59Z', before the certificate 'leaf' does.",
			"2027-02-08 expiry: The certificate 'leaf' expires on '2027-02-08T11:59:59Z'.",
			"2029-03-15 shorter-lifetime: Certificates issued from '2029-03-15' on may live 47 days at most; 'leaf' lives 90: it will have to be renewed more often."}},
		{"a cut-off beside a root that has none", []cert{{id: "G2"}, {id: "G5"}, {id: "G5'", by: "G2"}, {id: "TLS", by: "G5"}, recent("TLS")}, map[string]string{"G2": realG2, "G5": realG5},
			[]string{"TLS", "G5'"}, "2028-01-01T00:00:00Z", []string{
				"2029-03-15 shorter-lifetime: Certificates issued from '2029-03-15' on may live 47 days at most; 'leaf' lives 90: it will have to be renewed more often."}},
		{"issued before a cut-off that is past", []cert{{id: "USERTrust"}, {id: "DV", by: "USERTrust"}, {id: "leaf", by: "DV", from: 80, to: 200}}, map[string]string{"USERTrust": realUSER}, []string{"DV"}, "2026-11-25T00:00:00Z", []string{
			"2026-09-30 cut-off: The certificate 'leaf' was issued before '2026-09-30T23:59:59Z', from when on Chrome refuses what is issued through 'USERTrust': its renewal through the same root is refused.",
			"2027-01-01 expiry: The certificate 'leaf' expires on '2027-01-01T11:59:59Z'.",
			"2027-03-15 shorter-lifetime: Certificates issued from '2027-03-15' on may live 100 days at most; 'leaf' lives 120: it will have to be renewed more often.",
			"2029-03-15 shorter-lifetime: Certificates issued from '2029-03-15' on may live 47 days at most; 'leaf' lives 120: it will have to be renewed more often."}},
		{"a short-lived certificate", []cert{{id: "X1"}, {id: "R3", by: "X1"}, {id: "leaf", by: "R3", from: 160, to: 166}}, map[string]string{"X1": realX1}, []string{"R3"}, "2026-11-25T00:00:00Z", []string{
			"2026-11-28 expiry: The certificate 'leaf' expires on '2026-11-28T11:59:59Z'. It lives 6 days, so a renewal that fails has to be noticed and repeated within hours."}},
		{"no path", []cert{{id: "X1"}, {id: "R3", by: "X1"}, recent("R3")}, map[string]string{"X1": realX1}, []string{}, "2026-11-25T00:00:00Z", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := makeWorld(t, tc.certs)
			q := Query{Host: host, Leaf: w.certs["leaf"], Sent: w.pick(tc.sent), At: date(tc.at), Roots: &Roots{name: theRoots}}
			for i := range byte(2) {
				q.SCTs = append(q.SCTs, sct(i, q.Leaf.NotBefore.Add(time.Hour)))
			}
			trustRow{like: tc.like}.model(t, w, q.Roots)
			var got []string
			for _, e := range Judge(q).Forecast {
				if e.Short == "" {
					t.Errorf("no short text for %q", e.Detail)
				}
				got = append(got, e.At.Format(time.DateOnly)+" "+string(e.Kind)+": "+e.Detail)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Mozilla's distrust date is found out of the bundle's function.
func TestMozillaCutoff(t *testing.T) {
	at := date("2026-11-25T00:00:00Z")
	if got := embeddedRoot(t, "Izenpe.com").cutoff(mozillaProgram, at); !got.Equal(date("2026-04-15T23:59:59Z")) {
		t.Errorf("%v", got)
	}
	if got := embeddedRoot(t, "ISRG Root X1").cutoff(mozillaProgram, at); !got.IsZero() {
		t.Errorf("%v", got)
	}
}
