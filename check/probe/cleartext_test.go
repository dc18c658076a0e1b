package probe_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
)

const (
	jsonType = "Content-Type: application/json"
	goodHSTS = "Strict-Transport-Security: max-age=63072000"
	nginx404 = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)

// What the cleartext port gives is content by what browsers show and by what
// the application answers over TLS.
func TestCleartextContent(t *testing.T) {
	answer := deploytest.Answer
	withoutStatus := deploytest.Raw(func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.WriteString(c, "<p>hello, as in HTTP/0.9")
		}
	})
	failsOnce := deploytest.HTTP(alternating(503, 200))
	for name, tc := range map[string]struct {
		cleartext, https deploytest.Server // https nil for a good page
		want             check.State
		says             string // in the finding or the reason
	}{
		"302 without Location":                  {answer(302, "<p>hello"), nil, check.Fail, "with a body that browsers show (status 302"},
		"302 with an empty Location":            {answer(302, "<p>hello", "Location: "), nil, check.Fail, "status 302"},
		"302 without Location, without body":    {answer(302, ""), nil, check.Pass, ""},
		"302 with nginx's page":                 {answer(302, strings.ReplaceAll(nginx404, "404 Not Found", "302 Found")), nil, check.Pass, ""},
		"302 to https with a body":              {answer(302, "<p>hello", "Location: https://answer.example/"), nil, check.Pass, ""},
		"301 without Location to be saved":      {answer(301, "hello", "Content-Disposition: attachment"), nil, check.Pass, ""},
		"300 with Location and a body":          {answer(300, "<p>choose", "Location: https://answer.example/"), nil, check.Fail, "status 300"},
		"300 without body":                      {answer(300, "", "Location: https://answer.example/"), nil, check.Pass, ""},
		"304":                                   {answer(304, ""), nil, check.Pass, ""},
		"305 with a body":                       {answer(305, "use a proxy"), nil, check.Fail, "status 305"},
		"305 with Location and a body":          {answer(305, "use a proxy", "Location: https://answer.example/"), nil, check.Fail, "status 305"},
		"304 with Location":                     {answer(304, "", "Location: https://answer.example/"), nil, check.Pass, ""},
		"309 with Location and a body":          {answer(309, "<p>elsewhere", "Location: https://answer.example/"), nil, check.Fail, "status 309"},
		"201 with Location":                     {answer(201, "", "Location: https://answer.example/"), nil, check.Fail, "with content (status 201)"},
		"302 to mailto with a body":             {answer(302, "<p>write", "Location: mailto:a@b.example"), nil, check.Pass, ""},
		"303 to https":                          {answer(303, "<p>hello", "Location: https://answer.example/"), nil, check.Pass, ""},
		"bytes without a status line":           {withoutStatus, nil, check.Fail, "with content (status 200)"},
		"401 with a challenge":                  {answer(401, "", "WWW-Authenticate: Basic realm=x"), nil, check.Fail, "a challenge"},
		"401 JSON as over TLS":                  {answer(401, `{"error":"token","at":1}`, jsonType), answer(401, `{"at":2,"error":"token"}`, jsonType, goodHSTS), check.Fail, "application's own answer"},
		"401 JSON, charset over TLS":            {answer(401, `{"error":1}`, jsonType), answer(401, `{"error":2}`, jsonType+"; charset=utf-8", goodHSTS), check.Fail, "own answer"},
		"401 JSON with other members":           {answer(401, `{"message":"use TLS"}`, jsonType), answer(401, `{"error":"token"}`, jsonType, goodHSTS), check.Pass, ""},
		"403 JSON, 401 over TLS":                {answer(403, `{"error":"TLS"}`, jsonType), answer(401, `{"error":"token"}`, jsonType, goodHSTS), check.Pass, ""},
		"403 JSON, other media type over TLS":   {answer(403, `{"error":"TLS"}`, jsonType), answer(403, `{"error":"TLS"}`, "Content-Type: application/problem+json", goodHSTS), check.Pass, ""},
		"404 of the application on both":        {answer(404, "<h1>Nothing here, try the shop"), answer(404, "<h1>Nothing here, try the shop", goodHSTS), check.Fail, "own answer"},
		"404 text that differs":                 {answer(404, "<h1>Use https"), answer(404, "<h1>Nothing here", goodHSTS), check.Pass, ""},
		"404 of nginx on both":                  {answer(404, nginx404), answer(404, nginx404, goodHSTS), check.Pass, ""},
		"404 of Go on both":                     {answer(404, "404 page not found\n", "Content-Type: text/plain"), answer(404, "404 page not found\n", "Content-Type: text/plain", goodHSTS), check.Pass, ""},
		"404 without body on both":              {answer(404, ""), answer(404, "", goodHSTS), check.Pass, ""},
		"400 JSON array on both":                {answer(400, `["key missing"]`, jsonType), answer(400, `["key missing"]`, jsonType, goodHSTS), check.Fail, "own answer"},
		"400 JSON array of objects on both":     {answer(400, `[{"key":"a","at":1},{"at":1}]`, jsonType), answer(400, `[{"at":2,"key":"a"}]`, jsonType, goodHSTS), check.Fail, "own answer"},
		"400 JSON array of other objects":       {answer(400, `[{"use":"TLS"}]`, jsonType), answer(400, `[{"key":"a"}]`, jsonType, goodHSTS), check.Pass, ""},
		"400 JSON array and more":               {answer(400, `[{"at":1}] [`, jsonType), answer(400, `[{"at":2}] [`, jsonType, goodHSTS), check.Pass, ""},
		"400 JSON array that does not end":      {answer(400, `[{"at":1}`, jsonType), answer(400, `[{"at":2}`, jsonType, goodHSTS), check.Pass, ""},
		"400 JSON after a byte order mark":      {answer(400, "\ufeff"+`{"at":1}`, jsonType), answer(400, "\ufeff"+`{"at":2}`, jsonType, goodHSTS), check.Fail, "own answer"},
		"421 of the application on both":        {answer(421, "which tenant?"), answer(421, "which tenant?", goodHSTS), check.Fail, "own answer"},
		"426":                                   {answer(426, "TLS, please", "Upgrade: TLS/1.2"), nil, check.Pass, ""},
		"204 on both":                           {answer(204, ""), answer(204, "", goodHSTS), check.Fail, "own answer"},
		"204 beside a page":                     {answer(204, ""), nil, check.Pass, ""},
		"200 without body":                      {answer(200, ""), nil, check.Fail, "with content (status 200)"},
		"429":                                   {answer(429, "slow down"), nil, check.Unknown, "429"},
		"503 that lasts beside a page":          {answer(503, "<p>down"), nil, check.Pass, ""},
		"503 that does not last":                {failsOnce, nil, check.Fail, "with content (status 200)"},
		"503 of nginx on both":                  {answer(503, strings.ReplaceAll(nginx404, "404 Not Found", "503 Service Temporarily Unavailable")), answer(503, strings.ReplaceAll(nginx404, "404 Not Found", "503 Service Temporarily Unavailable"), goodHSTS), check.Unknown, "does not answer otherwise over TLS"},
		"500 JSON on both":                      {answer(500, `{"status":500,"time":1}`, jsonType), answer(500, `{"status":500,"time":2}`, jsonType, goodHSTS), check.Fail, "own answer"},
		"403 while no answer comes over TLS":    {answer(403, "<p>no"), deploytest.Reset, check.Unknown, "nothing over TLS to compare"},
		"closed while no answer comes over TLS": {deploytest.Closed, deploytest.Reset, check.Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := failing(t, deploytest.Deployment{Cleartext: tc.cleartext, HTTPS: tc.https}, nil)
			wantVerdict(t, r, "cleartext-content", tc.want, tc.says)
		})
	}
}

