package deploytest

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http"
	"slices"
)

// Faults returns a fresh list of deployments that break one rule each, every
// one at a host of its own.
func Faults() []Deployment {
	return slices.Concat(cleartextFaults(), transportFaults(), certificateFaults(), statusFaults())
}

func cleartextFaults() []Deployment {
	return []Deployment{
		{Host: "content.example", Rule: "cleartext-content", Fault: "Port 80 serves the page.",
			Cleartext: Answer(http.StatusOK, GoodPage)},
		{Host: "login.example", Rule: "cleartext-content", Fault: "Port 80 asks for a password.",
			Cleartext: Answer(http.StatusUnauthorized, "", `WWW-Authenticate: Basic realm="staff"`)},
		{Host: "detour.example", Rule: "cleartext-redirect", Fault: "Port 80 redirects to another http URL first.",
			Cleartext: Redirect("http://www.detour.example/"), With: []Deployment{{Host: "www.detour.example"}}},
		{Host: "moved.example", Rule: "cleartext-redirect-host", Fault: "Port 80 redirects to another host at once.",
			Cleartext: Redirect("https://www.moved.example/"), With: []Deployment{{Host: "www.moved.example"}}},
		{Host: "prior.example", Rule: "cleartext-h2c", Fault: "Port 80 serves the page to HTTP/2 with prior knowledge.",
			Cleartext: PriorKnowledge},
		{Host: "upgrade.example", Rule: "cleartext-upgrade", Fault: "Port 80 switches to TLS where it is asked to.",
			Cleartext: UpgradesToTLS},
		{Host: "socket.example", Rule: "cleartext-websocket", Fault: "Port 80 takes WebSocket connections.",
			Cleartext: WebSocket},
		{Host: "sniff.example", Rule: "cleartext-on-tls-port", Fault: "Port 443 serves the page in cleartext too.",
			Sniff: Answer(http.StatusOK, GoodPage)},
	}
}

func transportFaults() []Deployment {
	return []Deployment{
		{Host: "closed.example", Rule: "tls-missing", Fault: "Port 443 is closed.",
			Cleartext: Answer(http.StatusOK, GoodPage), HTTPS: Closed},
		{Host: "plain.example", Rule: "tls-missing", Fault: "Port 443 speaks no TLS.", NoTLS: true},
		{Host: "back.example", Rule: "redirect-downgrade", Fault: "The https URL redirects to http.",
			HTTPS: Redirect("http://back.example/home"), Cleartext: Answer(http.StatusOK, GoodPage)},
		{Host: "refresh.example", Rule: "redirect-downgrade", Fault: "A Refresh header leads from https to http.",
			HTTPS: Page(GoodPage, "Refresh: 0; url=http://refresh.example/home")},
		{Host: "meta.example", Rule: "redirect-downgrade", Fault: "A meta refresh leads from https to http.",
			HTTPS: Page(`<!doctype html><meta http-equiv="refresh" content="0; url=http://meta.example/home">`)},
		{Host: "nohsts.example", Rule: "hsts-missing", Fault: "No Strict-Transport-Security header is sent.",
			HTTPS: Answer(http.StatusOK, GoodPage)},
		{Host: "weakhsts.example", Rule: "hsts-weak", Fault: "HSTS lasts five minutes.",
			HTTPS: Answer(http.StatusOK, GoodPage, "Strict-Transport-Security: max-age=300")},
		{Host: "old.example", Rule: "legacy-protocol", Fault: "TLS 1.0 and TLS 1.1 are accepted.",
			TLS: func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }},
		{Host: "rc4.example", Rule: "broken-cipher", Fault: "3DES and RC4 suites are accepted.",
			Certificate: WithRSA,
			TLS: func(c *tls.Config) {
				c.MaxVersion = tls.VersionTLS12
				c.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
					tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA}
			}},
		{Host: "mixed.example", Rule: "mixed-content", Fault: "The page loads a script in cleartext.",
			HTTPS: Page(`<!doctype html><title>Mixed</title><script src="http://cdn.example/app.js"></script>`)},
		{Host: "passive.example", Rule: "mixed-content-passive", Fault: "The page shows an image in cleartext.",
			HTTPS: Page(`<!doctype html><title>Mixed</title><img src="http://cdn.example/logo.png" alt="">`)},
		{Host: "form.example", Rule: "insecure-form", Fault: "A form is sent in cleartext.",
			HTTPS: Page(`<!doctype html><title>Form</title><form action="http://form.example/login"></form>`)},
		{Host: "cookie.example", Rule: "insecure-cookie", Fault: "A cookie is set without Secure.",
			HTTPS: Page(GoodPage, "Set-Cookie: session=1; HttpOnly; Path=/")},
	}
}

