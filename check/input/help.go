package input

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/text"
)

const (
	helpHead = `tlsgate judges deployments against OWASP ASVS 5.0: TLS for all connectivity
(V12.2.1) and publicly trusted certificates (V12.2.2).

Usage: tlsgate [flags] URL...

Examples:
  tlsgate www.example.com https://api.example.com/v1
  tlsgate -urls-file deployments.txt -sarif-file tlsgate.sarif -fail-on warning
  tlsgate -resolve www.example.com:443:192.0.2.7 www.example.com
  tlsgate -demo
`
	helpTail = `
Other flags:
  -demo
        check good and misconfigured deployments, started on loopback
  -explain RULE
        print what a rule means, why it matters and how to fix it
  -print-config
        print what holds of flags, inputs and configuration, and check nothing
  -rules
        list the rules
  -version
        print the version
  -h
        print this text

In GitHub Actions every flag of the first four groups is an input of the same
name. Flags take precedence.

Exit codes:
`
)

// exitCodes are what the program ends with, and what each means.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{0, "pass"},
	{1, "violations: findings at or above fail-on"},
	{2, "wrong usage or configuration: nothing was checked"},
	{3, "not verified: no violations, but something could not be checked"},
	{4, "a report, or what goes to console or job, could not be written"},
}

// Help is the help text of the command line.
func Help() string {
	var b strings.Builder
	b.WriteString(helpHead)
	group := ""
	for _, in := range Inputs() {
		if in.Group != group {
			group = in.Group
			fmt.Fprintf(&b, "\n%s:\n", group)
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("  -%s %s", in.Name, in.Value), " "))
		b.WriteString("\n")
		b.WriteString(text.Wrap(in.Usage+in.defaults(), "        ", 79) + "\n")
	}
	b.WriteString(helpTail)
	for _, c := range exitCodes {
		fmt.Fprintf(&b, "  %d  %s\n", c.code, c.meaning)
	}
	return b.String()
}

// defaults is the end of the help about an input: what holds without it.
func (in Input) defaults() string {
	switch {
	case in.ActionsDefault != "":
		return fmt.Sprintf(" (default in GitHub Actions: %s)", in.ActionsDefault)
	case in.Default != "":
		return fmt.Sprintf(" (default: %s)", in.Default)
	}
	return ""
}
