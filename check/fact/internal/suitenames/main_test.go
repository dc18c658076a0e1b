package main

import (
	"bytes"
	"os"
	"testing"
)

// The table in use is the one that the CSV file gives.
func TestTableIsCurrent(t *testing.T) {
	table, err := os.ReadFile("../../cipher-suites.csv")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(table)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../ciphersuites_names.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("ciphersuites_names.go is not what cipher-suites.csv gives: go generate ./check/fact")
	}
}

func TestGenerateErrors(t *testing.T) {
	for _, table := range []string{
		"0x10000,TLS_TOO_LARGE\n",
		"one,TLS_NO_NUMBER\n",
		"0x0001,\n",
		"0x0001,Unassigned\n",
		"0x0001,TLS_A,RFC 5246\n",
		"0x0002,TLS_B\n0x0001,TLS_A\n",
		"0x0001,TLS_A\n0x0001,TLS_B\n",
	} {
		if _, err := generate([]byte(table)); err == nil {
			t.Errorf("%q: no error", table)
		}
	}
}
