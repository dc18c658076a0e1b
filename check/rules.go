package check

import "sync"

// Rules lists every rule, in the order every report uses.
func Rules() []Rule {
	return []Rule{
		cleartextURL,
		cleartextContent,
		cleartextRedirect,
		cleartextRedirectHost,
		cleartextH2C,
		cleartextUpgrade,
		cleartextWebSocket,
		cleartextOnTLSPort,
		tlsMissing,
		redirectDowngrade,
		legacyProtocol,
		unencryptedCipher,
		unauthenticatedCipher,
		brokenCipher,
		downgradeUnprotected,
		mixedContent,
		mixedContentPassive,
		insecureForm,
		insecureCookie,
		hstsMissing,
		hstsWeak,

		untrustedRoot,
		selfSigned,
		incompleteChain,
		hostnameMismatch,
		certificateExpired,
		certificateNotYetValid,
		certificateExpiring,
		wrongUsage,
		weakKey,
		weakSignature,
		validityTooLong,
		certificateRevoked,
		revocationUnknown,
		stapleMissing,
		stapleInvalid,
		browserRefused,
		distrustedRoot,
		rootNotUniversal,
		trustEnding,
		http3Certificate,
		sctMissing,
		sctFew,

		targetNotVerified,
		addressNotVerified,
		targetNotExternal,
	}
}

// RuleByID is the rule with an id; false where this version has none.
func RuleByID(id string) (Rule, bool) {
	r, known := rulesByID()[id]
	return r, known
}

var rulesByID = sync.OnceValue(func() map[string]Rule {
	byID := map[string]Rule{}
	for _, r := range Rules() {
		byID[r.ID] = r
	}
	return byID
})
