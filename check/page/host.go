package page

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// numericHost gives a host that ends in a number as the IPv4 address that
// browsers read there: in one to four parts, each decimal, octal or hexadecimal
// (WHATWG URL section 3.5). It reports false for one that they refuse.
func numericHost(u *url.URL) bool {
	host, port := u.Hostname(), u.Port()
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	if strings.Contains(host, ":") || last == "" {
		return true
	}
	if _, err := hostNumber(last); err != nil && strings.Trim(last, "0123456789") != "" {
		return true
	}
	if len(labels) > 4 {
		return false
	}
	var address uint64
	for i, label := range labels {
		n, err := hostNumber(label)
		left := 4 - i // octets that are not set yet
		switch {
		case err != nil:
			return false
		case i < len(labels)-1:
			if n > 255 {
				return false
			}
			address |= n << (8 * (left - 1))
		default:
			if n >= 1<<(8*left) {
				return false
			}
			address |= n
		}
	}
	a := netip.AddrFrom4([4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)})
	if u.Host = a.String(); port != "" {
		u.Host += ":" + port
	}
	return true
}

// hostNumber reads one part of an IPv4 address.
func hostNumber(s string) (uint64, error) {
	lower := strings.ToLower(s)
	switch {
	case lower == "0x":
		return 0, nil
	case strings.HasPrefix(lower, "0x"):
		return strconv.ParseUint(lower[2:], 16, 64)
	case len(s) > 1 && s[0] == '0':
		return strconv.ParseUint(s, 8, 64)
	}
	return strconv.ParseUint(s, 10, 64)
}

// BlockedPort reports whether browsers do not connect to a port for HTTP (Fetch
// section 2.9, "bad port").
func BlockedPort(port uint16) bool { return blockedPorts[strconv.Itoa(int(port))] }

// blockedPorts are the ports that browsers do not connect to for HTTP (Fetch
// section 2.9, "bad port").
var blockedPorts = func() map[string]bool {
	blocked := map[string]bool{}
	for _, port := range strings.Fields(`0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104
		109 110 111 113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554
		556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668
		6669 6679 6697 10080`) {
		blocked[port] = true
	}
	return blocked
}()