// alternating answers with one status after the other, over and over.
func alternating(statuses ...int) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(statuses[int(n.Add(1)-1)%len(statuses)])
	}
}

// wantVerdict holds a rule's verdict to a state and to what it says.
func wantVerdict(t *testing.T, r check.Result, rule string, want check.State, says string) {
	t.Helper()
	for _, v := range r.Verdicts {
		if v.Rule != rule {
			continue
		}
		all := v.Reason()
		for _, f := range v.Findings {
			all += f.Message
		}
		if v.State != want || !strings.Contains(all, says) {
			t.Errorf("%s is %s, want %s and %q: %s", rule, v.State, want, says, all)
		}
		return
	}
	t.Errorf("no verdict of %s", rule)
}

// What is at port 80 speaks for port 443 alone, unless it is declared.
func TestPort80OfAnotherPort(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	d := n.Deploy(deploytest.Deployment{Host: "other.example", Port: 8443, Cleartext: deploytest.Page("<p>another site")})
	r := judge(t, n, d.URL(), nil)
	if got := failed(r); len(got) != 0 || state(r, check.TLSOnly) != check.Pass {
		t.Errorf("failed %q: %q", got, messages(r))
	}
	for _, rule := range []string{"cleartext-content", "cleartext-redirect", "cleartext-redirect-host", "cleartext-h2c", "cleartext-websocket"} {
		wantVerdict(t, r, rule, check.NotApplicable, "port 80 speaks for port 443")
	}
	if total, _ := n.Connections(fact.HostPort(d.Addresses[0], 80)); total != 0 {
		t.Errorf("%d connections to port 80", total)
	}
	n.Deploy(deploytest.Deployment{Host: "other.example", Addresses: d.Addresses, CleartextPort: 81})
	n.Serve(fact.HostPort(d.Addresses[0], 8080), deploytest.Page("<p>in cleartext"))
	r = judge(t, n, "http://other.example:8080/", nil)
	if !slices.Contains(failed(r), "cleartext-content") {
		t.Errorf("declared, but failed only %q", failed(r))
	}
}

