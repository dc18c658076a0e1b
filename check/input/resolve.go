package input

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

func (r *reader) setResolve(value string) error {
	m, err := parseResolve(value)
	r.config.Resolve = m
	return err
}

// parseResolve reads entries of curl's --resolve, separated by white space:
// host:port:address[,address], IPv6 addresses in brackets or without. The
// error has a line for each bad one.
func parseResolve(value string) (map[string][]netip.Addr, error) {
	m := map[string][]netip.Addr{}
	var bad []error
	for _, field := range strings.Fields(value) {
		key, addrs, err := parseResolveEntry(field)
		if _, twice := m[key]; twice && err == nil {
			err = fmt.Errorf("duplicate: %s already has an entry: write all its addresses in one entry, separated by commas", quote(key))
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", quote(field), err))
			continue
		}
		m[key] = addrs
	}
	return m, errors.Join(bad...)
}

// parseResolveEntry reads one entry. The key is host:port, normalised.
func parseResolveEntry(entry string) (key string, addrs []netip.Addr, err error) {
	parts := strings.SplitN(entry, ":", 3)
	if len(parts) < 3 {
		return "", nil, errors.New("expected host:port:address[,address]")
	}
	t, err := fact.ParseTarget("https://" + parts[0] + ":" + parts[1])
	if err != nil || parts[1] == "" || t.IP().IsValid() || t.Path != "/" {
		return "", nil, errors.New("does not start with a host name and a port: expected host:port:address[,address]")
	}
	for text := range strings.SplitSeq(parts[2], ",") {
		addr, err := netip.ParseAddr(unbracket(text))
		if err != nil || addr.Zone() != "" {
			return "", nil, fmt.Errorf("%s is not an IP address", quote(text))
		}
		addrs = append(addrs, addr.Unmap())
	}
	return fact.HostPort(t.Host, t.Port), addrs, nil
}

// unbracket is an IPv6 address without the brackets around it.
func unbracket(s string) string {
	if inner, found := strings.CutPrefix(s, "["); found && strings.HasSuffix(inner, "]") && strings.Contains(inner, ":") {
		return strings.TrimSuffix(inner, "]")
	}
	return s
}

func sortedKeys(m map[string][]netip.Addr) []string { return slices.Sorted(maps.Keys(m)) }
