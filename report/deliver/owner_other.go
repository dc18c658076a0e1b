//go:build !unix

package deliver

// giveToOwnerOf does nothing: only Unix has a root that writes for others.
func giveToOwnerOf(dir, path string) error { return nil }
