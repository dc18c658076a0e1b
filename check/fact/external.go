package fact

import "net/netip"

//go:generate go run ./internal/specialaddresses -o external_blocks.go special-addresses.csv

// A specialBlock is an address block that the IANA special-purpose registries
// (RFC 6890) list. Reason says why it is not external facing, and is empty
// where the registries call it globally reachable.
type specialBlock struct {
	block  netip.Prefix
	reason string
}

// embedsIPv4 are the IPv6 blocks whose addresses carry an IPv4 address, and
// the byte it starts at.
var embedsIPv4 = []struct {
	block netip.Prefix
	at    int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // NAT64 (RFC 6052)
	{netip.MustParsePrefix("2002::/16"), 2},        // 6to4 (RFC 3056)
	{netip.MustParsePrefix("::/96"), 12},           // IPv4-compatible (RFC 4291 section 2.5.5.1)
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // IPv4-translated (RFC 2765)
}

// NotExternal says why an address is not external facing, or gives "" for a
// public one. Of the blocks that contain it, the most specific one decides;
// an IPv6 address that carries an IPv4 address is as external as that one.
func NotExternal(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	for _, s := range specialBlocks {
		if !s.block.Contains(a) {
			continue
		}
		if s.reason != "" {
			return s.reason
		}
		break
	}
	for _, e := range embedsIPv4 {
		if e.block.Contains(a) {
			b := a.As16()
			return NotExternal(netip.AddrFrom4([4]byte(b[e.at : e.at+4])))
		}
	}
	return ""
}
