package probe

import (
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
)

// Once several handshakes got no answer and none did, UDP is taken to be
// blocked; one answer shows that it is not.
func TestUDPRecord(t *testing.T) {
	silent, answered := fact.Handshake{Outcome: fact.TimedOut}, fact.Handshake{Outcome: fact.Failed}
	for name, tc := range map[string]struct {
		seen []fact.Handshake
		want bool
	}{
		"nothing":      {nil, false},
		"too few":      {[]fact.Handshake{silent, silent}, false},
		"silence":      {[]fact.Handshake{silent, silent, silent}, true},
		"an answer":    {[]fact.Handshake{silent, answered, silent, silent}, false},
		"answered now": {[]fact.Handshake{silent, silent, silent, answered}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var u udpRecord
			for _, h := range tc.seen {
				u.note(h)
			}
			if u.blocked() != tc.want {
				t.Errorf("blocked: %v", u.blocked())
			}
		})
	}
}
