package check

import (
	"go/build"
	"slices"
	"strings"
	"testing"
)

// The packages that judge and format are pure: what they may import is listed,
// and nothing that reaches the network, the file system or the environment is.
func TestImports(t *testing.T) {
	const own = "github.com/tlsgate/tlsgate/"
	std := []string{"bufio", "bytes", "cmp", "context", "embed", "errors", "fmt", "io", "io/fs", "iter", "maps", "math", "math/big",
		"math/bits", "net/netip", "net/url", "regexp", "slices", "sort", "strconv", "strings", "sync", "time",
		"unicode", "unicode/utf16", "unicode/utf8", "html", "encoding/*", "crypto", "crypto/*", "hash"}
	for dir, allowed := range map[string][]string{
		".":         {"golang.org/x/net/publicsuffix", own + "check/fact", own + "check/pki", own + "check/page"},
		"fact":      {"golang.org/x/net/idna", own + "check/pki", own + "check/page"},
		"page":      {"golang.org/x/net/html", "golang.org/x/net/html/*"},
		"pki":       {"golang.org/x/crypto/*", "golang.org/x/crypto/x509roots/fallback/bundle"},
		"../report": {own + "check", own + "check/fact", own + "check/pki", own + "check/page", "github.com/owenrumney/go-sarif/v2/sarif"},
	} {
		p, err := build.ImportDir(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Imports {
			if !slices.ContainsFunc(slices.Concat(std, allowed), func(pattern string) bool {
				prefix, folder := strings.CutSuffix(pattern, "/*")
				return name == pattern || folder && strings.HasPrefix(name, prefix+"/")
			}) || name == "crypto/tls" {
				t.Errorf("%s imports %s", dir, name)
			}
		}
	}
}
