package input

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/tlsgate/tlsgate/check/text"
)

// The values of the input proxy besides a URL.
const (
	proxyFromEnvironment = "environment"
	noProxy              = "none"
)

// setProxy says which proxy is used. No error quotes a proxy's URL, which may
// hold a password.
func (r *reader) setProxy(value string) error {
	switch strings.ToLower(value) {
	case proxyFromEnvironment:
		return r.setEnvironmentProxy()
	case noProxy:
		r.config.Proxy = nil
		return nil
	}
	if !strings.ContainsAny(value, ":/.@") {
		return notOneOf(value, proxyFromEnvironment, noProxy, "a URL such as http://proxy.example:3128")
	}
	u, err := parseProxy(value)
	if err == nil {
		r.config.Proxy = func(*url.URL) *url.URL { return u }
	}
	return err
}

// setEnvironmentProxy takes the proxies that the environment names, as curl
// and Go programs do: the lower-case variable first.
func (r *reader) setEnvironmentProxy() error {
	var errs []error
	proxyOf := func(name string) string {
		for _, name := range []string{strings.ToLower(name), name} {
			value := strings.TrimSpace(r.env.Getenv(name))
			if value == "" {
				continue
			}
			u, err := parseProxy(value)
			if err != nil {
				errs = append(errs, fmt.Errorf("the environment variable %s: %w", quote(name), err))
				return ""
			}
			return u.String()
		}
		return ""
	}
	c := httpproxy.Config{HTTPSProxy: proxyOf("HTTPS_PROXY"), HTTPProxy: proxyOf("HTTP_PROXY"), NoProxy: r.env.Getenv("no_proxy")}
	if c.NoProxy == "" {
		c.NoProxy = r.env.Getenv("NO_PROXY")
	}
	r.config.Proxy = nil
	if c.HTTPSProxy != "" || c.HTTPProxy != "" {
		choose := c.ProxyFunc()
		r.config.Proxy = func(of *url.URL) *url.URL {
			u, err := choose(of)
			if err != nil { // only of a CGI program
				return nil
			}
			return u
		}
	}
	return errors.Join(errs...)
}

// parseProxy reads a proxy's URL; a host and port alone are of an http proxy.
func parseProxy(value string) (*url.URL, error) {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("not the URL of a proxy: write for example 'http://proxy.example:3128', special characters of user and password percent-encoded")
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the scheme %s is not supported: write 'http://' or 'https://' for an HTTP proxy", quote(text.Clip(u.Scheme, 40)))
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, errors.New("the port of the proxy's URL is not a number from 1 to 65535")
		}
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the URL of a proxy ends behind its port: leave the path out")
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}, nil
}
