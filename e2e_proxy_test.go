package main

import (
	"crypto/tls"
	"html"
	"os"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// proxyWorld has a good deployment, and a proxy with a password that the
// environment names.
func proxyWorld(t *testing.T, p *deploytest.Proxy) world {
	w := newWorld(t, deploytest.Deployment{Host: "shop.example"})
	p.Network, p.User, p.Password = w.network, "user", "hunter2@x:y"
	w.network.Name("proxy.example", "198.18.0.8")
	w.network.Serve("198.18.0.8:3128", p)
	w.env["HTTPS_PROXY"], w.env["http_proxy"] = "http://user:hunter2%40x%3Ay@proxy.example:3128", "user:hunter2%40x%3Ay@proxy.example:3128"
	return w
}

// Every report says which proxy was used, and none has its password; what is
// judged again gives the same SARIF.
func TestReportsNameTheProxy(t *testing.T) {
	for name, tc := range map[string]struct {
		intercept bool
		password  string // that the proxy demands; empty for that of its URL
		code      int
		says      string
	}{
		"good":        {false, "", 0, "Connections went through the proxy 'http://proxy.example:3128' (1 target)."},
		"refused":     {false, "changed", 3, "did not accept the user name and password of its URL"},
		"intercepted": {true, "", 3, "The proxy 'http://proxy.example:3128' seems to intercept TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			p := new(deploytest.Proxy)
			w := proxyWorld(t, p)
			if tc.password != "" {
				p.Password = tc.password
			}
			if tc.intercept {
				p.Intercept = func(host string) tls.Certificate { return deploytest.Untrusted(w.network, host) }
			}
			dir := t.TempDir()
			files := map[string]string{}
			var args []string
			for _, format := range []string{"sarif", "report", "summary", "junit", "codequality", "attest"} {
				files[format] = dir + "/" + format
				args = append(args, "-"+format+"-file", files[format])
			}
			e := w.run(t, append(args, "-roots", "roots.pem", "https://shop.example/")...)
			if e.code != tc.code {
				t.Fatalf("exit code %d:\n%s%s", e.code, e.stdout, e.stderr)
			}
			files["console"] = dir + "/console"
			if err := os.WriteFile(files["console"], []byte(strings.Join(strings.Fields(e.stdout+e.stderr), " ")), 0o600); err != nil {
				t.Fatal(err)
			}
			for format, file := range files {
				text := string(readFile(t, file))
				if strings.Contains(text, "hunter2") || strings.Contains(text, "dXNlcjpodW50ZXIy") {
					t.Errorf("%s has the password", format)
				}
				names := format == "sarif" || format == "summary" || format == "console"
				if names && !strings.Contains(html.UnescapeString(text), tc.says) {
					t.Errorf("%s does not say %q:\n%s", format, tc.says, text)
				}
			}
			again := dir + "/again.sarif"
			replay, out := onMachine(nil)
			if code := replay.run(t.Context(), []string{"-replay", files["report"], "-sarif-file", again}); code != tc.code {
				t.Errorf("replay: exit code %d:\n%s", code, out)
			}
			if string(readFile(t, again)) != string(readFile(t, files["sarif"])) {
				t.Error("the replayed SARIF differs")
			}
		})
	}
}
