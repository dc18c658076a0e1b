//go:build linux

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shownPackages is how many rows the tables by package have.
const shownPackages = 12

// showSize writes what is in the program, by module or package of the
// standard library, and what of it runs before main.
func (b *bench) showSize() error {
	file, err := os.Stat(b.tlsgate)
	if err != nil {
		return err
	}
	withSymbols := filepath.Join(b.dir, "symbols")
	if err := build(withSymbols, "github.com/tlsgate/tlsgate", "-ldflags="); err != nil {
		return err
	}
	listed, err := exec.Command("go", "tool", "nm", "-size", withSymbols).Output()
	if err != nil {
		return fmt.Errorf("go tool nm: %w", err)
	}
	bytesOf := symbolSizes(listed)
	lines := [][]string{{"module or package", "code and data"}}
	for _, name := range largest(bytesOf) {
		lines = append(lines, []string{name, fmt.Sprintf("%d kB", bytesOf[name]/1000)})
	}
	fmt.Fprintf(b.out, "\nThe program has %.1f MB. The largest parts by `go tool nm -size`; line tables and type data are in none:\n\n", float64(file.Size())/1e6)
	writeTable(b.out, b.markdown, lines)
	return b.showInitialisation()
}

// symbolPackage finds the package in the name of a symbol.
var symbolPackage = regexp.MustCompile(`^(?:type:\.?(?:eq|hash)?\.?|go:itab\.\*?|\*)*((?:[\w.\-]+/)*[\w\-]+)`)

// symbolSizes adds up the symbols that are in the file, by module or package
// of the standard library.
func symbolSizes(listed []byte) map[string]int {
	sizes := map[string]int{}
	for line := range strings.Lines(string(listed)) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		size, err := strconv.Atoi(f[1])
		match := symbolPackage.FindStringSubmatch(f[3])
		// The entropy source's buffer is zero, and in the file no more than the BSS is.
		if err != nil || match == nil || strings.ContainsAny(f[2], "bBU") || f[3] == "crypto/internal/fips140/drbg.memory" {
			continue
		}
		name := match[1]
		if parts := strings.Split(name, "/"); strings.Contains(parts[0], ".") {
			name = strings.Join(parts[:min(len(parts), 3)], "/")
		}
		sizes[name] += size
	}
	return sizes
}

// largest are the keys with the largest values.
func largest[V cmp.Ordered](of map[string]V) []string {
	names := slices.SortedFunc(maps.Keys(of), func(a, b string) int { return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b)) })
	return names[:min(len(names), shownPackages)]
}

// initLine is a line of the runtime's trace of initialisation.
var initLine = regexp.MustCompile(`^init (\S+) @\S+ ms, (\S+) ms clock, (\d+) bytes, (\d+) allocs`)

// showInitialisation writes which packages take longest before main begins:
// the fastest of several runs each.
func (b *bench) showInitialisation() error {
	fastest := map[string]time.Duration{}
	for range startRuns {
		cmd := exec.Command(b.tlsgate, "-version")
		cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
		var trace bytes.Buffer
		cmd.Stderr = &trace
		if err := cmd.Run(); err != nil {
			return err
		}
		lines := bufio.NewScanner(&trace)
		for lines.Scan() {
			m := initLine.FindStringSubmatch(lines.Text())
			if m == nil {
				continue
			}
			ms, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				return err
			}
			d := time.Duration(ms * float64(time.Millisecond))
			if old, known := fastest[m[1]]; !known || d < old {
				fastest[m[1]] = d
			}
		}
	}
	var all time.Duration
	for _, d := range fastest {
		all += d
	}
	lines := [][]string{{"package", "initialisation"}}
	for _, name := range largest(fastest) {
		lines = append(lines, []string{name, fmt.Sprintf("%.2f ms", fastest[name].Seconds()*1000)})
	}
	lines = append(lines, []string{"all packages", fmt.Sprintf("%.2f ms", all.Seconds()*1000)})
	fmt.Fprintf(b.out, "\nWhat runs before main, by `GODEBUG=inittrace=1`, the fastest of %d runs each:\n\n", startRuns)
	writeTable(b.out, b.markdown, lines)
	return nil
}
