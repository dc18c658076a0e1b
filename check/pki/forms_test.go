package pki

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// A formCase is a chain "leaf", "Inter", "Root" in which something departs
// from what is usual, and what becomes of it.
type formCase struct {
	name string
	// leaf and inter edit the certificates; keys are kinds of key.
	leaf, inter       func(*forgery)
	leafKey, interKey string
	// more is how many intermediates stand between "Inter" and the root.
	more int
	host string
	// chromium and firefox tell that the browser of today refuses the chain with
	// an error page, also for what is no fault of the form.
	chromium, firefox bool
	// want are the faults: kinds, "C" and "F" for a refusal by one browser, "CF"
	// for one by both.
	want []string
}

// subject gives another subject.
func subject(name string) func(*forgery) { return func(f *forgery) { f.subject = name } }

// extended gives an extension.
func extended(name, id, critical, value string) func(*forgery) {
	return func(f *forgery) { f.extensions[name] = ext(id, critical, value) }
}

// valid gives the times of a validity as elements.
func valid(from, to string) func(*forgery) {
	return func(f *forgery) { f.validity = der(0x30, from, to) }
}

var (
	byBoth     = []string{"CF"}
	byChromium = []string{"C"}
	byFirefox  = []string{"F"}
)

// odd returns elements of a name that is not a common name.
func odd(tag byte, value string) string { return rdnOf("\x55\x04\x05", tag, value) }

func formCases() []formCase {
	return slices.Concat(usageCases, encodingCases, stringCases, timeCases, extensionCases, nameCases, wildcardCases, keyCases, signatureCases, issuerCases, chainCases)
}

var usageCases = []formCase{
	{name: "good"},
	{name: "no key usage", leaf: func(f *forgery) { f.extensions["usage"] = "" }},
	{name: "nonRepudiation only", leaf: extended("usage", idUsage, "!", bitsOf(0x40)), chromium: true, firefox: true, want: []string{"wrong-usage"}},
	{name: "no bit of usage", leaf: extended("usage", idUsage, "!", der(3, "\x00")), chromium: true, firefox: true, want: []string{"wrong-usage", "C"}},
	{name: "usage of a zero octet", leaf: extended("usage", idUsage, "!", der(3, "\x00\x00")), chromium: true, firefox: true, want: []string{"wrong-usage", "C"}},
	{name: "cRLSign only", leaf: extended("usage", idUsage, "!", bitsOf(0x02)), chromium: true, firefox: true, want: []string{"wrong-usage"}},
	{name: "keyCertSign only", leaf: extended("usage", idUsage, "!", bitsOf(0x04)), chromium: true, firefox: true, want: []string{"wrong-usage"}},
	{name: "dataEncipherment only", leaf: extended("usage", idUsage, "!", bitsOf(0x10)), chromium: true, firefox: true, want: []string{"wrong-usage"}},
	{name: "keyAgreement only", leaf: extended("usage", idUsage, "!", bitsOf(0x08)), chromium: true, want: []string{"wrong-usage"}},
	{name: "keyEncipherment only, RSA", leafKey: "RSA", leaf: extended("usage", idUsage, "!", bitsOf(0x20)), chromium: true, want: []string{"wrong-usage"}},
	{name: "keyEncipherment and dataEncipherment, RSA", leafKey: "RSA", leaf: extended("usage", idUsage, "!", bitsOf(0x30)), chromium: true, want: []string{"wrong-usage"}},
	{name: "digitalSignature and keyCertSign", leaf: extended("usage", idUsage, "!", bitsOf(0x84))},
	{name: "usage not critical", leaf: extended("usage", idUsage, "", bitsOf(0x80))},
	{name: "usage with stray unused bits", leaf: extended("usage", idUsage, "!", der(3, "\x07\x81")), chromium: true, firefox: true, want: byBoth},
	{name: "no purposes", leaf: func(f *forgery) { f.extensions["purposes"] = "" }},
	{name: "purposes empty", leaf: extended("purposes", idPurposes, "", der(0x30, "")), chromium: true, firefox: true, want: []string{"wrong-usage", "CF"}},
	{name: "any purpose", leaf: extended("purposes", idPurposes, "", der(0x30, der(6, idAnyUsage))), firefox: true, want: []string{"wrong-usage"}},
	{name: "OCSP signing beside", leaf: extended("purposes", idPurposes, "", der(0x30, der(6, idServer), der(6, idOCSP))), firefox: true, want: []string{"wrong-usage"}},
	{name: "code signing beside", leaf: extended("purposes", idPurposes, "", der(0x30, der(6, idServer), der(6, idCode)))},
	{name: "an issuer for any purpose", inter: extended("purposes", idPurposes, "", der(0x30, der(6, idAnyUsage))), firefox: true, want: []string{"wrong-usage"}},
	{name: "an issuer for any purpose and servers", inter: extended("purposes", idPurposes, "", der(0x30, der(6, idAnyUsage), der(6, idServer)))},
	{name: "an issuer for mail", inter: extended("purposes", idPurposes, "", der(0x30, der(6, idMail))), chromium: true, firefox: true, want: []string{"wrong-usage"}},
	{name: "an issuer for time stamps beside", inter: extended("purposes", idPurposes, "", der(0x30, der(6, idServer), der(6, idTime)))},
	{name: "a leaf that is an authority", leaf: extended("basic", extBasic, "!", der(0x30, "\x01\x01\xff")), firefox: true, want: []string{"wrong-usage"}},
	{name: "an issuer that is none", inter: extended("basic", extBasic, "!", der(0x30, "")), chromium: true, firefox: true, want: []string{"untrusted-root"}},
}

