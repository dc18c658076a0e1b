package report

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/tlsgate/tlsgate/check/fact"
)

// fingerprintKey is the partial fingerprint that GitHub identifies alerts by.
const fingerprintKey = "primaryLocationLineHash"

// fingerprint identifies a finding from run to run: by its rule, the target's
// origin (or the label that stands for it), and what distinguishes two findings of
// the rule there. It is a contract: a change would close every alert and
// re-create it.
func fingerprint(ruleID string, t fact.Target, distinct string) string {
	at := t.Label
	if at == "" {
		at = t.Origin()
	}
	sum := sha256.Sum256([]byte("v1\x00" + ruleID + "\x00" + at + "\x00" + distinct))
	return hex.EncodeToString(sum[:])[:32]
}
