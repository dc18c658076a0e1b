//go:build unix

package deliver

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// In a workspace, no name and no link leads out of it; everywhere, only
// regular files, links to them and absent ones are written.
func TestCheck(t *testing.T) {
	outside, workspace := t.TempDir(), t.TempDir()
	in := func(name string) string { return filepath.Join(workspace, name) }
	for _, err := range []error{
		os.Mkdir(in("folder"), 0o755),
		os.WriteFile(in("file"), nil, 0o644),
		os.Symlink("file", in("link")),
		os.Symlink("folder", in("way")),
		os.Symlink(in("folder"), in("absolute")),
		os.Symlink("folder/absent", in("dangling")),
		os.Symlink(outside, in("out")),
		os.Symlink(filepath.Join(outside, "absent"), in("out-dangling")),
		os.Symlink("out", in("out-twice")),
		os.Symlink("circle", in("circle")),
		syscall.Mkfifo(in("pipe"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("unix", in("socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	rows := []struct{ name, inWorkspace, anywhere string }{
		{"absent", "", ""},
		{"new/folder/absent", "", ""},
		{"file", "", ""},
		{in("file"), "", ""},
		{"folder/../absent", "", ""},
		{"link", "", ""},
		{"way/absent", "", ""},
		{"absolute/absent", "", ""},
		{"dangling", "", ""},
		{"..absent", "", ""},
		{filepath.Join(outside, "absent"), "outside", ""},
		{"../absent", "outside", ""},
		{"folder/../../absent", "outside", ""},
		{"out/absent", "outside", ""},
		{"out/new/folder/absent", "outside", ""},
		{"out-twice/absent", "outside", ""},
		{"out-dangling", "outside", ""},
		{"out/../absent", "", ""}, // names are cleaned before links are followed
		{".", "outside", "folder"},
		{"folder", "folder", "folder"},
		{"way", "folder", "folder"},
		{"pipe", "pipe", "pipe"},
		{"socket", "socket", "socket"},
		{"circle", "itself", "itself"},
	}
	if syscall.Mknod(in("device"), syscall.S_IFCHR|0o600, 1<<8|7) == nil { // root only
		rows = append(rows, []struct{ name, inWorkspace, anywhere string }{{"device", "device", "device"}}...)
	}
	t.Chdir(workspace)
	for _, c := range rows {
		for root, want := range map[string]string{workspace: c.inWorkspace, "": c.anywhere} {
			f := Files{Root: root}
			err := f.Check(c.name)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s in %q: %v, want %q", c.name, root, err, want)
			}
			if want == "" {
				continue
			}
			// What is refused is not written either.
			if err := f.Write(c.name, text("x")); err == nil {
				t.Errorf("%s in %q was written", c.name, root)
			}
			if err := f.Remove(c.name); err != nil {
				t.Errorf("%s in %q: %v", c.name, root, err)
			}
		}
	}
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) > 0 {
		t.Errorf("written outside: %v, %v", entries, err)
	}
	for name, kind := range map[string]fs.FileMode{"pipe": fs.ModeNamedPipe, "socket": fs.ModeSocket, "out-dangling": fs.ModeSymlink} {
		if info, err := os.Lstat(in(name)); err != nil || info.Mode().Type() != kind {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// A link that comes after the check leads nowhere all the same.
func TestWriteFollowsNoLinkOut(t *testing.T) {
	outside, workspace := t.TempDir(), t.TempDir()
	f := Files{Root: workspace}
	root, rel, err := f.open("folder/report")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := os.Symlink(outside, filepath.Join(workspace, "folder")); err != nil {
		t.Fatal(err)
	}
	if err := fill(root, rel, text("")); err == nil {
		t.Error("a link out of the workspace was followed")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("written outside: %v, %v", entries, err)
	}
}

// A link to a file stays a link: the file gets the report, and is what is
// removed before.
func TestWriteThroughLink(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("new/report", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, f := range []Files{{Root: dir}, {}} {
		name := filepath.Join(dir, "link")
		if err := f.Write(name, text("text")); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "new", "report")); err != nil || string(text) != "text" {
			t.Errorf("%q, %v", text, err)
		}
		for range 2 {
			if err := f.Remove(name); err != nil {
				t.Error(err)
			}
		}
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the report is still there: %v", err)
		}
		if _, err := os.Lstat(name); err != nil {
			t.Error(err)
		}
	}
}

// An output that cannot be written whole is not written at all.
func TestJobFilesStayWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "output")
	if err := os.WriteFile(name, []byte("before=1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	j := NewJob(nil, func(string) string { return name })
	err := j.toFile("GITHUB_OUTPUT", func() {
		if err := os.WriteFile(name, []byte("before=1\nhalf"), 0o644); err != nil {
			t.Fatal(err)
		}
		panic("no space left on device")
	})
	text, readErr := os.ReadFile(name)
	if err == nil || readErr != nil || string(text) != "before=1\n" {
		t.Errorf("%q, %v, %v", text, err, readErr)
	}
}
