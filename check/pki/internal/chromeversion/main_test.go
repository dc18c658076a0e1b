package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tlsgate/tlsgate/check/pki"
)

func TestRun(t *testing.T) {
	ours := pki.Chrome()
	for theirs, behind := range map[int]int{ours.Version: 0, ours.Version + 3: 3, ours.Version - 1: 0} {
		file := filepath.Join(t.TempDir(), "log.json")
		text := fmt.Sprintf(`{"constants":{"x":1},"events":[{"params":{"version_major":%d},"type":7}]}`, theirs)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := run(&got, file); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("Chrome Root Store: version %d in '%s', version %d of %s in the table; %d behind\n",
			theirs, file, ours.Version, ours.Date.Format("2006-01"), behind)
		if got.String() != want {
			t.Errorf("got %q, want %q", got.String(), want)
		}
	}
	if _, err := version([]byte(`{"version":156}`)); err == nil {
		t.Error("no error for a net-log without the version")
	}
	if err := run(new(bytes.Buffer), filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("no error without a net-log")
	}
}