// A cleartext port that switches to TLS is found by the ServerHello, and by
// nothing less.
func TestUpgradeToTLS(t *testing.T) {
	const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n"
	offered := func(then string) deploytest.Server {
		return deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Upgrade") != "TLS/1.0" || r.Header.Get("Connection") != "Upgrade" {
				http.Redirect(w, r, "https://answer.example/", http.StatusMovedPermanently)
				return
			}
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			io.WriteString(c, switching+then)
			c.Read(make([]byte, 4096))
		}))
	}
	for name, tc := range map[string]struct {
		cleartext deploytest.Server
		want      check.State
		says      string
	}{
		"TLS":                 {deploytest.UpgradesToTLS, check.Fail, "then a ServerHello of 'TLS 1.3'"},
		"redirect":            {nil, check.Pass, ""},
		"closed":              {deploytest.Closed, check.Pass, ""},
		"hangs up":            {deploytest.Hangup, check.Pass, ""},
		"101 and nothing":     {offered(""), check.Pass, ""},
		"101 and an alert":    {offered("\x15\x03\x01\x00\x02\x02\x28"), check.Pass, ""},
		"101 and HTTP":        {offered("HTTP/1.1 200 OK\r\n\r\n"), check.Pass, ""},
		"426":                 {deploytest.Answer(426, "", "Upgrade: TLS/1.0"), check.Pass, ""},
		"content all along":   {deploytest.Answer(200, "hello"), check.Pass, ""},
		"too many requests":   {deploytest.Answer(429, ""), check.Unknown, "429"},
		"not HTTP":            {deploytest.Garbage, check.Pass, ""},
		"opens WebSockets":    {deploytest.WebSocket, check.Pass, ""},
		"HTTP/2 by knowledge": {deploytest.PriorKnowledge, check.Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := failing(t, deploytest.Deployment{Cleartext: tc.cleartext}, nil)
			wantVerdict(t, r, "cleartext-upgrade", tc.want, tc.says)
		})
	}
}

// A long URL is clipped where a message shows it.
func TestLongURLsAreClipped(t *testing.T) {
	long := strings.Repeat("a", 5000)
	for name, d := range map[string]deploytest.Deployment{
		"redirect-downgrade":      {HTTPS: deploytest.Redirect("http://answer.example/" + long)},
		"cleartext-redirect":      {Cleartext: deploytest.Redirect("http://answer.example/" + long)},
		"cleartext-redirect-host": {Cleartext: deploytest.Redirect("https://www.answer.example/" + long), With: []deploytest.Deployment{{Host: "www.answer.example"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, got := failing(t, d, nil)
			if !slices.Contains(got, name) {
				t.Fatalf("failed %q", got)
			}
			for _, v := range r.Verdicts {
				for _, f := range v.Findings {
					if len(f.Message) > 1000 {
						t.Errorf("%s: a message of %d bytes", v.Rule, len(f.Message))
					}
				}
			}
		})
	}
}