var encodingCases = []formCase{
	{name: "version 1 with extensions", leaf: func(f *forgery) { f.version = "" }, chromium: true, want: byChromium},
	{name: "version 1 written out", leaf: func(f *forgery) { f.version = der(0xa0, "\x02\x01\x00") }, chromium: true, want: byChromium},
	{name: "version 2 with extensions", leaf: func(f *forgery) { f.version = der(0xa0, "\x02\x01\x01") }, chromium: true, want: byChromium},
	{name: "version 4", leaf: func(f *forgery) { f.version = der(0xa0, "\x02\x01\x03") }, chromium: true, want: byChromium},
	{name: "version 5", leaf: func(f *forgery) { f.version = der(0xa0, "\x02\x01\x04") }, chromium: true, firefox: true, want: byBoth},
	{name: "negative serial", leaf: func(f *forgery) { f.serial = der(2, "\x80\x01\x02") }},
	{name: "serial zero", leaf: func(f *forgery) { f.serial = der(2, "\x00") }},
	{name: "serial of 30 octets", leaf: func(f *forgery) { f.serial = der(2, strings.Repeat("\x11", 30)) }},
	{name: "serial not in shortest form", leaf: func(f *forgery) { f.serial = der(2, "\x00\x01") }, firefox: true, want: byFirefox},
	{name: "serial empty", leaf: func(f *forgery) { f.serial = der(2, "") }, firefox: true, want: byFirefox},
	{name: "negative serial of the issuer", inter: func(f *forgery) { f.serial = der(2, "\xff\x01") }},
	{name: "bytes after the extensions", leaf: func(f *forgery) { f.after = der(0x05, "") }, chromium: true, firefox: true, want: byBoth},
	{name: "bytes after the signature", leaf: func(f *forgery) {
		f.mangle = func(s string) string { return der(0x30, s[4:], der(5, "")) }
	}, chromium: true, firefox: true, want: byBoth},
	{name: "bytes after the certificate", leaf: func(f *forgery) { f.mangle = func(s string) string { return s + "\x05\x00" } }, chromium: true, firefox: true, want: byBoth},
	{name: "cut off", leaf: func(f *forgery) { f.mangle = func(s string) string { return s[:len(s)-10] } }, chromium: true, firefox: true,
		want: []string{"untrusted-root", "CF"}},
	{name: "a BER length inside", leaf: func(f *forgery) { f.validity = berLength(f.validity) }, chromium: true, firefox: true, want: byBoth},
	{name: "a BER length outside", leaf: func(f *forgery) { f.mangle = berLength }, chromium: true, firefox: true, want: byBoth},
	{name: "an indefinite length", leaf: func(f *forgery) { f.subject = "\x30\x80" + f.subject[2:] + "\x00\x00" }, chromium: true, firefox: true, want: byBoth},
	{name: "unused bits in the signature", leaf: func(f *forgery) { f.unused = 1 }, chromium: true, firefox: true, want: byBoth},
	{name: "algorithms differ", leaf: func(f *forgery) { f.outer = der(0x30, der(6, "\x2a\x86\x48\xce\x3d\x04\x03\x03")) }, chromium: true, firefox: true,
		want: []string{"untrusted-root", "CF"}},
	{name: "ECDSA with NULL parameters", leaf: func(f *forgery) { f.algorithm = der(0x30, der(6, idSHA256EC), "\x05\x00") }, chromium: true, want: byChromium},
	{name: "ECDSA with NULL parameters in the issuer", inter: func(f *forgery) { f.algorithm = der(0x30, der(6, idSHA256EC), "\x05\x00") }, chromium: true, want: byChromium},
	{name: "RSA without parameters", interKey: "RSA", leaf: func(f *forgery) { f.algorithm = der(0x30, der(6, idSHA256RS)) }},
	{name: "an issuer unique identifier", leaf: func(f *forgery) { f.ids = der(0x81, "\x00\x01") }},
	{name: "a malformed unique identifier", leaf: func(f *forgery) { f.ids = der(0x81, "\x09\x01") }, chromium: true, firefox: true, want: byBoth},
	{name: "no extensions at all in the list", leaf: func(f *forgery) { f.extensions = nil; f.after = der(0xa3, der(0x30, "")) }, chromium: true, firefox: true,
		want: []string{"hostname-mismatch", "CF"}},
	{name: "a leaf above 64 KB", leaf: extended("other", "\x2a\x03\x04", "", der(4, strings.Repeat("x", 70000))), firefox: true, want: byFirefox},
}

