package deliver

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tlsgate/tlsgate/report"
)

// A file is replaced whole: a longer one before leaves nothing behind, and
// no temporary file stays.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "new", "folder", "a.sarif")
	for _, want := range []string{"a long first text", "short"} {
		if err := (Files{}).Write(name, text(want)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("%q, %v", got, err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
}

// A file that cannot be put in its place is an error, and leaves nothing.
func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "taken", "inner"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file/a.sarif", "taken"} {
		if err := (Files{}).Write(filepath.Join(dir, name), text("x")); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// What root makes in somebody's folder is theirs.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 1001, 1002); err != nil {
		t.Skip("this root cannot give files away either: ", err)
	}
	name := filepath.Join(dir, "reports", "a.sarif")
	if err := (Files{}).Write(name, text("")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{name, filepath.Dir(name)} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if s := info.Sys().(*syscall.Stat_t); s.Uid != 1001 || s.Gid != 1002 {
			t.Errorf("%s belongs to %d:%d", path, s.Uid, s.Gid)
		}
	}
}

func TestRelative(t *testing.T) {
	for _, tc := range [][3]string{
		{"/w", "/w/a/b.sarif", "a/b.sarif"}, {"/w", "/other/b.sarif", "/other/b.sarif"},
		{"/w", "/work/b.sarif", "/work/b.sarif"}, {"", "a.sarif", "a.sarif"}, {"/w", "/w/..a", "..a"},
	} {
		if got := (Files{Root: tc[0]}).Relative(tc[1]); got != tc[2] {
			t.Errorf("%s in %s: %s, want %s", tc[1], tc[0], got, tc[2])
		}
	}
}

// The job gets annotations on its log, outputs of one line, and the summary;
// what it has no file for is an error and no panic.
func TestJob(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"GITHUB_OUTPUT": filepath.Join(dir, "out"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary")}
	var log bytes.Buffer
	j := NewJob(&log, func(name string) string { return env[name] })
	err := j.Annotate([]report.Annotation{
		{Level: "error", Title: "a: b", Message: "first\nsecond %"},
		{Level: "notice", Title: "c", File: "list.txt", Line: 3, Message: "d"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "::error title=a%3A b::first%0Asecond %25\n::notice file=list.txt,line=3,title=c::d\n"
	if log.String() != want {
		t.Errorf("log %q, want %q", log.String(), want)
	}
	if err := j.Output([]Output{{"verdict", "fail"}, {"sarif-file", "a\nb=c"}}); err != nil {
		t.Fatal(err)
	}
	if err := j.Summarize("# Hello"); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(env["GITHUB_OUTPUT"])
	if err != nil || !strings.Contains(string(out), "a b=c") || strings.Contains(string(out), "\nb=c") {
		t.Errorf("outputs %q, %v", out, err)
	}
	env["GITHUB_OUTPUT"] = filepath.Join(dir, "no", "such", "folder")
	env["GITHUB_STEP_SUMMARY"] = ""
	if err := j.Output([]Output{{"a", "b"}}); err == nil || !strings.HasPrefix(err.Error(), "GITHUB_OUTPUT: ") {
		t.Errorf("error %v", err)
	}
	if err := j.Summarize("x"); err == nil || err.Error() != "GITHUB_STEP_SUMMARY is not set" {
		t.Errorf("error %v", err)
	}
}

// text is content for a file.
func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}
