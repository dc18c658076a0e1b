package deploytest

import (
	"crypto/x509"
	"encoding/base64"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Where the network's CA publishes the certificate of [Network.Issuer], as
// DER and as a PKCS #7 bundle, the CRLs of both its CAs, and OCSP responses.
const (
	IssuerURL       = "http://" + authorityHost + "/issuer.der"
	IssuerBundleURL = "http://" + authorityHost + "/issuer.p7c"
	IssuerCRLURL    = "http://" + authorityHost + "/issuer.crl"
	RootCRLURL      = "http://" + authorityHost + "/root.crl"
	OCSPURL         = "http://" + authorityHost + "/ocsp"
)

const (
	authorityHost    = "ca.example"
	authorityAddress = "203.0.113.1"
)

// An authority is a network's CA with its web server.
type authority struct {
	root, issuer *CA

	mu      sync.Mutex
	revoked []*big.Int
}

// newAuthority makes the CA and starts its server.
func newAuthority(n *Network) *authority {
	root := NewRoot(Spec{Name: "Demonstration Root"})
	a := &authority{root: root, issuer: root.Intermediate(Spec{
		Name: "Demonstration Issuing CA",
		Edit: func(c *x509.Certificate) { c.CRLDistributionPoints = []string{RootCRLURL} },
	})}
	mux := http.NewServeMux()
	publish := func(url, contentType string, content func() []byte) {
		mux.HandleFunc("GET "+strings.TrimPrefix(url, "http://"+authorityHost), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(content()) // a client that has gone is no matter
		})
	}
	publish(IssuerURL, "application/pkix-cert", func() []byte { return a.issuer.Certificate.Raw })
	publish(IssuerBundleURL, "application/pkcs7-mime", func() []byte { return PKCS7(a.issuer.Certificate.Raw) })
	publish(IssuerCRLURL, "application/pkix-crl", func() []byte {
		return a.issuer.CRL(CRL{URL: IssuerCRLURL, Revoked: a.serials()})
	})
	publish(RootCRLURL, "application/pkix-crl", func() []byte { return a.root.CRL(CRL{URL: RootCRLURL}) })
	mux.HandleFunc("POST /ocsp", a.respond)
	mux.HandleFunc("GET /ocsp/{request...}", a.respond)
	n.Name(authorityHost, authorityAddress)
	n.Serve(authorityAddress+":80", HTTP(mux))
	return a
}

// Revoke lets the network's CRL and OCSP responder say that a certificate of
// [Network.Issuer] is revoked.
func (n *Network) Revoke(c *x509.Certificate) {
	a := n.authority()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revoked = append(a.revoked, c.SerialNumber)
}

// serials lists what is revoked.
func (a *authority) serials() []*big.Int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.revoked)
}

// respond is the OCSP responder of the issuer (RFC 6960 appendix A.1).
func (a *authority) respond(w http.ResponseWriter, r *http.Request) {
	der, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if r.Method == http.MethodGet {
		der, err = base64.StdEncoding.DecodeString(r.PathValue("request"))
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	serial, err := requestedSerial(der)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	status := Good
	if slices.ContainsFunc(a.serials(), func(s *big.Int) bool { return s.Cmp(serial) == 0 }) {
		status = Revoked
	}
	w.Header().Set("Content-Type", "application/ocsp-response")
	_, _ = w.Write(a.issuer.OCSP(OCSP{Serial: serial, Status: status}))
}
