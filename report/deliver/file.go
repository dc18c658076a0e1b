// Package deliver brings finished reports to where they are read: files,
// and the step summary, outputs and log of a GitHub Actions job.
package deliver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// File writes data to a file so that no reader ever sees half of it: through a
// temporary file beside it and a rename. Missing folders are made. What is
// new is given to the owner of the folder it is made in, as a container runs
// as root in a workspace that is not root's.
func File(path string, data []byte) (err error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", path)
	}
	dir := filepath.Dir(path)
	if err := makeFolder(dir); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(data); err != nil {
		return err
	}
	if err = tmp.Chmod(0o644); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	if err = giveToOwnerOf(dir, tmp.Name()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// makeFolder makes a folder and those above it that are missing.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		return err
	}
	if err := makeFolder(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return giveToOwnerOf(filepath.Dir(dir), dir)
}

// Relative gives a path as later steps of a job name it: relative to the
// workspace, with forward slashes; one outside the workspace is absolute.
func Relative(workspace, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil || workspace == "" {
		return filepath.ToSlash(path)
	}
	rel, err := filepath.Rel(workspace, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(rel)
}
