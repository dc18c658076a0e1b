package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ocsp"
)

// An ocspRow is a response and what it must say of the leaf.
type ocspRow struct {
	name string
	edit func(*ocsp.Response)
	// by is the id of the responder, whose certificate comes along unless it
	// is the issuer's.
	by     string
	about  string // id of the issuer that the response names; "Inter" if empty
	mangle func([]byte) []byte
	at     time.Time
	key    string // of the issuer
	pss    bool   // sign with RSASSA-PSS
	want   Status
}

var (
	answeredAt, answeredTo = now.Add(-time.Hour), now.Add(time.Hour)

	goodAnswer = Status{State: StatusGood, Detail: "The OCSP response of '2026-06-15T11:00:00Z' says that it is good.",
		ThisUpdate: answeredAt, NextUpdate: answeredTo}
)

func disbelieved(detail string) Status { return Status{State: StatusInvalid, Detail: detail} }

var ocspRows = []ocspRow{
	{name: "good", want: goodAnswer},
	{name: "good, by a responder", by: "responder", want: goodAnswer},
	{name: "good, naming the issuer by SHA-256", edit: func(r *ocsp.Response) { r.IssuerHash = crypto.SHA256 }, want: goodAnswer},
	{name: "revoked", edit: revokedAnswer, want: Status{State: StatusRevoked, Reason: "keyCompromise", RevokedAt: now.AddDate(0, 0, -2),
		Detail:     "The OCSP response of '2026-06-15T11:00:00Z' says that it is revoked since '2026-06-13T12:00:00Z' for the reason 'keyCompromise'.",
		ThisUpdate: answeredAt, NextUpdate: answeredTo}},
	{name: "unknown", edit: func(r *ocsp.Response) { r.Status = ocsp.Unknown }, want: Status{State: StatusUnknown,
		Detail: "The OCSP responder does not know the certificate.", ThisUpdate: answeredAt, NextUpdate: answeredTo}},
	{name: "no answer", mangle: func([]byte) []byte { return ocsp.UnauthorizedErrorResponse },
		want: disbelieved("The OCSP responder gives no answer: it says 'unauthorized'.")},
	{name: "nothing", mangle: func([]byte) []byte { return nil },
		want: disbelieved("The OCSP response cannot be read: it is not well-formed.")},
	{name: "cut short", mangle: func(b []byte) []byte { return b[:len(b)-1] },
		want: disbelieved("The OCSP response cannot be read: it is not well-formed.")},
	{name: "endless", mangle: func([]byte) []byte { return make([]byte, maxOCSPBytes+1) },
		want: disbelieved("The OCSP response has more than 65536 bytes.")},
	{name: "about another certificate", edit: func(r *ocsp.Response) { r.SerialNumber = serialOf("other") },
		want: disbelieved("The OCSP response is about another certificate.")},
	{name: "about another issuer's certificate of the number", about: "Root",
		want: disbelieved("The OCSP response is about a certificate of another issuer than 'Inter'.")},
	{name: "by another authority", by: "Root",
		want: disbelieved("The OCSP response is not to be believed: neither 'Inter' nor a responder that it certified has signed it.")},
	{name: "by a responder of another issuer", by: "alien",
		want: disbelieved("The OCSP response is not to be believed: neither 'Inter' nor a responder that it certified has signed it.")},
	{name: "by a server of the issuer", by: "server",
		want: disbelieved("The OCSP response is not to be believed: the certificate of its signer 'server' is not for signing OCSP responses.")},
	{name: "by a responder that may not sign", by: "mute",
		want: disbelieved("The OCSP response is not to be believed: the key usage of its signer 'mute' does not allow signatures.")},
	{name: "by an expired responder", by: "late",
		want: disbelieved("The OCSP response is not to be believed: the certificate of its signer 'late' is valid from '2026-06-05T12:00:00Z' through '2026-06-14T11:59:59Z' only.")},
	{name: "in its last second", at: answeredTo, want: goodAnswer},
	{name: "out of date", at: answeredTo.Add(time.Second),
		want: disbelieved("The OCSP response does not count: it is out of date: its next update was due on '2026-06-15T13:00:00Z'.")},
	{name: "revoked, but out of date", edit: revokedAnswer, at: answeredTo.AddDate(1, 0, 0), want: Status{State: StatusRevoked, Reason: "keyCompromise", RevokedAt: now.AddDate(0, 0, -2),
		Detail:     "The OCSP response of '2026-06-15T11:00:00Z' says that it is revoked since '2026-06-13T12:00:00Z' for the reason 'keyCompromise'.",
		ThisUpdate: answeredAt, NextUpdate: answeredTo}},
	{name: "on hold, but out of date", edit: func(r *ocsp.Response) { revokedAnswer(r); r.RevocationReason = ocsp.CertificateHold }, at: answeredTo.Add(time.Second),
		want: disbelieved("The OCSP response does not count: it is out of date: its next update was due on '2026-06-15T13:00:00Z'.")},
	{name: "revoked, in the future", edit: revokedAnswer, at: answeredAt.Add(-clockSkew - time.Second),
		want: disbelieved("The OCSP response does not count: it is dated '2026-06-15T11:00:00Z', in the future of '2026-06-15T10:49:59Z'.")},
	{name: "signed with RSA", key: "RSA", want: goodAnswer},
	{name: "signed with RSASSA-PSS", key: "RSA", pss: true, want: goodAnswer},
	{name: "revoked, signed by a responder with RSASSA-PSS", by: "pss-responder", pss: true, edit: revokedAnswer, want: Status{State: StatusRevoked, Reason: "keyCompromise", RevokedAt: now.AddDate(0, 0, -2),
		Detail:     "The OCSP response of '2026-06-15T11:00:00Z' says that it is revoked since '2026-06-13T12:00:00Z' for the reason 'keyCompromise'.",
		ThisUpdate: answeredAt, NextUpdate: answeredTo}},
	{name: "signed with RSASSA-PSS and changed", key: "RSA", pss: true, mangle: func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		want: disbelieved("The OCSP response is not to be believed: neither 'Inter' nor a responder that it certified has signed it.")},
	{name: "of the future", at: answeredAt.Add(-clockSkew - time.Second),
		want: disbelieved("The OCSP response does not count: it is dated '2026-06-15T11:00:00Z', in the future of '2026-06-15T10:49:59Z'.")},
	{name: "without a next update", edit: undated, at: answeredAt.Add(undatedLife),
		want: Status{State: StatusGood, Detail: goodAnswer.Detail, ThisUpdate: answeredAt}},
	{name: "without a next update for too long", edit: undated, at: answeredAt.Add(undatedLife + time.Second),
		want: disbelieved("The OCSP response does not count: it is out of date: its next update was due on '2026-06-16T11:00:00Z'.")},
}

