package main

import (
	"bytes"
	"os"
	"testing"
)

// The date in use is that of the bundle in go.mod.
func TestDateIsCurrent(t *testing.T) {
	mod, err := os.ReadFile("../../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(mod)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../bundledate.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("bundledate.go is not what go.mod gives: go generate -run bundledate ./check/pki")
	}
}

func TestGenerate(t *testing.T) {
	const module = "golang.org/x/crypto/x509roots/fallback "
	for mod, want := range map[string]string{
		"require " + module + "v0.0.0-20261030153154-30a33513ff6d\n":         `"2026-10-30"`,
		"require (\n\t" + module + "v0.0.0-20270102030405-30a33513ff6d\n)\n": `"2027-01-02"`,
		"require " + module + "v1.0.0\n":                                     "",
		"module example.org/x\n":                                             "",
	} {
		got, err := generate([]byte(mod))
		if (err == nil) != (want != "") || !bytes.Contains(got, []byte(want)) {
			t.Errorf("%q: %s, %v; want %s", mod, got, err, want)
		}
	}
}
