package probe

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
)

const (
	// maxKeptList bounds a revocation list that is kept for other certificates
	// of the run; a longer one is read from its connection for each.
	maxKeptList = 256 << 10
	// maxListReaders is how many certificates one read of a list serves.
	maxListReaders = 64
	// maxKeptLists bounds them all together.
	maxKeptLists = 32 << 20
)

// A sharedList is what the targets of a run share of a revocation list: the
// list itself where it is short, and what it said of each certificate. Whoever
// has the turn reads it for all certificates that wait for it.
type sharedList struct {
	turn
	kept       []byte
	unreadable *listAnswer           // for every certificate
	statuses   map[string]listAnswer // by certificate

	mu      sync.Mutex
	waiting map[string]pki.CRLQuery // by certificate
}

func newSharedList() *sharedList {
	return &sharedList{turn: newTurn(), statuses: map[string]listAnswer{}, waiting: map[string]pki.CRLQuery{}}
}

// enqueue adds a certificate to those that wait for the list.
func (l *sharedList) enqueue(id string, q pki.CRLQuery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[id] = q
}

// dequeue takes at most maxListReaders of the certificates that wait, one of
// them for certain.
func (l *sharedList) dequeue(id string, q pki.CRLQuery) map[string]pki.CRLQuery {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string]pki.CRLQuery{id: q}
	for other, q := range l.waiting {
		if len(out) < maxListReaders {
			out[other] = q
		}
	}
	for id := range out {
		delete(l.waiting, id)
	}
	return out
}

// A listAnswer is what came of asking a list about a certificate.
type listAnswer struct {
	outcome fact.Outcome
	err     string
	status  pki.Status
}

// askList reads a revocation list for a certificate, as a stream: its size
// takes no memory. One read at a time for each list, so that others profit.
func (p *Prober) askList(ctx context.Context, q pki.CRLQuery) (fact.Outcome, string, pki.Status) {
	l := remembered(p, p.lists, q.URL, newSharedList)
	l.enqueue(fact.Thumbprint(q.Cert), q)
	if !l.take(ctx) {
		o, text := outcome(ctx, ctx.Err(), true)
		return o, text, pki.Status{}
	}
	defer l.leave()
	a := p.readShared(ctx, l, q)
	return a.outcome, a.err, a.status
}

// readShared is what a list says of a certificate, by what was read before
// where that is enough. The caller has the list's turn.
func (p *Prober) readShared(ctx context.Context, l *sharedList, q pki.CRLQuery) listAnswer {
	id := fact.Thumbprint(q.Cert)
	if a, ok := l.statuses[id]; ok {
		return a
	}
	if l.unreadable != nil {
		return *l.unreadable
	}
	if l.kept != nil {
		l.statuses[id] = listAnswer{outcome: fact.Answered, status: pki.ReadCRL(bytes.NewReader(l.kept), q)}
		return l.statuses[id]
	}
	queries := l.dequeue(id, q)
	a, statuses, readable := p.readList(ctx, l, queries)
	of := func(id string) listAnswer { return listAnswer{a.outcome, a.err, statuses[id]} }
	switch {
	case ctx.Err() != nil: // the time of this target, not of the others
	case readable:
		for id := range queries {
			l.statuses[id] = of(id)
		}
	default:
		l.unreadable = &a
	}
	return of(id)
}

// readList reads a list from its server for several certificates, within the
// time of one probe, and keeps it if it is short. Readable is false if it was
// not read to its end for a reason that holds for every certificate.
func (p *Prober) readList(ctx context.Context, l *sharedList, queries map[string]pki.CRLQuery) (a listAnswer, statuses map[string]pki.Status, readable bool) {
	once, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	var u string
	for _, q := range queries {
		u = q.URL // of all
	}
	p.retry(once, func(ctx context.Context) error {
		b, err := p.open(ctx, u, fetchSpec{limit: maxCRL})
		a.outcome, a.err = outcome(ctx, err, true)
		if readable = err == nil; !readable {
			return err
		}
		defer b.Close()
		r := &keepingReader{r: io.LimitReader(b, maxCRL+1)}
		statuses = readForAll(r, queries)
		if r.err == io.EOF && len(r.kept) > 0 && p.kept.Add(int64(len(r.kept))) <= maxKeptLists {
			l.kept = r.kept
		}
		if r.err == io.EOF {
			return nil
		}
		readable = !neterr.IsTimeout(r.err)
		return r.err
	})
	return a, statuses, readable
}

// readForAll reads one list for several certificates at once, each with a
// reader of its own, for they may differ in issuer and distribution point. It
// stops where none needs more.
func readForAll(r io.Reader, queries map[string]pki.CRLQuery) map[string]pki.Status {
	statuses := make(map[string]pki.Status, len(queries))
	var mu sync.Mutex
	var wg sync.WaitGroup
	var out []*io.PipeWriter
	for id, q := range queries {
		from, to := io.Pipe()
		out = append(out, to)
		wg.Go(func() {
			status := pki.ReadCRL(from, q)
			_ = from.Close() // what is written from now on goes nowhere
			mu.Lock()
			defer mu.Unlock()
			statuses[id] = status
		})
	}
	block := make([]byte, 32<<10)
	for len(out) > 0 {
		n, err := r.Read(block)
		out = slices.DeleteFunc(out, func(w *io.PipeWriter) bool {
			_, gone := w.Write(block[:n])
			return gone != nil
		})
		if err != nil {
			for _, w := range out {
				_ = w.CloseWithError(err) // of io.EOF the end
			}
			break
		}
	}
	wg.Wait()
	return statuses
}

// A keepingReader keeps what it reads, as long as that is short.
type keepingReader struct {
	r    io.Reader
	kept []byte
	long bool
	err  error // that the reading ended with
}

func (k *keepingReader) Read(b []byte) (int, error) {
	n, err := k.r.Read(b)
	k.err = err
	if k.long = k.long || len(k.kept)+n > maxKeptList; k.long {
		k.kept = nil
	} else {
		k.kept = append(k.kept, b[:n]...)
	}
	return n, err
}
