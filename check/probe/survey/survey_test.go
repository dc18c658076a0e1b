package survey

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"

	"github.com/tlsgate/tlsgate/check/fact"
)

// surveyed is what matters of a survey's outcome. Answers are marks: + for
// accepted, - for declined, ? for not known.
type surveyed struct {
	versions string // of TLS 1.3, 1.2, 1.1, 1.0, SSL 3, SSL 2
	weak     string // of no encryption, no authentication, broken cipher
	chains   string // of RSA, ECDSA
	guards   string // of sentinel, TLS_FALLBACK_SCSV
	suites   []string
	conns    int
}

func mark(s any) string {
	switch s {
	case fact.Accepted, fact.Present:
		return "+"
	case fact.Declined, fact.Absent:
		return "-"
	}
	return "?"
}

func summary(o fact.Capabilities) surveyed {
	s := surveyed{chains: mark(o.RSA.Answer) + mark(o.ECDSA.Answer), guards: mark(o.Sentinel) + mark(o.FallbackSCSV), conns: o.Connections}
	for _, v := range o.Versions {
		s.versions += mark(v.Answer)
	}
	for _, w := range o.WeakSuites {
		s.weak += mark(w.Answer)
		for _, x := range w.Suites {
			suite := fmt.Sprintf("%s 0x%04X", fact.VersionName(x.Version), x.Suite)
			if !slices.Contains(s.suites, suite) {
				s.suites = append(s.suites, suite)
			}
		}
	}
	return s
}

var (
	modern  = []uint16{clienthello.TLS13, clienthello.TLS12}
	allOld  = []uint16{clienthello.TLS13, clienthello.TLS12, clienthello.TLS11, clienthello.TLS10, clienthello.SSL3, clienthello.SSL2}
	gcmRSA  = []uint16{0xC02F, 0xC030, 0x002F}
	gcmBoth = []uint16{0xC02B, 0xC02F, 0xC009, 0x002F}
	gcmEC   = []uint16{0xC02B, 0xC009}
	aes13   = []uint16{0x1301}
)

func withDefaults(p *modelPort) *modelPort {
	if p.versions == nil {
		p.versions = modern
	}
	if p.suites == nil {
		p.suites = gcmRSA
	}
	if p.suites13 == nil {
		p.suites13 = aes13
	}
	return p
}

