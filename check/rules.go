package check

// Rules lists every rule, in the order every report uses.
func Rules() []Rule {
	return []Rule{
		cleartextURL,
		cleartextContent,
		cleartextRedirect,
		cleartextRedirectHost,
		cleartextH2C,
		cleartextWebSocket,
		cleartextOnTLSPort,
		tlsMissing,
		redirectDowngrade,
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

		targetNotVerified,
		addressNotVerified,
		targetNotExternal,
	}
}
