package pki

import (
	"fmt"
	"slices"
	"strings"
)

// A Departure is one way in which a certificate departs from the form that
// RFC 5280 and X.690 prescribe.
type Departure struct {
	// Place is the part of the certificate, as RFC 5280 names it.
	Place string
	// What is the departure, one of the constants of this package.
	What string
}

// A Verifier is a program that verifies certificates.
type Verifier string

// The clients whose behaviour is known here.
const (
	Chromium Verifier = "Chromium"
	Firefox  Verifier = "Firefox"
)

// A reading is what a client makes of a departure.
type reading int

const (
	accepts reading = iota
	refuses
	// refusesLeaf and refusesIssuer are refusals in that position only.
	refusesLeaf
	refusesIssuer
)

// in reports whether a certificate in that position is refused.
func (r reading) in(leaf bool) bool {
	return r == refuses || r == refusesLeaf && leaf || r == refusesIssuer && !leaf
}

// The places of departures: the fields of Certificate and TBSCertificate (RFC
// 5280 section 4.1) and the extensions (section 4.2), each with the section
// that describes it.
const (
	placeCertificate   = "Certificate"
	placeTBS           = "TBSCertificate"
	placeVersion       = "version"
	placeSerial        = "serial number"
	placeAlgorithm     = "signature algorithm"
	placeSignature     = "signature value"
	placeIssuer        = "issuer"
	placeValidity      = "validity"
	placeSubject       = "subject"
	placeKey           = "subject public key info"
	placeUniqueID      = "unique identifier"
	placeExtensions    = "extensions"
	placeAKI           = "authority key identifier"
	placeSKI           = "subject key identifier"
	placeKeyUsage      = "key usage"
	placePolicies      = "certificate policies"
	placeMappings      = "policy mappings"
	placeSAN           = "subject alternative name"
	placeBasic         = "basic constraints"
	placeNames         = "name constraints"
	placePolicyLimits  = "policy constraints"
	placeExtUsage      = "extended key usage"
	placeCRL           = "CRL distribution points"
	placeInhibitAny    = "inhibit any-policy"
	placeAIA           = "authority information access"
	placeTLSFeature    = "TLS feature"
	placeSCTList       = "signed certificate timestamp list"
	anyWhat            = ""
	sectionTLSFeature  = "RFC 7633 section 4"
	sectionTimestamps  = "RFC 6962 section 3.3"
	sectionsOfRFC5280  = "RFC 5280 section "
	sectionOfEncodings = "X.690 section 10"
)

// sections are where each place is described.
var sections = map[string]string{
	placeCertificate: "4.1", placeTBS: "4.1", placeVersion: "4.1.2.1", placeSerial: "4.1.2.2",
	placeAlgorithm: "4.1.1.2", placeSignature: "4.1.1.3", placeIssuer: "4.1.2.4", placeValidity: "4.1.2.5",
	placeSubject: "4.1.2.6", placeKey: "4.1.2.7", placeUniqueID: "4.1.2.8", placeExtensions: "4.1.2.9",
	placeAKI: "4.2.1.1", placeSKI: "4.2.1.2", placeKeyUsage: "4.2.1.3", placePolicies: "4.2.1.4",
	placeMappings: "4.2.1.5", placeSAN: "4.2.1.6", placeBasic: "4.2.1.9", placeNames: "4.2.1.10",
	placePolicyLimits: "4.2.1.11", placeExtUsage: "4.2.1.12", placeCRL: "4.2.1.13", placeInhibitAny: "4.2.1.14",
	placeAIA: "4.2.2.1",
}

// source is the section that prescribes the form departed from.
func (d Departure) source() string {
	switch {
	case d.Place == placeTLSFeature:
		return sectionTLSFeature
	case d.Place == placeSCTList:
		return sectionTimestamps
	case d.What == departLength || d.What == departIndefinite:
		return sectionOfEncodings
	}
	return sectionsOfRFC5280 + sections[d.Place]
}

// String is the departure as a message has it.
func (d Departure) String() string {
	return fmt.Sprintf("in its %s, %s (%s)", d.Place, d.What, d.source())
}

