package clienthello

import "fmt"

const levelWarning uint8 = 1

// The alerts that tell a prober more than that the server refuses
// (RFC 8446 section 6, RFC 7507).
const (
	CloseNotify          uint8 = 0
	HandshakeFailure     uint8 = 40
	NoCertificate        uint8 = 41
	BadCertificate       uint8 = 42
	CertificateUnknown   uint8 = 46
	AccessDenied         uint8 = 49
	ProtocolVersion      uint8 = 70
	InsufficientSecurity uint8 = 71
	InternalError        uint8 = 80
	UserCanceled         uint8 = 90
	UnrecognizedName     uint8 = 112
	CertificateRequired  uint8 = 116
)

// An Alert is an alert message.
type Alert struct {
	Level, Description uint8
}

var alertNames = map[uint8]string{
	CloseNotify: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
	22: "record_overflow", 30: "decompression_failure", HandshakeFailure: "handshake_failure",
	NoCertificate: "no_certificate", BadCertificate: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
	45: "certificate_expired", CertificateUnknown: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
	AccessDenied: "access_denied", 50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
	ProtocolVersion: "protocol_version", InsufficientSecurity: "insufficient_security",
	InternalError: "internal_error", 86: "inappropriate_fallback", UserCanceled: "user_canceled",
	100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
	111: "certificate_unobtainable", UnrecognizedName: "unrecognized_name", 113: "bad_certificate_status_response",
	114: "bad_certificate_hash_value", 115: "unknown_psk_identity", CertificateRequired: "certificate_required",
	120: "no_application_protocol", 121: "ech_required",
}

// String is the alert's name in RFC 8446 or its predecessors.
func (a Alert) String() string {
	if name, ok := alertNames[a.Description]; ok {
		return name
	}
	return fmt.Sprintf("alert %d", a.Description)
}
