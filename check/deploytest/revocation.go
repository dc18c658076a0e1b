package deploytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// MustStaple is the TLS feature extension that demands stapling (RFC 7633).
var MustStaple = pkix.Extension{
	Id:    asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24},
	Value: []byte{0x30, 3, 2, 1, 5},
}

// A CRL says what a certificate revocation list is to be.
type CRL struct {
	// URL is the distribution point in its issuing distribution point
	// extension (RFC 5280 section 5.2.5); empty for none.
	URL string
	// Revoked are the serial numbers.
	Revoked []*big.Int
	// ThisUpdate and NextUpdate bound it; by default an hour ago and a week
	// from then.
	ThisUpdate, NextUpdate time.Time
}

// CRL signs a certificate revocation list, DER.
func (ca *CA) CRL(c CRL) []byte {
	this, next := updates(c.ThisUpdate, c.NextUpdate)
	list := &x509.RevocationList{Number: big.NewInt(this.Unix()), ThisUpdate: this, NextUpdate: next}
	for _, serial := range c.Revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: serial, RevocationTime: this})
	}
	if c.URL != "" {
		list.ExtraExtensions = []pkix.Extension{issuingPoint(c.URL)}
	}
	return must(x509.CreateRevocationList(rand.Reader, list, ca.Certificate, ca.Key))
}

// updates fills in the default validity of a CRL or an OCSP response.
func updates(this, next time.Time) (time.Time, time.Time) {
	if this.IsZero() {
		this = time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	}
	if next.IsZero() {
		next = this.Add(7 * day)
	}
	return this, next
}

// issuingPoint is an issuing distribution point with one URL and no scope.
func issuingPoint(url string) pkix.Extension {
	var point struct {
		Name struct {
			Full []asn1.RawValue `asn1:"tag:0"`
		} `asn1:"tag:0"`
	}
	const uniformResourceIdentifier = 6
	point.Name.Full = []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: uniformResourceIdentifier, Bytes: []byte(url)}}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: must(asn1.Marshal(point))}
}

// A CertStatus is what an OCSP response says of a certificate (RFC 6960
// section 4.2.1).
type CertStatus int

// The statuses.
const (
	Good CertStatus = iota
	Revoked
	Unknown
)

// An OCSP says what an OCSP response is to be.
type OCSP struct {
	Serial *big.Int
	Status CertStatus
	// ThisUpdate and NextUpdate bound it; by default an hour ago and a week
	// from then.
	ThisUpdate, NextUpdate time.Time
}

// certID names a certificate (RFC 6960 section 4.1.1).
type certID struct {
	Hash              pkix.AlgorithmIdentifier
	NameHash, KeyHash []byte
	Serial            *big.Int
}

// OCSP signs a response about one certificate of this CA, DER.
func (ca *CA) OCSP(o OCSP) []byte {
	type single struct {
		ID     certID
		Status asn1.RawValue
		This   time.Time `asn1:"generalized"`
		Next   time.Time `asn1:"generalized,explicit,tag:0"`
	}
	this, next := updates(o.ThisUpdate, o.NextUpdate)
	id := ca.certID(o.Serial)
	tbs := must(asn1.Marshal(struct {
		Responder []byte    `asn1:"explicit,tag:2"`
		Produced  time.Time `asn1:"generalized"`
		Responses []single
	}{id.KeyHash, this, []single{{id, o.Status.element(this), this, next}}}))
	algorithm, signature := ca.signature(tbs)
	basic := must(asn1.Marshal(struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, algorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}}))
	type content struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	}
	return must(asn1.Marshal(struct {
		Status  asn1.Enumerated
		Content content `asn1:"explicit,tag:0"`
	}{0, content{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}, basic}}))
}

// element is the CertStatus choice.
func (s CertStatus) element(revoked time.Time) asn1.RawValue {
	e := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: int(s)}
	if s == Revoked {
		e.IsCompound = true
		e.Bytes = must(asn1.MarshalWithParams(revoked, "generalized"))
	}
	return e
}

// certID names a certificate of this CA by SHA-1, as every client does.
func (ca *CA) certID(serial *big.Int) certID {
	var key struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	must(asn1.Unmarshal(ca.Certificate.RawSubjectPublicKeyInfo, &key))
	name, hash := sha1.Sum(ca.Certificate.RawSubject), sha1.Sum(key.Key.Bytes)
	sha := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, Parameters: asn1.NullRawValue}
	return certID{sha, name[:], hash[:], serial}
}

// signature signs with SHA-256, for ECDSA and RSA keys.
func (ca *CA) signature(tbs []byte) (pkix.AlgorithmIdentifier, []byte) {
	sum := sha256.Sum256(tbs)
	algorithm := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, Parameters: asn1.NullRawValue}
	if _, ok := ca.Key.Public().(*ecdsa.PublicKey); ok {
		algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}
	}
	return algorithm, must(ca.Key.Sign(rand.Reader, sum[:], crypto.SHA256))
}

// requestedSerial reads the serial number out of an OCSP request.
func requestedSerial(der []byte) (*big.Int, error) {
	var request struct {
		TBS struct {
			Version   int           `asn1:"explicit,tag:0,default:0,optional"`
			Requestor asn1.RawValue `asn1:"explicit,tag:1,optional"`
			List      []struct{ ID certID }
		}
	}
	if _, err := asn1.Unmarshal(der, &request); err != nil {
		return nil, err
	}
	if len(request.TBS.List) != 1 {
		return nil, asn1.StructuralError{Msg: "not one certificate asked for"}
	}
	return request.TBS.List[0].ID.Serial, nil
}
