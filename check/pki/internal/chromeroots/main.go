// Chromeroots makes check/pki's table of the Chrome Root Store out of
// Chromium's net/data/ssl/chrome_root_store/root_store.textproto:
//
//	go run ./internal/chromeroots -date 2026-11 -chrome 156 -o chrome-roots.csv root_store.textproto
//
// The date is the month that the file is of, the milestone that of the stable
// Chrome then, which decides which constraints are in force. Roots that the
// older table at -o held and the file does not are kept as removed. Whatever
// the file says that the table cannot hold is an error: a person has to look
// at it.
package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.date, "date", "", "the month of the file, as 2026-11")
	flag.IntVar(&o.chrome, "chrome", 0, "the milestone of the stable Chrome, as 156")
	out := flag.String("o", "chrome-roots.csv", "the table to write")
	flag.Parse()
	if err := run(o, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "chromeroots:", err)
		os.Exit(1)
	}
}

// options say what the file does not.
type options struct {
	date   string
	chrome int
}

func run(o options, out string, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("one root_store.textproto is wanted, got %d arguments", len(args))
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	old, err := os.ReadFile(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	table, err := convert(text, old, o)
	if err != nil {
		return err
	}
	return os.WriteFile(out, table, 0o644)
}

// The columns of the table.
const (
	columnSum = iota
	columnCutoff
	columnRemoved
	columnSubject
	columns
)

// convert writes the table for a root store's text. Old is the table before
// it, empty for none.
func convert(text, old []byte, o options) ([]byte, error) {
	if _, err := time.Parse("2006-01", o.date); err != nil {
		return nil, fmt.Errorf("-date is the month of the file, as 2026-11: %w", err)
	}
	if o.chrome <= 0 {
		return nil, errors.New("-chrome is the milestone of the stable Chrome, as 156")
	}
	store, err := parse(text)
	if err != nil {
		return nil, err
	}
	version, ok := store.value("version_major")
	if !ok {
		return nil, errors.New("no version_major")
	}
	if _, err := strconv.Atoi(version); err != nil {
		return nil, fmt.Errorf("version_major: %w", err)
	}
	var rows [][]string
	for _, f := range store {
		row, err := anchorRow(f, o.chrome)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", f.name, f.subject, err)
		}
		if row != nil {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("no trust anchors")
	}
	removed, err := removedRows(old, rows, version)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Chrome Root Store, version %s, as of %s. One row a root.\n", version, o.date)
	b.WriteString("# sct_not_after: a certificate whose earliest SCT is later is not trusted through this root; empty = no cut-off.\n")
	b.WriteString("# removed: the first version known to hold the root no more; empty = held.\n")
	w := csv.NewWriter(&b)
	if err := w.WriteAll(slices.Concat([][]string{{"sha256", "sct_not_after", "removed", "subject"}}, rows, removed)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// removedRows are the rows of the old table that the new one does not hold,
// with the version that dropped them.
func removedRows(old []byte, held [][]string, version string) ([][]string, error) {
	if len(old) == 0 {
		return nil, nil
	}
	r := csv.NewReader(bytes.NewReader(old))
	r.Comment = '#'
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the table before: %w", err)
	}
	var removed [][]string
	for _, row := range rows[min(1, len(rows)):] {
		if slices.ContainsFunc(held, func(h []string) bool { return h[columnSum] == row[columnSum] }) {
			continue
		}
		if row[columnRemoved] == "" {
			row[columnCutoff], row[columnRemoved] = "", version
		}
		removed = append(removed, row)
	}
	return removed, nil
}

// anchorRow is the row of a root; nil if the field is none, or Chrome of the
// milestone does not trust it. Additional certificates are no roots, also
// those with tls_trust_anchor: these are intermediates, and the anchors of
// their issuers stand in the list themselves.
func anchorRow(f field, chrome int) ([]string, error) {
	if f.name != "trust_anchors" {
		return nil, nil
	}
	sum, ok := f.fields.value("sha256_hex")
	if !ok || len(sum) != 64 {
		return nil, errors.New("no SHA-256")
	}
	cutoff, trusted, err := cutoff(f.fields, chrome)
	if err != nil || !trusted {
		return nil, err
	}
	return []string{sum, cutoff, "", f.subject}, nil
}

// cutoff is the date until which a certificate must have been seen by a log.
// The sets of constraints are alternatives, of which those count that are in
// force in the milestone.
func cutoff(anchor fields, chrome int) (date string, trusted bool, err error) {
	var latest int64
	sets, current := 0, 0
	for _, f := range anchor {
		if f.name != "constraints" {
			continue
		}
		sets++
		force, err := inForce(f.fields, chrome)
		if err != nil {
			return "", false, err
		}
		if !force {
			continue
		}
		current++
		for _, c := range f.fields {
			switch c.name {
			case "sct_not_after_sec", "min_version", "max_version_exclusive", "permitted_dns_names":
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

// inForce reports whether a set of constraints is one for the milestone. A
// bound is a version of Chrome, "153" or "153.0.8000.0": within a milestone the
// newest patch counts.
func inForce(set fields, chrome int) (bool, error) {
	least, err := milestone(set, "min_version")
	if err != nil {
		return false, err
	}
	below, err := milestone(set, "max_version_exclusive")
	if err != nil {
		return false, err
	}
	return chrome >= least && (below == 0 || chrome < below), nil
}

// milestone is the first number of the version in a field; 0 if there is none.
func milestone(set fields, name string) (int, error) {
	version, ok := set.value(name)
	if !ok {
		return 0, nil
	}
	var first int
	if _, err := fmt.Sscanf(version, "%d", &first); err != nil {
		return 0, fmt.Errorf("%s is no version of Chrome: %q", name, version)
	}
	return first, nil
}