func TestSurvey(t *testing.T) {
	rsaLeaf()
	const fine = "---"
	for _, c := range []struct {
		name string
		port *modelPort
		want surveyed
	}{
		{"sound", &modelPort{}, surveyed{versions: "++----", weak: fine, chains: "+-", guards: "+?", conns: 7}},
		{"sound with ECDSA", &modelPort{suites: gcmEC}, surveyed{versions: "++----", weak: fine, chains: "-+", guards: "+?", conns: 7}},
		{"sound with both", &modelPort{suites: gcmBoth}, surveyed{versions: "++----", weak: fine, chains: "++", guards: "+?", conns: 8}},
		{"TLS 1.3 alone", &modelPort{versions: modern[:1]}, surveyed{versions: "+-----", weak: fine, chains: "--", guards: "??", conns: 7}},
		{"TLS 1.2 alone", &modelPort{versions: modern[1:]}, surveyed{versions: "-+----", weak: fine, chains: "+-", guards: "??", conns: 7}},
		{"refuses by closing", &modelPort{refuse: closeOnly}, surveyed{versions: "++----", weak: fine, chains: "+-", guards: "+?", conns: 14}},
		{"refuses in HTTP", &modelPort{refuse: plainHTTP}, surveyed{versions: "++----", weak: fine, chains: "+-", guards: "+?", conns: 14}},
		{"TLS 1.3 alone, refuses by closing", &modelPort{versions: modern[:1], refuse: closeOnly}, surveyed{versions: "+-----", weak: fine, chains: "--", guards: "??", conns: 15}},
		{"takes no notice of lists", &modelPort{noList: true}, surveyed{versions: "++----", weak: fine, chains: "+-", guards: "+?", conns: 9}},
		{"takes no notice of lists, TLS 1.0 too", &modelPort{noList: true, versions: []uint16{clienthello.TLS13, clienthello.TLS12, clienthello.TLS10}},
			surveyed{versions: "++-+--", weak: fine, chains: "+-", guards: "+?", conns: 9}},
		{"chooses by certificate", &modelPort{suites: gcmBoth, byCertificate: true}, surveyed{versions: "++----", weak: fine, chains: "++", guards: "+?", conns: 8}},
		{"chooses by certificate, 3DES with RSA", &modelPort{suites: append(slices.Clone(gcmBoth), 0x000A), byCertificate: true},
			surveyed{versions: "++----", weak: "--+", chains: "++", guards: "+?", suites: []string{"TLS 1.2 0x000A"}, conns: 11}},
		{"both, refuses by closing", &modelPort{suites: gcmBoth, refuse: closeOnly}, surveyed{versions: "++----", weak: fine, chains: "++", guards: "+?", conns: 15}},

		{"TLS 1.1 and 1.0 too", &modelPort{versions: allOld[:4]}, surveyed{versions: "++++--", weak: fine, chains: "+-", guards: "+?", conns: 10}},
		{"TLS 1.0 but not TLS 1.1", &modelPort{versions: []uint16{clienthello.TLS13, clienthello.TLS12, clienthello.TLS10}}, surveyed{versions: "++-+--", weak: fine, chains: "+-", guards: "+?", conns: 8}},
		{"the same, asked exactly only", &modelPort{versions: []uint16{clienthello.TLS13, clienthello.TLS12, clienthello.TLS10}, exact: true},
			surveyed{versions: "++-+--", weak: fine, chains: "+-", guards: "+?", conns: 8}},
		{"SSL 3 too", &modelPort{versions: []uint16{clienthello.TLS12, clienthello.SSL3}}, surveyed{versions: "-+--+-", weak: fine, chains: "+-", guards: "+?", conns: 8}},
		{"SSL 2 too", &modelPort{versions: []uint16{clienthello.TLS13, clienthello.TLS12, clienthello.SSL2}}, surveyed{versions: "++---+", weak: fine, chains: "+-", guards: "+?", conns: 7}},
		{"everything old", &modelPort{versions: allOld}, surveyed{versions: "++++++", weak: fine, chains: "+-", guards: "+?", conns: 11}},
		{"SSL 3 alone", &modelPort{versions: allOld[4:5]}, surveyed{versions: "?---+-", weak: fine, chains: "+-", guards: "??", conns: 8}},

		{"no sentinel, SCSV honoured", &modelPort{noSentinel: true}, surveyed{versions: "++----", weak: fine, chains: "+-", guards: "-+", conns: 8}},
		{"no sentinel, SCSV ignored", &modelPort{noSentinel: true, noSCSV: true}, surveyed{versions: "++----", weak: fine, chains: "+-", guards: "--", conns: 8}},
		{"one version needs no guard", &modelPort{versions: modern[1:], noSentinel: true, noSCSV: true}, surveyed{versions: "-+----", weak: fine, chains: "+-", guards: "??", conns: 7}},

		{"3DES", &modelPort{suites: []uint16{0xC02F, 0x000A}},
			surveyed{versions: "++----", weak: "--+", chains: "+-", guards: "+?", suites: []string{"TLS 1.2 0x000A"}, conns: 10}},
		{"both kinds and 3DES between them", &modelPort{suites: []uint16{0xC02B, 0x000A, 0xC02F}},
			surveyed{versions: "++----", weak: "--+", chains: "++", guards: "+?", suites: []string{"TLS 1.2 0x000A"}, conns: 11}},
		{"NULL, anonymous and RC4", &modelPort{suites: []uint16{0xC02F, 0x0002, 0xC018, 0x0005, 0x0017}},
			surveyed{versions: "++----", weak: "+++", chains: "+-", guards: "+?", suites: []string{"TLS 1.2 0x0002", "TLS 1.2 0x0017", "TLS 1.2 0xC018", "TLS 1.2 0x0005"}, conns: 13}},
		{"both kinds and 3DES after them", &modelPort{suites: append(slices.Clone(gcmBoth), 0x000A)},
			surveyed{versions: "++----", weak: "--+", chains: "++", guards: "+?", suites: []string{"TLS 1.2 0x000A"}, conns: 11}},
		{"RC4 at TLS 1.0 alone", &modelPort{versions: allOld[:4], suitesAt: map[uint16][]uint16{clienthello.TLS10: {0xC013, 0x0005}}},
			surveyed{versions: "++++--", weak: "--+", chains: "+-", guards: "+?", suites: []string{"TLS 1.0 0x0005"}, conns: 13}},
		{"integrity alone", &modelPort{suites13: []uint16{0x1301, 0xC0B5, 0xC0B4}},
			surveyed{versions: "++----", weak: "+--", chains: "+-", guards: "+?", suites: []string{"TLS 1.3 0xC0B4", "TLS 1.3 0xC0B5"}, conns: 8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withDefaults(c.port)
				o := surveyOf(t.Context(), p)
				if d := cmp.Diff(c.want, summary(o), cmp.AllowUnexported(surveyed{})); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
				synctest.Wait()
				if p.conns != o.Connections || p.most > 8 { // seven questions, and whether the port answers a current client
					t.Errorf("%d connections said, %d seen, %d at once", o.Connections, p.conns, p.most)
				}
			})
		})
	}
}

