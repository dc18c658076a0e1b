package deploytest

import (
	"encoding/asn1"
	"net/http"
)

// Where the network's CA publishes the certificate of [Network.Issuer]: as
// DER, and as a PKCS #7 bundle.
const (
	IssuerURL       = "http://" + authorityHost + "/issuer.der"
	IssuerBundleURL = "http://" + authorityHost + "/issuer.p7c"
)

const (
	authorityHost    = "ca.example"
	authorityAddress = "203.0.113.1"
)

// An authority is a network's CA with its web server.
type authority struct {
	root, issuer *CA
}

// newAuthority makes the CA and starts its server.
func newAuthority(n *Network) *authority {
	root := NewRoot(Spec{Name: "Demonstration Root"})
	a := &authority{root: root, issuer: root.Intermediate(Spec{Name: "Demonstration Issuing CA"})}
	mux := http.NewServeMux()
	mux.Handle("/issuer.der", file("application/pkix-cert", a.issuer.Certificate.Raw))
	mux.Handle("/issuer.p7c", file("application/pkcs7-mime", PKCS7(a.issuer.Certificate.Raw)))
	n.Name(authorityHost, authorityAddress)
	n.Serve(authorityAddress+":80", HTTP(mux))
	return a
}

// file serves bytes.
func file(contentType string, b []byte) http.Handler {
	return answer(http.StatusOK, string(b), "Content-Type: "+contentType)
}

var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
)

// PKCS7 bundles certificates (DER) as the certs-only SignedData of RFC 2315
// section 9, which has no signer.
func PKCS7(certificates ...[]byte) []byte {
	var all []byte
	for _, c := range certificates {
		all = append(all, c...)
	}
	type contentInfo struct{ Type asn1.ObjectIdentifier }
	set := asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true}
	signed := must(asn1.Marshal(struct {
		Version      int
		Digests      asn1.RawValue
		Content      contentInfo
		Certificates asn1.RawValue
		Signers      asn1.RawValue
	}{1, set, contentInfo{oidData},
		asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: all}, set}))
	return must(asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{oidSignedData, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: signed}}))
}
