package probe

import (
	"context"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

const listURL = "http://lists.example/big.crl"

// longList is a revocation list that is too long to be kept, with the serial
// numbers from 1 to n.
func longList(ca *deploytest.CA, n int64) []byte {
	var revoked []*big.Int
	for serial := range n {
		revoked = append(revoked, big.NewInt(serial+1))
	}
	return ca.CRL(deploytest.CRL{URL: listURL, Revoked: revoked})
}

// listProber is a prober on a network where a server has the list.
func listProber(n *deploytest.Network, list http.HandlerFunc) *Prober {
	n.Name("lists.example", "203.0.113.79")
	n.Serve("203.0.113.79:80", deploytest.HTTP(list))
	return New(Options{Resolver: n, Dial: n.DialContext, Timeout: time.Minute})
}

// listQuery asks about a certificate of a serial number.
func listQuery(ca *deploytest.CA, serial int64) pki.CRLQuery {
	leaf := ca.Leaf(deploytest.Spec{Hosts: []string{"a.example"}, Edit: func(c *x509.Certificate) {
		c.SerialNumber, c.CRLDistributionPoints = big.NewInt(serial), []string{listURL}
	}})
	cert := pki.ParseCertificate(leaf.Certificate[0])
	return pki.CRLQuery{Cert: cert, Issuer: pki.ParseCertificate(ca.Certificate.Raw), URL: listURL,
		Source: pki.RevocationSources(cert)[0], At: time.Now(), MaxBytes: maxCRL}
}

// A list too long to be kept is read once for all certificates that wait for
// it, whatever it says of each.
func TestLongListIsShared(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	const revoked, waiting = 16_000, 31
	list := longList(n.Issuer(), revoked)
	if len(list) <= maxKeptList {
		t.Fatalf("the list has %d bytes only", len(list))
	}
	var reads atomic.Int64
	begun, release := make(chan struct{}), make(chan struct{})
	p := listProber(n, func(w http.ResponseWriter, _ *http.Request) {
		if reads.Add(1) == 1 {
			close(begun)
			<-release
		}
		_, _ = w.Write(list)
	})
	var wg sync.WaitGroup
	ask := func(serial int64) {
		q := listQuery(n.Issuer(), serial)
		want := pki.StatusGood
		if serial <= revoked {
			want = pki.StatusRevoked
		}
		wg.Go(func() {
			outcome, why, status := p.askList(t.Context(), q)
			if outcome != fact.Answered || status.State != want {
				t.Errorf("%d: %s %s %+v, want %s", serial, outcome, why, status, want)
			}
		})
	}
	ask(revoked)
	<-begun
	for i := range waiting {
		ask(int64(revoked - waiting/2 + i + 1))
	}
	l := remembered(p, p.lists, listURL, newSharedList)
	for queued := 0; queued < waiting; runtime.Gosched() {
		l.mu.Lock()
		queued = len(l.waiting)
		l.mu.Unlock()
	}
	close(release)
	wg.Wait()
	if got := reads.Load(); got != 2 {
		t.Errorf("the list was read %d times, want 2: for the first, and for those that waited", got)
	}
}

// A certificate whose target has no time left does not spoil the list for
// others.
func TestLongListAfterATimeout(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	list := longList(n.Issuer(), 10)
	p := listProber(n, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(list) })
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if outcome, _, status := p.askList(over, listQuery(n.Issuer(), 1)); outcome == fact.Answered {
		t.Errorf("answered in no time: %+v", status)
	}
	for serial, want := range map[int64]pki.RevocationState{1: pki.StatusRevoked, 11: pki.StatusGood} {
		if _, why, status := p.askList(t.Context(), listQuery(n.Issuer(), serial)); status.State != want {
			t.Errorf("%d: %s %+v, want %s", serial, why, status, want)
		}
	}
}

// Many long lists, and some without an end, are read at once in little memory.
func TestLongListsTakeNoMemory(t *testing.T) {
	const lists, size = 32, 1 << 20
	n := deploytest.NewNetwork()
	defer n.Close()
	good := longList(n.Issuer(), 60_000)
	if len(good) < size {
		t.Fatalf("%d bytes", len(good))
	}
	q := listQuery(n.Issuer(), 70_000)
	var peak atomic.Uint64
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var wg sync.WaitGroup
	for i := range lists {
		wg.Go(func() {
			list, want := io.Reader(&served{data: good, peak: &peak}), pki.StatusGood
			if i%2 == 1 { // repeats an entry for ever
				list, want = &served{data: good[:len(good)/2], again: 21, left: 2 * size, peak: &peak}, pki.StatusInvalid
			}
			got := readForAll(&keepingReader{r: io.LimitReader(list, 2*size)}, map[string]pki.CRLQuery{"": q})[""]
			if got.State != want {
				t.Errorf("%+v, want %s", got, want)
			}
		})
	}
	wg.Wait()
	runtime.GC()
	if grown := int64(peak.Load()) - int64(before.HeapAlloc); peak.Load() == 0 || grown > 24<<20 {
		t.Errorf("%d lists of %d MB took %d MB", lists, len(good)>>20, grown>>20)
	}
}

// A served reader gives data, and its last octets over and over as long as
// something is left; it notes the heap on the way.
type served struct {
	data        []byte
	again, left int
	at          int
	peak        *atomic.Uint64
	reads       int
}

func (s *served) Read(b []byte) (int, error) {
	if s.reads++; s.reads%16 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		for old := s.peak.Load(); m.HeapAlloc > old && !s.peak.CompareAndSwap(old, m.HeapAlloc); old = s.peak.Load() {
		}
	}
	if s.at == len(s.data) {
		if s.left <= 0 {
			return 0, io.EOF
		}
		s.at -= s.again
	}
	n := copy(b, s.data[s.at:])
	s.at += n
	s.left -= n
	return n, nil
}
