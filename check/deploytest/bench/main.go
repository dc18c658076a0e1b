//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tlsgate/tlsgate/report"
)

// background is the context of what lasts as long as the process.
var background = context.Background()

// options are the flags.
type options struct {
	targets, rtts  string
	runs, parallel int
	silent         int
	tools, trace   bool
	start, size    bool
	reports        bool
	markdown       bool
	tlsgate        string
}

// A bench has what its measurements share.
type bench struct {
	options
	dir       string
	clients   *side
	link      *link
	deployed  *servers
	reference string // the program
	tracing   bool
	out       io.Writer
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == launchArgument {
		if err := launch(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.targets, "targets", "1,20,200,1000,5000", "how many deployments, in turn")
	flag.StringVar(&o.rtts, "rtt", "0,20,100", "round-trip times, in milliseconds")
	flag.IntVar(&o.runs, "runs", 5, "runs of each program; the table has medians")
	flag.IntVar(&o.parallel, "parallel", 256, "targets in parallel of the reference client")
	flag.IntVar(&o.silent, "silent", 0, "this many hosts more that accept connections and say nothing")
	flag.BoolVar(&o.tools, "tools", true, "measure other scanners at one target, where installed")
	flag.BoolVar(&o.trace, "trace", true, "show the timeline of one target")
	flag.BoolVar(&o.start, "start", true, "measure the start of the program, on a closed port")
	flag.BoolVar(&o.size, "size", false, "show what is in the program, and what runs before main")
	flag.BoolVar(&o.reports, "reports", false, "let tlsgate write every report, not only SARIF")
	flag.BoolVar(&o.markdown, "markdown", false, "write Markdown")
	flag.StringVar(&o.tlsgate, "tlsgate", "", "a tlsgate to measure, instead of this tree's")
	flag.Parse()
	ctx, stop := signal.NotifyContext(background, os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		code = 1
	}
	os.Exit(code)
}

// run prepares the network and measures.
func run(ctx context.Context, o options) (int, error) {
	if os.Getuid() != 0 {
		code, err := becomeRoot()
		if errors.Is(err, errNoRoot) {
			fmt.Fprintln(os.Stderr, "bench:", err)
			fmt.Fprintln(os.Stderr, "bench: connections are counted on loopback instead, without delay")
			return 0, loopback(ctx, os.Stdout, o.markdown)
		}
		return code, err
	}
	sizes, err := numbers(o.targets)
	if err != nil {
		return 2, fmt.Errorf("-targets: %w", err)
	}
	rtts, err := numbers(o.rtts)
	if err != nil {
		return 2, fmt.Errorf("-rtt: %w", err)
	}
	b := &bench{options: o, out: os.Stdout}
	if b.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(b.dir)
	server, stop, err := b.prepare()
	if err != nil {
		return 1, err
	}
	defer stop()
	b.introduce(server)
	return 0, b.all(ctx, sizes, rtts)
}

// numbers reads a list with commas.
func numbers(list string) ([]int, error) {
	var all []int
	for _, word := range strings.Split(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 0 {
			return nil, fmt.Errorf("'%s' is no number", word)
		}
		all = append(all, n)
	}
	return all, nil
}

// prepare builds the programs, and makes network and servers.
func (b *bench) prepare() (server string, stop func(), err error) {
	if err := raiseFileLimit(); err != nil {
		return "", nil, err
	}
	b.reference = filepath.Join(b.dir, "reference")
	if err := build(b.reference, "github.com/tlsgate/tlsgate/check/deploytest/bench/reference"); err != nil {
		return "", nil, err
	}
	if b.tlsgate == "" {
		b.tlsgate = filepath.Join(b.dir, "tlsgate")
		if err := build(b.tlsgate, "github.com/tlsgate/tlsgate"); err != nil {
			return "", nil, err
		}
	} else if b.tlsgate, err = filepath.Abs(b.tlsgate); err != nil {
		return "", nil, err
	}
	if b.deployed, err = newServers(b.dir); err != nil {
		return "", nil, err
	}
	if err := b.deployed.issue(1); err != nil {
		return "", nil, err
	}
	var servers *side
	if b.clients, servers, b.link, err = newNetwork(b.dir); err != nil {
		return "", nil, err
	}
	err = servers.do(func() error {
		server, stop, err = b.deployed.start(b.silent)
		return err
	})
	return server, stop, err
}

// raiseFileLimit lets this process and what it starts open as many files as
// the hard limit allows: the limit of a shell would bound the reference client.
func raiseFileLimit() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
}

// build compiles a program of this tree as a release is.
// Further arguments come after those of a release.
func build(to, path string, more ...string) error {
	args := append([]string{"build", "-ldflags", "-s -w", "-o", to}, more...)
	cmd := exec.Command("go", append(args, path)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w: %s", path, err, out)
	}
	return nil
}

