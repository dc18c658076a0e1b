//go:build unix

package deliver

import (
	"fmt"
	"os"
	"syscall"
)

// giveToOwnerOf gives path the owner of dir, which only root can.
func giveToOwnerOf(dir, path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s: its owner is unknown", dir)
	}
	return os.Lchown(path, int(owner.Uid), int(owner.Gid))
}