func certificateFaults() []Deployment {
	return []Deployment{
		{Host: "private.example", Rule: "untrusted-root", Fault: "The certificate is of a private CA.", Certificate: Untrusted},
		{Host: "self.example", Rule: "self-signed", Fault: "The certificate signs itself.", Certificate: SignedByItself},
		{Host: "incomplete.example", Rule: "incomplete-chain", Fault: "The intermediate is not sent.", Certificate: Incomplete},
		{Host: "bundle.example", Rule: "incomplete-chain", Fault: "The intermediate, published as PKCS #7, is not sent.",
			Certificate: IncompletePKCS7},
		{Host: "mismatch.example", Rule: "hostname-mismatch", Fault: "The certificate is for another host.", Certificate: WrongHost},
		{Host: "expired.example", Rule: "certificate-expired", Fault: "The certificate ended yesterday.", Certificate: Expired},
		{Host: "h3.example", Rule: "http3-certificate", Fault: "HTTP/3 clients are shown the certificate that expired yesterday.",
			HTTP3: Expired},
		{Host: "oldissuer.example", Rule: "certificate-expired", Fault: "The intermediate ended yesterday.",
			Certificate: ExpiredIntermediate},
		{Host: "future.example", Rule: "certificate-not-yet-valid", Fault: "The certificate begins tomorrow.",
			Certificate: NotYetValid},
		{Host: "expiring.example", Rule: "certificate-expiring", Fault: "The certificate ends in two days.", Certificate: Expiring},
		{Host: "usage.example", Rule: "wrong-usage", Fault: "The certificate is for TLS clients.", Certificate: WrongUsage},
	}
}

func statusFaults() []Deployment {
	return []Deployment{
		{Host: "crl.example", Rule: "certificate-revoked", Fault: "The CRL says revoked.", Certificate: RevokedByCRL},
		{Host: "ocsp.example", Rule: "certificate-revoked", Fault: "The OCSP responder says revoked.",
			Certificate: RevokedByOCSP},
		{Host: "stapled.example", Rule: "certificate-revoked", Fault: "The stapled OCSP response says revoked.",
			Certificate: Stapled(Revoked)},
		{Host: "unstapled.example", Rule: "staple-missing", Fault: "The certificate demands stapling, and none comes.",
			Certificate: Unstapled},
		{Host: "years.example", Rule: "validity-too-long", Fault: "The certificate is valid for ten years.",
			Certificate: ManyYears},
		{Host: "smallkey.example", Rule: "weak-key", Fault: "The RSA key has 1024 bits.", Certificate: SmallKey},
		{Host: "unlogged.example", Rule: "sct-missing", Fault: "No certificate timestamp comes.", Certificate: Unlogged},
	}
}

// Hostile is text that a workflow log, Markdown or HTML would obey if it were
// written out raw. Header values have a terminal's escape sequence too.
const Hostile = "::error::owned ##[error]owned [x](javascript:alert(1)) <img src=x onerror=alert(1)> | ` \u202e"

const hostileHeader = Hostile + "\x1b[31m"

// HostileText is a deployment, broken in every place a message quotes, that
// says [Hostile] wherever it can: in headers, in Location, in the
// certificate's names and in the page.
func HostileText(host string) Deployment {
	return Deployment{
		Host: host,
		Cleartext: Answer(http.StatusFound, "",
			"Location: http://"+host+"/"+Hostile, "Server: "+hostileHeader),
		HTTPS: Answer(http.StatusOK, "<!doctype html><title>"+Hostile+"</title>",
			"Refresh: 0; url=http://"+host+"/"+Hostile, "Strict-Transport-Security: "+hostileHeader,
			"Server: "+hostileHeader, "Set-Cookie: a="+hostileHeader),
		// HTTP/2 servers drop such header values.
		TLS: func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} },
		Certificate: func(*Network, string) tls.Certificate {
			return NewRoot(Spec{Name: Hostile}).Leaf(Spec{Name: Hostile, Edit: func(c *x509.Certificate) {
				c.Subject.Organization = []string{Hostile}
				c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: []int{2, 5, 4, 11}, Value: Hostile}}
				c.DNSNames = []string{"::error::owned.example", "a`|b<i>.example"}
			}})
		},
		Rule:  "untrusted-root",
		Fault: "Everything it says tries to take over the log.",
	}
}

// Demo returns one good deployment and some misconfigured ones that show what there
// is to find. Judge them against [Network.Root].
func Demo() []Deployment {
	shown := []string{"content.example", "back.example", "nohsts.example", "private.example",
		"incomplete.example", "mismatch.example", "expired.example", "closed.example"}
	demo := []Deployment{{Host: "good.example"}}
	for _, d := range Faults() {
		if slices.Contains(shown, d.Host) {
			demo = append(demo, d)
		}
	}
	return demo
}
