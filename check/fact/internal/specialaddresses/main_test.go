package main

import (
	"bytes"
	"os"
	"testing"
)

// The table in use is the one that the CSV file gives.
func TestTableIsCurrent(t *testing.T) {
	table, err := os.ReadFile("../../special-addresses.csv")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(table)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../external_blocks.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("external_blocks.go is not what special-addresses.csv gives: go generate ./check/fact")
	}
}

func TestGenerateErrors(t *testing.T) {
	for _, row := range []string{
		"10.0.0.1/8,private,RFC 1918,false",
		"10.0.0.0/8,private,RFC 1918,N/A",
		"10.0.0.0/8,private,RFC 1918",
		"ten,private,RFC 1918,false",
	} {
		if _, err := generate([]byte(row + "\n")); err == nil {
			t.Errorf("%s: no error", row)
		}
	}
}
