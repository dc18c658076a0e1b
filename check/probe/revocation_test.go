package probe_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe"
)

// distributionPoint is the extension with one distribution point of these
// addresses.
func distributionPoint(t *testing.T, urls ...string) pkix.Extension {
	t.Helper()
	var names []byte
	for _, u := range urls {
		names = append(append(names, 0x86, byte(len(u))), u...)
	}
	wrap := func(tag int, class int, b []byte) []byte {
		der, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: b})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	full := wrap(0, asn1.ClassContextSpecific, wrap(0, asn1.ClassContextSpecific, names))
	point := wrap(asn1.TagSequence, asn1.ClassUniversal, wrap(asn1.TagSequence, asn1.ClassUniversal, full))
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 31}, Value: point}
}

const (
	sourceURL     = "http://status.example/list.crl"
	sourceAddress = "203.0.113.77"
	ldapURL       = "ldap://status.example/cn=list"
)

// TestRevocationSources reads the status of one certificate from sources of
// many kinds.
func TestRevocationSources(t *testing.T) {
	redirecting := func(status int, to string) func(http.ResponseWriter, *http.Request, func(http.ResponseWriter)) {
		return func(w http.ResponseWriter, r *http.Request, list func(http.ResponseWriter)) {
			if r.URL.Path == "/there.crl" {
				list(w)
				return
			}
			w.Header().Set("Location", to)
			w.WriteHeader(status)
		}
	}
	plain := func(w http.ResponseWriter, _ *http.Request, list func(http.ResponseWriter)) { list(w) }
	for _, tc := range []struct {
		name   string
		points []string
		idp    string // the address in the list
		serve  func(http.ResponseWriter, *http.Request, func(http.ResponseWriter))
		check  fact.RevocationCheck
		want   []string
	}{
		{"an http address", []string{sourceURL}, sourceURL, plain, "", []string{"certificate-revoked"}},
		{"two names of a point, of which the list repeats one", []string{ldapURL, sourceURL}, ldapURL, plain, "", []string{"certificate-revoked"}},
		{"a list for another point", []string{ldapURL, sourceURL}, "ldap://other.example/", plain, "", []string{"revocation-unknown"}},
		{"behind 301", []string{sourceURL}, sourceURL, redirecting(301, "/there.crl"), "", []string{"certificate-revoked"}},
		{"behind 302, absolute", []string{sourceURL}, sourceURL, redirecting(302, "http://status.example/there.crl"), "", []string{"certificate-revoked"}},
		{"behind 303", []string{sourceURL}, sourceURL, redirecting(303, "there.crl"), "", []string{"certificate-revoked"}},
		{"behind 307", []string{sourceURL}, sourceURL, redirecting(307, "/there.crl"), "", []string{"certificate-revoked"}},
		{"behind 308", []string{sourceURL}, sourceURL, redirecting(308, "/there.crl"), "", []string{"certificate-revoked"}},
		{"behind 301 to https", []string{sourceURL}, sourceURL, redirecting(301, "https://status.example/there.crl"), "", []string{"certificate-revoked"}},
		{"behind a redirect to itself", []string{sourceURL}, sourceURL, redirecting(301, "/list.crl"), "", []string{"revocation-unknown"}},
		{"behind a redirect to a private address", []string{sourceURL}, sourceURL, redirecting(301, "http://10.0.0.1/there.crl"), "", []string{"revocation-unknown"}},
		{"behind a redirect to a file", []string{sourceURL}, sourceURL, redirecting(301, "file:///there.crl"), "", []string{"revocation-unknown"}},
		{"ldap only", []string{ldapURL}, sourceURL, plain, "", []string{"revocation-unknown"}},
		{"ldap only, where unknown is a failure", []string{ldapURL}, sourceURL, plain, fact.RevocationHard, []string{"revocation-unknown!"}},
		{"https only", []string{"https://status.example/list.crl"}, sourceURL, plain, "", []string{"revocation-unknown"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			serial := big.NewInt(4242)
			server := deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tc.serve(w, r, func(w http.ResponseWriter) {
					_, _ = w.Write(n.Issuer().CRL(deploytest.CRL{URL: tc.idp, Revoked: []*big.Int{serial}}))
				})
			}))
			n.Deploy(deploytest.Deployment{Host: "status.example", Addresses: []string{sourceAddress}, Cleartext: server, HTTPS: server,
				Certificate: deploytest.SignedByItself})
			deployRevocable(n, serial, func(c *x509.Certificate) {
				c.ExtraExtensions = append(c.ExtraExtensions, distributionPoint(t, tc.points...))
			})
			if got := revocationFindings(t, n, tc.check); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// deployRevocable deploys a good deployment, but for its certificate.
func deployRevocable(n *deploytest.Network, serial *big.Int, edit func(*x509.Certificate)) {
	n.Deploy(deploytest.Deployment{Host: "site.example", Certificate: func(n *deploytest.Network, host string) tls.Certificate {
		return n.Issuer().Leaf(deploytest.Spec{Hosts: []string{host}, Edit: func(c *x509.Certificate) {
			c.SerialNumber, c.CRLDistributionPoints, c.OCSPServer = serial, nil, nil
			edit(c)
		}})
	}})
}

// revocationFindings are the rules about revocation that fail; an error's name
// ends in "!" where the rule's own level is none.
func revocationFindings(t *testing.T, n *deploytest.Network, how fact.RevocationCheck) (out []string) {
	t.Helper()
	r := judge(t, n, "https://site.example", func(o *probe.Options) { o.Revocation = how })
	for _, v := range r.Verdicts {
		if strings.Contains(v.Rule, "revo") && v.State == check.Fail {
			out = append(out, v.Rule)
		}
	}
	if how == fact.RevocationHard {
		p := check.Policy{Roots: rootsOf(t, n), Revocation: how}
		for _, v := range check.Judge(r.Observation, p).Verdicts {
			for _, f := range v.Findings {
				if v.Rule == "revocation-unknown" && f.Level == check.Error {
					return []string{v.Rule + "!"}
				}
			}
		}
	}
	return out
}

// TestSourcesThatDiffer has sources of which one knows of a revocation first.
func TestSourcesThatDiffer(t *testing.T) {
	revoked := []string{"certificate-revoked"}
	for _, tc := range []struct {
		name                string
		staple, list, reply deploytest.CertStatus // Unknown for none
		want                []string
	}{
		{"the list", deploytest.Good, deploytest.Revoked, deploytest.Good, revoked},
		{"the list, without a responder", deploytest.Good, deploytest.Revoked, deploytest.Unknown, revoked},
		{"the responder", deploytest.Unknown, deploytest.Good, deploytest.Revoked, revoked},
		{"the staple", deploytest.Revoked, deploytest.Good, deploytest.Good, revoked},
		{"none", deploytest.Good, deploytest.Good, deploytest.Good, nil},
		{"none, without a list", deploytest.Good, deploytest.Unknown, deploytest.Unknown, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			serial := big.NewInt(4242)
			n.Name("status.example", sourceAddress)
			n.Serve(sourceAddress+":80", deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				list := deploytest.CRL{URL: sourceURL}
				if tc.list == deploytest.Revoked {
					list.Revoked = []*big.Int{serial}
				}
				switch {
				case strings.HasPrefix(r.URL.Path, "/ocsp") && tc.reply != deploytest.Unknown:
					_, _ = w.Write(n.Issuer().OCSP(deploytest.OCSP{Serial: serial, Status: tc.reply}))
				case r.URL.Path == "/list.crl" && tc.list != deploytest.Unknown:
					_, _ = w.Write(n.Issuer().CRL(list))
				default:
					http.NotFound(w, r)
				}
			})))
			n.Deploy(deploytest.Deployment{Host: "site.example", Certificate: func(n *deploytest.Network, host string) tls.Certificate {
				c := n.Issuer().Leaf(deploytest.Spec{Hosts: []string{host}, Edit: func(c *x509.Certificate) {
					c.SerialNumber, c.CRLDistributionPoints, c.OCSPServer = serial, []string{sourceURL}, []string{"http://status.example/ocsp"}
				}})
				if tc.staple != deploytest.Unknown {
					c.OCSPStaple = n.Issuer().OCSP(deploytest.OCSP{Serial: serial, Status: tc.staple})
				}
				return c
			}})
			if got := revocationFindings(t, n, ""); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestOCSPMethods asks responders that know one method only.
func TestOCSPMethods(t *testing.T) {
	for _, tc := range []struct {
		name    string
		methods []string
		want    []string
	}{
		{"GET only", []string{http.MethodGet}, []string{"certificate-revoked"}},
		{"POST only", []string{http.MethodPost}, []string{"certificate-revoked"}},
		{"none", nil, []string{"revocation-unknown"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			serial := big.NewInt(4242)
			var mu sync.Mutex
			var asked []string
			n.Name("status.example", sourceAddress)
			n.Serve(sourceAddress+":80", deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				asked = append(asked, r.Method)
				mu.Unlock()
				if r.Method == http.MethodGet {
					if _, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.URL.Path, "/ocsp/")); err != nil {
						http.Error(w, err.Error(), http.StatusBadRequest)
						return
					}
				}
				if !slices.Contains(tc.methods, r.Method) {
					http.Error(w, "no", http.StatusMethodNotAllowed)
					return
				}
				_, _ = w.Write(n.Issuer().OCSP(deploytest.OCSP{Serial: serial, Status: deploytest.Revoked}))
			})))
			deployRevocable(n, serial, func(c *x509.Certificate) { c.OCSPServer = []string{"http://status.example/ocsp"} })
			if got := revocationFindings(t, n, ""); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(asked) == 0 || asked[0] != http.MethodGet {
				t.Errorf("asked by %q", asked)
			}
		})
	}
}

