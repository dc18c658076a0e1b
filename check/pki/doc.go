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
// Whatever the roots, a fault is something that clients in use refuse. Against
// the embedded public roots, certificates are besides held to the form that
// RFC 5280 prescribes, as Python does by default; a user's own authority is
// not. The deviations from x509-limbo, each with its reason, are listed in
// testdata.
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