// What was chosen but never offered is no acceptance.
func TestSurveyOfPortThatChoosesWhatWasNotOffered(t *testing.T) {
	rsaLeaf()
	for name, rogue := range map[string][]byte{
		"a suite":   modelServerHello(clienthello.TLS10, 0x1234, [32]byte{}),
		"a version": modelServerHello(clienthello.TLS13, 0x0005, [32]byte{}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withDefaults(&modelPort{refuse: func(c net.Conn, _ uint8) {
					c.Write(modelRecords(append(slices.Clone(rogue), 14, 0, 0, 0), 1<<14))
				}})
				want := surveyed{versions: "++----", weak: "---", chains: "+-", guards: "+?", conns: 9}
				if d := cmp.Diff(want, summary(surveyOf(t.Context(), p)), cmp.AllowUnexported(surveyed{})); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
			})
		})
	}
}

// However a flight is cut into records, and whatever warning comes first.
func TestSurveyOfOddFlights(t *testing.T) {
	rsaLeaf()
	for name, flight := range map[string]func([]byte) []byte{
		"warning first": func(b []byte) []byte { return append([]byte{21, 3, 1, 0, 2, 1, 112}, b...) },
		"fragments":     func(b []byte) []byte { return modelRecords(b[5:], 3) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withDefaults(&modelPort{flight: flight, versions: allOld[:3]})
				want := surveyed{versions: "+++---", weak: "---", chains: "+-", guards: "+?", conns: 9}
				o := surveyOf(t.Context(), p)
				if d := cmp.Diff(want, summary(o), cmp.AllowUnexported(surveyed{})); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
				if d := cmp.Diff([][]byte{rsaLeaf()}, o.RSA.Chain); d != "" {
					t.Errorf("chain: -want +got\n%s", d)
				}
			})
		})
	}
}

