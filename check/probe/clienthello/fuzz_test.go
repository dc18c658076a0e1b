package clienthello

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// FuzzRead holds that any bytes give an answer or an error, the same however
// they arrive, and never more than a bounded flight.
func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		flight, err := Read(bytes.NewReader(in))
		if ended := flight.Complete || flight.Alert != nil || flight.NoCipher; ended != (err == nil) {
			t.Fatalf("ended: %v, but error: %v", ended, err)
		}
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("an error that is not the reader's: %v", err)
		}
		if flight.Complete && flight.Server == nil {
			t.Fatal("complete without a ServerHello")
		}
		total := 0
		for _, der := range flight.Chain {
			total += len(der)
		}
		if total > len(in) || len(flight.Chain) > maxChain {
			t.Fatalf("%d certificates of %d bytes", len(flight.Chain), total)
		}
		again, _ := Read(iotest.HalfReader(bytes.NewReader(in)))
		if d := cmp.Diff(flight, again, wholeBytes); d != "" {
			t.Fatalf("read in parts it differs: -whole +parts\n%s", d)
		}
	})
}

// FuzzWriteRead holds that crypto/tls's server understands every hello that
// is written as it was meant, and that its answer is read to its end.
func FuzzWriteRead(f *testing.F) {
	config := anyServer()
	f.Fuzz(func(t *testing.T, minor uint8, suites []byte, name string, fallback bool) {
		c := ClientHello{Version: TLS10 + uint16(minor%4), ServerName: name, Fallback: fallback, Suites: []uint16{}}
		if minor%5 == 4 {
			c.Version, c.Versions = TLS11, []uint16{TLS11, TLS10}
		}
		for ; len(suites) >= 2; suites = suites[2:] {
			c.Suites = append(c.Suites, binary.BigEndian.Uint16(suites))
		}
		b, err := Write(c)
		if err != nil {
			if len(c.Suites) < 1000 && len(name) < 1000 {
				t.Fatal(err)
			}
			return
		}
		info, answer := serve(config, b)
		flight, err := Read(bytes.NewReader(answer))
		if err != nil {
			t.Fatalf("the answer %x: %v", answer, err)
		}
		if info == nil {
			// Go's server minds names that end in a dot, and empty lists.
			if flight.Alert == nil {
				t.Fatalf("an answer to a hello that was not understood: %+v", flight)
			}
			return
		}
		wantSuites := c.Suites
		if fallback {
			wantSuites = append(wantSuites, tls.TLS_FALLBACK_SCSV)
		}
		if d := cmp.Diff([]any{name, wantSuites}, []any{info.ServerName, info.CipherSuites}); d != "" {
			t.Fatalf("understood: -want +got\n%s", d)
		}
		if flight.Alert == nil && !c.Admits(*flight.Server) {
			t.Fatalf("%+v counts as not offered", flight.Server)
		}
	})
}
