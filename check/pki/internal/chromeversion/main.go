// Chromeversion reads which version of the Chrome Root Store a Chromium has
// built in, so that a maintainer knows how many versions check/pki's table is
// behind:
//
//	go run ./internal/chromeversion [chromium | net-log.json]
//
// Chromium says so in its net-log once it has verified a certificate: it is
// sent to a server on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/pki"
)

func main() {
	source := "chromium"
	if len(os.Args) > 1 {
		source = os.Args[1]
	}
	if err := run(os.Stdout, source); err != nil {
		fmt.Fprintln(os.Stderr, "chromeversion:", err)
		os.Exit(1)
	}
}

// run compares the version of a browser, or of a net-log, with the table's.
func run(w io.Writer, source string) error {
	netLog := source
	if !strings.HasSuffix(source, ".json") {
		dir, err := os.MkdirTemp("", "chromeversion")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if netLog, err = browse(source, dir); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(netLog)
	if err != nil {
		return err
	}
	theirs, err := version(text)
	if err != nil {
		return err
	}
	ours := pki.Chrome()
	_, err = fmt.Fprintf(w, "Chrome Root Store: version %d in '%s', version %d of %s in the table; %d behind\n",
		theirs, source, ours.Version, ours.Date.Format("2006-01"), max(theirs-ours.Version, 0))
	return err
}

var versionMajor = regexp.MustCompile(`"version_major": ?(\d+)`)

// version reads the version of the root store from a net-log, whose event
// CERT_VERIFY_PROC_CHROME_ROOT_STORE_VERSION holds it.
func version(netLog []byte) (int, error) {
	m := versionMajor.FindSubmatch(netLog)
	if m == nil {
		return 0, errors.New("the net-log names no version of the Chrome Root Store")
	}
	return strconv.Atoi(string(m[1]))
}

// browse sends a browser to a TLS server on loopback and returns the file of
// its net-log.
func browse(browser, dir string) (string, error) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it refuses the certificate
	server.StartTLS()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	netLog := filepath.Join(dir, "net-log.json")
	output, err := exec.CommandContext(ctx, browser, "--headless=new", "--no-sandbox", "--no-proxy-server",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--log-net-log="+netLog, "--dump-dom", server.URL).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", browser, err, output)
	}
	return netLog, nil
}