var stringCases = []formCase{
	{name: "PrintableString with @", leaf: subject(dn(0x13, "a@b")), chromium: true, want: byChromium},
	{name: "PrintableString with _", leaf: subject(dn(0x13, "a_b")), chromium: true, want: byChromium},
	{name: "PrintableString with #", leaf: subject(dn(0x13, "a#b")), chromium: true, want: byChromium},
	{name: "PrintableString with &", leaf: subject(dn(0x13, "a&b")), chromium: true, want: byChromium},
	{name: "PrintableString with *", leaf: subject(dn(0x13, "*.b"))},
	{name: "PrintableString with a quote in the issuer's subject", inter: func(f *forgery) { f.subject = dn(0x13, `a"b`) },
		leaf: func(f *forgery) { f.issuer = dn(0x13, `a"b`) }, chromium: true, want: []string{"C", "C"}},
	{name: "IA5String that is not ASCII", leaf: subject(dn(0x16, "a\xe9")), chromium: true, want: byChromium},
	{name: "BMPString of odd length", leaf: subject(dn(0x1e, "\x00a\x00")), chromium: true, want: byChromium},
	{name: "BMPString", leaf: subject(dn(0x1e, "\x00a\x00b"))},
	{name: "UniversalString", leaf: subject(dn(0x1c, "\x00\x00\x00a"))},
	{name: "UniversalString of odd length", leaf: subject(dn(0x1c, "\x00\x00a")), chromium: true, want: byChromium},
	{name: "TeletexString", leaf: subject(dn(0x14, "a\xe9"))},
	{name: "VisibleString", leaf: subject(dn(0x1a, "a")), chromium: true, want: byChromium},
	{name: "VisibleString in a serial number", leaf: subject(odd(0x1a, "a"))},
	{name: "NumericString with a letter in a serial number", leaf: subject(odd(0x12, "a"))},
	{name: "NumericString in a common name", leaf: subject(dn(0x12, "1")), chromium: true, want: byChromium},
	{name: "UTF8String that is none", leaf: subject(dn(0x0c, "a\xff\xfe"))},
	{name: "an empty RDN", leaf: subject(der(0x30, der(0x31, ""))), chromium: true, want: byChromium},
	{name: "a name whose attribute has no value", leaf: subject(der(0x30, der(0x31, der(0x30, der(6, "\x55\x04\x03"))))), chromium: true, firefox: true, want: byBoth},
	{name: "an empty string", leaf: subject(dn(0x0c, ""))},
	{name: "an empty subject", leaf: func(f *forgery) { f.subject = der(0x30, ""); f.extensions["san"] = ext(idSAN, "!", dns(host)) }},
	{name: "an empty subject, names not critical", leaf: subject(der(0x30, "")), chromium: true, want: byChromium},
	{name: "issuer of another string type", leaf: func(f *forgery) { f.issuer = dn(0x0c, "Inter") }, firefox: true, want: byFirefox},
	{name: "issuer in another case", leaf: func(f *forgery) { f.issuer = dn(0x13, "INTER") }, firefox: true, want: byFirefox},
	{name: "issuer with a trailing space", leaf: func(f *forgery) { f.issuer = dn(0x13, "Inter ") }, firefox: true, want: byFirefox},
	{name: "issuer as a BMPString", leaf: func(f *forgery) { f.issuer = dn(0x1e, "\x00I\x00n\x00t\x00e\x00r") }, firefox: true, want: byFirefox},
}

var timeCases = []formCase{
	{name: "UTCTime without seconds", leaf: valid(der(0x17, "2601010000Z"), der(0x17, "2712010000Z")), chromium: true, firefox: true, want: byBoth},
	{name: "UTCTime with an offset", leaf: valid(der(0x17, "260101000000+0100"), der(0x17, "271201000000Z")), chromium: true, firefox: true, want: byBoth},
	{name: "30 February", leaf: valid(der(0x17, "260101000000Z"), der(0x17, "280230000000Z")), chromium: true, firefox: true, want: byBoth},
	{name: "GeneralizedTime with a fraction", leaf: valid(der(0x18, "20260101000000.5Z"), der(0x17, "271201000000Z")), chromium: true, firefox: true, want: byBoth},
	{name: "GeneralizedTime before 2050", leaf: valid(der(0x18, "20260101000000Z"), der(0x18, "20271201000000Z"))},
	{name: "the second 60", leaf: valid(der(0x17, "260101000060Z"), der(0x17, "271201000000Z")), firefox: true, want: byFirefox},
	{name: "before 1970", leaf: valid(der(0x17, "690101000000Z"), der(0x17, "271201000000Z")), firefox: true, want: byFirefox},
	{name: "the year 9999", leaf: valid(der(0x17, "260101000000Z"), der(0x18, "99991231235959Z"))},
	{name: "a time that is none", leaf: valid(der(0x17, "260101000000Z"), der(0x17, "soon")), chromium: true, firefox: true, want: byBoth},
	{name: "a time of another type", leaf: valid(der(0x17, "260101000000Z"), der(0x13, "271201000000Z")), chromium: true, firefox: true, want: byBoth},
	{name: "the hour 24", leaf: valid(der(0x17, "260101240000Z"), der(0x17, "271201000000Z")), chromium: true, firefox: true, want: byBoth},
}

