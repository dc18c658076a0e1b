package browser

import (
	"os"
	"os/exec"
	"testing"
)

// Need starts a browser for as long as the test runs. Where it cannot be
// started for want of a program, the test is skipped, unless the environment
// says TLSGATE_BROWSERS=required.
func Need(t testing.TB, k Kind, o Options) *Browser {
	t.Helper()
	for _, missing := range []func() error{
		func() error { _, err := Program(k); return err },
		func() error { _, err := exec.LookPath("certutil"); return err }, // Debian: libnss3-tools
	} {
		err := missing()
		switch {
		case err == nil:
		case os.Getenv("TLSGATE_BROWSERS") == "required":
			t.Fatal(err)
		default:
			t.Skipf("%v (TLSGATE_BROWSERS=required makes this a failure)", err)
		}
	}
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
