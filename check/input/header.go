package input

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

var (
	// headerName is a token (RFC 9110 section 5.6.2).
	headerName = text.Pattern("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	// headerValue is visible ASCII and spaces; RFC 9110 section 5.5 asks
	// senders for no more.
	headerValue = text.Pattern(`^[ -~]+$`)
	// reservedHeader names the fields that frame a message, belong to a
	// connection (RFC 9110 section 7.6.1), or that tlsgate itself sets.
	reservedHeader = text.Pattern(`(?i)^(host|content-length|transfer-encoding|te|trailer|connection|keep-alive|proxy-.*|upgrade|http2-settings|expect|sec-websocket-.*|accept|accept-encoding|user-agent)$`)
)

// setHeaders reads headers, one per line.
func (r *reader) setHeaders(value string) error {
	var bad []error
	n := 0
	for line := range strings.Lines(value) {
		n++
		if strings.TrimSpace(line) == "" {
			continue
		}
		h, err := parseHeader(line)
		if err != nil {
			bad = append(bad, fmt.Errorf("line %d %w", n, err))
			continue
		}
		r.config.Headers = append(r.config.Headers, h)
	}
	return errors.Join(bad...)
}

// parseHeader reads a line "Name: value". The error shows neither the value
// nor what could be a part of one.
func parseHeader(line string) (fact.Header, error) {
	name, value, found := strings.Cut(line, ":")
	h := fact.Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
	switch {
	case !found:
		return fact.Header{}, errors.New("has no colon: write 'Name: value'")
	case !headerName().MatchString(h.Name):
		return fact.Header{}, errors.New("has no valid header name before the colon: a name has only letters, digits and the characters !#$%&'*+-.^_`|~")
	case reservedHeader().MatchString(h.Name):
		return fact.Header{}, fmt.Errorf("sets %s, which only tlsgate itself can set: remove it", quote(h.Name))
	case h.Value == "":
		return fact.Header{}, fmt.Errorf("has no value for %s: check that the secret is set and available to this event", quote(h.Name))
	case !headerValue().MatchString(h.Value):
		return fact.Header{}, fmt.Errorf("has a value for %s with a character that is not printable ASCII", quote(h.Name))
	}
	return h, nil
}
