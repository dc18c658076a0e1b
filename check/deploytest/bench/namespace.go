//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Addresses on the two sides of the link. The servers' side answers on every
// address of its network.
const (
	clientAddress = "10.0.0.1"
	serverNetwork = "10.64.0.0/10"
	nameServer    = "10.127.255.53"
)

// A side is a thread in a network namespace of its own. Sockets and processes
// that its functions make are there too.
type side struct {
	work chan func()
	tun  int // descriptor of the device's other end
}

// newSide makes the namespaces of the flags and a device in it.
func newSide(flags int, commands ...string) (*side, error) {
	s := &side{work: make(chan func())}
	go func() {
		runtime.LockOSThread() // the thread ends with the process: no other goroutine may have it
		for f := range s.work {
			f()
		}
	}()
	return s, s.do(func() error {
		if err := unix.Unshare(flags); err != nil {
			return fmt.Errorf("unshare: %w", err)
		}
		var err error
		if s.tun, err = openTUN("bench"); err != nil {
			return err
		}
		for _, c := range append([]string{"link set lo up", "link set bench up mtu 1500 txqueuelen 100000"}, commands...) {
			if out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err != nil {
				return fmt.Errorf("ip %s: %w: %s", c, err, out)
			}
		}
		return nil
	})
}

// do runs a function on the side's thread.
func (s *side) do(f func() error) error {
	done := make(chan error)
	s.work <- func() { done <- f() }
	return <-done
}

// newNetwork makes the two sides and the link between them. Dir gets a
// resolv.conf.
func newNetwork(dir string) (clients, servers *side, l *link, err error) {
	servers, err = newSide(unix.CLONE_NEWNET,
		"route add local "+serverNetwork+" dev lo", "route add "+clientAddress+" dev bench")
	if err != nil {
		return nil, nil, nil, err
	}
	clients, err = newSide(unix.CLONE_NEWNET|unix.CLONE_NEWNS,
		"addr add "+clientAddress+"/32 dev bench", "route add "+serverNetwork+" dev bench src "+clientAddress)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := clients.do(func() error { return useNameServer(dir) }); err != nil {
		return nil, nil, nil, err
	}
	l = new(link)
	l.reset(false)
	l.start(clients.tun, servers.tun)
	return clients, servers, l, nil
}

// useNameServer lets the thread's mount namespace have a resolv.conf of its
// own.
func useNameServer(dir string) error {
	conf := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(conf, []byte("nameserver "+nameServer+"\n"), 0o644); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := unix.Mount(conf, "/etc/resolv.conf", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("/etc/resolv.conf: %w", err)
	}
	return nil
}

// errNoRoot says that namespaces cannot be made.
var errNoRoot = errors.New("namespaces need root or user namespaces")

// becomeRoot runs this program again, as root of a user namespace, where it
// is not root. It gives the exit code, or errNoRoot.
func becomeRoot() (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = userNamespace(os.Getuid(), os.Getgid())
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w: %w", errNoRoot, err)
	}
	err = cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// userNamespace makes a process root in a user namespace of its own.
func userNamespace(uid, gid int) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}},
	}
}
