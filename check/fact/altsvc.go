package fact

import (
	"strconv"
	"strings"

	"github.com/tlsgate/tlsgate/check/text"
)

// An AltService is an alternative service for HTTP/3 that an origin
// advertises (RFC 7838).
type AltService struct {
	Host string // empty for the origin's own host
	Port uint16
}

// ParseAltSvc gives the services for HTTP/3 ("h3") that Alt-Svc field values
// advertise, in the order of preference (RFC 7838 section 3). Members that do
// not have the field's form are passed over; "clear" takes back all that this
// answer and earlier ones advertised.
func ParseAltSvc(values []string) []AltService {
	var out []AltService
	for _, member := range splitUnquoted(strings.Join(values, ","), ',') {
		if strings.TrimSpace(member) == "clear" {
			return nil
		}
		alternative := splitUnquoted(member, ';')[0]
		id, authority, ok := strings.Cut(strings.TrimSpace(alternative), "=")
		if !ok || id != "h3" {
			continue
		}
		if s, ok := parseAltAuthority(authority); ok {
			out = append(out, s)
		}
	}
	return out
}

// parseAltAuthority reads `"host:port"`, in which the host may be empty.
func parseAltAuthority(quoted string) (AltService, bool) {
	if len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
		return AltService{}, false
	}
	inner := quoted[1 : len(quoted)-1]
	colon := strings.LastIndexByte(inner, ':')
	if colon < 0 {
		return AltService{}, false
	}
	port, err := strconv.ParseUint(inner[colon+1:], 10, 16)
	if err != nil || port == 0 {
		return AltService{}, false
	}
	host := strings.TrimSuffix(strings.TrimPrefix(inner[:colon], "["), "]")
	return AltService{Host: strings.ToLower(host), Port: uint16(port)}, true
}

// splitUnquoted splits at a separator outside quoted strings (RFC 9110
// section 5.6.4). It gives at least one part.
func splitUnquoted(s string, sep byte) []string {
	var parts []string
	for {
		i, _ := text.IndexUnquoted(s, sep)
		if i < 0 {
			return append(parts, s)
		}
		parts, s = append(parts, s[:i]), s[i+1:]
	}
}