// introduce says what was measured, with what.
func (b *bench) introduce(server string) {
	version, _ := exec.Command(b.tlsgate, "-version").Output() // the table stands without
	fmt.Fprintf(b.out, "%s: %s against %s; %s, Linux %s, %d processors, shared by programs, servers and link; medians of %d runs. x is the median of the quotients of pairs of runs, one of the reference client right before or after.\n\n",
		time.Now().UTC().Format("2006-01-02"), strings.TrimSpace(string(version)), server, runtime.Version(), kernel(), runtime.NumCPU(), b.runs)
}

// kernel is the version of the running one.
func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// all measures what the flags want and writes the tables.
func (b *bench) all(ctx context.Context, sizes, rtts []int) error {
	lines := [][]string{columns}
	var failed error
	for _, n := range sizes {
		if failed = b.deployed.issue(n); failed != nil {
			break
		}
		for _, ms := range rtts {
			var rows []row
			if rows, failed = b.compare(ctx, n, time.Duration(ms)*time.Millisecond); failed != nil {
				break
			}
			for _, r := range rows {
				lines = append(lines, r.cells())
				fmt.Fprintln(os.Stderr, "bench:", strings.Join(r.cells(), "  "))
			}
		}
		if failed != nil {
			break
		}
	}
	writeTable(b.out, b.markdown, lines)
	if failed != nil {
		return failed
	}
	if b.trace {
		if err := b.showTrace(ctx); err != nil {
			return err
		}
	}
	if b.start {
		if err := b.showStart(ctx); err != nil {
			return err
		}
	}
	if b.size {
		return b.showSize()
	}
	return nil
}

// compare measures every program at one size and round-trip time, in turn, and
// the next time beginning with the next.
func (b *bench) compare(ctx context.Context, n int, rtt time.Duration) ([]row, error) {
	b.link.delay.Store(int64(rtt / 2))
	commands, err := b.commands(n)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(commands))
	for i := range b.runs {
		for k := range commands {
			k = (k + i) % len(commands)
			r := &rows[k]
			if i > 0 && commands[k].other && r.samples[0].wall > onceAbove {
				continue
			}
			s, err := b.measure(ctx, commands[k])
			if err != nil {
				return nil, err
			}
			r.samples = append(r.samples, s)
		}
	}
	for k, c := range commands {
		rows[k].targets, rows[k].rtt, rows[k].program = c.targets, rtt, c.name
		if k > 0 {
			rows[k].pairs = rows[0].samples
		}
	}
	return rows, nil
}

// commands are the programs to measure at one size, the reference client
// first: at one target, all there are.
func (b *bench) commands(n int) ([]command, error) {
	list, err := b.list(n, 0)
	if err != nil {
		return nil, err
	}
	all := []command{b.client(list), b.gate(list)}
	if b.silent > 0 {
		silent, err := b.list(n, b.silent)
		if err != nil {
			return nil, err
		}
		c := b.gate(silent)
		c.name, c.exit = fmt.Sprintf("tlsgate, with %d silent hosts", b.silent), 3
		all = append(all, c)
	}
	for i := range all {
		all[i].targets = n
	}
	if n > 1 {
		return all, nil
	}
	c := b.client(list, "-bare")
	c.name, c.targets = "bare client", n
	all = append(all, c)
	if b.tools {
		found, missing := installed(hostName(0))
		all = append(all, found...)
		if len(missing) > 0 {
			fmt.Fprintln(os.Stderr, "bench: not installed:", strings.Join(missing, ", "))
		}
	}
	return all, nil
}

// list writes the first n deployments to a file, one URL per line, with
// silent hosts evenly among them.
func (b *bench) list(n, silent int) (string, error) {
	var text strings.Builder
	written := 0
	for i := range n {
		fmt.Fprintf(&text, "https://%s/\n", hostName(i))
		for ; written < (i+1)*silent/n; written++ {
			fmt.Fprintf(&text, "https://%s/\n", silentHost(written))
		}
	}
	name := filepath.Join(b.dir, fmt.Sprint("targets-", silent))
	return name, os.WriteFile(name, []byte(text.String()), 0o644)
}

// gate is tlsgate, which writes SARIF, or every report.
func (b *bench) gate(list string) command {
	args := []string{b.tlsgate, "-urls-file", list, "-allow-private", "-roots", b.deployed.roots()}
	for _, f := range report.Formats() {
		if b.reports || f.Input == "sarif-file" {
			args = append(args, "-"+f.Input, filepath.Join(b.dir, f.Input))
		}
	}
	return command{name: "tlsgate", args: args, limit: 30 * time.Minute}
}

// client is the reference client.
func (b *bench) client(list string, flags ...string) command {
	args := append([]string{b.reference, "-parallel", fmt.Sprint(b.parallel)}, flags...)
	return command{name: "reference client", args: args, stdin: list, limit: 30 * time.Minute}
}
