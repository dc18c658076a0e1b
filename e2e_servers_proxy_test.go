//go:build servers

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/report"
)

// outsideVariable makes the test be the one in a network namespace of its own.
const outsideVariable = "TLSGATE_TEST_OUTSIDE"

// Two network namespaces: the deployments and the proxies are in one of them,
// and the program runs in the other, from where only the proxies are reached.
const (
	proxyAddress  = "10.99.0.1" // one of those that Debian's Squid serves
	runnerAddress = "10.99.0.2"
)

// realProxies are proxies as Debian ships them. A rule that each of them hides
// something of may be unknown or not applicable behind it.
var realProxies = []struct {
	name, port string
	start      func(t *testing.T)
	hidden     []string
}{
	{"squid", "3128", startSquid("http_access allow localnet\n"), []string{
		"cleartext-content", "cleartext-redirect", "cleartext-redirect-host", "cleartext-h2c", "cleartext-upgrade", "cleartext-websocket",
		"tls-missing", "redirect-downgrade", "insecure-cookie", "address-not-verified"}},
	{"squid that lets port 80 through", "3128", startSquid("acl SSL_ports port 80\nhttp_access allow localnet\n"), nil},
	// It names no reason why it could not connect, so that a closed port is unknown.
	{"tinyproxy", "8888", startTinyproxy, []string{"tls-missing", "cleartext-on-tls-port", "cleartext-content", "cleartext-redirect", "cleartext-redirect-host", "cleartext-h2c", "cleartext-upgrade", "cleartext-websocket"}},
}

// Behind real proxies, with nothing else within reach, the verdicts are the
// same as without, but for what a proxy hides.
func TestBehindRealProxies(t *testing.T) {
	needs(t, "squid", "tinyproxy", "ip", "unshare", "nsenter", "mount")
	if os.Getenv(outsideVariable) == "" {
		if out, err := exec.Command("unshare", "-n", "-m", "true").CombinedOutput(); err != nil {
			missing(t, "no network namespaces: "+string(out))
		}
		cmd := exec.CommandContext(t.Context(), "unshare", "-n", "-m", os.Args[0], "-test.run", "^TestBehindRealProxies$", "-test.v", "-test.timeout", "5m")
		cmd.Env = append(os.Environ(), outsideVariable+"=1")
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		return
	}
	network := deploytest.NewNetwork()
	t.Cleanup(network.Close)
	must(t, "mount", "--make-rprivate", "/")
	must(t, "ip", "link", "set", "lo", "up")
	targets := outside(t, network)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, network.Root().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	direct := runBehind(t, nil, roots, append(targets, "-proxy", "none")...)
	runner := startRunner(t)
	for _, p := range realProxies {
		t.Run(p.name, func(t *testing.T) {
			p.start(t)
			eventually(t, func() error {
				c, err := net.Dial("tcp", proxyAddress+":"+p.port)
				if err == nil {
					_ = c.Close()
				}
				return err
			})
			through := runBehind(t, runner, roots, append(targets, "-proxy", "http://"+proxyAddress+":"+p.port)...)
			compare(t, direct, through, p.hidden)
		})
	}
	for _, res := range runBehind(t, runner, roots, append(targets, "-proxy", "none")...).Results {
		for _, q := range res.Requirements {
			if q.State == check.Pass {
				t.Errorf("'%s' is reached without a proxy", res.Observation.Target.URL())
			}
		}
	}
}

// outside serves a good deployment, and those with one fault each, at their
// addresses, and gives their URLs.
func outside(t *testing.T, network *deploytest.Network) []string {
	deployments := append(deploytest.Faults(), deploytest.Deployment{Host: "good.example"}, deploytest.Deployment{Host: "shut.example", Cleartext: deploytest.Closed})
	var urls, hosts []string
	served := map[string]bool{}
	serve := func(host, address string, ports ...uint16) {
		hosts = append(hosts, address+" "+host)
		if served[address] {
			return
		}
		served[address] = true
		must(t, "ip", "address", "add", address+"/32", "dev", "lo")
		for _, port := range ports {
			forward(t, network, net.JoinHostPort(address, strconv.Itoa(int(port))))
		}
	}
	for _, d := range deployments {
		d = network.Deploy(d)
		urls = append(urls, d.URL())
		for _, each := range append([]deploytest.Deployment{d}, d.With...) {
			addrs, err := network.LookupNetIP(t.Context(), "ip4", each.Host)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range addrs {
				serve(each.Host, a.String(), 80, 443)
			}
		}
	}
	addrs, err := network.LookupNetIP(t.Context(), "ip4", "ca.example")
	if err != nil {
		t.Fatal(err)
	}
	serve("ca.example", addrs[0].String(), 80)
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte(strings.Join(hosts, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "mount", "--bind", file, "/etc/hosts")
	return urls
}

// forward makes a port of the network one of the machine, if it is open.
func forward(t *testing.T, network *deploytest.Network, address string) {
	c, err := network.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return
	}
	_ = c.Close()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go deploytest.Raw(func(in net.Conn) {
		out, err := network.DialContext(t.Context(), "tcp", address)
		if err != nil {
			return
		}
		deploytest.Join(in, out)
	}).Serve(l)
}

