package clienthello

import (
	"bytes"
	"encoding/binary"

	"github.com/google/go-cmp/cmp"
)

// The parts of a server's flight, as a server writes them.

func u16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }

func u24(n int) []byte { return []byte{byte(n >> 16), byte(n >> 8), byte(n)} }

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func record(kind byte, fragment ...[]byte) []byte {
	body := join(fragment...)
	return join([]byte{kind, 3, 1}, u16(uint16(len(body))), body)
}

// split puts the bytes of messages into records of n bytes each.
func split(n int, messages ...[]byte) (all []byte) {
	rest := join(messages...)
	for len(rest) > 0 {
		m := min(n, len(rest))
		all = append(all, record(recordHandshake, rest[:m])...)
		rest = rest[m:]
	}
	return all
}

func message(kind byte, body ...[]byte) []byte {
	all := join(body...)
	return join([]byte{kind}, u24(len(all)), all)
}

func extension(id uint16, data ...byte) []byte {
	return join(u16(id), u16(uint16(len(data))), data)
}

func serverHello(version, suite uint16, random [32]byte, extensions ...[]byte) []byte {
	session := []byte{2, 0xAA, 0xBB}
	body := join(u16(version), random[:], session, u16(suite), []byte{0})
	if all := join(extensions...); len(all) > 0 {
		body = join(body, u16(uint16(len(all))), all)
	}
	return message(typeServerHello, body)
}

func certificate(chain ...[]byte) []byte {
	var list []byte
	for _, der := range chain {
		list = append(append(list, u24(len(der))...), der...)
	}
	return message(typeCertificate, u24(len(list)), list)
}

func ssl2(body ...[]byte) []byte {
	all := join(body...)
	return join([]byte{0x80 | byte(len(all)>>8), byte(len(all))}, all)
}

var (
	done     = message(typeServerHelloDone)
	sentinel = func() (r [32]byte) { copy(r[24:], "DOWNGRD\x01"); return r }()
	leaf     = []byte("leaf")
	issuer   = []byte("issuer")
)

// wholeBytes compares certificates as wholes, which is much faster.
var wholeBytes = cmp.Comparer(bytes.Equal)
