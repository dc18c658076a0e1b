package input

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// readProxy reads arguments under an environment.
func readProxy(environment map[string]string, args ...string) (Config, error) {
	return Read(append(args, "https://a.example"), Env{
		Getenv:   func(name string) string { return environment[name] },
		ReadFile: func(string) ([]byte, error) { return []byte(environment["config"]), nil },
		SameFile: func(a, b string) bool { return a == b },
		Now:      func() time.Time { return time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC) },
	})
}

// Which proxy is used for which URL.
func TestProxy(t *testing.T) {
	for name, tc := range map[string]struct {
		environment map[string]string
		args        []string
		url, want   string
	}{
		"nothing set":                {nil, nil, "https://a.example", ""},
		"HTTPS_PROXY":                {map[string]string{"HTTPS_PROXY": "http://p.example:3128"}, nil, "https://a.example:8443", "http://p.example:3128"},
		"HTTPS_PROXY and HTTP":       {map[string]string{"HTTPS_PROXY": "http://p.example:3128"}, nil, "http://a.example", ""},
		"HTTP_PROXY":                 {map[string]string{"HTTP_PROXY": "http://p.example:3128"}, nil, "http://a.example", "http://p.example:3128"},
		"lower case first":           {map[string]string{"HTTPS_PROXY": "http://p.example:3128", "https_proxy": "http://q.example"}, nil, "https://a.example", "http://q.example"},
		"host and port alone":        {map[string]string{"https_proxy": "p.example:3128"}, nil, "https://a.example", "http://p.example:3128"},
		"NO_PROXY":                   {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": ".example"}, nil, "https://a.example", ""},
		"no_proxy, another host":     {map[string]string{"HTTPS_PROXY": "http://p.example", "no_proxy": "b.example"}, nil, "https://a.example", "http://p.example"},
		"no_proxy first":             {map[string]string{"HTTPS_PROXY": "http://p.example", "no_proxy": "b.example", "NO_PROXY": "a.example"}, nil, "https://a.example", "http://p.example"},
		"NO_PROXY, all":              {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "*"}, nil, "https://a.example", ""},
		"NO_PROXY, a domain":         {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "b.example, A.EXAMPLE"}, nil, "https://www.a.example", ""},
		"NO_PROXY, subdomains alone": {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": ".a.example"}, nil, "https://a.example", "http://p.example"},
		"NO_PROXY, an asterisk":      {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "*.a.example"}, nil, "https://www.a.example", ""},
		"NO_PROXY, part of a label":  {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "a.example"}, nil, "https://data.example", "http://p.example"},
		"NO_PROXY, a port":           {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "a.example:8443"}, nil, "https://a.example:8443", ""},
		"NO_PROXY, another port":     {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "a.example:8443"}, nil, "https://a.example", "http://p.example"},
		"NO_PROXY, an address":       {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "203.0.113.7"}, nil, "https://203.0.113.7", ""},
		"NO_PROXY, a network":        {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "203.0.113.0/24"}, nil, "https://203.0.113.7", ""},
		"NO_PROXY, IPv6":             {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "2001:db8::/32"}, nil, "https://[2001:db8::7]", ""},
		"NO_PROXY, another network":  {map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "203.0.113.0/24"}, nil, "https://198.51.100.7", "http://p.example"},
		"escapes in user and secret": {map[string]string{"https_proxy": "http://us%40er:p%3As%2F%25@p.example:3128"}, nil, "https://a.example", "http://us%40er:p%3As%2F%25@p.example:3128"},
		"escapes, no scheme":         {map[string]string{"https_proxy": "us%40er:p%3As%2F%25@p.example:3128"}, nil, "https://a.example", "http://us%40er:p%3As%2F%25@p.example:3128"},
		"escapes in the input":       {nil, []string{"-proxy", "http://us%40er:p%3As%2F%25@p.example"}, "https://a.example", "http://us%40er:p%3As%2F%25@p.example"},
		"none":                       {map[string]string{"HTTPS_PROXY": "http://p.example"}, []string{"-proxy", "none"}, "https://a.example", ""},
		"a URL":                      {map[string]string{"NO_PROXY": "*"}, []string{"-proxy", "HTTP://u:p@p.example:3128/"}, "http://a.example", "http://u:p@p.example:3128"},
		"an https URL":               {nil, []string{"-proxy", "https://p.example"}, "https://a.example", "https://p.example"},
		"environment said":           {map[string]string{"HTTPS_PROXY": "http://p.example"}, []string{"-proxy", "environment"}, "https://a.example", "http://p.example"},
		"the input":                  {map[string]string{"INPUT_PROXY": "http://p.example"}, nil, "https://a.example", "http://p.example"},
		"the configuration file":     {map[string]string{"config": "defaults: {proxy: 'http://p.example'}"}, []string{"-config", "c.yml"}, "https://a.example", "http://p.example"},
		"a variable in the file":     {map[string]string{"config": "defaults: {proxy: 'http://u:${SECRET}@p.example'}", "SECRET": "s"}, []string{"-config", "c.yml"}, "https://a.example", "http://u:s@p.example"},
		"invalid, but not asked for": {map[string]string{"HTTPS_PROXY": "socks5://p.example"}, []string{"-proxy", "none"}, "https://a.example", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := readProxy(tc.environment, tc.args...)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(tc.url)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if c.Proxy != nil && c.Proxy(u) != nil {
				got = c.Proxy(u).String()
			}
			if got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// What is wrong is one line, and no line has a password.
func TestProxyErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		environment map[string]string
		args        []string
		want        string
	}{
		"another scheme":       {nil, []string{"-proxy", "socks5://u:hunter2@p.example"}, "proxy: the scheme 'socks5' is not supported: write 'http://' or 'https://' for an HTTP proxy"},
		"a word":               {nil, []string{"-proxy", "nonne"}, "proxy: 'nonne' is not valid: expected environment, none or a URL such as http://proxy.example:3128: did you mean none?"},
		"no host":              {nil, []string{"-proxy", "http://u:hunter2@:3128"}, "proxy: not the URL of a proxy"},
		"no URL":               {nil, []string{"-proxy", "http://u:hunter2/x@p.example:3128"}, "proxy: not the URL of a proxy"},
		"a port too large":     {nil, []string{"-proxy", "http://u:hunter2@p.example:99999"}, "proxy: the port of the proxy's URL is not a number from 1 to 65535"},
		"a path":               {nil, []string{"-proxy", "http://u:hunter2@p.example/pac"}, "proxy: the URL of a proxy ends behind its port: leave the path out"},
		"in the environment":   {map[string]string{"https_proxy": "socks5h://u:hunter2@p.example"}, nil, "proxy: the environment variable 'https_proxy': the scheme 'socks5h' is not supported"},
		"a secret in a file":   {map[string]string{"config": "defaults: {proxy: 'http://u:hunter2@p.example'}"}, []string{"-config", "c.yml"}, "config: c.yml:1:19: proxy has its value in the file: write '${VARIABLE}'"},
		"an unset variable":    {map[string]string{"config": "defaults: {proxy: '${SECRET}'}"}, []string{"-config", "c.yml"}, "proxy names the environment variable 'SECRET', which is not set"},
		"a broken escape":      {nil, []string{"-proxy", "http://u:hunter2%zz@p.example"}, "proxy: not the URL of a proxy: write for example 'http://proxy.example:3128', special characters of user and password percent-encoded"},
		"a secret with a hash": {nil, []string{"-proxy", "http://u:hunter2#x@p.example"}, "proxy: "},
		"a secret with an at":  {map[string]string{"HTTPS_PROXY": "http://u:hunter2/@x@p.example"}, nil, "proxy: the environment variable 'HTTPS_PROXY': "},
		"of a single target":   {map[string]string{"config": "targets: [{url: a.example, proxy: none}]"}, []string{"-config", "c.yml"}, "unknown key 'proxy'"},
		"both are named once":  {map[string]string{"HTTPS_PROXY": "ftp://p.example", "HTTP_PROXY": "http://p.example/x"}, nil, "the environment variable 'HTTP_PROXY': the URL of a proxy ends"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readProxy(tc.environment, tc.args...)
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q, want %q", err, tc.want)
			}
		})
	}
}

// -print-config shows which proxy, without its password.
func TestPrintConfigMasksProxy(t *testing.T) {
	c, err := readProxy(nil, "-print-config", "-proxy", "http://u:hunter2@p.example:3128")
	if err != nil || !strings.Contains(c.Text, `  proxy: "http://***@p.example:3128" # flag`) || strings.Contains(c.Text, "hunter2") {
		t.Errorf("%v\n%s", err, c.Text)
	}
}

// No proxy's URL that is refused is quoted, whatever it looks like.
func FuzzParseProxy(f *testing.F) {
	for _, s := range []string{"", "p.example:3128", "http://u:p@p.example", "https://[::1]:1/", "http://%zz@x", "a://b@c?d#e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		u, err := parseProxy(value)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n@") {
				t.Errorf("error %q", err)
			}
			return
		}
		if u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("%q gave %q", value, u)
		}
	})
}
