// Package pki decides what a certificate is worth to the public: which path
// it has to a trust anchor, and every reason why a client of today would
// refuse it. It does what crypto/x509 leaves out: reasons, all paths, root
// programs with their cut-off dates, revocation lists and answers, weak keys.
//
// The package is pure. It opens no socket, reads no file, clock, environment
// or system trust store: facts and the time come in as parameters, plain data
// goes out. Everything that it reads from a peer is bounded.
//
// # Strictness
//
// ParseCertificate reads certificates in whatever form, and keeps what departs
// from RFC 5280 and X.690. Whether a departure matters is what Chromium and
// Firefox of today say: the table of departures names who refuses each, and a
// test with the build tag browsers lays such certificates before the programs.
// What no browser refuses is no fault, whatever the RFC says, except keys that
// anybody can break and what the Baseline Requirements forbid public
// authorities. The deviations from x509-limbo, each with the clients that
// accept such a certificate, are listed in testdata.
//
// # Weak keys of Debian
//
// Keys made by Debian's OpenSSL of 2006 to 2008 (CVE-2008-0166) are not
// recognized: that takes a list of them, and Debian 12 has none in a package
// (apt-cache finds no openssl-blacklist or openssh-blacklist).
//
// # Certificate Transparency
//
// Signed certificate timestamps are counted by distinct logs, and their
// earliest date is read, but their signatures are not verified and logs are
// not told good from bad. That would take a list of logs, and there is none to
// use: the one that Chrome publishes is for Chrome alone by its terms, and is
// being frozen for others, so that a gate that went by it would some day
// refuse sound certificates. A certificate without timestamps, or with too
// few, is refused by browsers whatever the list. Timestamps in stapled OCSP
// responses are not counted: browsers no longer read them.
package pki