// Of two servers behind one address, one has no sentinel.
func TestSurveyOfTwoServers(t *testing.T) {
	rsaLeaf()
	synctest.Test(t, func(t *testing.T) {
		other := withDefaults(&modelPort{noSentinel: true})
		p := withDefaults(&modelPort{suites: []uint16{0xC02F, 0x000A}, flaky: func(_ int, c net.Conn, h modelHello) bool {
			ofOther := h.version == clienthello.TLS12 && slices.Equal(h.suites, suites().rsa)
			if ofOther {
				other.answer(c, h)
			}
			return ofOther
		}})
		want := surveyed{versions: "++----", weak: "--+", chains: "+-", guards: "-+", suites: []string{"TLS 1.2 0x000A"}, conns: 11}
		if d := cmp.Diff(want, summary(surveyOf(t.Context(), p)), cmp.AllowUnexported(surveyed{})); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

// A port that stops answering is asked again once, slowly, and never counts
// as one that refused.
func TestSurveyOfFlakyPorts(t *testing.T) {
	rsaLeaf()
	unknownAll := surveyed{versions: "+?????", weak: "???", chains: "+?", guards: "??"}
	after := func(k int, then func(net.Conn)) func(int, net.Conn, modelHello) bool {
		return func(n int, c net.Conn, _ modelHello) bool {
			if n >= k {
				then(c)
			}
			return n >= k
		}
	}
	closes := func(net.Conn) {}
	alerts := func(c net.Conn) { alertAndClose(c, clienthello.InternalError) }
	fast := func() func(int, net.Conn, modelHello) bool {
		var mu sync.Mutex
		last := time.Now() // of the current client
		return func(int, net.Conn, modelHello) bool {
			mu.Lock()
			defer mu.Unlock()
			fast := time.Since(last) < time.Second
			last = time.Now()
			return fast // and closes
		}
	}
	for _, c := range []struct {
		name             string
		versions, suites []uint16
		flaky            func() func(int, net.Conn, modelHello) bool
		want             surveyed
		took             time.Duration // at most
	}{
		{"silent from the start", nil, nil, func() func(int, net.Conn, modelHello) bool { return after(0, stall) }, with(unknownAll, 8), 40 * time.Second},
		{"closes from the start", nil, nil, func() func(int, net.Conn, modelHello) bool { return after(0, closes) }, with(unknownAll, 16), 10 * time.Second},
		{"internal errors from the start", nil, nil, func() func(int, net.Conn, modelHello) bool { return after(0, alerts) }, with(unknownAll, 9), 10 * time.Second},
		{"bars whoever asks fast", nil, nil, fast, surveyed{versions: "++----", weak: "---", chains: "+-", guards: "+?", conns: 23}, time.Minute},
		{"the same with both kinds", nil, gcmBoth, fast, surveyed{versions: "++----", weak: "---", chains: "++", guards: "+?", conns: 24}, time.Minute},
		{"goes silent in the midst", nil, []uint16{0xC02F, 0x000A},
			func() func(int, net.Conn, modelHello) bool { return after(9, stall) },
			surveyed{versions: "++----", weak: "-?+", chains: "+-", guards: "+?", suites: []string{"TLS 1.2 0x000A"}, conns: 11}, time.Minute},
		{"closes at first, then says nothing to TLS 1.1", nil, nil, func() func(int, net.Conn, modelHello) bool {
			return func(n int, c net.Conn, h modelHello) bool {
				odd := slices.Contains(h.listed, clienthello.TLS11)
				if odd && n >= 7 {
					stall(c)
				}
				return odd
			}
		}, surveyed{versions: "++----", weak: "---", chains: "+-", guards: "+?", conns: 11}, time.Minute},
		{"says nothing to SSL 2 and TLS 1.0", allOld[:3], nil, func() func(int, net.Conn, modelHello) bool {
			return func(_ int, c net.Conn, h modelHello) bool {
				odd := h.version == clienthello.SSL2 || h.version == clienthello.TLS10
				if odd {
					stall(c)
				}
				return odd
			}
		}, surveyed{versions: "+++?--", weak: "---", chains: "+-", guards: "+?", conns: 12}, time.Minute},
		{"says nothing to SSL 2", nil, nil, func() func(int, net.Conn, modelHello) bool {
			return func(_ int, c net.Conn, h modelHello) bool {
				if h.version == clienthello.SSL2 {
					stall(c)
				}
				return h.version == clienthello.SSL2
			}
		}, surveyed{versions: "++----", weak: "---", chains: "+-", guards: "+?", conns: 10}, time.Minute},
		{"stops after the ServerHello", nil, nil, func() func(int, net.Conn, modelHello) bool {
			return func(_ int, c net.Conn, h modelHello) bool {
				list := slices.Contains(h.listed, clienthello.TLS10)
				if list {
					c.Write(modelRecords(modelServerHello(clienthello.TLS10, 0x002F, [32]byte{}), 99))
				}
				return list
			}
		}, surveyed{versions: "++??--", weak: "---", chains: "+-", guards: "+?", conns: 9}, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withDefaults(&modelPort{versions: c.versions, suites: c.suites, flaky: c.flaky()})
				start := time.Now()
				o := surveyOf(t.Context(), p)
				if d := cmp.Diff(c.want, summary(o), cmp.AllowUnexported(surveyed{})); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
				if took := time.Since(start); took > c.took {
					t.Errorf("took %v", took)
				}
				for _, v := range o.Versions {
					if v.Answer == "" && v.Detail == "" {
						t.Errorf("no reason why %s is not known", fact.VersionName(v.Version))
					}
				}
			})
		})
	}
}

