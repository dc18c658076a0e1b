package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxStream bounds what is read of a file that has no size, such as a pipe, in
// bytes: a device may never end.
const maxStream = 64 << 20

// readInput reads the whole of a file that an input names.
func readInput(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil || info.Mode().IsRegular() {
		return os.ReadFile(name) // which has the error too
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxStream+1))
	if err == nil && len(data) > maxStream {
		err = &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("more than %d MiB come from it, and it is not a regular file", maxStream>>20)}
	}
	return data, err
}
