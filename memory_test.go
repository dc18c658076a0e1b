package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/input"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
	"github.com/tlsgate/tlsgate/report"
)

// A copyist observes what one good deployment showed, with another name and a
// certificate of its own for each target.
type copyist struct {
	host string
	leaf []byte
	seen []byte // the observation, in JSON
	n    *deploytest.Network
}

func newCopyist(tb testing.TB, n *deploytest.Network) copyist {
	tb.Helper()
	const host = "original.example"
	d := n.Deploy(deploytest.Deployment{Host: host})
	target, err := fact.ParseTarget(d.URL())
	if err != nil {
		tb.Fatal(err)
	}
	o := probe.New(probe.Options{Resolver: n, Dial: n.DialContext, Roots: rootsOf(tb, n)}).Observe(tb.Context(), target)
	seen, err := json.Marshal(o)
	if err != nil || len(o.Endpoints) == 0 || len(o.Endpoints[0].TLS.Chain) == 0 {
		tb.Fatal("nothing was seen", err)
	}
	return copyist{host, o.Endpoints[0].TLS.Chain[0], seen, n}
}

func rootsOf(tb testing.TB, n *deploytest.Network) *pki.Roots {
	tb.Helper()
	roots, err := pki.ParseRoots(n.Root().PEM())
	if err != nil {
		tb.Fatal(err)
	}
	return roots
}

func (c copyist) Observe(_ context.Context, t fact.Target) fact.Observation {
	var o fact.Observation
	if err := json.Unmarshal(bytes.ReplaceAll(c.seen, []byte(c.host), []byte(t.Host)), &o); err != nil {
		panic(err)
	}
	leaf := deploytest.Issued(deploytest.Spec{})(c.n, t.Host).Certificate[0]
	e := &o.Endpoints[0]
	for _, chain := range [][][]byte{e.TLS.Chain, e.Capabilities.ECDSA.Chain} {
		chain[0] = leaf
	}
	return o
}

// longList judges so many good targets, and writes every report.
func longList(tb testing.TB, count int) (retained int) {
	tb.Helper()
	n := deploytest.NewNetwork()
	defer n.Close()
	observer := newCopyist(tb, n)
	var targets []fact.Target
	for i := range count {
		t, err := fact.ParseTarget(fmt.Sprintf("https://host%d.example/", i))
		if err != nil {
			tb.Fatal(err)
		}
		targets = append(targets, t)
	}
	before := heap()
	p := check.Policy{Roots: rootsOf(tb, n)}
	memory := limitMemory(count)
	started := time.Now()
	results := check.Run(tb.Context(), targets, observer, p, runtime.GOMAXPROCS(0), func(done int, _ check.Result) { memory.checked(done) })
	r := check.NewReport("0.1.0", started, time.Now(), p, check.Shard{}, results)
	retained = (heap() - before) / count
	dir := tb.TempDir()
	cfg := input.Config{Files: map[string]string{}}
	for _, f := range report.Formats() {
		cfg.Files[f.Input] = filepath.Join(dir, f.Name)
	}
	program := program{Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }}
	if code := program.deliver(r, cfg, false, nil); code != 0 {
		tb.Errorf("exit code %d", code)
	}
	return retained
}

// heap is the size of what is in use, in bytes.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// What a target of a long list leaves behind is small.
func TestLongListMemory(t *testing.T) {
	if got := longList(t, 1200); got > 8<<10 {
		t.Errorf("%d bytes a target are kept", got)
	}
}

// BenchmarkLongList judges good targets without a network, and writes every
// report: one operation is one target. Run it with -benchtime 20000x.
func BenchmarkLongList(b *testing.B) {
	retained := longList(b, b.N)
	b.ReportMetric(float64(retained), "kept-B/op")
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("the peak is known on Linux only")
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes float64
	if _, err := fmt.Sscan(line, &kilobytes); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(kilobytes/1024, "peak-MB")
}