// startRunner makes the namespace that the program runs in, and gives the
// command that enters it.
func startRunner(t *testing.T) []string {
	cmd := exec.Command("unshare", "-n", "sleep", "300")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	pid := strconv.Itoa(cmd.Process.Pid)
	eventually(t, func() error {
		own, err := os.Readlink("/proc/self/ns/net")
		its, itsErr := os.Readlink("/proc/" + pid + "/ns/net")
		if err == nil && itsErr == nil && own == its {
			return fmt.Errorf("the process has no namespace of its own yet")
		}
		return itsErr
	})
	enter := []string{"nsenter", "-t", pid, "-n"}
	within := func(args ...string) { must(t, enter[0], append(enter[1:], args...)...) }
	must(t, "ip", "link", "add", "out", "type", "veth", "peer", "name", "in", "netns", pid)
	must(t, "ip", "address", "add", proxyAddress+"/30", "dev", "out")
	must(t, "ip", "link", "set", "out", "up")
	within("ip", "link", "set", "lo", "up")
	within("ip", "address", "add", runnerAddress+"/30", "dev", "in")
	within("ip", "link", "set", "in", "up")
	return enter
}

// runBehind runs the program by a command that enters its namespace.
func runBehind(t *testing.T, enter []string, roots string, args ...string) *check.Report {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	command := append(slices.Clone(enter), os.Args[0], "-roots", roots, "-retries", "0", "-report-file", file)
	cmd := exec.CommandContext(t.Context(), command[0], append(command[1:], args...)...)
	cmd.Env = append(os.Environ(), mainVariable+"=1")
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitViolations && code != exitNotVerified {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	r, err := report.ReadJSON(readFile(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compare compares the verdicts of rules, those apart of which the proxy hides
// something.
func compare(t *testing.T, direct, through *check.Report, hidden []string) {
	same, hides := 0, 0
	for i, res := range through.Results {
		url := res.Observation.Target.URL()
		for j, v := range res.Verdicts {
			want := direct.Results[i].Verdicts[j].State
			unseen := v.State == check.Unknown || v.State == check.NotApplicable
			switch {
			case v.State == want:
				same++
			case slices.Contains(hidden, v.Rule) && unseen, v.Rule == "target-not-verified" && len(hidden) > 0, v.Rule == "http3-certificate" && unseen:
				hides++
			default:
				t.Errorf("%s at '%s': %s, without a proxy %s: %s", v.Rule, url, v.State, want, v.Reason())
			}
		}
		if strings.Contains(url, "good.example") && res.Requirements[0].State != check.Pass {
			t.Errorf("'%s': %s", url, res.Requirements[0].Reason())
		}
	}
	t.Logf("%d targets: %d verdicts of rules as without a proxy, %d hidden", len(through.Results), same, hides)
}

// startSquid starts Debian's Squid with its own rules, and those that an
// administrator adds.
func startSquid(rules string) func(*testing.T) {
	return func(t *testing.T) {
		for _, dir := range []string{"/run", "/var/log/squid", "/var/spool/squid"} {
			must(t, "mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", dir)
		}
		dir := t.TempDir()
		for name, text := range map[string][]byte{"debian.conf": readFile(t, "/etc/squid/conf.d/debian.conf"), "more.conf": []byte(rules + "shutdown_lifetime 0 seconds\n")} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		must(t, "mount", "--bind", dir, "/etc/squid/conf.d")
		t.Cleanup(func() { must(t, "umount", "-l", "/etc/squid/conf.d", "/run", "/var/log/squid", "/var/spool/squid") })
		launch(t, "squid", "-N")
	}
}

// startTinyproxy starts Debian's tinyproxy, which serves the runner too.
func startTinyproxy(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	config := string(readFile(t, "/etc/tinyproxy/tinyproxy.conf")) + "\nAllow 10.99.0.0/30\n"
	for _, line := range []string{"LogFile", "PidFile"} {
		config = strings.ReplaceAll(config, "\n"+line+" ", "\n# "+line+" ")
	}
	file := filepath.Join(dir, "tinyproxy.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	launch(t, "tinyproxy", "-d", "-c", file)
}

// must runs a command that must succeed.
func must(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}
