package fact

import (
	"net/netip"
	"slices"
	"testing"
)

func TestNotExternal(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.53": "loopback (RFC 1122)", "::1": "loopback (RFC 4291)", "10.1.2.3": "private (RFC 1918)",
		"172.31.255.255": "private (RFC 1918)", "172.32.0.0": "", "192.168.1.1": "private (RFC 1918)",
		"100.64.0.1": "shared address space (RFC 6598)", "169.254.169.254": "link-local (RFC 3927)",
		"fe80::1": "link-local (RFC 4291)", "fd00::1": "unique local (RFC 4193)", "::ffff:10.0.0.1": "private (RFC 1918)",
		"64:ff9b::a00:1": "private (RFC 1918)", "64:ff9b::808:808": "", "2002:7f00:1::": "loopback (RFC 1122)",
		"::127.0.0.1": "loopback (RFC 1122)", "::ffff:0:10.0.0.1": "private (RFC 1918)", "64:ff9b:1::1": "local translation (RFC 8215)", "198.18.0.1": "benchmarking (RFC 2544)",
		"168.63.129.16": "host service of a cloud (Azure)", "2001:4860:4860::8888": "", "fec0::1": "site-local (RFC 3879)",
		"2001:1::1": "", "2001:1::4": "IETF protocol assignments (RFC 2928)", "2001:20::1": "", "2001:10::1": "deprecated ORCHID (RFC 4843)",
		"100:0:0:1::1": "dummy prefix (RFC 9780)", "192.0.0.9": "", "192.0.0.8": "IPv4 dummy address (RFC 7600)", "192.0.0.171": "NAT64/DNS64 discovery (RFC 7050)",
		"255.255.255.255": "limited broadcast (RFC 8190)", "0.1.2.3": "this network (RFC 791)", "2001:0:1::1": "Teredo (RFC 4380)",
		"203.0.113.7": "", "2001:db8::1": "", "3fff::1": "",
		"0.0.0.0": "this host (RFC 1122)", "::": "unspecified (RFC 4291)", "8.8.8.8": "", "2606:4700::1111": "",
	} {
		if got := NotExternal(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}

// Every block decides about its own first address, so that none is hidden by
// a wider one that stands before it.
func TestSpecialBlocksInOrder(t *testing.T) {
	if !slices.IsSortedFunc(specialBlocks, func(a, b specialBlock) int { return b.block.Bits() - a.block.Bits() }) {
		t.Error("the most specific blocks must come first")
	}
	if len(specialBlocks) < 40 {
		t.Errorf("%d blocks: the table is not whole", len(specialBlocks))
	}
}
