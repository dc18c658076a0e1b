package pki

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the table
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// The table is made from Chromium's net/data/ssl/chrome_root_store/root_store.textproto:
// set CHROME_ROOTS to a copy of it, CHROME_ROOTS_DATE to its month and
// CHROME_MILESTONE to the stable Chrome's, which decides which constraints are
// in force.
//
//go:generate go run ./internal/chromeroots -date $CHROME_ROOTS_DATE -chrome $CHROME_MILESTONE -o chrome-roots.csv $CHROME_ROOTS

//go:embed chrome-roots.csv
var chromeTable []byte

// MaxChromeAge is the age up to which the Chrome table's silence about a root
// counts as Chrome's refusal. The store changes every few weeks; after it,
// reports say that the table is old.
const MaxChromeAge = 70 * daySpan

// A ChromeRoots is the table of the Chrome Root Store: which roots Chrome
// trusts, and until when they may have issued.
type ChromeRoots struct {
	// Version is the store's.
	Version int
	// Date is the first day of the month that the table is of (UTC).
	Date  time.Time
	roots map[[sha256.Size]byte]ChromeRoot
	held  int
}

// A ChromeRoot is what the Chrome Root Store says of one root.
type ChromeRoot struct {
	// Cutoff is the date after which the root is not to issue any more; zero
	// for none. Certificates are dated by their earliest signed certificate
	// timestamp.
	Cutoff time.Time
	// Removed is the first version of the store known to hold the root no
	// more; 0 while it is held.
	Removed int
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

// Len is the number of roots that the store holds.
func (t *ChromeRoots) Len() int { return t.held }

// Lookup finds a root by the SHA-256 of its certificate, and whether the
// table knows it at all, as held or as removed.
func (t *ChromeRoots) Lookup(sum [sha256.Size]byte) (root ChromeRoot, known bool) {
	root, known = t.roots[sum]
	return root, known
}

// Aged reports whether the table was too old at a time to say that Chrome does
// not hold a root: it may have been added since.
func (t *ChromeRoots) Aged(at time.Time) bool { return at.Sub(t.Date) > MaxChromeAge }

var chromeHead = text.Pattern(`^# Chrome Root Store, version (\d+), as of (\d{4}-\d\d)[ .]`)

// parseChrome reads the table: a heading with version and month, then a row
// for each root.
func parseChrome(text []byte) (*ChromeRoots, error) {
	head := chromeHead().FindSubmatch(text)
	if head == nil {
		return nil, errors.New("the Chrome table has no heading")
	}
	t := &ChromeRoots{roots: map[[sha256.Size]byte]ChromeRoot{}}
	var err error
	if t.Version, err = strconv.Atoi(string(head[1])); err != nil {
		return nil, err
	}
	if t.Date, err = time.Parse("2006-01", string(head[2])); err != nil {
		return nil, err
	}
	rows, err := readTable(text, 4)
	if err != nil {
		return nil, fmt.Errorf("the Chrome table: %w", err)
	}
	for _, row := range rows {
		sum, err := parseSum(row[0])
		if err != nil {
			return nil, fmt.Errorf("the Chrome table: %w", err)
		}
		var root ChromeRoot
		if row[1] != "" {
			if root.Cutoff, err = time.Parse(time.RFC3339, row[1]); err != nil {
				return nil, err
			}
		}
		if row[2] != "" {
			if root.Removed, err = strconv.Atoi(row[2]); err != nil {
				return nil, err
			}
		}
		if root.Removed == 0 {
			t.held++
		}
		t.roots[sum] = root
	}
	return t, nil
}

// readTable reads the rows of a table of roots: comments begin with '#', the
// first row names the columns.
func readTable(text []byte, columns int) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment = '#'
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, errors.New("there is no row")
	}
	return rows[1:], nil
}

// parseSum reads a hexadecimal SHA-256.
func parseSum(text string) (sum [sha256.Size]byte, err error) {
	if n, err := hex.Decode(sum[:], []byte(text)); err != nil || n != len(sum) {
		return sum, fmt.Errorf("malformed SHA-256 %q", text)
	}
	return sum, nil
}
