package browser

import (
	"os"
	"os/exec"
	"testing"
)

// Require skips the test where a browser, or certutil, is not installed, and
// fails it there if the environment says TLSGATE_BROWSERS=required.
func Require(t testing.TB, k Kind) {
	t.Helper()
	_, err := Program(k)
	if err == nil {
		_, err = exec.LookPath("certutil") // Debian: libnss3-tools
	}
	switch {
	case err == nil:
	case os.Getenv("TLSGATE_BROWSERS") == "required":
		t.Fatal(err)
	default:
		t.Skipf("%v (TLSGATE_BROWSERS=required makes this a failure)", err)
	}
}

// Need starts a browser for as long as the test runs, after [Require].
func Need(t testing.TB, k Kind, o Options) *Browser {
	t.Helper()
	Require(t, k)
	b, err := Start(t.Context(), k, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("closing %s: %v", k, err)
		}
	})
	return b
}
