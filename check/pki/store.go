package pki

import (
	"crypto/sha256"
	_ "embed" // for the table
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// The table is compiled from the public trust_stores_observatory of nabla-c0d3
// (MIT licence), which has the clients' lists by date; see docs/data.md.
//
//go:embed client-roots.csv
var clientTable []byte

// MaxStoreAge is the age up to which a client's list makes a finding; older
// ones are evidence.
const MaxStoreAge = 180 * daySpan

// A Client is a family of clients that share a root store.
type Client string

// The clients, in the order that reports use.
const (
	ClientChrome  Client = "Chrome"
	ClientFirefox Client = "Firefox"
	ClientApple   Client = "Apple"
	ClientAndroid Client = "Android"
	ClientWindows Client = "Windows"
	ClientOpenJDK Client = "OpenJDK"
)

// A Store is the root store of a client, or of one of its releases.
type Store struct {
	Client Client `json:"client"`
	// Release names the release, "iOS 26" or "17"; empty where the store is of
	// one day for all.
	Release string `json:"release,omitempty"`
	// Date is the day of its list (UTC), in the form 2006-01-02.
	Date string `json:"date"`
	// Current is set for the newest release that the tables know.
	Current bool `json:"current,omitempty"`
}

// String names the store.
func (s Store) String() string {
	switch {
	case s.Release == "":
		return string(s.Client)
	case s.Client == ClientApple:
		return s.Release
	}
	return string(s.Client) + " " + s.Release
}

// Aged reports whether the list was too old at a time to speak of today.
func (s Store) Aged(at time.Time) bool {
	date, err := time.Parse(time.DateOnly, s.Date)
	return err != nil || at.Sub(date) > MaxStoreAge
}

// Fetches reports whether the client completes chains by Authority Information
// Access on its own.
func (s Store) Fetches() bool {
	return s.Client == ClientChrome || s.Client == ClientApple || s.Client == ClientWindows
}

// A store is a Store with what it holds.
type store struct {
	Store
	holds func(*anchor) bool
}

// stores are the root stores of all clients, in the order of reports.
var stores = sync.OnceValue(func() []store {
	table, err := parseStores(clientTable)
	if err != nil {
		panic(err) // a test reads the table
	}
	return append([]store{
		{Store{Client: ClientChrome, Release: strconv.Itoa(Chrome().Version), Date: Chrome().Date.Format(time.DateOnly), Current: true}, nil},
		{Store{Client: ClientFirefox, Date: bundleDate, Current: true}, nil},
	}, table...)
})

// release matches a release as the table writes it: "ios26", "android8.1",
// "windows".
var release = text.Pattern(`^(ios|android|windows|jdk)([\d.]*)=(\d{4}-\d\d-\d\d)$`)

// oldestApple is the first release of Apple's that is judged: apps for older
// ones can no longer be published.
const oldestApple = 15

// parseStores reads the clients' table: a comment with the releases and their
// dates, and for each root a bit set of those that hold it.
func parseStores(text []byte) ([]store, error) {
	var out []store
	var bits []int // by store: its bit
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(strings.TrimPrefix(line, "#"))
		if !strings.HasPrefix(line, "#") || len(fields) == 0 || !release().MatchString(fields[0]) {
			continue
		}
		for i, f := range fields {
			m := release().FindStringSubmatch(f)
			if m == nil {
				return nil, fmt.Errorf("the clients' table has the malformed release %q", f)
			}
			s, wanted := storeOf(m[1], m[2], m[3])
			if wanted {
				out, bits = append(out, s), append(bits, i)
			}
		}
		break
	}
	if len(out) == 0 {
		return nil, errors.New("the clients' table names no release")
	}
	rows, err := readTable(text, 2)
	if err != nil {
		return nil, fmt.Errorf("the clients' table: %w", err)
	}
	held := map[[sha256.Size]byte]uint64{}
	for _, row := range rows {
		sum, err := parseSum(row[0])
		if err != nil {
			return nil, fmt.Errorf("the clients' table: %w", err)
		}
		if held[sum], err = strconv.ParseUint(row[1], 16, 64); err != nil {
			return nil, err
		}
	}
	for i := range out {
		bit := uint64(1) << bits[i]
		out[i].holds = func(a *anchor) bool { return held[sha256.Sum256(a.der)]&bit != 0 }
		later := func(s store) bool { return s.Client == out[i].Client }
		out[i].Current = !slices.ContainsFunc(out[i+1:], later)
	}
	return out, nil
}

// storeOf is the store of a release in the table, and whether it is judged.
func storeOf(kind, number, date string) (store, bool) {
	s := store{Store: Store{Date: date}}
	switch kind {
	case "ios":
		s.Client, s.Release = ClientApple, "iOS "+number
		n, err := strconv.Atoi(number)
		return s, err == nil && n >= oldestApple
	case "android":
		s.Client, s.Release = ClientAndroid, number
	case "windows":
		s.Client = ClientWindows
	case "jdk":
		s.Client, s.Release = ClientOpenJDK, number
	}
	return s, true
}
