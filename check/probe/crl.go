package probe

import (
	"bytes"
	"context"
	"io"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
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
	turn
	kept       []byte
	unreadable *listAnswer           // for every certificate
	statuses   map[string]listAnswer // by certificate
}

func newSharedList() *sharedList {
	return &sharedList{turn: newTurn(), statuses: map[string]listAnswer{}}
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
	var a listAnswer
	readable := true
	if l.kept != nil {
		a = listAnswer{outcome: fact.Answered, status: pki.ReadCRL(bytes.NewReader(l.kept), q)}
	} else {
		a, readable = p.readList(ctx, l, q)
	}
	switch {
	case ctx.Err() != nil: // the time of this target, not of the others
	case readable:
		l.statuses[id] = a
	default:
		l.unreadable = &a
	}
	return a
}

// readList reads a list from its server, within the time of one probe, and
// keeps it if it is short. Readable is false if it was not read to its end for
// a reason that holds for every certificate.
func (p *Prober) readList(ctx context.Context, l *sharedList, q pki.CRLQuery) (a listAnswer, readable bool) {
	once, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	p.retry(once, func(ctx context.Context) error {
		b, err := p.open(ctx, q.URL, fetchSpec{limit: maxCRL})
		a.outcome, a.err = outcome(ctx, err, true)
		if readable = err == nil; !readable {
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
		readable = !neterr.IsTimeout(r.err)
		return r.err
	})
	return a, readable
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
