package deliver

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Files are the files that reports may be written to. The program writes as
// root in GitHub Actions, and what was checked out there may hold links that
// lead anywhere.
type Files struct {
	// Root is the folder that relative names are relative to and that no
	// report leaves, whatever links lead out of it; empty for the working
	// directory, and no such bound.
	Root string
}

// ErrOutside is the error of a file outside the root.
var ErrOutside = errors.New("is outside the workspace, where later steps would not see it: use a path in the workspace")

// Check reports why a file may not be written: it is outside the root, or
// there already and neither a regular file nor a link to one. The error goes
// on after the file's name.
func (f Files) Check(name string) error {
	path := f.resolve(name)
	if f.Root != "" && !inside(resolve(f.Root, maxLinks), path) {
		return ErrOutside
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return errors.New("is a symbolic link that leads to itself")
	case err != nil: // absent, or the attempt to write says more
		return nil
	}
	return irregular(info.Mode())
}

// irregular says what a file is that is not written to; nil for a regular one.
func irregular(mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("is a folder: write the name of a file")
	case mode&fs.ModeDevice != 0:
		return errors.New("is a device: only regular files are written")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("is a pipe: only regular files are written, and '-' is standard output")
	case mode&fs.ModeSocket != 0:
		return errors.New("is a socket: only regular files are written")
	}
	return errors.New("is no regular file")
}

// resolve is the absolute name of a file without symbolic links.
func (f Files) resolve(name string) string {
	if f.Root != "" && !filepath.IsAbs(name) {
		name = filepath.Join(f.Root, name)
	}
	return resolve(name, maxLinks)
}

// inside reports whether a path is below a folder; both are without links.
func inside(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != "." && filepath.IsLocal(rel)
}

// open opens the folder that a file is written in, from which no link leads
// out, and gives the file's name in it. It is the root or, without one, the
// nearest folder above the file that exists.
func (f Files) open(name string) (*os.Root, string, error) {
	path := f.resolve(name)
	folder := filepath.Dir(path)
	if f.Root != "" {
		folder = resolve(f.Root, maxLinks)
		if !inside(folder, path) {
			return nil, "", ErrOutside
		}
	}
	for f.Root == "" {
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		folder = filepath.Dir(folder)
	}
	rel, err := filepath.Rel(folder, path)
	if err != nil {
		return nil, "", err
	}
	root, err := os.OpenRoot(folder)
	return root, rel, err
}

// Remove removes a file, if it is there: what a link leads to, not the link.
func (f Files) Remove(name string) error {
	if f.Check(name) != nil {
		return nil // nothing that was written here
	}
	root, rel, err := f.open(name)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Remove(rel); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Write writes a file so that no reader ever sees half of it: through a
// temporary file beside it and a rename. Content writes what is in it. Missing
// folders are made. What is new is given to the owner of the folder it is made
// in, as a container runs as root in a workspace that is not root's.
func (f Files) Write(name string, content func(io.Writer) error) (err error) {
	if err := f.Check(name); err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	root, rel, err := f.open(name)
	if err != nil {
		return err
	}
	defer root.Close()
	dir := filepath.Dir(rel)
	if err := makeFolder(root, dir); err != nil {
		return err
	}
	tmp := filepath.Join(dir, "."+filepath.Base(rel)+"."+rand.Text())
	defer func() {
		if err != nil {
			// The first error says more; there may be nothing to remove.
			_ = root.Remove(tmp)
		}
	}()
	if err = fill(root, tmp, content); err != nil {
		return err
	}
	if err = giveToOwnerOf(root, dir, tmp); err != nil {
		return err
	}
	return root.Rename(tmp, rel)
}

// fill makes a file with the content, which everybody may read.
func fill(root *os.Root, name string, content func(io.Writer) error) (err error) {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(file, 64<<10)
	if err = content(b); err == nil {
		err = b.Flush()
	}
	return errors.Join(err, file.Chmod(0o644), file.Close())
}

// makeFolder makes a folder and those above it that are missing.
func makeFolder(root *os.Root, dir string) error {
	if _, err := root.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeFolder(root, filepath.Dir(dir)); err != nil {
		return err
	}
	if err := root.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return giveToOwnerOf(root, filepath.Dir(dir), dir)
}

// Relative gives a path as later steps of a job name it: relative to the
// root, with forward slashes; one outside of it is absolute.
func (f Files) Relative(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil || f.Root == "" {
		return filepath.ToSlash(name)
	}
	if !filepath.IsAbs(name) {
		abs = filepath.Join(f.Root, name)
	}
	for _, of := range [][2]string{{f.Root, abs}, {resolve(f.Root, maxLinks), f.resolve(name)}} {
		rel, err := filepath.Rel(of[0], of[1])
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(abs)
}
