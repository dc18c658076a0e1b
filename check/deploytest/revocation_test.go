package deploytest_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

func TestOCSP(t *testing.T) {
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	cas := map[string]*deploytest.CA{
		"ecdsa": deploytest.NewRoot(deploytest.Spec{Name: "Root"}),
		"rsa":   deploytest.NewRoot(deploytest.Spec{Name: "Root", Key: deploytest.RSA(2048)}),
	}
	for name, ca := range cas {
		for status, want := range map[deploytest.CertStatus]int{
			deploytest.Good: ocsp.Good, deploytest.Revoked: ocsp.Revoked, deploytest.Unknown: ocsp.Unknown,
		} {
			leaf := ca.Leaf(deploytest.Spec{}).Leaf
			der := ca.OCSP(deploytest.OCSP{Serial: leaf.SerialNumber, Status: status, ThisUpdate: at})
			res, err := ocsp.ParseResponseForCert(der, leaf, ca.Certificate)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if res.Status != want || !res.ThisUpdate.Equal(at) || !res.NextUpdate.Equal(at.AddDate(0, 0, 7)) {
				t.Errorf("%s: status %d from %v to %v, want %d", name, res.Status, res.ThisUpdate, res.NextUpdate, want)
			}
		}
	}
}

func TestResponder(t *testing.T) {
	n := network(t)
	good := deploytest.Issued(deploytest.Spec{})(n, "good.example").Leaf
	revoked := deploytest.RevokedByOCSP(n, "revoked.example").Leaf
	issuer := n.Issuer().Certificate
	for leaf, want := range map[*x509.Certificate]int{good: ocsp.Good, revoked: ocsp.Revoked} {
		request, err := ocsp.CreateRequest(leaf, issuer, nil)
		if err != nil {
			t.Fatal(err)
		}
		posted, err := client(n, false).Post(deploytest.OCSPURL, "application/ocsp-request", bytes.NewReader(request))
		if err != nil {
			t.Fatal(err)
		}
		defer posted.Body.Close()
		body, err := io.ReadAll(posted.Body)
		if err != nil {
			t.Fatal(err)
		}
		_, gotten := get(t, n, deploytest.OCSPURL+"/"+url.PathEscape(base64.StdEncoding.EncodeToString(request)))
		for _, der := range []string{string(body), gotten} {
			res, err := ocsp.ParseResponseForCert([]byte(der), leaf, issuer)
			if err != nil || res.Status != want {
				t.Errorf("%v: %v, %v", leaf.DNSNames, res, err)
			}
		}
	}
	if res, _ := get(t, n, deploytest.OCSPURL+"/nonsense"); res.StatusCode != http.StatusBadRequest {
		t.Error(res.Status)
	}
}

func TestCRL(t *testing.T) {
	n := network(t)
	c := deploytest.RevokedByCRL(n, "revoked.example").Leaf
	issuer := c.CRLDistributionPoints[0]
	for url, want := range map[string]struct {
		ca      *deploytest.CA
		revoked []*big.Int
	}{
		issuer: {n.Issuer(), []*big.Int{c.SerialNumber}},
		n.Issuer().Certificate.CRLDistributionPoints[0]: {n.Root(), nil},
	} {
		_, body := get(t, n, url)
		list, err := x509.ParseRevocationList([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := list.CheckSignatureFrom(want.ca.Certificate); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if now := time.Now(); now.Before(list.ThisUpdate) || now.After(list.NextUpdate) {
			t.Errorf("%s: from %v to %v", url, list.ThisUpdate, list.NextUpdate)
		}
		var serials []*big.Int
		for _, e := range list.RevokedCertificateEntries {
			serials = append(serials, e.SerialNumber)
		}
		if len(serials) != len(want.revoked) || len(serials) == 1 && serials[0].Cmp(want.revoked[0]) != 0 {
			t.Errorf("%s: revoked are %v, want %v", url, serials, want.revoked)
		}
		point := list.Extensions[len(list.Extensions)-1]
		// SEQUENCE { [0] { [0] { [6] url } } }, as RFC 5280 section 5.2.5 has it.
		l := byte(len(url))
		der := append([]byte{0x30, l + 6, 0xa0, l + 4, 0xa0, l + 2, 0x86, l}, url...)
		if point.Id.String() != "2.5.29.28" || !point.Critical || !bytes.Equal(point.Value, der) {
			t.Errorf("%s: issuing distribution point is %+v", url, point)
		}
	}
}

func TestSCTList(t *testing.T) {
	at := time.UnixMilli(0x0102030405)
	got := deploytest.SCTList(deploytest.SCT(7, at), deploytest.SCT(8, at))
	sct := func(log byte) []byte {
		b := append([]byte{0, 55, 0}, bytes.Repeat([]byte{log}, 32)...)
		return append(b, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 4, 3, 0, 8, 0x30, 6, 2, 1, 1, 2, 1, 1)
	}
	want := append(append([]byte{4, 116, 0, 114}, sct(7)...), sct(8)...)
	if !bytes.Equal(got.Value, want) {
		t.Errorf("got  %x\nwant %x", got.Value, want)
	}
}
