package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A pipe is read like a file, and what never ends is given up.
func TestReadInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "text")
	if b, err := readInput(file); string(b) != "text" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := readInput(file + "x"); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("this system has no /dev/zero")
	}
	if _, err := readInput("/dev/zero"); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("a device that never ends: %v", err)
	}
}