var extensionCases = []formCase{
	{name: "an unknown critical extension", leaf: extended("other", "\x2a\x03\x04", "!", "\x05\x00"), chromium: true, firefox: true, want: byBoth},
	{name: "an unknown critical extension of the issuer", inter: extended("other", "\x2a\x03\x04", "!", "\x05\x00"), chromium: true, firefox: true, want: byBoth},
	{name: "an unknown extension", leaf: extended("other", "\x2a\x03\x04", "", "junk")},
	{name: "critical CRL distribution points", leaf: extended("crl", idCRL, "!", der(0x30, der(0x30, der(0xa0, der(0xa0, der(0x86, "http://crl.test/")))))), chromium: true, firefox: true, want: byBoth},
	{name: "CRL distribution points of garbage", leaf: extended("crl", idCRL, "", "garbage")},
	{name: "critical AIA", leaf: extended("aia", idAIA, "!", der(0x30, der(0x30, der(6, accessOCSP), der(0x86, "http://ocsp.test/")))), chromium: true, want: byChromium},
	{name: "malformed AIA", leaf: extended("aia", idAIA, "", "\x30\x03\x30\x01"), chromium: true, firefox: true, want: byBoth},
	{name: "AIA with a URI that is not ASCII", leaf: extended("aia", idAIA, "", der(0x30, der(0x30, der(6, accessIssuer), der(0x86, "http://\xe9.test/")))), chromium: true, want: byChromium},
	{name: "an empty AIA", leaf: extended("aia", idAIA, "", der(0x30, "")), chromium: true, want: byChromium},
	{name: "malformed SKI", leaf: extended("ski", idSKI, "", "\x30\x00"), chromium: true, want: byChromium},
	{name: "malformed AKI", leaf: extended("aki", idAKI, "", "\x04\x01\x01"), chromium: true, want: byChromium},
	{name: "AKI with an issuer alone", leaf: extended("aki", idAKI, "", der(0x30, der(0xa1, der(0xa4, dn(0x13, "x"))))), chromium: true, want: byChromium},
	{name: "AKI of another key", leaf: extended("aki", idAKI, "", der(0x30, der(0x80, "wrong")))},
	{name: "critical AKI", leaf: extended("aki", idAKI, "!", der(0x30, der(0x80, "x"))), chromium: true, firefox: true, want: byBoth},
	{name: "critical SKI", leaf: extended("ski", idSKI, "!", der(4, "x")), chromium: true, firefox: true, want: byBoth},
	{name: "pathLen 300", inter: extended("basic", extBasic, "!", der(0x30, "\x01\x01\xff", "\x02\x02\x01\x2c")), chromium: true, firefox: true, want: byBoth},
	{name: "pathLen 200", inter: extended("basic", extBasic, "!", der(0x30, "\x01\x01\xff", "\x02\x02\x00\xc8")), firefox: true, want: byFirefox},
	{name: "pathLen 127", inter: extended("basic", extBasic, "!", der(0x30, "\x01\x01\xff", "\x02\x01\x7f"))},
	{name: "pathLen of a leaf", leaf: extended("basic", extBasic, "!", der(0x30, "\x02\x01\x00"))},
	{name: "cA FALSE written out", leaf: extended("basic", extBasic, "!", der(0x30, "\x01\x01\x00"))},
	{name: "cA neither 00 nor FF", inter: extended("basic", extBasic, "!", der(0x30, "\x01\x01\x01")), chromium: true, firefox: true, want: byBoth},
	{name: "critical FALSE written out", leaf: extended("basic", extBasic, "\x01\x01\x00", der(0x30, "")), chromium: true, want: byChromium},
	{name: "critical neither 00 nor FF", leaf: extended("basic", extBasic, "\x01\x01\x01", der(0x30, "")), chromium: true, firefox: true, want: byBoth},
	{name: "an extension twice", leaf: func(f *forgery) {
		f.extensions["other"] = ext("\x2a\x03\x04", "", "\x05\x00")
		f.extensions["other2"] = f.extensions["other"]
	}, chromium: true, want: byChromium},
	{name: "key usage twice", leaf: func(f *forgery) { f.extensions["other"] = f.extensions["usage"] }, chromium: true, firefox: true, want: byBoth},
	{name: "feature 17", leaf: extended("feature", idFeature, "", der(0x30, "\x02\x01\x11")), firefox: true, want: byFirefox},
	{name: "no feature", leaf: extended("feature", idFeature, "", der(0x30, "")), firefox: true, want: byFirefox},
	{name: "a feature of the issuer alone", inter: extended("feature", idFeature, "", der(0x30, "\x02\x01\x05")), firefox: true, want: byFirefox},
	{name: "a policy", leaf: extended("policies", idPolicies, "", der(0x30, der(0x30, der(6, "\x67\x81\x0c\x01\x02\x01"))))},
	{name: "a policy twice", leaf: extended("policies", idPolicies, "", der(0x30, der(0x30, der(6, "\x2a\x03")), der(0x30, der(6, "\x2a\x03")))), chromium: true, want: byChromium},
	{name: "no policy in the list", leaf: extended("policies", idPolicies, "", der(0x30, "")), chromium: true, want: byChromium},
	{name: "an unknown qualifier", leaf: extended("policies", idPolicies, "", der(0x30, der(0x30, der(6, "\x2a\x03"), der(0x30, der(0x30, der(6, "\x2a\x04"), "\x05\x00")))))},
	{name: "an unknown qualifier of critical policies", leaf: extended("policies", idPolicies, "!", der(0x30, der(0x30, der(6, "\x2a\x03"), der(0x30, der(0x30, der(6, "\x2a\x04"), "\x05\x00"))))), chromium: true, want: byChromium},
	{name: "explicit policy required, none in the leaf", inter: func(f *forgery) {
		f.extensions["limits"] = ext(idLimits, "!", der(0x30, der(0x80, "\x00")))
		f.extensions["policies"] = ext(idPolicies, "", der(0x30, der(0x30, der(6, anyPolicy))))
	}, chromium: true, want: byChromium},
	{name: "explicit policy required and given", inter: func(f *forgery) {
		f.extensions["limits"] = ext(idLimits, "!", der(0x30, der(0x80, "\x00")))
		f.extensions["policies"] = ext(idPolicies, "", der(0x30, der(0x30, der(6, anyPolicy))))
	}, leaf: extended("policies", idPolicies, "", der(0x30, der(0x30, der(6, "\x2a\x03"))))},
	{name: "explicit policy required and another given", inter: func(f *forgery) {
		f.extensions["limits"] = ext(idLimits, "!", der(0x30, der(0x80, "\x00")))
		f.extensions["policies"] = ext(idPolicies, "", der(0x30, der(0x30, der(6, "\x2a\x04"))))
	}, leaf: extended("policies", idPolicies, "", der(0x30, der(0x30, der(6, "\x2a\x03")))), chromium: true, want: byChromium},
	{name: "explicit policy required and mapped", inter: func(f *forgery) {
		f.extensions["limits"] = ext(idLimits, "!", der(0x30, der(0x80, "\x00")))
		f.extensions["policies"] = ext(idPolicies, "", der(0x30, der(0x30, der(6, "\x2a\x04"))))
		f.extensions["mappings"] = ext(idMappings, "", der(0x30, der(0x30, der(6, "\x2a\x04"), der(6, "\x2a\x03"))))
	}, leaf: extended("policies", idPolicies, "", der(0x30, der(0x30, der(6, "\x2a\x03"))))},
	{name: "critical policy mappings", inter: func(f *forgery) {
		f.extensions["policies"] = ext(idPolicies, "", der(0x30, der(0x30, der(6, "\x2a\x04"))))
		f.extensions["mappings"] = ext(idMappings, "!", der(0x30, der(0x30, der(6, "\x2a\x04"), der(6, "\x2a\x03"))))
	}, firefox: true, want: byFirefox},
	{name: "any-policy mapped", inter: extended("mappings", idMappings, "", der(0x30, der(0x30, der(6, anyPolicy), der(6, "\x2a\x03")))), chromium: true, want: byChromium},
	{name: "any-policy inhibited", inter: func(f *forgery) {
		f.extensions["limits"] = ext(idLimits, "!", der(0x30, der(0x80, "\x00")))
		f.extensions["policies"] = ext(idPolicies, "", der(0x30, der(0x30, der(6, anyPolicy))))
		f.extensions["any"] = ext(idAny, "!", "\x02\x01\x00")
	}, leaf: extended("policies", idPolicies, "", der(0x30, der(0x30, der(6, anyPolicy)))), chromium: true, want: byChromium},
	{name: "malformed policy constraints", inter: extended("limits", idLimits, "!", der(0x30, "")), chromium: true, want: byChromium},
}