// The departures of single places.
const (
	departExplicitV1      = "version 1 is written out"
	departVersion4        = "the version is 4"
	departVersion         = "the version is none of 1 to 3"
	departVersionEmpty    = "extensions in a certificate that is not of version 3"
	departNegative        = "the number is negative"
	departZero            = "the number is zero"
	departOctets          = "the number has more than 20 octets"
	departInteger         = "an integer is not in its shortest form"
	departParameters      = "parameters that the algorithm does not have"
	departMismatch        = "the algorithm differs from the one inside the signed part"
	departUnusedBits      = "a bit string has unused bits"
	departPrintable       = "a PrintableString holds a character outside its set"
	departASCII           = "a string that must be ASCII is not"
	departBMP             = "a BMPString has an odd length or a surrogate"
	departUniversalString = "a UniversalString is malformed"
	departString          = "a string is of a type that names do not have"
	departNumeric         = "a NumericString holds a character outside its set"
	departUTF8            = "a UTF8String is not UTF-8"
	departNameForm        = "the name is malformed"
	departEmptyName       = "the name is empty"
	departTime            = "a time is not in the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, or does not exist"
	departLeapSecond      = "a time has the second 60"
	departBefore1970      = "a time lies before 1970"
	departReversed        = "the end lies before the beginning"
	departDuplicate       = "an extension is there twice"
	departEmpty           = "a list is empty"
	departBoolean         = "a BOOLEAN is neither 00 nor FF"
	departExplicitFalse   = "the default FALSE is written out"
	departNoBits          = "no bit is set"
	departPathLength      = "the path length is above 127"
	departPathLength8     = "the path length is above 255 or negative"
	departAddress         = "an IP address has neither 4 nor 16 octets"
	departMask            = "an address range has another size than 8 or 32 octets, or a mask with gaps"
	departDNSName         = "a DNS name is malformed"
	departNonCritical     = "it is not critical though the subject is empty"
	departSerialAlone     = "an issuer without a serial number, or the reverse"
	departDuplicatePolicy = "a policy is there twice"
	departQualifier       = "a qualifier of an unknown kind"
	departFeature         = "a feature other than stapling"
	departKeyForm         = "the key is malformed or its parameters are"
	departPointForm       = "the point is compressed"
	departExponent        = "the exponent has more than 33 bits"
)

// A row of the table: what each client makes of a departure at a place.
type departureRow struct {
	place, what       string
	chromium, firefox reading
}

// departureTable was made by reading the forms that BoringSSL's pki and
// mozilla::pkix take, and by asking Chromium 156 and Firefox ESR 153; the test
// with the build tag browsers asks them again. The first row that fits counts; a
// departure of no row is refused by both.
var departureTable = []departureRow{
	{anyWhat, departLong, accepts, refuses},
	{placeVersion, departExplicitV1, refuses, accepts},
	{placeVersion, departVersion4, refuses, accepts},
	{placeVersion, departVersionEmpty, refuses, accepts},
	{placeSerial, departNegative, accepts, accepts},
	{placeSerial, departZero, accepts, accepts},
	{placeSerial, departOctets, accepts, accepts},
	{placeSerial, departInteger, accepts, refuses},
	{placeAlgorithm, departParameters, refuses, accepts},
	{placeIssuer, departEmptyName, accepts, refuses},
	{placeIssuer, departUTF8, accepts, accepts},
	{placeSubject, departUTF8, accepts, accepts},
	{placeIssuer, departNumeric, accepts, accepts},
	{placeSubject, departNumeric, accepts, accepts},
	{placeIssuer, departString, refusesLeaf, accepts},
	{placeSubject, departString, refusesLeaf, accepts},
	{placeIssuer, departNameForm, refuses, accepts},
	{placeSubject, departNameForm, refuses, accepts},
	{placeIssuer, departPrintable, refuses, accepts},
	{placeSubject, departPrintable, refuses, accepts},
	{placeIssuer, departASCII, refuses, accepts},
	{placeSubject, departASCII, refuses, accepts},
	{placeIssuer, departBMP, refuses, accepts},
	{placeSubject, departBMP, refuses, accepts},
	{placeIssuer, departUniversalString, refuses, accepts},
	{placeSubject, departUniversalString, refuses, accepts},
	{placeValidity, departLeapSecond, accepts, refuses},
	{placeValidity, departBefore1970, accepts, refuses},
	{placeValidity, departReversed, accepts, accepts},
	{placeUniqueID, departVersionEmpty, refuses, accepts},
	{placeExtensions, departExplicitFalse, refuses, accepts},
	{placeExtensions, departDuplicate, refuses, accepts},
	{placeAKI, anyWhat, refuses, accepts},
	{placeSKI, anyWhat, refuses, accepts},
	{placePolicies, anyWhat, refuses, accepts},
	{placeMappings, anyWhat, refuses, accepts},
	{placePolicyLimits, anyWhat, refuses, accepts},
	{placeInhibitAny, anyWhat, refuses, accepts},
	{placeAIA, departEmpty, refuses, accepts},
	{placeAIA, departASCII, refuses, accepts},
	{placeAIA, anyWhat, refuses, refusesLeaf},
	{placeCRL, anyWhat, accepts, accepts},
	{placeSAN, departNonCritical, refuses, accepts},
	{placeSAN, departASCII, refuses, accepts},
	{placeSAN, departTag, refuses, accepts}, // Firefox reads no further than the name that it looks for
	{placeSAN, departAddress, refuses, accepts},
	{placeNames, departMask, refuses, accepts},
	{placeNames, departDNSName, accepts, refusesIssuer},
	{placeNames, anyWhat, refuses, refusesIssuer},
	{placeBasic, departExplicitFalse, accepts, accepts},
	{placeBasic, departPathLength, accepts, refuses},
	{placeKeyUsage, departNoBits, refuses, accepts},
	{placeTLSFeature, anyWhat, accepts, refusesLeaf},
	{placeSCTList, anyWhat, accepts, refusesLeaf},
	{placeKey, departExponent, refuses, accepts},
	{placeKey, departPointForm, accepts, refuses},
	{anyWhat, anyWhat, refuses, refuses},
}

