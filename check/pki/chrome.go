package pki

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the table
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// The table is made from Chromium's net/data/ssl/chrome_root_store/root_store.textproto:
// set CHROME_ROOTS to a copy of it and CHROME_ROOTS_DATE to its month.
//
//go:generate go run ./internal/chromeroots -date $CHROME_ROOTS_DATE -o chrome-roots.csv $CHROME_ROOTS

//go:embed chrome-roots.csv
var chromeTable []byte

// A ChromeRoots is the table of the Chrome Root Store: which roots Chrome
// trusts, and until when they may have issued.
type ChromeRoots struct {
	// Version is the store's.
	Version int
	// Date is the first day of the month that the table is of (UTC).
	Date time.Time
	// cutoffs are the dates after which a root is not to issue any more, zero
	// for none, by SHA-256 of the root.
	cutoffs map[[sha256.Size]byte]time.Time
}

// Chrome is the embedded table.
func Chrome() *ChromeRoots { return chrome() }

var chrome = sync.OnceValue(func() *ChromeRoots {
	table, err := parseChrome(chromeTable)
	if err != nil {
		panic(err) // a test reads the table
	}
	return table
})

// Len is the number of roots in the table.
func (t *ChromeRoots) Len() int { return len(t.cutoffs) }

// Lookup finds a root by the SHA-256 of its certificate: the date after which
// certificates through it are not trusted (by their earliest signed
// certificate timestamp), zero for none, and whether the root is known at all.
func (t *ChromeRoots) Lookup(sum [sha256.Size]byte) (cutoff time.Time, known bool) {
	cutoff, known = t.cutoffs[sum]
	return cutoff, known
}

var chromeHead = regexp.MustCompile(`^# Chrome Root Store, version (\d+), as of (\d{4}-\d\d)[ .]`)

// parseChrome reads the table: a heading with version and month, then a row
// for each root.
func parseChrome(text []byte) (*ChromeRoots, error) {
	head := chromeHead.FindSubmatch(text)
	if head == nil {
		return nil, errors.New("the Chrome table has no heading")
	}
	t := &ChromeRoots{cutoffs: map[[sha256.Size]byte]time.Time{}}
	var err error
	if t.Version, err = strconv.Atoi(string(head[1])); err != nil {
		return nil, err
	}
	if t.Date, err = time.Parse("2006-01", string(head[2])); err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment = '#'
	r.FieldsPerRecord = 3
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, errors.New("the Chrome table has no row")
	}
	for _, row := range rows[1:] {
		var sum [sha256.Size]byte
		if n, err := hex.Decode(sum[:], []byte(row[0])); err != nil || n != len(sum) {
			return nil, fmt.Errorf("the Chrome table has the malformed SHA-256 %q", row[0])
		}
		var cutoff time.Time
		if row[1] != "" {
			if cutoff, err = time.Parse(time.RFC3339, row[1]); err != nil {
				return nil, err
			}
		}
		t.cutoffs[sum] = cutoff
	}
	return t, nil
}
