package probe

import (
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
)

// What all observations keep is bounded, and each may keep something however
// much the others keep.
func TestEvidenceIsBounded(t *testing.T) {
	p := New(Options{})
	header := fact.Exchange{Headers: []fact.Header{{Name: "Link", Value: strings.Repeat("x", 300<<10)}}}
	kept := 0
	for range 100 {
		greedy := p.observing().evidence
		for range 100 {
			if greedy.keepHeader(&header) {
				kept += 300 << 10
			}
		}
	}
	if most := sharedEvidence + 100*freeEvidence; kept > most || kept < sharedEvidence {
		t.Errorf("%d bytes were kept, of at most %d", kept, most)
	}
	usual := p.observing().evidence
	if !usual.keepCertificates([][]byte{make([]byte, 4<<10)}, make([]byte, 2<<10)) {
		t.Error("a usual chain was not kept")
	}
	long := &page.Page{}
	for range 100 {
		long.References = append(long.References, page.Reference{Kind: page.Blockable, URL: strings.Repeat("x", 400)})
	}
	for range 20 {
		usual.keepPage(&page.Page{References: long.References})
	}
	if long = usual.keepPage(long); len(long.References) != sparseReferences || long.Omitted[page.Blockable] != 100-sparseReferences {
		t.Errorf("%d references were kept, %d omitted", len(long.References), long.Omitted[page.Blockable])
	}
}

// The same certificates are kept once, however often they are shown.
func TestEvidenceOfOneCertificate(t *testing.T) {
	e := New(Options{}).observing().evidence
	large := make([]byte, 200<<10)
	for n := range 100 {
		if !e.keepCertificates([][]byte{large}, nil) {
			t.Fatalf("not kept the time %d", n)
		}
	}
}
