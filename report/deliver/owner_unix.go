//go:build unix

package deliver

import (
	"fmt"
	"os"
	"syscall"
)

// giveToOwnerOf gives a file the owner of a folder, which only root can.
func giveToOwnerOf(root *os.Root, dir, name string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := root.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s: its owner is unknown", dir)
	}
	return root.Lchown(name, int(owner.Uid), int(owner.Gid))
}