// An issuer that the certificate says where to find, behind redirects.
func TestIssuerBehindRedirects(t *testing.T) {
	const place = "http://aia.example/issuer.der"
	for _, tc := range []struct {
		name   string
		status int
		to     string
		want   string
	}{
		{"301", 301, deploytest.IssuerURL, "incomplete-chain"},
		{"302", 302, deploytest.IssuerURL, "incomplete-chain"},
		{"308", 308, deploytest.IssuerURL, "incomplete-chain"},
		{"301 to a bundle", 301, deploytest.IssuerBundleURL, "incomplete-chain"},
		{"301 to itself", 301, place, "untrusted-root"},
		{"301 to a private address", 301, "http://192.168.0.1/issuer.der", "untrusted-root"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			n.Name("aia.example", sourceAddress)
			n.Serve(sourceAddress+":80", deploytest.HTTP(http.RedirectHandler(tc.to, tc.status)))
			n.Deploy(deploytest.Deployment{Host: "site.example", Certificate: func(n *deploytest.Network, host string) tls.Certificate {
				c := n.Issuer().Leaf(deploytest.Spec{Hosts: []string{host}, Edit: func(c *x509.Certificate) { c.IssuingCertificateURL = []string{place} }})
				c.Certificate = c.Certificate[:1]
				return c
			}})
			got := slices.DeleteFunc(failed(judge(t, n, "https://site.example", nil)), func(rule string) bool {
				return rule != "incomplete-chain" && rule != "untrusted-root"
			})
			if !slices.Equal(got, []string{tc.want}) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// Certificates on the wire that no path needs may be of any form.
func TestSuperfluousCertificates(t *testing.T) {
	for name, make := range map[string]func(issuer []byte) []byte{
		"'_' in a PrintableString": func(der []byte) []byte {
			return bytes.ReplaceAll(der, []byte("Demonstration Issuing CA"), []byte("Demonstration_Issuing_CA"))
		},
		"a version that is none": func(der []byte) []byte {
			return bytes.Replace(der, []byte("\xa0\x03\x02\x01\x02"), []byte("\xa0\x03\x02\x01\x09"), 1)
		},
		"cut short":             func(der []byte) []byte { return der[:len(der)/2] },
		"no certificate at all": func([]byte) []byte { return []byte("hello") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			url := n.Deploy(deploytest.Deployment{Host: "site.example", Certificate: func(n *deploytest.Network, host string) tls.Certificate {
				c := deploytest.Issued(deploytest.Spec{})(n, host)
				odd := make(n.Issuer().Certificate.Raw)
				if bytes.Equal(odd, n.Issuer().Certificate.Raw) {
					t.Error("nothing was changed")
				}
				c.Certificate = append(slices.Clone(c.Certificate), odd)
				return c
			}}).URL()
			r := judge(t, n, url, nil)
			if got := failed(r); len(got) > 0 || state(r, check.PubliclyTrusted) != check.Pass {
				t.Errorf("failed %q\n%q", got, messages(r))
			}
		})
	}
}
