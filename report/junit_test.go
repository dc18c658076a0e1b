package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check"
)

// junitSchema are the attributes of each element of JUnit XML that both
// junit-10.xsd of Jenkins' xUnit plugin and surefire-test-report.xsd of Maven
// Surefire know; those marked with ! are required by one of them. The element
// testsuites is Jenkins' alone, and skipped has a type there only.
var junitSchema = map[string][]string{
	"testsuites": {"name", "time", "tests", "failures", "errors"},
	"testsuite":  {"name!", "tests!", "failures!", "errors!", "skipped!", "group", "time"},
	"testcase":   {"name!", "time!", "classname", "group"},
	"failure":    {"type!", "message"},
	"error":      {"type!", "message"},
	"skipped":    {"message"},
	"system-out": {},
}

// junitParents are the elements that each may stand in.
var junitParents = map[string]string{
	"testsuites": "", "testsuite": "testsuites", "testcase": "testsuite",
	"failure": "testcase", "error": "testcase", "skipped": "testcase", "system-out": "testcase",
}

// checkJUnit holds a document to the schemas, and its numbers to its cases.
func checkJUnit(data []byte) error {
	dec := xml.NewDecoder(strings.NewReader(string(data)))
	var open []string
	counts := map[string]int{}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if err := checkElement(token, strings.Join(open[max(len(open)-1, 0):], "")); err != nil {
				return err
			}
			if token.Name.Local == "testsuite" {
				counts = map[string]int{"tests": -number(token, "tests"), "failure": -number(token, "failures"), "error": -number(token, "errors"), "skipped": -number(token, "skipped")}
			}
			counts[token.Name.Local]++
			open = append(open, token.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
			if token.Name.Local == "testsuite" && (counts["tests"]+counts["testcase"] != 0 || counts["failure"] != 0 || counts["error"] != 0 || counts["skipped"] != 0) {
				return fmt.Errorf("the numbers of a suite are off by %v", counts)
			}
		}
	}
}

func number(e xml.StartElement, name string) int {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			n, _ := strconv.Atoi(a.Value)
			return n
		}
	}
	return 0
}

func checkElement(e xml.StartElement, parent string) error {
	allowed, known := junitSchema[e.Name.Local]
	if !known || junitParents[e.Name.Local] != parent {
		return fmt.Errorf("element %s in %q", e.Name.Local, parent)
	}
	var have []string
	for _, a := range e.Attr {
		have = append(have, a.Name.Local)
		if !slices.Contains(allowed, a.Name.Local) && !slices.Contains(allowed, a.Name.Local+"!") {
			return fmt.Errorf("attribute %s of %s", a.Name.Local, e.Name.Local)
		}
	}
	for _, name := range allowed {
		if required, ok := strings.CutSuffix(name, "!"); ok && !slices.Contains(have, required) {
			return fmt.Errorf("%s without %s", e.Name.Local, required)
		}
	}
	return nil
}

func TestJUnitSchema(t *testing.T) {
	for _, g := range goldens {
		data := formats(t, g.report(t), g.category)["junit"]
		if err := checkJUnit(data); err != nil {
			t.Errorf("%s: %v\n%s", g.name, err, data)
		}
		if broken := strings.Replace(string(data), "testsuites name=", "testsuites title=", 1); checkJUnit([]byte(broken)) == nil {
			t.Errorf("%s: an unknown attribute is taken", g.name)
		}
	}
}

// A rule's state in JUnit is that of the run: what fails it is a failure.
func TestJUnitStates(t *testing.T) {
	r := goodResult(t, target("a.example"), "192.0.2.1")
	fail(&r, "cleartext-content", check.Finding{Message: "Content.", Waived: &check.Waiver{}})
	fail(&r, "hsts-missing", check.Finding{Message: "None."})
	r.Verdicts = append(r.Verdicts, check.RuleVerdict{Rule: "address-not-verified"})
	fail(&r, "target-not-verified", check.Finding{Message: "Not verified."})
	fail(&r, "untrusted-root", check.Finding{Message: "Untrusted."})
	report := newReport(r)
	states := func() map[string]string {
		data, err := newView(report, testRules).JUnit()
		if err != nil {
			t.Fatal(err)
		}
		var doc junitSuites
		if err := xml.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, c := range doc.Suites[0].Cases {
			name, _, _ := strings.Cut(c.Name, " ")
			switch {
			case c.Failure != nil:
				out[name] = "failure " + c.Failure.Type
			case c.Error != nil:
				out[name] = "error " + c.Error.Type
			case c.Skipped != nil:
				out[name] = "skipped"
			default:
				out[name] = strings.TrimSpace("passed " + c.Output)
			}
		}
		return out
	}
	for failOn, hsts := range map[check.Level]string{"": "passed warning: None.", check.Warning: "failure warning", check.Never: "passed warning: None."} {
		report.Policy.FailOn = failOn
		want := map[string]string{
			"cleartext-content": "skipped", "hsts-missing": hsts, "untrusted-root": "failure error",
			"target-not-verified": "error not-verified", "address-not-verified": "skipped",
		}
		if got := states(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("fail-on %q: %v, want %v", failOn, got, want)
		}
	}
}

// junitSuites is the root element of JUnit XML.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}
