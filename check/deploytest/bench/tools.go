//go:build linux

package main

import (
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// Another scanner's run ends at toolLimit, and one that takes longer than
// onceAbove is made once only.
const (
	toolLimit = 120 * time.Second
	onceAbove = 10 * time.Second
)

// A tool is another scanner, for one target.
type tool struct {
	names   []string // of the program, the first that is installed
	version []string // arguments that print it
	args    []string // before the host
}

func tools() []tool {
	return []tool{
		{[]string{"tlsx"}, []string{"-version"}, []string{"-silent", "-r", nameServer, "-ve", "-u"}},
		{[]string{"sslscan"}, []string{"--version"}, nil},
		{[]string{"nmap"}, []string{"--version"}, []string{"-Pn", "-p", "80,443", "--script", "ssl-cert,ssl-enum-ciphers"}},
		{[]string{"testssl.sh", "testssl"}, []string{"--version"}, []string{"--quiet", "--warnings", "batch"}},
	}
}

// installed gives the commands of the tools that are, and the names of those
// that are not.
func installed(host string) (found []command, missing []string) {
	for _, t := range tools() {
		path := ""
		for _, name := range t.names {
			if p, err := exec.LookPath(name); err == nil && path == "" {
				path = p
			}
		}
		if path == "" {
			missing = append(missing, t.names[0])
			continue
		}
		name := strings.TrimSpace(t.names[0] + " " + versionOf(path, t.version...))
		found = append(found, command{name: name, targets: 1, other: true, args: append(append([]string{path}, t.args...), host), exit: -1, limit: toolLimit})
	}
	return found, missing
}

var versionNumber = regexp.MustCompile(`\d+\.\d+[.\w]*`)

// versionOf is the first version number that a program prints, or nothing.
func versionOf(path string, args ...string) string {
	out, _ := exec.Command(path, args...).CombinedOutput() // some end with an error
	return string(versionNumber.Find(out))
}