// A port that drops every old hello, and answers current ones, takes little more
// than the time of one hello: silence is asked again while it lasts.
func TestSurveyOfSilenceTakesOneTimeout(t *testing.T) {
	rsaLeaf()
	for name, c := range map[string]struct {
		versions []uint16
		want     surveyed
	}{
		"TLS 1.3": {modern, surveyed{versions: "++----", weak: "---", chains: "+-", guards: "+?", conns: 12}},
		"TLS 1.2": {modern[1:], surveyed{versions: "-+----", weak: "---", chains: "+-", guards: "??", conns: 13}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withDefaults(&modelPort{versions: c.versions, flaky: func(_ int, conn net.Conn, h modelHello) bool {
					old := h.version < clienthello.TLS12 || slices.Contains(h.listed, clienthello.TLS10)
					if old {
						stall(conn)
					}
					return old
				}})
				start := time.Now()
				if d := cmp.Diff(c.want, summary(surveyOf(t.Context(), p)), cmp.AllowUnexported(surveyed{})); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
				if took := time.Since(start); took > 16*time.Second { // 10 s for a hello
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func with(s surveyed, conns int) surveyed {
	s.conns = conns
	return s
}

func TestSurveyEndsWithItsContext(t *testing.T) {
	rsaLeaf()
	synctest.Test(t, func(t *testing.T) {
		p := withDefaults(&modelPort{flaky: func(_ int, c net.Conn, _ modelHello) bool { stall(c); return true }})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		want := surveyed{versions: "+?????", weak: "???", chains: "+?", guards: "??", conns: 8}
		if d := cmp.Diff(want, summary(surveyOf(ctx, p)), cmp.AllowUnexported(surveyed{})); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// A port that takes everything, each time just before the timeout.
func TestSurveyOfSlowPortEnds(t *testing.T) {
	rsaLeaf()
	synctest.Test(t, func(t *testing.T) {
		p := withDefaults(&modelPort{versions: allOld, suites: slices.Concat(gcmRSA, suites().weak),
			flaky: func(int, net.Conn, modelHello) bool { time.Sleep(9 * time.Second); return false }})
		start := time.Now()
		o := surveyOf(t.Context(), p)
		if took := time.Since(start); took > surveyTime {
			t.Errorf("took %v", took)
		}
		if got := summary(o); got.versions != "++++++" || got.weak[0] != '+' {
			t.Errorf("%+v", got)
		}
		time.Sleep(9 * time.Second) // the bubble's: the port's last answer ends
	})
}

// A port with which no handshake was begun is not asked.
func TestSurveyAsksNothingInVain(t *testing.T) {
	for _, known := range []fact.Handshake{
		{}, {Outcome: fact.Refused}, {Outcome: fact.Failed},
		{Outcome: fact.TimedOut, Connected: true}, {Outcome: fact.Malformed, Connected: true},
	} {
		s := Port{Current: known, Dial: func(context.Context) (net.Conn, error) {
			t.Error("asked")
			return nil, net.ErrClosed
		}}
		if d := cmp.Diff(fact.Capabilities{}, s.Survey(t.Context())); d != "" {
			t.Errorf("%+v: -want +got\n%s", known, d)
		}
	}
}

// What a port with a limit of connections closes in a crowd is no refusal.
func TestSurveyOfPortThatLimitsConnections(t *testing.T) {
	rsaLeaf()
	for _, c := range []struct {
		name             string
		versions, suites []uint16
		want             surveyed
	}{
		{"sound", nil, nil, surveyed{versions: "++----", weak: "---", chains: "+-", guards: "+?", conns: 12}},
		{"TLS 1.1 and 1.0 too", allOld[:4], nil, surveyed{versions: "++++--", weak: "---", chains: "+-", guards: "+?", conns: 15}},
		{"3DES", nil, []uint16{0xC02F, 0x000A}, surveyed{versions: "++----", weak: "--+", chains: "+-", guards: "+?", suites: []string{"TLS 1.2 0x000A"}, conns: 15}},
		{"both kinds and 3DES", nil, append(slices.Clone(gcmBoth), 0x000A),
			surveyed{versions: "++----", weak: "--+", chains: "++", guards: "+?", suites: []string{"TLS 1.2 0x000A"}, conns: 16}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withDefaults(&modelPort{versions: c.versions, suites: c.suites, flaky: atMostTwo()})
				if d := cmp.Diff(c.want, summary(surveyOf(t.Context(), p)), cmp.AllowUnexported(surveyed{})); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
			})
		})
	}
}

// atMostTwo closes connections while more than two are open, all but those of
// SSL, so that which are closed does not hang on their order.
func atMostTwo() func(int, net.Conn, modelHello) bool {
	var open atomic.Int64
	return func(_ int, _ net.Conn, h modelHello) bool {
		open.Add(1)
		time.Sleep(time.Second) // the bubble's: all that were begun at once are counted
		over := open.Load() > 2 && h.version > clienthello.SSL3
		time.Sleep(time.Second)
		open.Add(-1)
		return over
	}
}

// Silence is a refusal only where SSL to TLS 1.1 was asked for, twice, over connections
// that stood, between answers to current clients.
func TestSurveyOfSilence(t *testing.T) {
	rsaLeaf()
	const timedOut = "timed out"
	for _, c := range []struct {
		name    string
		version uint16
		fates   []string // of the connections; the last one's is that of all after it
		state   replyState
		told    string
	}{
		{"SSL 2", clienthello.SSL2, []string{"stall", "answer", "stall", "answer"}, declined, detailIgnored},
		{"SSL 3", clienthello.SSL3, []string{"stall", "answer", "stall", "answer"}, declined, detailIgnored},
		{"TLS 1.0", clienthello.TLS10, []string{"stall", "answer", "stall", "answer"}, declined, detailIgnored},
		{"TLS 1.1", clienthello.TLS11, []string{"stall", "answer", "stall", "answer"}, declined, detailIgnored},
		{"TLS 1.2", clienthello.TLS12, []string{"stall", "answer", "stall", "answer"}, silent, timedOut},
		{"TLS 1.1, no answers after", clienthello.TLS11, []string{"stall", "answer", "stall"}, silent, timedOut},
		{"answered late", clienthello.SSL3, []string{"stall", "answer"}, declined, "alert 'protocol_version'"},
		{"closed late", clienthello.SSL3, []string{"stall", "answer", "close", "answer"}, declined, "the server closed the connection"},
		{"no answers before", clienthello.SSL3, []string{"stall", "stall", "answer"}, silent, timedOut},
		{"no answers after", clienthello.SSL3, []string{"stall", "answer", "stall"}, silent, timedOut},
		{"closed after", clienthello.SSL3, []string{"stall", "answer", "stall", "close"}, silent, timedOut},
		{"never connected", clienthello.SSL3, []string{"fail", "answer", "fail", "answer"}, silent, timedOut},
		{"connected late", clienthello.SSL3, []string{"fail", "answer", "stall", "answer"}, silent, timedOut},
		{"connected once", clienthello.SSL3, []string{"stall", "answer", "fail", "answer"}, silent, timedOut},
		{"the start of an answer", clienthello.SSL3, []string{"start", "answer", "start", "answer"}, silent, timedOut},
		{"the start of an answer late", clienthello.SSL3, []string{"stall", "answer", "start", "answer"}, silent, timedOut},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fate := func(n int) string { return c.fates[min(n, len(c.fates)-1)] }
				p := withDefaults(&modelPort{flaky: func(n int, conn net.Conn, _ modelHello) bool {
					switch fate(n) {
					case "start":
						conn.Write([]byte{22, 3, 0})
						stall(conn)
					case "stall":
						stall(conn)
					}
					return fate(n) != "answer"
				}})
				n := -1
				var mu sync.Mutex // hellos are sent again beside others
				s := &surveyor{Port: Port{Pause: pause, Current: p.current(), Dial: func(ctx context.Context) (net.Conn, error) {
					mu.Lock()
					defer mu.Unlock()
					conn, _ := p.dial(ctx)
					if n++; fate(n) == "fail" {
						conn.Close()
						return nil, os.ErrDeadlineExceeded
					}
					return conn, nil
				}}}
				s.findings.noteCurrent(s.Current, false)
				r := s.query(t.Context(), s.question(aboutVersion, c.version, suites().legacy))
				if r.state != c.state || r.detail != c.told {
					t.Errorf("state %d, %q; want %d, %q", r.state, r.detail, c.state, c.told)
				}
			})
		})
	}
}

// No hello has 128 suites, above which some servers refuse what they take.
func TestSurveySuites(t *testing.T) {
	for name, suites := range map[string][]uint16{
		"weak with RSA":   slices.Concat(suites().weakOthers, suites().rsa),
		"weak with ECDSA": slices.Concat(suites().weakECDSA, suites().ecdsa),
		"weak":            suites().weak, "legacy": suites().legacy, "listed": suites().listed, "current": suites().current,
	} {
		if n := len(suites) + 2; n < 10 || n >= 128 { // with both signalling values
			t.Errorf("%s: %d suites", name, n)
		}
	}
	for _, id := range slices.Concat(suites().rsa, suites().ecdsa, suites().current) {
		if weak(id) {
			t.Errorf("%s counts as sound", fact.SuiteName(id))
		}
	}
	for _, id := range fact.Suites() {
		name := fact.SuiteName(id)
		asked := slices.Contains(suites().weak, id) || slices.Contains(suites().integrity, id)
		if left := hasAny(name, "_SRP_", "KRB5", "TLS_NULL_WITH"); asked != (weak(id) && !left) {
			t.Errorf("%s: weak %v, asked %v", name, weak(id), asked)
		}
	}
}
