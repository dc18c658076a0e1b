package deliver

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, err := range []error{
		os.Mkdir("folder", 0o755),
		os.WriteFile("there", nil, 0o644),
		os.WriteFile("other", nil, 0o644),
		os.Link("there", "hard"),
		os.Symlink("there", "soft"),
		os.Symlink("folder", "way"),
		os.Symlink("folder/new", "dangling"),
		os.Symlink("circle", "circle"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"there", "./there", true},
		{"there", filepath.Join(dir, "folder", "..", "there"), true},
		{"there", "hard", true},
		{"there", "soft", true},
		{"there", "other", false},
		{"there", "new", false},
		{"new", "./new", true},
		{"new", "newer", false},
		{"folder/new", "way/new", true},
		{"folder/new", "dangling", true},
		{"folder/sub/new", "way/sub/new", true},
		{"folder/new", "way/newer", false},
		{"circle", "new", false},
	} {
		if got := SameFile(c.a, c.b); got != c.want {
			t.Errorf("SameFile(%q, %q) = %v", c.a, c.b, got)
		}
		if got := SameFile(c.b, c.a); got != c.want {
			t.Errorf("SameFile(%q, %q) = %v", c.b, c.a, got)
		}
	}
}
