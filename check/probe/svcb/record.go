// Package svcb asks DNS for the HTTPS records of a name and reads them (RFC
// 9460). The resolver of the standard library knows none.
package svcb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

// The parameters that are read (RFC 9460 section 14.3.2).
const (
	keyMandatory     = 0
	keyALPN          = 1
	keyNoDefaultALPN = 2
	keyPort          = 3
	keyIPv4Hint      = 4
	keyECH           = 5
	keyIPv6Hint      = 6
)

const (
	// maxRecords bounds the records of an answer that are kept, maxHints the
	// addresses of one, and maxShown the bytes of a text in it.
	maxRecords, maxHints, maxShown = 16, 8, 255
)

var (
	errShort = errors.New("it ends too early")
	errOrder = errors.New("its parameters are not in ascending order")
)

// Read reads the data of HTTPS records in wire form (RFC 9460 section 2.2),
// and gives them in the order of their priority. A record that clients pass
// over says why; one that is malformed has no target.
func Read(data [][]byte) []fact.ServiceRecord {
	var out []fact.ServiceRecord
	for _, rdata := range data[:min(len(data), maxRecords)] {
		out = append(out, record(rdata))
	}
	slices.SortStableFunc(out, func(a, b fact.ServiceRecord) int { return int(a.Priority) - int(b.Priority) })
	return out
}

// record reads one record.
func record(b []byte) (r fact.ServiceRecord) {
	if len(b) < 2 {
		return fact.ServiceRecord{Error: "malformed: " + errShort.Error()}
	}
	r.Priority = binary.BigEndian.Uint16(b)
	target, rest, err := name(b[2:])
	if err == nil && r.Priority != 0 { // the parameters of an alias are ignored (section 2.4.2)
		err = parameters(rest, &r)
	}
	if err != nil {
		return fact.ServiceRecord{Priority: r.Priority, Error: "malformed: " + err.Error()}
	}
	r.Target = target
	return r
}

// name reads an uncompressed domain name (RFC 1035 section 3.1).
func name(b []byte) (string, []byte, error) {
	var labels []string
	for total := 0; len(b) > 0; {
		n := int(b[0])
		if n == 0 {
			if len(labels) == 0 {
				return ".", b[1:], nil
			}
			return strings.Join(labels, "."), b[1:], nil
		}
		if total += 1 + n; n > 63 || total > 254 {
			return "", nil, errors.New("its target is no domain name")
		}
		if len(b) < 1+n {
			break
		}
		labels = append(labels, label(b[1:1+n]))
		b = b[1+n:]
	}
	return "", nil, errShort
}

// label is a label as it is shown, with other octets than those of host names
// escaped (RFC 1035 section 5.1).
func label(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			s.WriteByte(c + 'a' - 'A')
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
			s.WriteByte(c)
		default:
			fmt.Fprintf(&s, `\%03d`, c)
		}
	}
	return s.String()
}

// parameters reads the SvcParams of a record.
func parameters(b []byte, r *fact.ServiceRecord) error {
	var present, mandatory []uint16
	for len(b) > 0 {
		if len(b) < 4 || len(b) < 4+int(binary.BigEndian.Uint16(b[2:])) {
			return errShort
		}
		key, value := binary.BigEndian.Uint16(b), b[4:4+int(binary.BigEndian.Uint16(b[2:]))]
		if len(present) > 0 && key <= present[len(present)-1] {
			return errOrder
		}
		present, b = append(present, key), b[4+len(value):]
		var err error
		if key == keyMandatory {
			mandatory, err = keys(value)
		} else {
			err = parameter(key, value, r)
		}
		if err != nil {
			return err
		}
	}
	return require(r, present, mandatory)
}

// require holds a record to the parameters that it says clients must know
// (RFC 9460 section 8).
func require(r *fact.ServiceRecord, present, mandatory []uint16) error {
	if r.NoDefaultALPN && len(r.ALPN) == 0 {
		return errors.New("it has no-default-alpn without alpn")
	}
	for i, key := range mandatory {
		switch {
		case key == keyMandatory, i > 0 && key <= mandatory[i-1], !slices.Contains(present, key):
			return errors.New("its list of mandatory parameters is invalid")
		case key > keyIPv6Hint && r.Error == "":
			r.Error = fmt.Sprintf("its mandatory parameter 'key%d' is not known", key)
		}
	}
	return nil
}

// parameter reads the value of one parameter (RFC 9460 section 7); those that
// are not known are passed over.
func parameter(key uint16, value []byte, r *fact.ServiceRecord) (err error) {
	switch key {
	case keyALPN:
		r.ALPN, err = protocols(value)
	case keyNoDefaultALPN:
		if r.NoDefaultALPN = true; len(value) > 0 {
			err = errors.New("its no-default-alpn has a value")
		}
	case keyPort:
		if len(value) != 2 {
			return errors.New("its port is not of 2 bytes")
		}
		r.Port = binary.BigEndian.Uint16(value)
	case keyIPv4Hint:
		r.IPv4Hints, err = addresses(value, 4)
	case keyIPv6Hint:
		r.IPv6Hints, err = addresses(value, 16)
	case keyECH:
		if r.ECH = true; len(value) < 2 || int(binary.BigEndian.Uint16(value)) != len(value)-2 {
			err = errors.New("its ech is no ECHConfigList") // RFC 9849 section 4
		}
	}
	return err
}

// keys reads the keys of mandatory.
func keys(value []byte) ([]uint16, error) {
	if len(value) == 0 || len(value)%2 != 0 {
		return nil, errors.New("its list of mandatory parameters is invalid")
	}
	var out []uint16
	for ; len(value) > 0; value = value[2:] {
		out = append(out, binary.BigEndian.Uint16(value))
	}
	return out, nil
}

// protocols reads the ids of alpn.
func protocols(value []byte) ([]string, error) {
	var out []string
	for len(value) > 0 {
		n := int(value[0])
		if n == 0 || len(value) < 1+n {
			return nil, errors.New("its alpn is invalid")
		}
		id := strconv.QuoteToASCII(string(value[1 : 1+n]))
		out = append(out, fact.Clip(id[1:len(id)-1], maxShown))
		value = value[1+n:]
	}
	if len(out) == 0 {
		return nil, errors.New("its alpn is empty")
	}
	return out[:min(len(out), maxHints)], nil
}

// addresses reads a hint of addresses of a size.
func addresses(value []byte, size int) ([]string, error) {
	if len(value) == 0 || len(value)%size != 0 {
		return nil, errors.New("its address hint is invalid")
	}
	var out []string
	for ; len(value) > 0; value = value[size:] {
		a, _ := netip.AddrFromSlice(value[:size]) // of 4 or 16 bytes
		out = append(out, a.String())
	}
	return out[:min(len(out), maxHints)], nil
}
