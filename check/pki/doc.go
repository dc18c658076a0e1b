// Package pki decides what a certificate is worth to the public: which path
// it has to a trust anchor, and every reason why a client of today would
// refuse it. It does what crypto/x509 leaves out: reasons, all paths, root
// programs with their cut-off dates, revocation lists and answers, weak keys.
//
// The package is pure. It opens no socket, reads no file, clock, environment
// or system trust store: facts and the time come in as parameters, plain data
// goes out. Everything that it reads from a peer is bounded.
package pki
