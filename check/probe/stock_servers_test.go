//go:build servers

package probe

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Configurations of servers that answer /N with their own page for status N.
// In them {port} is where to listen, and {dir} a folder.
var stockConfigs = map[string]struct {
	command  []string
	config   string
	statuses []int
	empty    bool // the server's own answers have no body
}{
	"nginx": {[]string{"nginx", "-p", "{dir}", "-c", "{dir}/config"}, `daemon off; pid {dir}/pid; error_log {dir}/error.log;
events {}
http { access_log off; server { listen 127.0.0.1:{port};
    {statuses}
} }`, []int{400, 401, 403, 404, 405, 410, 421, 429, 500, 502, 503, 504}, false},
	"Apache": {[]string{"apache2", "-X", "-f", "{dir}/config"}, `ServerRoot {dir}
ServerName stock.example
DefaultRuntimeDir {dir}
PidFile {dir}/pid
ErrorLog {dir}/error.log
User www-data
Group www-data
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
Listen 127.0.0.1:{port}
{statuses}
`, []int{400, 403, 404, 405, 410, 421, 429, 500, 502, 503, 504}, false},
	"HAProxy": {[]string{"haproxy", "-db", "-f", "{dir}/config"}, `defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend f
    bind 127.0.0.1:{port}
    {statuses}
    default_backend none
backend none
`, []int{400, 401, 403, 404, 405, 410, 429, 500, 502, 503, 504}, false},
	"Caddy": {[]string{"caddy", "run", "--adapter", "caddyfile", "--config", "{dir}/config"}, `{
    admin off
    auto_https off
}
http://127.0.0.1:{port} {
    {statuses}
}`, []int{400, 403, 404, 502, 503}, true},
}

// stockLine is the line of a configuration that answers a path with a status.
func stockLine(server string, status int) string {
	return fmt.Sprintf(map[string]string{
		"nginx": "location = /%[1]d { return %[1]d; }", "Apache": "Redirect %[1]d /%[1]d",
		"HAProxy": "http-request deny deny_status %[1]d if { path /%[1]d }", "Caddy": "error /%[1]d %[1]d",
	}[server], status)
}

// The own error pages of real servers are known as such.
func TestStockPagesOfServers(t *testing.T) {
	for name, s := range stockConfigs {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(s.command[0]); err != nil {
				if os.Getenv("TLSGATE_SERVERS") == "required" {
					t.Fatal(err)
				}
				t.Skip(err)
			}
			base := startStock(t, name)
			for _, status := range s.statuses {
				body := fetchStock(t, fmt.Sprintf("%s/%d", base, status), status)
				if got := stockServer(body); s.empty != (len(body) == 0) || !s.empty && got == "" {
					t.Errorf("status %d: %q is taken for an application's", status, body)
				}
			}
		})
	}
}

// startStock starts a server and gives its URL.
func startStock(t *testing.T, name string) string {
	t.Helper()
	s, dir := stockConfigs[name], t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(at)
	var lines []string
	for _, status := range s.statuses {
		lines = append(lines, stockLine(name, status))
	}
	fill := strings.NewReplacer("{port}", port, "{dir}", dir, "{statuses}", strings.Join(lines, "\n    "))
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(fill.Replace(s.config)), 0o600); err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, a := range s.command[1:] {
		args = append(args, fill.Replace(a))
	}
	cmd := exec.Command(s.command[0], args...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // nginx's workers end with their master only if it is asked
		_ = cmd.Wait()                       // it was asked to end
	})
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.After(20 * time.Second); ; {
		if c, err := net.Dial("tcp", at); err == nil {
			c.Close()
			return "http://" + at
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatal("it does not start")
		}
	}
}

// fetchStock gets what is answered with a status.
func fetchStock(t *testing.T, url string, status int) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s: status %d, %v", url, resp.StatusCode, err)
	}
	return body
}