func constrain(permitted, excluded string) func(*forgery) {
	return constrainAs("!", permitted, excluded)
}

func constrainAs(critical, permitted, excluded string) func(*forgery) {
	value := ""
	if permitted != "" {
		value += der(0xa0, der(0x30, permitted))
	}
	if excluded != "" {
		value += der(0xa1, der(0x30, excluded))
	}
	return extended("names", idNames, critical, der(0x30, value))
}

// also gives alternative names beside the host's.
func also(names ...string) func(*forgery) {
	return extended("san", idSAN, "", der(0x30, der(0x82, host)+strings.Join(names, "")))
}

var nameCases = []formCase{
	{name: "a URI that cannot be read", leaf: also(der(0x86, "http://[::1"))},
	{name: "a URI that is not ASCII", leaf: also(der(0x86, "http://\xe9/")), chromium: true, want: byChromium},
	{name: "a UTF-8 DNS name beside", leaf: also(der(0x82, "b\xc3\xbccher.example")), chromium: true, want: byChromium},
	{name: "a U-label for the host", leaf: extended("san", idSAN, "", dns("b\xc3\xbccher.example")), chromium: true, firefox: true, host: "xn--bcher-kva.example",
		want: []string{"hostname-mismatch", "C"}},
	{name: "an address of 5 octets beside", leaf: also(der(0x87, "\x01\x02\x03\x04\x05")), chromium: true, want: byChromium},
	{name: "a mailbox that is not ASCII", leaf: also(der(0x81, "\xe9@example.com")), chromium: true, want: byChromium},
	{name: "a name of unknown form", leaf: also(der(0x89, "x")), chromium: true, want: byChromium},
	{name: "an other name", leaf: also(der(0xa0, der(6, "\x2a\x03"), der(0xa0, der(12, "x"))))},
	{name: "a registered identifier", leaf: also(der(0x88, "\x2a\x03"))},
	{name: "a directory name", leaf: also(der(0xa4, dn(12, "x")))},
	{name: "bytes after the names", leaf: func(f *forgery) { f.extensions["san"] = ext(idSAN, "", dns(host)+"\x05\x00") }, chromium: true, firefox: true, want: byBoth},
	{name: "a name with an underscore beside", leaf: also(der(0x82, "_a.example.com"))},
	{name: "an address for the host", leaf: extended("san", idSAN, "", der(0x30, der(0x87, "\x7f\x00\x00\x01"))), host: "127.0.0.1"},
	{name: "a mapped address for the host", leaf: extended("san", idSAN, "", der(0x30, der(0x87, strings.Repeat("\x00", 10)+"\xff\xff\x7f\x00\x00\x01"))),
		host: "127.0.0.1", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard over a public suffix", leaf: extended("san", idSAN, "", dns("*.co.uk")), host: "shop.co.uk", chromium: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard over a suffix of a country", leaf: extended("san", idSAN, "", dns("*.com.br")), host: "shop.com.br", chromium: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard over a suffix by wildcard", leaf: extended("san", idSAN, "", dns("*.foo.kobe.jp")), host: "shop.foo.kobe.jp", chromium: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard over an exception", leaf: extended("san", idSAN, "", dns("*.city.kobe.jp")), host: "shop.city.kobe.jp"},
	{name: "a wildcard over a private suffix", leaf: extended("san", idSAN, "", dns("*.github.io")), host: "shop.github.io"},
	{name: "a wildcard over a label that is IDN", leaf: extended("san", idSAN, "", dns("*.xn--55qx5d.cn")), host: "shop.xn--55qx5d.cn", chromium: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard for one label", leaf: extended("san", idSAN, "", dns("*.example.com"))},

	{name: "permitted", inter: constrain(der(0x82, "example.com"), "")},
	{name: "permitted with a period", inter: constrain(der(0x82, ".example.com"), "")},
	{name: "not permitted", inter: constrain(der(0x82, "example.org"), ""), chromium: true, firefox: true, want: byBoth},
	{name: "excluded", inter: constrain("", der(0x82, "example.com")), chromium: true, firefox: true, want: byBoth},
	{name: "a URI constraint that is an address", inter: constrain(der(0x86, "127.0.0.1"), "")},
	{name: "a URI constraint and a URI, not critical", inter: constrainAs("", der(0x86, "example.com"), ""), leaf: also(der(0x86, "http://example.com/")), firefox: true, want: byFirefox},
	{name: "a URI constraint and a URI", inter: constrain(der(0x86, "example.com"), ""), leaf: also(der(0x86, "http://example.com/")), chromium: true, firefox: true, want: byBoth},
	{name: "a directory name permitted in other letters", inter: constrain(der(0xa4, dn(0x13, "LEAF")), ""), firefox: true, want: byFirefox},
	{name: "a directory name permitted in another string type", inter: constrain(der(0xa4, dn(0x0c, "leaf")), "")},
	{name: "another directory name excluded", inter: constrain("", der(0xa4, dn(0x13, "other"))), firefox: true, want: byFirefox},
	{name: "an address constraint whose mask has gaps", inter: constrain(der(0x87, "\x01\x02\x03\x04\xff\x00\xff\x00"), ""), chromium: true, want: byChromium},
	{name: "empty name constraints", inter: extended("names", idNames, "!", der(0x30, "")), chromium: true, firefox: true, want: byBoth},
	{name: "name constraints with a minimum", inter: extended("names", idNames, "!", der(0x30, der(0xa0, der(0x30, der(0x82, "example.com"), der(0x80, "\x00"))))), chromium: true, firefox: true, want: byBoth},
	{name: "name constraints of a leaf", leaf: extended("names", idNames, "!", der(0x30, der(0xa0, der(0x30, der(0x82, "example.com")))))},
}

// goodRSA is a good RSA key.
func goodRSA(t testing.TB) *rsa.PrivateKey { return testKey(t, "", "RSA").(*rsa.PrivateKey) }

var keyCases = []formCase{
	{name: "an RSA key without NULL", leafKey: "RSA", leaf: func(f *forgery) {
		f.key = der(0x30, der(0x30, der(6, keyRSA)), f.key[len(f.key)-275:])
	}, chromium: true, firefox: true, want: byBoth},
	{name: "a P-384 key", leafKey: "P-384"},
	{name: "a P-521 key", leafKey: "P-521", chromium: true, want: byChromium},
	{name: "an issuer with a P-521 key", interKey: "P-521"},
	{name: "a P-224 key", leafKey: "P-224", chromium: true, firefox: true, want: []string{"weak-key"}},
	{name: "a P-192 key", leaf: onCurve("\x2a\x86\x48\xce\x3d\x03\x01\x01", 48), chromium: true, firefox: true, want: []string{"weak-key"}},
	{name: "a secp256k1 key", leaf: onCurve("\x2b\x81\x04\x00\x0a", 64), chromium: true, firefox: true, want: []string{"weak-key"}},
	{name: "a DSA key", leaf: func(f *forgery) {
		numbers := der(0x30, derInteger(big.NewInt(23)), derInteger(big.NewInt(11)), derInteger(big.NewInt(4)))
		f.key = der(0x30, der(0x30, der(6, "\x2a\x86\x48\xce\x38\x04\x01"), numbers), der(3, "\x00"+derInteger(big.NewInt(9))))
	}, chromium: true, firefox: true, want: []string{"weak-key"}},
	{name: "an RSASSA-PSS key", leafKey: "RSA", leaf: func(f *forgery) {
		f.key = der(0x30, der(0x30, der(6, oidPSS)), f.key[len(f.key)-275:])
	}, chromium: true, firefox: true, want: []string{"weak-key"}},
	{name: "an RSA key of 1024 bits", leafKey: "RSA-1024", want: []string{"weak-key"}},
	{name: "an issuer with an RSA key of 1024 bits", interKey: "RSA-1024", want: []string{"weak-key"}},
	{name: "an RSA key of 8320 bits", leafKey: "RSA-8320"},
	{name: "an issuer with an RSA key of 8320 bits", interKey: "RSA-8320"},
	{name: "the exponent 1", leafKey: "RSA-exponent-1", chromium: true, firefox: true, want: []string{"weak-key"}},
	{name: "the exponent 1 of the issuer", interKey: "RSA-exponent-1", chromium: true, firefox: true, want: []string{"weak-key"}},
	{name: "the exponent 3", leafKey: "RSA-exponent-3"},
	{name: "an exponent of 33 bits", leafKey: "RSA-exponent-33-bits"},
	{name: "an exponent of 33 bits of the issuer", interKey: "RSA-exponent-33-bits"},
	{name: "a prime modulus", leafKey: "RSA-prime", want: []string{"weak-key"}},
	{name: "a modulus with the factor 3", leafKey: "RSA-factor-3", want: []string{"weak-key"}},
	{name: "a compressed point", leaf: func(f *forgery) {
		point := f.key[len(f.key)-64:]
		f.key = der(0x30, der(0x30, der(6, keyEC), der(6, curve256)), der(3, "\x00"+string(rune(2+point[63]&1))+point[:32]))
	}, firefox: true, want: byFirefox},
	{name: "an Ed25519 key", leafKey: "Ed25519", chromium: true, firefox: true, want: []string{"weak-key"}},
}

// onCurve gives a key on another curve, whose points have so many octets.
func onCurve(id string, octets int) func(*forgery) {
	return func(f *forgery) {
		point := f.key[len(f.key)-64:]
		f.key = der(0x30, der(0x30, der(6, keyEC), der(6, id)), der(3, "\x00\x04"+point[:octets]))
	}
}

// signed signs with the issuer's key of a kind: with an algorithm, over a hash
// (0 for the message itself).
func signed(kind, algorithm string, hash crypto.SignerOpts) func(*forgery) {
	return func(f *forgery) {
		f.algorithm = algorithm
		f.sign = func(tbs []byte) []byte {
			name := "Inter"
			if kind == "RSA" {
				name = ""
			}
			key, _ := keys.Load(name + "/" + kind) // made for the issuer before
			if hash.HashFunc() != 0 {
				tbs = digest(hash.HashFunc(), tbs)
			}
			s, err := key.(crypto.Signer).Sign(rand.Reader, tbs, hash)
			if err != nil {
				panic(err)
			}
			return s
		}
	}
}

// pssAlgorithm is RSASSA-PSS with a hash of NIST's family and a salt's octets.
func pssAlgorithm(hash string, salt byte) string {
	id := der(0x30, der(6, oidNIST+hash), "\x05\x00")
	return der(0x30, der(6, oidPSS), der(0x30, der(0xa0, id), der(0xa1, der(0x30, der(6, oidPKCS1+"\x08"), id)), der(0xa2, "\x02\x01"+string(rune(salt)))))
}

func pssOptions(hash crypto.Hash, salt int) *rsa.PSSOptions {
	return &rsa.PSSOptions{Hash: hash, SaltLength: salt}
}

var weakSigned = []string{"weak-signature"}

var signatureCases = []formCase{
	{name: "RSA with MD5", interKey: "RSA", leaf: signed("RSA", der(0x30, der(6, oidPKCS1+"\x04"), "\x05\x00"), crypto.MD5), chromium: true, firefox: true, want: weakSigned},
	{name: "RSA with SHA-1", interKey: "RSA", leaf: signed("RSA", der(0x30, der(6, oidPKCS1+"\x05"), "\x05\x00"), crypto.SHA1), chromium: true, firefox: true, want: weakSigned},
	{name: "RSA with SHA-512", interKey: "RSA", leaf: signed("RSA", der(0x30, der(6, oidPKCS1+"\x0d"), "\x05\x00"), crypto.SHA512)},
	{name: "RSA with SHA-224", interKey: "RSA", leaf: signed("RSA", der(0x30, der(6, oidPKCS1+"\x0e"), "\x05\x00"), crypto.SHA224), chromium: true, firefox: true, want: []string{"untrusted-root"}},
	{name: "ECDSA with SHA-1", leaf: signed("", der(0x30, der(6, oidECDSA+"\x01")), crypto.SHA1), chromium: true, firefox: true, want: weakSigned},
	{name: "ECDSA with SHA-512", leaf: signed("", der(0x30, der(6, oidECDSA+"\x03\x04")), crypto.SHA512)},
	{name: "Ed25519", interKey: "Ed25519", leaf: signed("Ed25519", der(0x30, der(6, "\x2b\x65\x70")), crypto.Hash(0)), chromium: true, firefox: true, want: []string{"weak-key", "CF"}},
	{name: "PSS with SHA-1", interKey: "RSA", leaf: signed("RSA", der(0x30, der(6, oidPSS), der(0x30, "")), pssOptions(crypto.SHA1, 20)), chromium: true, firefox: true, want: weakSigned},
	{name: "PSS with SHA-256", interKey: "RSA", leaf: signed("RSA", pssAlgorithm("\x02\x01", 32), pssOptions(crypto.SHA256, 32))},
	{name: "PSS with SHA-256 and a salt of 20 octets", interKey: "RSA", leaf: signed("RSA", pssAlgorithm("\x02\x01", 20), pssOptions(crypto.SHA256, 20)), chromium: true, firefox: true, want: byBoth},
}

var wildcardCases = []formCase{
	{name: "a wildcard for a part of a label", leaf: extended("san", idSAN, "", dns("a*.example.com")), host: "ab.example.com", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "two wildcards", leaf: extended("san", idSAN, "", dns("*.*.example.com")), host: "a.b.example.com", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard for two labels", leaf: extended("san", idSAN, "", dns("*.example.com")), host: "a.b.example.com", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard in the middle", leaf: extended("san", idSAN, "", dns("a.*.example.com")), host: "a.b.example.com", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard for the parent", leaf: extended("san", idSAN, "", dns("*.example.com")), host: "example.com", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard over a top-level domain", leaf: extended("san", idSAN, "", dns("*.com")), host: "example.com", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "a wildcard alone", leaf: extended("san", idSAN, "", dns("*")), host: "www.example.com", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "a trailing period", leaf: extended("san", idSAN, "", dns(host+".")), firefox: true, want: []string{"hostname-mismatch"}},
	{name: "upper case", leaf: extended("san", idSAN, "", dns("WWW.Example.COM"))},
	{name: "an underscore in the host", leaf: extended("san", idSAN, "", dns("a_b.example.com")), host: "a_b.example.com"},
	{name: "a NUL in the name", leaf: extended("san", idSAN, "", dns(host+"\x00.example.org")), chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "no names", leaf: func(f *forgery) { f.extensions["san"] = "" }, chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
	{name: "an empty list of names", leaf: extended("san", idSAN, "", der(0x30, "")), chromium: true, firefox: true, want: []string{"hostname-mismatch", "CF"}},
	{name: "an empty DNS name beside", leaf: also(der(0x82, ""))},
	{name: "an address as a DNS name", leaf: extended("san", idSAN, "", dns("127.0.0.1")), host: "127.0.0.1", chromium: true, firefox: true, want: []string{"hostname-mismatch"}},
}

var issuerCases = []formCase{
	{name: "an issuer without basic constraints", inter: func(f *forgery) { f.extensions["basic"] = "" }, chromium: true, firefox: true, want: []string{"untrusted-root"}},
	{name: "basic constraints of the issuer not critical", inter: extended("basic", extBasic, "", der(0x30, "\x01\x01\xff"))},
	{name: "an issuer without keyCertSign", inter: extended("usage", idUsage, "!", bitsOf(0x02)), chromium: true, firefox: true, want: []string{"untrusted-root"}},
	{name: "an issuer without key usage", inter: func(f *forgery) { f.extensions["usage"] = "" }},
	{name: "an issuer of version 1", inter: func(f *forgery) { f.version, f.extensions = "", nil }, chromium: true, firefox: true, want: []string{"untrusted-root"}},
	{name: "an issuer of version 1 with extensions", inter: func(f *forgery) { f.version = "" }, chromium: true, want: byChromium},
	{name: "policy constraints of the issuer not critical", inter: extended("limits", idLimits, "", der(0x30, der(0x81, "\x00")))},
	{name: "an address excluded", inter: constrain("", der(0x87, "\x7f\x00\x00\x00\xff\x00\x00\x00")),
		leaf: extended("san", idSAN, "", der(0x30, der(0x87, "\x7f\x00\x00\x01"))), host: "127.0.0.1", chromium: true, firefox: true, want: byBoth},
	{name: "an address permitted", inter: constrain(der(0x87, "\x7f\x00\x00\x00\xff\x00\x00\x00"), ""),
		leaf: extended("san", idSAN, "", der(0x30, der(0x87, "\x7f\x00\x00\x01"))), host: "127.0.0.1"},
	{name: "the subject excluded", inter: constrain("", der(0xa4, dn(0x13, "leaf"))), chromium: true, firefox: true, want: byBoth},
	{name: "a host of another name permitted beside an address", inter: constrain(der(0x87, "\x7f\x00\x00\x00\xff\x00\x00\x00"), "")},
	{name: "the end before the beginning", leaf: valid(der(0x17, "271201000000Z"), der(0x17, "260101000000Z")), chromium: true, firefox: true,
		want: []string{"certificate-expired", "certificate-not-yet-valid"}},
	{name: "an expired issuer", inter: valid(der(0x17, "240101000000Z"), der(0x17, "250101000000Z")), chromium: true, firefox: true, want: []string{"certificate-expired"}},
}

var chainCases = []formCase{
	{name: "6 intermediates", more: 5},
	{name: "7 intermediates", more: 6, firefox: true, want: byFirefox},
	{name: "8 intermediates", more: 7, firefox: true, want: byFirefox},
	{name: "12 intermediates", more: 11, firefox: true, want: byFirefox},
}

// build makes the chain, leaf first, with its root, and the leaf's key.
func (c formCase) build(t testing.TB, at time.Time) (chain [][]byte, root []byte, key crypto.Signer) {
	t.Helper()
	rootKey := testKey(t, "Root", "")
	root = newForgery(t, "Root", "Root", rootKey.Public(), at).make(t, rootKey)
	by, byKey := "Root", rootKey
	for i := range c.more {
		name := fmt.Sprintf("More%d", i)
		k := testKey(t, name, "")
		f := newForgery(t, name, by, k.Public(), at)
		f.serial = derInteger(serialOf(name + c.name))
		chain = append([][]byte{f.make(t, byKey)}, chain...)
		by, byKey = name, k
	}
	interKey := testKey(t, "Inter", c.interKey)
	inter := newForgery(t, "Inter", by, interKey.Public(), at)
	// Firefox refuses two certificates of one issuer and number.
	inter.serial = derInteger(serialOf("Inter" + c.name))
	if c.inter != nil {
		c.inter(inter)
	}
	key = testKey(t, "leaf", c.leafKey)
	leaf := newForgery(t, "leaf", "Inter", key.Public(), at)
	signedWith(leaf, interKey)
	leaf.serial = derInteger(serialOf("leaf" + c.name))
	if c.leaf != nil {
		c.leaf(leaf)
	}
	if c.host != "" && strings.Contains(leaf.extensions["san"], host) {
		leaf.extensions["san"] = ext(idSAN, "", dns(c.host))
	}
	chain = append([][]byte{leaf.make(t, interKey), inter.make(t, byKey)}, chain...)
	return chain, root, key
}

// faultNames are faults as formCase has them.
func faultNames(faults []Fault) []string {
	var out []string
	for _, f := range faults {
		name := string(f.Kind)
		if f.Kind == BrowserRefused {
			name = map[program]string{"": "CF", chromeProgram: "C", mozillaProgram: "F"}[f.by]
		}
		out = append(out, name)
	}
	return out
}

// TestForms judges each chain as against a user's own root.
func TestForms(t *testing.T) {
	for _, c := range formCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			chain, root, _ := c.build(t, now)
			q := Query{Host: cmp.Or(c.host, host), At: now, Leaf: ParseCertificate(chain[0]), Roots: &Roots{name: theRoots}}
			for _, der := range chain[1:] {
				q.Sent = append(q.Sent, ParseCertificate(der))
			}
			r := ParseCertificate(root)
			q.Roots.add(r.RawSubject, certAnchor(r))
			j := Judge(q)
			if d := gocmp.Diff(c.want, faultNames(j.Faults)); d != "" {
				t.Errorf("(-want +got):\n%s\n%v", d, j.Faults)
			}
		})
	}
}