func revokedAnswer(r *ocsp.Response) {
	r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, now.AddDate(0, 0, -2), ocsp.KeyCompromise
}

func undated(r *ocsp.Response) { r.NextUpdate = time.Time{} }

func ocspWorld(t testing.TB, key string) *world {
	signing := func(usage x509.KeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.ExtKeyUsage, c.KeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}, usage
		}
	}
	return makeWorld(t, []cert{root, {id: "Inter", by: "Root", key: key}, {id: "Stranger"}, leaf,
		{id: "pss-responder", by: "Inter", key: "RSA", edit: signing(x509.KeyUsageDigitalSignature)},
		{id: "responder", by: "Inter", edit: signing(x509.KeyUsageDigitalSignature)},
		{id: "alien", by: "Stranger", edit: signing(x509.KeyUsageDigitalSignature)},
		{id: "server", by: "Inter"},
		{id: "mute", by: "Inter", edit: signing(x509.KeyUsageKeyEncipherment)},
		{id: "late", by: "Inter", from: -10, to: -1, edit: signing(x509.KeyUsageDigitalSignature)},
	})
}

func (r ocspRow) response(t testing.TB, w *world) []byte {
	t.Helper()
	template := ocsp.Response{Status: ocsp.Good, SerialNumber: serialOf("leaf"), ThisUpdate: answeredAt, NextUpdate: answeredTo, IssuerHash: crypto.SHA1}
	if r.edit != nil {
		r.edit(&template)
	}
	by, about := "Inter", "Inter"
	if r.by != "" {
		by = r.by
		template.Certificate = w.templates[by]
	}
	if r.about != "" {
		about = r.about
	}
	response, err := ocsp.CreateResponse(w.templates[about], w.templates[by], template, testKey(t, by, w.specs[by].key))
	if err != nil {
		t.Fatal(err)
	}
	if r.pss {
		response = signedWithPSS(t, response, testKey(t, by, w.specs[by].key))
	}
	if r.mangle != nil {
		response = r.mangle(response)
	}
	return response
}

func TestReadOCSP(t *testing.T) {
	for _, r := range ocspRows {
		t.Run(r.name, func(t *testing.T) {
			w := ocspWorld(t, r.key)
			at := now
			if !r.at.IsZero() {
				at = r.at
			}
			got := ReadOCSP(r.response(t, w), w.certs["leaf"], w.certs["Inter"], at)
			if d := cmp.Diff(r.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var back Status
			if err := json.Unmarshal(text, &back); err != nil || back != got {
				t.Errorf("%s came back as %+v: %v", text, back, err)
			}
		})
	}
}

func FuzzReadOCSP(f *testing.F) {
	w, keyed := ocspWorld(f, ""), ocspWorld(f, "RSA")
	answers := map[string]bool{}
	for _, r := range ocspRows {
		in := w
		if r.key != "" {
			in = keyed
		}
		der := r.response(f, in)
		answers[string(der)] = true
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		s := ReadOCSP(der, w.certs["leaf"], w.certs["Inter"], now)
		if s.Detail == "" || s.State == "" {
			t.Fatalf("no status: %+v", s)
		}
		if s.State != StatusInvalid && !answers[string(der)] {
			// Only the unsigned parts may differ from a response that was made.
			if resp, err := ocsp.ParseResponse(der, w.templates["Inter"]); err != nil || len(resp.TBSResponseData) == 0 {
				t.Fatalf("believed a response that nobody signed: %v", err)
			}
		}
	})
}

// signedWithPSS signs a response anew, which package ocsp cannot.
func signedWithPSS(t testing.TB, response []byte, key crypto.Signer) []byte {
	t.Helper()
	r, err := parseOCSP(response)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.Sign(rand.Reader, digest(crypto.SHA256, r.signed), &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	const sha256ID = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	hash := der(0x30, der(6, sha256ID)+"\x05\x00")
	algorithm := der(0x30, der(6, oidPSS)+der(0x30, der(0xa0, hash)+der(0xa1, der(0x30, der(6, oidPKCS1+"\x08")+hash))+der(0xa2, "\x02\x01\x20")))
	certs := ""
	for _, c := range r.certs {
		certs += string(c)
	}
	if certs != "" {
		certs = der(0xa0, der(0x30, certs))
	}
	basic := der(0x30, string(r.signed)+algorithm+der(3, "\x00"+string(signature))+certs)
	return []byte(der(0x30, "\x0a\x01\x00"+der(0xa0, der(0x30, der(6, idBasic)+der(4, basic)))))
}
