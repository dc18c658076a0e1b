package probe

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/textproto"
	"slices"
	"strconv"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
	"github.com/tlsgate/tlsgate/check/probe/http1"
)

const (
	// maxBody is how much of a page is read, and of what its codings make of it.
	maxBody = 16 << 20
	// maxOther is how much is read of an answer that is no page.
	maxOther = 64 << 10
)

// readBody reads what an answer holds: the page where it is HTML, and what
// tells two answers apart where it is an error. A body that ends before its
// time is read as far as it came, as browsers do; for any other reason why it
// is not known to its end the exchange's Error says so. The memory is that of the
// answer.
func (p *Prober) readBody(ctx context.Context, resp *http1.Response, memory *share, x *fact.Exchange) {
	r := page.Response{URL: x.URL, Status: resp.Status, Header: pageHeader(resp.Header)}
	for _, h := range resp.Interim {
		// Chromium and Firefox heed early hints of HTTP/2 only.
		if h.Status == 103 && h.Proto == "HTTP/2.0" {
			r.EarlyHints = append(r.EarlyHints, pageHeader(h.Header))
		}
	}
	document := r.MayHoldDocument()
	if resp.Status == 101 || !document && resp.Status < 300 {
		return
	}
	limit := int64(maxOther)
	if document {
		limit = maxBody
	}
	codings := resp.Header.Values("Content-Encoding")
	leave := func() {}
	var err error
	if wide(codings) {
		leave, err = enter(ctx, p.answers.windows)
	}
	var body []byte
	if err == nil {
		body, err = memory.readBounded(ctx, http1.Decode(resp.Body, codings, limit), limit)
	}
	leave()
	// Where the server ends the connection too early, there is no more to see
	// for any client.
	complete := err == nil || errors.Is(err, io.ErrUnexpectedEOF)
	if !complete && document {
		x.Error = fact.Clip("it was read no further than "+strconv.Itoa(len(body))+" bytes: "+words(err), maxError)
	}
	if resp.Status >= 300 {
		x.Body = bodyOf(body, complete)
	}
	if !document || !complete && len(body) == 0 {
		return
	}
	r.Body = body
	leave, err = enter(ctx, p.answers.readers)
	defer leave()
	if err != nil {
		x.Error = fact.Clip("it was not read: "+words(err), maxError)
		return
	}
	if pg, ok := page.Read(ctx, r); ok {
		x.Page = p.evidence.keepPage(pg)
	}
}

// pageHeader is a header as package page has it.
func pageHeader(h http1.Header) page.Header {
	out := make(page.Header, len(h))
	values := make([]string, len(h)) // one for each field; repeated ones are copied
	for i, f := range h {
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		if out[name] == nil {
			out[name] = values[i : i : i+1]
		}
		out[name] = append(out[name], f.Value)
	}
	return out
}

// bodyOf keeps what tells an answer's content from another's.
func bodyOf(body []byte, complete bool) *fact.Body {
	b := &fact.Body{Size: int64(len(body)), Cut: !complete}
	if complete {
		sum := sha256.Sum256(body)
		b.Hash = hex.EncodeToString(sum[:16])
	}
	b.Members = jsonMembers(body)
	b.Stock = stockServer(body)
	return b
}

// maxMembers is how many names of JSON members are kept.
const maxMembers = 50

// jsonMembers are the names of the members of a JSON object, or of the objects
// in an array, sorted; nil for a body that is neither. A byte order mark is
// passed over (RFC 8259 section 8.1).
func jsonMembers(body []byte) []string {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(body) == 0 || body[0] != '{' && body[0] != '[' {
		return nil
	}
	in, array := json.NewDecoder(bytes.NewReader(body)), body[0] == '['
	if array {
		_, _ = in.Token() // the bracket
	}
	all := map[string]bool{}
	for more := true; more; more = array && in.More() {
		var members map[string]json.RawMessage
		if in.Decode(&members) != nil {
			return nil
		}
		for name := range members {
			all[fact.Clip(name, 100)] = true
		}
	}
	if array {
		if _, err := in.Token(); err != nil {
			return nil // it does not end
		}
	}
	if _, err := in.Token(); err != io.EOF {
		return nil // something follows it
	}
	names := slices.Sorted(maps.Keys(all))
	return names[:min(len(names), maxMembers)]
}
