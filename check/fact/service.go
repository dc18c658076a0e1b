package fact

import (
	"fmt"
	"slices"
	"strings"
)

// Services is what DNS said of the HTTPS records of a target (RFC 9460).
type Services struct {
	// Name is the one that was asked: the host, or "_8443._https.host" for a
	// port other than 443 (RFC 9460 section 9.1).
	Name    string          `json:"name,omitempty"`
	Outcome Outcome         `json:"outcome,omitempty"`
	Error   string          `json:"error,omitempty"`
	Records []ServiceRecord `json:"records,omitempty"` // in the order of their priority
}

// A ServiceRecord is one HTTPS record (RFC 9460 section 2.2).
type ServiceRecord struct {
	// Priority is lower for what is preferred; 0 makes the record an alias.
	Priority uint16 `json:"priority"`
	// Target is the name of the alternative endpoint, without a final dot; "."
	// for the record's own name.
	Target string `json:"target,omitempty"`
	// ALPN are the protocols of the endpoint, beside HTTP/1.1 if NoDefaultALPN
	// is not set (section 7.1).
	ALPN          []string `json:"alpn,omitempty"`
	NoDefaultALPN bool     `json:"noDefaultALPN,omitempty"`
	Port          uint16   `json:"port,omitempty"` // 0 for the URL's own
	// ECH is set where the record has keys for Encrypted ClientHello (RFC 9848).
	ECH       bool     `json:"ech,omitempty"`
	IPv4Hints []string `json:"ipv4hint,omitempty"`
	IPv6Hints []string `json:"ipv6hint,omitempty"`
	// Error says why clients pass the record over; empty where they do not.
	Error string `json:"error,omitempty"`
}

// Failed reports whether the look-up gave neither records nor the word that
// there are none.
func (s Services) Failed() bool {
	return s.Outcome != Unasked && s.Outcome != Answered && s.Outcome != NoSuchName
}

// HTTP3 gives the services for HTTP/3 that the records advertise to a URL with
// a port, most preferred first. One malformed record makes clients pass over
// all of them (RFC 9460 section 2.2); an alias is not followed.
func (s Services) HTTP3(port uint16) []AltService {
	var out []AltService
	for _, r := range s.Records {
		switch {
		case r.Error != "" && r.Target == "", r.Priority == 0:
			return nil // malformed, or an alias, beside which others are ignored
		case r.Error != "", !slices.Contains(r.ALPN, "h3"):
			continue
		}
		service := AltService{Port: r.Port}
		if service.Port == 0 {
			service.Port = port
		}
		if r.Target != "." {
			service.Host = r.Target
		}
		out = append(out, service)
	}
	return out
}

// String is the record in presentation form (RFC 9460 section 2.1), the value
// of ech left out.
func (r ServiceRecord) String() string {
	parts := []string{fmt.Sprint(r.Priority), r.Target}
	list := func(key string, values []string) {
		if len(values) > 0 {
			parts = append(parts, key+"="+strings.Join(values, ","))
		}
	}
	list("alpn", r.ALPN)
	if r.NoDefaultALPN {
		parts = append(parts, "no-default-alpn")
	}
	if r.Port != 0 {
		parts = append(parts, fmt.Sprintf("port=%d", r.Port))
	}
	list("ipv4hint", r.IPv4Hints)
	if r.ECH {
		parts = append(parts, "ech")
	}
	list("ipv6hint", r.IPv6Hints)
	return strings.Join(parts, " ")
}
