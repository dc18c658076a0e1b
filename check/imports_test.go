package check

import (
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every package has its list of imports. Of the standard library, those that
// judge and format import nothing that reaches the network, the file system,
// the environment or the clock.
func TestImports(t *testing.T) {
	const own = "github.com/tlsgate/tlsgate/"
	pure := []string{"bufio", "bytes", "cmp", "context", "embed", "errors", "fmt", "io", "io/fs", "iter", "maps", "math", "math/big",
		"math/bits", "net/netip", "net/url", "reflect", "regexp", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "time",
		"unicode", "unicode/utf16", "unicode/utf8", "html", "encoding", "encoding/*", "crypto", "crypto/*", "hash"}
	sockets := append(slices.Clone(pure), "crypto/tls", "net", "net/textproto", "os", "runtime", "syscall")
	for _, p := range []struct {
		dir     string
		std     []string
		allowed []string
	}{
		{"text", pure, nil},
		{"page", pure, []string{own + "check/text", "golang.org/x/net/html", "golang.org/x/net/html/*"}},
		{"pki", pure, []string{own + "check/text", "golang.org/x/net/publicsuffix", "golang.org/x/crypto/*", "golang.org/x/crypto/x509roots/fallback/bundle"}},
		{"fact", pure, []string{"golang.org/x/net/idna", own + "check/text", own + "check/pki", own + "check/page"}},
		{".", pure, []string{"golang.org/x/net/publicsuffix", own + "check/text", own + "check/fact", own + "check/pki", own + "check/page"}},
		{"probe", sockets, []string{"golang.org/x/net/*", "golang.org/x/crypto/ocsp", own + "check/text", own + "check/fact", own + "check/pki", own + "check/page",
			own + "check/probe/http3", own + "check/probe/survey", own + "check/probe/neterr", own + "check/probe/clienthello", own + "check/probe/tlsclient", own + "check/probe/http1", own + "check/probe/h2", own + "check/probe/svcb", own + "check/probe/proxy"}},
		{"probe/proxy", sockets, []string{own + "check/text", own + "check/probe/neterr", "golang.org/x/crypto/x509roots/fallback/bundle"}},
		{"probe/svcb", sockets, []string{"golang.org/x/net/dns/dnsmessage", own + "check/fact"}},
		{"probe/http1", append(slices.Clone(pure), "compress/*"), []string{"github.com/andybalholm/brotli", "github.com/klauspost/compress/zstd"}},
		{"probe/h2", pure, []string{"golang.org/x/net/http2", "golang.org/x/net/http2/*", own + "check/probe/http1"}},
		{"probe/http3", sockets, []string{"golang.org/x/net/quic", own + "check/fact", own + "check/probe/neterr"}},
		{"probe/neterr", sockets, nil},
		{"probe/clienthello", pure, []string{"golang.org/x/crypto/cryptobyte", own + "check/fact"}},
		{"probe/survey", append(slices.Clone(pure), "net"), []string{own + "check/text", own + "check/fact", own + "check/pki", own + "check/probe/clienthello", own + "check/probe/neterr", own + "check/probe/tlsclient"}},
		{"probe/tlsclient", append(slices.Clone(pure), "net"), []string{"golang.org/x/crypto/*", own + "check/probe/clienthello"}},
		{"../report", pure, []string{own + "check", own + "check/text", own + "check/fact", own + "check/pki", own + "check/page", "github.com/owenrumney/go-sarif/v2/sarif"}},
	} {
		pkg, err := build.ImportDir(p.dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Imports {
			pattern := func(pattern string) bool {
				prefix, folder := strings.CutSuffix(pattern, "/*")
				return name == pattern || folder && strings.HasPrefix(name, prefix+"/")
			}
			pureTLS := name == "crypto/tls" && !slices.Contains(p.std, name)
			if !slices.ContainsFunc(slices.Concat(p.std, p.allowed), pattern) || pureTLS {
				t.Errorf("%s imports %s", p.dir, name)
			}
		}
	}
}

// Packages that judge never read the clock: the time is an observation's.
func TestNoClock(t *testing.T) {
	for _, dir := range []string{".", "fact", "page", "pki", "../report"} {
		pkg, err := build.ImportDir(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.GoFiles {
			source, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{"time.Now(", "time.Since(", "time.Until(", "time.After(", "time.NewTimer("} {
				if strings.Contains(string(source), call) {
					t.Errorf("%s/%s calls %s)", dir, name, call)
				}
			}
		}
	}
}
