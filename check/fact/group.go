package fact

import "fmt"

// groupNames are the names of key-exchange groups by code point (IANA, "TLS
// Supported Groups", 2026-11), those that servers are configured with.
var groupNames = map[uint16]string{
	23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 29: "x25519", 30: "x448",
	31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13",
	256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
	4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768", 4589: "SecP384r1MLKEM1024",
}

// GroupName is the IANA name of a key-exchange group's code point, or its
// number in hexadecimal where it has none here.
func GroupName(group uint16) string {
	if name, ok := groupNames[group]; ok {
		return name
	}
	return fmt.Sprintf("0x%04X", group)
}
