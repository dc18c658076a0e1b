//go:build browsers

package http1_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest/browser"
)

// TestBrowsers shows every answer to the browsers and holds the table to what
// they make of it.
func TestBrowsers(t *testing.T) {
	for _, kind := range browser.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			want := func(i int) view {
				if kind == browser.Firefox {
					return answers[i].firefox
				}
				return answers[i].chromium
			}
			var left []int
			for i := range answers {
				left = append(left, i)
			}
			// A browser that is busy drops a frame now and then: ask again.
			for round := 1; round <= 3 && len(left) > 0; round++ {
				got := shownBy(t, kind, left)
				left = slices.DeleteFunc(left, func(i int) bool { return got[i] == want(i) })
				for _, i := range left {
					t.Logf("round %d: %s: %s, want %s", round, answers[i].name, got[i], want(i))
				}
			}
			if len(left) > 0 {
				t.Errorf("%d of %d answers are not as the table has them", len(left), len(answers))
			}
		})
	}
}

// index shows the answers in frames, eight at a time.
const index = `<!doctype html><body><script>
const cases = %s; let busy = 8;
function show() {
  if (!cases.length) { if (--busy == 0) fetch('/done'); return }
  const frame = document.createElement('iframe'); let over = false;
  const end = () => { if (!over) { over = true; frame.remove(); show() } };
  frame.onload = () => setTimeout(end, 500); setTimeout(end, 4000);
  frame.src = '/case?n=' + cases.shift(); document.body.append(frame);
}
setTimeout(() => { for (let i = 0; i < 8; i++) show() }, 2000);
</script>`

// shownBy is what a browser makes of each answer, every one in a frame.
func shownBy(t *testing.T, kind browser.Kind, which []int) []view {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var mu sync.Mutex
	views := make([]view, len(answers))
	done := make(chan struct{})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				req, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				i, err := strconv.Atoi(req.URL.Query().Get("n"))
				if err != nil && req.URL.Path != "/" && req.URL.Path != "/done" {
					return
				}
				switch req.URL.Path {
				case "/case":
					q := url.Values{"n": {strconv.Itoa(i)}}.Encode()
					fmt.Fprint(c, answers[i].bytesOf("<!doctype html><title>a page</title><img src='/seen?"+q+"'><!-- "+filler+" -->", "/to?"+q))
					c.(*net.TCPConn).CloseWrite()
					c.SetReadDeadline(time.Now().Add(time.Second))
					c.Read(make([]byte, 1))
					return
				case "/seen":
					mu.Lock()
					views[i] |= showed
					mu.Unlock()
				case "/to":
					mu.Lock()
					views[i] |= followed
					mu.Unlock()
				case "/done":
					close(done)
				case "/":
					fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n"+index, strings.ReplaceAll(fmt.Sprint(which), " ", ","))
					return
				}
				fmt.Fprint(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			}()
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	b, err := browser.Start(ctx, kind, browser.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	tab, err := b.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Load(ctx, "http://"+l.Addr().String()+"/"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-ctx.Done():
		t.Error("the browser was not done in time")
	}
	mu.Lock()
	defer mu.Unlock()
	return append([]view(nil), views...)
}
