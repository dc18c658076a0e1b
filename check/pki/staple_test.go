package pki

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// TestStapleFault is what Firefox makes of staples.
func TestStapleFault(t *testing.T) {
	dated := func(this, next time.Duration) func(*ocsp.Response) {
		return func(r *ocsp.Response) {
			r.ThisUpdate = now.Add(this)
			if r.NextUpdate = (time.Time{}); next != 0 {
				r.NextUpdate = now.Add(next)
			}
		}
	}
	const day = 24 * time.Hour
	for _, tc := range []struct {
		ocspRow
		want string // part of the fault, empty for none
	}{
		{ocspRow{name: "good"}, ""},
		{ocspRow{name: "revoked", edit: revokedAnswer}, ""},
		{ocspRow{name: "unknown", edit: func(r *ocsp.Response) { r.Status = ocsp.Unknown }}, "does not know the certificate"},
		{ocspRow{name: "try later", mangle: func([]byte) []byte { return ocsp.TryLaterErrorResponse }}, "gives no answer"},
		{ocspRow{name: "internal error", mangle: func([]byte) []byte { return ocsp.InternalErrorErrorResponse }}, "gives no answer"},
		{ocspRow{name: "junk", mangle: func([]byte) []byte { return []byte("junk") }}, "cannot be read"},
		{ocspRow{name: "a broken signature", mangle: func(b []byte) []byte { b[len(b)-1] ^= 1; return b }}, "not to be believed"},
		{ocspRow{name: "of another certificate", edit: func(r *ocsp.Response) { r.SerialNumber = serialOf("other") }}, "OCSP response"},
		{ocspRow{name: "by another signer", by: "Root"}, "not to be believed"},
		{ocspRow{name: "an hour late", edit: dated(-5*day, -time.Hour)}, ""},
		{ocspRow{name: "30 hours late", edit: dated(-5*day, -30*time.Hour)}, "a day of slack has passed"},
		{ocspRow{name: "11 days old less an hour", edit: dated(-11*day+time.Hour, 5*day)}, ""},
		{ocspRow{name: "20 days old", edit: dated(-20*day, 5*day)}, "a day of slack has passed"},
		{ocspRow{name: "undated, 47 hours old", edit: dated(-47*time.Hour, 0)}, ""},
		{ocspRow{name: "undated, 49 hours old", edit: dated(-49*time.Hour, 0)}, "a day of slack has passed"},
		{ocspRow{name: "of the next day", edit: dated(23*time.Hour, 5*day)}, ""},
		{ocspRow{name: "of the day after", edit: dated(25*time.Hour, 5*day)}, "in the future"},
		{ocspRow{name: "revoked, and long out of date", edit: func(r *ocsp.Response) { revokedAnswer(r); dated(-90*day, -80*day)(r) }}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := ocspWorld(t, tc.key)
			got := StapleFault(tc.response(t, w), w.certs["leaf"], w.certs["Inter"], now)
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
