package fact

import "strings"

// rsaKeyExchange reports whether the handshake's suite has the server's key
// decrypt instead of sign (RFC 5246 section 7.4.7.1).
func (h Handshake) rsaKeyExchange() bool {
	return h.Version != 0 && strings.HasPrefix(SuiteName(h.Suite), "TLS_RSA_WITH_")
}
