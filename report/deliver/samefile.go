package deliver

import (
	"os"
	"path/filepath"
)

// SameFile reports whether two names are of one file: by symbolic links, hard
// links or folders written in different ways. Neither needs to exist.
func SameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB)
	}
	return resolve(a, maxLinks) == resolve(b, maxLinks)
}

// maxLinks bounds the symbolic links that are followed from one name, as
// operating systems do.
const maxLinks = 40

// resolve is the absolute name of a file without symbolic links, as far as
// its folders exist. A link to a file that does not exist yet names that file.
func resolve(name string, links int) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return filepath.Clean(name)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	if to, err := os.Readlink(abs); err == nil && links > 0 {
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(abs), to)
		}
		return resolve(to, links-1)
	}
	dir := filepath.Dir(abs)
	if dir == abs {
		return abs
	}
	return filepath.Join(resolve(dir, links), filepath.Base(abs))
}
