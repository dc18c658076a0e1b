package deploytest

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"time"
)

// SCT is a signed certificate timestamp (RFC 6962 section 3.2) of a made-up
// log, in its serialised form. Nobody can check its signature.
func SCT(log byte, at time.Time) []byte {
	b := []byte{0}                                  // v1
	b = append(b, bytes.Repeat([]byte{log}, 32)...) // log id
	b = binary.BigEndian.AppendUint64(b, uint64(at.UnixMilli()))
	b = append(b, 0, 0)                               // no extensions
	b = append(b, 4, 3)                               // SHA-256, ECDSA
	return append(b, 0, 8, 0x30, 6, 2, 1, 1, 2, 1, 1) // the signature
}

// SCTList is the certificate extension with embedded timestamps (RFC 6962
// section 3.3).
func SCTList(scts ...[]byte) pkix.Extension {
	var list []byte
	for _, s := range scts {
		list = binary.BigEndian.AppendUint16(list, uint16(len(s)))
		list = append(list, s...)
	}
	list = append(binary.BigEndian.AppendUint16(nil, uint16(len(list))), list...)
	return pkix.Extension{
		Id:    asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2},
		Value: must(asn1.Marshal(list)),
	}
}
