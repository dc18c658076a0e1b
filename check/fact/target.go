package fact

import (
	"net/netip"
	"strings"
)

// A Target is one deployment URL to judge, normalised: host in lower-case
// A-labels (RFC 5890) without a trailing dot, ports explicit, no user info
// and no fragment.
type Target struct {
	// Scheme is the one declared: https, http, wss or ws.
	Scheme string `json:"scheme"`
	// Host is an A-label name or an IP address without brackets.
	Host string `json:"host"`
	// Port is the TLS port; CleartextPort the port that must not serve in cleartext.
	Port          uint16 `json:"port"`
	CleartextPort uint16 `json:"cleartextPort"`
	// Path is the request target: path and query, as sent; at least "/".
	Path string `json:"path"`
	// Position is the target's place in the declared list, from 1.
	Position int `json:"position,omitempty"`
	// Label stands for the host in fingerprints and SARIF paths, where set.
	Label string `json:"label,omitempty"`
	// Places are where the target was declared.
	Places []Place `json:"places,omitempty"`
}

// A Place is where a target was declared: an input, and a file with a line
// where there is one.
type Place struct {
	Input string `json:"input"`          // "urls", "urls-file", "argument", "event"
	File  string `json:"file,omitempty"` // relative to the workspace
	Line  int    `json:"line,omitempty"` // from 1
}

// IP is the host as an address, invalid if it is a name.
func (t Target) IP() netip.Addr {
	a, _ := netip.ParseAddr(t.Host)
	return a
}

// Cleartext reports whether the URL was declared with a cleartext scheme.
func (t Target) Cleartext() bool { return t.Scheme == "http" || t.Scheme == "ws" }

// WebSocket reports whether the URL was declared as a WebSocket's.
func (t Target) WebSocket() bool { return t.Scheme == "ws" || t.Scheme == "wss" }

// SpeaksInCleartext reports whether the cleartext port is the deployment's:
// port 80 is that of port 443 alone, unless the URL names it.
func (t Target) SpeaksInCleartext() bool {
	return t.Port == 443 || t.Cleartext() || t.CleartextPort != 80
}

// URL is the target as declared, normalised, default ports left out.
func (t Target) URL() string {
	return compose(t.Scheme, t.Host, t.URLPort(), t.Path)
}

// URLPort is the port of the URL as declared.
func (t Target) URLPort() uint16 {
	if t.Cleartext() {
		return t.CleartextPort
	}
	return t.Port
}

// HTTPS is the URL asked over TLS: the target, or its https equivalent.
func (t Target) HTTPS() string { return compose("https", t.Host, t.Port, t.Path) }

// HTTP is the URL asked in cleartext.
func (t Target) HTTP() string { return compose("http", t.Host, t.CleartextPort, t.Path) }

// Origin is the https origin (RFC 6454), which every finding belongs to.
func (t Target) Origin() string { return compose("https", t.Host, t.Port, "") }

// compose writes a URL without the scheme's default port.
func compose(scheme, host string, port uint16, path string) string {
	usual := port == defaultPort(scheme)
	if usual && !strings.Contains(host, ":") {
		return scheme + "://" + host + path
	}
	h := HostPort(host, port)
	if usual {
		h = h[:strings.LastIndexByte(h, ':')]
	}
	return scheme + "://" + h + path
}

// defaultPort is the scheme's port.
func defaultPort(scheme string) uint16 {
	if scheme == "http" || scheme == "ws" {
		return 80
	}
	return 443
}