// row finds what is known of a departure.
func (d Departure) row() departureRow {
	i := slices.IndexFunc(departureTable, func(r departureRow) bool {
		return (r.place == d.Place || r.place == anyWhat) && (r.what == d.What || r.what == anyWhat)
	})
	return departureTable[i]
}

// RefusedBy lists the clients that refuse a certificate, a leaf or an
// issuer's, for a departure.
func (d Departure) RefusedBy(leaf bool) []Verifier {
	r := d.row()
	var out []Verifier
	for _, c := range []struct {
		client Verifier
		reading
	}{{Chromium, r.chromium}, {Firefox, r.firefox}} {
		if c.reading.in(leaf) {
			out = append(out, c.client)
		}
	}
	return out
}

// formFaults are the refusals of browsers for a certificate's form, one for
// each set of browsers.
func formFaults(c *Certificate, leaf bool) []Fault {
	reasons := map[string][]string{}
	clients := map[string][]Verifier{}
	var order []string
	forBoth := map[string]bool{} // what both refuse at some place
	for _, d := range c.Departures {
		forBoth[d.What] = forBoth[d.What] || len(d.RefusedBy(leaf)) == 2
	}
	for _, d := range c.Departures {
		by := d.RefusedBy(leaf)
		if len(by) == 0 || len(by) == 1 && forBoth[d.What] {
			continue
		}
		key := fmt.Sprint(by)
		if clients[key] == nil {
			clients[key] = by
			order = append(order, key)
		}
		reasons[key] = append(reasons[key], d.String())
	}
	var faults []Fault
	for _, key := range order {
		faults = append(faults, refusal(c, clients[key], "its form is not that of a certificate: "+strings.Join(clipList(reasons[key]), "; ")))
	}
	return faults
}

// clipList keeps the first few of a list.
func clipList(list []string) []string {
	const most = 3
	if len(list) <= most {
		return list
	}
	return append(slices.Clone(list[:most]), fmt.Sprintf("and %d more", len(list)-most))
}

// refusal is the fault of a certificate that browsers refuse.
func refusal(c *Certificate, by []Verifier, why string) Fault {
	verb := "refuses"
	if len(by) > 1 {
		verb = "refuse"
	}
	names := make([]string, len(by))
	for i, b := range by {
		names[i] = string(b)
	}
	f := Fault{Kind: BrowserRefused, Cert: c,
		Detail: fmt.Sprintf("%s %s the certificate '%s': %s.", strings.Join(names, " and "), verb, Name(c), why)}
	if len(by) == 1 {
		f.by = programOf[by[0]]
	}
	return f
}

// programOf are the root programs by their browsers.
var programOf = map[Verifier]program{Chromium: chromeProgram, Firefox: mozillaProgram}
