//go:build browsers

package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// TestChromium reads the version of the Chromium that is installed.
func TestChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium")
	}
	var got bytes.Buffer
	if err := run(&got, browser); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.String(), "Chrome Root Store: version ") {
		t.Errorf("%q", got.String())
	}
	t.Log(got.String())
}
