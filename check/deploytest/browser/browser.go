package browser

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A Kind is one of the browsers.
type Kind string

// The browsers.
const (
	Chromium Kind = "Chromium"
	Firefox  Kind = "Firefox"
)

// Kinds lists the browsers.
func Kinds() []Kind { return []Kind{Chromium, Firefox} }

// programs are the names by which each is installed, the first that exists counts.
var programs = map[Kind][]string{
	Chromium: {"chromium", "chromium-browser", "google-chrome"},
	Firefox:  {"firefox-esr", "firefox"},
}

// Program gives the path of an installed browser.
func Program(k Kind) (string, error) {
	for _, name := range programs[k] {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no %s is installed (looked for %s)", k, strings.Join(programs[k], ", "))
}

// Options say how a browser starts.
type Options struct {
	// Permissive switches off what keeps a page of today from cleartext: mixed
	// content blocking, automatic upgrades, HTTPS-First and warnings before
	// forms. By default the browser is as its maker ships it.
	Permissive bool
	// Roots are trusted beside the browser's own roots.
	Roots []*x509.Certificate
}

// A Browser is a running browser. It is safe for concurrent use.
type Browser struct {
	// Kind and Version say which browser this is.
	Kind    Kind
	Version string

	driver driver
	wire   *wire
	cmd    *exec.Cmd
	dir    string
}

// A Tab is one browsing context of a browser, visible and of its own. Its
// methods must not be called concurrently.
type Tab struct {
	id, session string
	browser     *Browser
}

// A Result is what became of a navigation.
type Result struct {
	// Error is empty where a document was loaded, else the browser's own code
	// of why it was not: "net::ERR_CERT_DATE_INVALID",
	// "SEC_ERROR_UNKNOWN_ISSUER". A download and a 204 load no document.
	Error string
}

// A driver speaks one browser's protocol.
type driver interface {
	// arguments writes what the browser finds in its directory and gives its
	// command line.
	arguments(dir string, o Options) ([]string, error)
	// begin opens a session on a fresh connection and gives the version.
	begin(ctx context.Context, b *Browser) (version string, err error)
	open(ctx context.Context, b *Browser) (*Tab, error)
	load(ctx context.Context, t *Tab, url string) (Result, error)
	// value runs a script and gives its value, if that is a string. Of a
	// promise, if it is to be awaited, it gives what that is fulfilled with.
	value(ctx context.Context, t *Tab, script string, await bool) (string, error)
	end(ctx context.Context, b *Browser) error
}

// startPatience bounds how long a browser may take to start.
const startPatience = 5 * time.Minute

// Start starts a browser. Close it when done.
func Start(ctx context.Context, k Kind, o Options) (*Browser, error) {
	program, err := Program(k)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "browser-")
	if err != nil {
		return nil, err
	}
	b := &Browser{Kind: k, dir: dir}
	switch k {
	case Chromium:
		b.driver = &chromium{}
	case Firefox:
		b.driver = &firefox{}
	}
	if err := b.start(ctx, program, o); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", k, err), b.Close())
	}
	return b, nil
}

// start runs the program and connects to it.
func (b *Browser) start(ctx context.Context, program string, o Options) error {
	args, err := b.driver.arguments(b.dir, o)
	if err != nil {
		return err
	}
	b.cmd = exec.Command(program, args...)
	b.cmd.Env = append(os.Environ(), "HOME="+b.dir, "XDG_CONFIG_HOME="+filepath.Join(b.dir, "config"),
		"XDG_CACHE_HOME="+filepath.Join(b.dir, "cache"), "XDG_DATA_HOME="+filepath.Join(b.dir, "data"),
		"MOZ_CRASHREPORTER_DISABLE=1", "MOZ_HEADLESS=1", "MOZ_REMOTE_SETTINGS_DEVTOOLS=1")
	stderr, err := b.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := b.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	address, err := listening(ctx, stderr)
	if err != nil {
		return err
	}
	if b.Kind == Firefox {
		address += "/session"
	}
	if b.wire, err = dial(ctx, address); err != nil {
		return err
	}
	b.Version, err = b.driver.begin(ctx, b)
	return err
}

// announced is how both browsers print where they listen.
var announced = regexp.MustCompile(`listening on (ws://\S+)`)

// listening reads the address to connect to from what the browser prints, and
// goes on to read what it prints, lest it waits.
func listening(ctx context.Context, stderr io.Reader) (string, error) {
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if m := announced.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
				break
			}
		}
		_, _ = io.Copy(io.Discard, stderr) // ends with the browser
	}()
	select {
	case address, ok := <-found:
		if !ok {
			return "", errors.New("it ended without saying where it listens")
		}
		return address, nil
	case <-ctx.Done():
		return "", fmt.Errorf("it did not say where it listens: %w", ctx.Err())
	}
}

// Open opens a tab.
func (b *Browser) Open(ctx context.Context) (*Tab, error) { return b.driver.open(ctx, b) }

// Load navigates to a URL and waits for the load event, or for what comes in its place.
// An error means that the browser could not be driven, not that the page failed.
func (t *Tab) Load(ctx context.Context, url string) (Result, error) {
	return t.browser.driver.load(ctx, t, url)
}

// Eval runs a script in the document, whatever the document's policy is.
func (t *Tab) Eval(ctx context.Context, script string) error {
	_, err := t.browser.driver.value(ctx, t, script, false)
	return err
}

// Await runs a script whose value is a promise of a string, and gives the string.
func (t *Tab) Await(ctx context.Context, script string) (string, error) {
	return t.browser.driver.value(ctx, t, script, true)
}

// fetchAll is a script that gives "1" for each URL that is fetched, else "0".
const fetchAll = `Promise.all(%s.map(url => fetch(url, {cache: "no-store", credentials: "omit"}).then(() => "1", () => "0"))).then(all => all.join(""))`

// Fetch requests all URLs at once from the document that the tab shows, and
// tells which of them were answered: those not whose server's certificate the
// browser refuses, and whose answer has no Access-Control-Allow-Origin.
func (t *Tab) Fetch(ctx context.Context, urls []string) ([]bool, error) {
	list, err := json.Marshal(urls)
	if err != nil {
		return nil, err
	}
	answers, err := t.Await(ctx, fmt.Sprintf(fetchAll, list))
	if err != nil {
		return nil, err
	}
	if len(answers) != len(urls) {
		return nil, fmt.Errorf("%d answers about %d URLs", len(answers), len(urls))
	}
	all := make([]bool, len(urls))
	for i := range all {
		all[i] = answers[i] == '1'
	}
	return all, nil
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() error {
	const patience = 10 * time.Second
	var err error
	if b.wire != nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err = b.driver.end(ctx, b)
		cancel()
		_ = b.wire.close() // the browser has closed it, or is about to be killed
	}
	if b.cmd != nil && b.cmd.Process != nil {
		if b.wire == nil {
			_ = b.cmd.Process.Kill() // it may have ended by itself
		}
		timer := time.AfterFunc(patience, func() { _ = b.cmd.Process.Kill() })
		_ = b.cmd.Wait() // how it ended says nothing about the test
		timer.Stop()
	}
	return errors.Join(err, removeAll(b.dir))
}

// removeAll removes the profile. Processes of the browser that end after it may
// still write into it.
func removeAll(dir string) error {
	var err error
	for range 20 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}
