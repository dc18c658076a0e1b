// Chromeroots makes check/pki's table of the Chrome Root Store out of
// Chromium's net/data/ssl/chrome_root_store/root_store.textproto:
//
//	go run ./internal/chromeroots -date 2026-07 -o chrome-roots.csv root_store.textproto
//
// The date is the month that the file is of. Whatever the file says that the
// table cannot hold is an error: a person has to look at it.
package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	date := flag.String("date", "", "the month of the file, as 2026-07")
	out := flag.String("o", "chrome-roots.csv", "the table to write")
	flag.Parse()
	if err := run(*date, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "chromeroots:", err)
		os.Exit(1)
	}
}

func run(date, out string, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("one root_store.textproto is wanted, got %d arguments", len(args))
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	table, err := convert(text, date)
	if err != nil {
		return err
	}
	return os.WriteFile(out, table, 0o644)
}

// convert writes the table for a root store's text.
func convert(text []byte, date string) ([]byte, error) {
	if _, err := time.Parse("2006-01", date); err != nil {
		return nil, fmt.Errorf("-date is the month of the file, as 2026-07: %w", err)
	}
	store, err := parse(text)
	if err != nil {
		return nil, err
	}
	version, ok := store.value("version_major")
	if !ok {
		return nil, fmt.Errorf("no version_major")
	}
	if _, err := strconv.Atoi(version); err != nil {
		return nil, fmt.Errorf("version_major: %w", err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Chrome Root Store, version %s, as of %s. One row a trust anchor.\n", version, date)
	b.WriteString("# sct_not_after: a certificate whose earliest SCT is later is not trusted through this root; empty = no cut-off.\n")
	w := csv.NewWriter(&b)
	rows := [][]string{{"sha256", "sct_not_after", "subject"}}
	for _, f := range store {
		row, err := anchorRow(f)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", f.name, f.comment, err)
		}
		if row != nil {
			rows = append(rows, row)
		}
	}
	if len(rows) == 1 {
		return nil, fmt.Errorf("no trust anchors")
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// anchorRow is the row of a trust anchor for TLS servers; nil if the field is
// none, or no Chrome of today trusts it.
func anchorRow(f field) ([]string, error) {
	tls, _ := f.fields.value("tls_trust_anchor")
	if f.name != "trust_anchors" && !(f.name == "additional_certs" && tls == "true") {
		return nil, nil
	}
	sum, ok := f.fields.value("sha256_hex")
	if !ok || len(sum) != 64 {
		return nil, fmt.Errorf("no SHA-256")
	}
	cutoff, trusted, err := cutoff(f.fields)
	if err != nil || !trusted {
		return nil, err
	}
	return []string{sum, cutoff, f.comment}, nil
}

// cutoff is the date until which a certificate must have been seen by a log.
// The sets of constraints are alternatives; those for earlier Chromes only do
// not count any more.
func cutoff(anchor fields) (date string, trusted bool, err error) {
	var latest int64
	sets, current := 0, 0
	for _, f := range anchor {
		if f.name != "constraints" {
			continue
		}
		sets++
		if _, old := f.fields.value("max_version_exclusive"); old {
			continue
		}
		current++
		for _, c := range f.fields {
			switch c.name {
			case "sct_not_after_sec", "min_version", "permitted_dns_names":
			default:
				return "", false, fmt.Errorf("the table has no place for the constraint %q", c.name)
			}
		}
		seconds, ok := f.fields.value("sct_not_after_sec")
		if !ok {
			return "", true, nil
		}
		at, err := strconv.ParseInt(seconds, 0, 64)
		if err != nil {
			return "", false, err
		}
		latest = max(latest, at)
	}
	switch {
	case sets == 0:
		return "", true, nil
	case current == 0:
		return "", false, nil
	}
	return time.Unix(latest, 0).UTC().Format(time.RFC3339), true, nil
}
