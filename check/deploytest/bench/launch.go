//go:build linux

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// launchArgument makes this program a launcher.
const launchArgument = "launch"

// usageDescriptor is where a launcher writes what its program used.
const usageDescriptor = 3

// A usage is what one run of a program used.
type usage struct {
	Wall, CPU time.Duration
	Memory    int // peak, in KiB
	Exit      int
}

// launch runs a program and writes its usage. It stands between this process
// and what is measured because Linux counts the memory of the process that
// starts a program as that program's peak.
func launch(args []string) error {
	runtime.LockOSThread() // the signal below is sent when the thread that starts it ends
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	_ = cmd.Wait() // how it ended is in its state
	state := cmd.ProcessState
	return json.NewEncoder(os.NewFile(usageDescriptor, "usage")).Encode(usage{
		Wall: time.Since(begin), CPU: state.UserTime() + state.SystemTime(),
		Memory: int(state.SysUsage().(*syscall.Rusage).Maxrss), Exit: state.ExitCode(),
	})
}
