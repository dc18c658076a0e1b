package probe

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

const (
	// maxKeptList bounds a revocation list that is kept for other certificates
	// of the run; a longer one is read from its connection for each.
	maxKeptList = 256 << 10
	// maxKeptLists bounds them all together.
	maxKeptLists = 32 << 20
)

// A sharedList is what the targets of a run share of a revocation list: the
// list itself where it is short, and what it said of each certificate.
type sharedList struct {
	mu       sync.Mutex
	kept     []byte
	statuses map[string]listAnswer // by certificate
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
	p.mu.Lock()
	l := p.lists[q.URL]
	if l == nil {
		l = &sharedList{statuses: map[string]listAnswer{}}
		p.lists[q.URL] = l
	}
	p.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	id := fact.Thumbprint(q.Cert)
	if a, ok := l.statuses[id]; ok {
		return a.outcome, a.err, a.status
	}
	var a listAnswer
	if l.kept != nil {
		a = listAnswer{outcome: fact.Answered, status: pki.ReadCRL(bytes.NewReader(l.kept), q)}
	} else {
		a = p.readList(ctx, l, q)
	}
	if ctx.Err() == nil {
		l.statuses[id] = a
	}
	return a.outcome, a.err, a.status
}

// readList reads a list from its server, and keeps it if it is short.
func (p *Prober) readList(ctx context.Context, l *sharedList, q pki.CRLQuery) (a listAnswer) {
	p.retry(ctx, func() error {
		b, err := p.open(ctx, q.URL, fetchSpec{limit: maxCRL})
		a.outcome, a.err = outcome(err, true)
		if err != nil {
			return err
		}
		defer b.Close()
		r := &keepingReader{r: io.LimitReader(b, maxCRL+1)}
		a.status = pki.ReadCRL(r, q)
		if r.err == io.EOF && len(r.kept) > 0 && p.kept.Add(int64(len(r.kept))) <= maxKeptLists {
			l.kept = r.kept
		}
		if r.err == io.EOF {
			return nil
		}
		return r.err
	})
	return a
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