// TestNumbers judges RSA keys by their numbers.
func TestNumbers(t *testing.T) {
	good := goodRSA(t)
	prime, err := bigPrime()
	if err != nil {
		t.Fatal(err)
	}
	// The largest multiple of 3 and 5 of 2048 bits that is odd.
	three := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 2048), big.NewInt(1))
	three.Sub(three, new(big.Int).Mod(three, big.NewInt(30))).Add(three, big.NewInt(-15))
	for _, tc := range []struct {
		name string
		n    *big.Int
		e    int64
		want string
	}{
		{"good", good.N, 65537, ""},
		{"exponent 3", good.N, 3, ""},
		{"exponent of 33 bits", good.N, 1<<32 + 15, ""},
		{"exponent 1", good.N, 1, "with the exponent 1"},
		{"exponent 2", good.N, 2, "with the exponent 2"},
		{"an even exponent", good.N, 65536, "with the exponent 65536"},
		{"a prime modulus", prime, 65537, "modulus is a prime"},
		{"a factor", three, 65537, "has the factor"},
		{"an even modulus", new(big.Int).Add(good.N, big.NewInt(1)), 65537, "has the factor 2"},
		{"ROCA", rocaModulus(), 65537, "ROCA"},
		{"close primes", closeModulus(), 65537, "so close"},
		{"2049 bits", new(big.Int).SetBit(big.NewInt(1), 2048, 1), 65537, "not a multiple of 8"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			key := testKey(t, "Inter", "")
			f := newForgery(t, "leaf", "Inter", key.Public(), now)
			f.key = rsaSPKI(tc.n, big.NewInt(tc.e))
			got := keyWeakness(ParseCertificate(f.make(t, key)))
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
