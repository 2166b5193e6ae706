package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const measurable = true

// isolate puts a program in a process group of its own, which dies with the kit.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(pid int)         { _ = syscall.Kill(-pid, syscall.SIGKILL) } // no such group: nothing is left to kill
func stopGroup(pid int) error   { return syscall.Kill(-pid, syscall.SIGSTOP) }
func resumeGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGCONT) }

// members lists the living processes of a group.
func members(group int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var pids []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := bytes.Cut(stat, []byte(") "))
		fields := strings.Fields(string(rest))
		if len(fields) < 3 || fields[0] == "Z" || fields[2] != strconv.Itoa(group) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// memoryOf is what a group of processes holds in memory, and how much of it is its own and not of files that others share.
func memoryOf(group int) (resident, private int64, err error) {
	for _, pid := range members(group) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			continue
		}
		fields := strings.Fields(string(status))
		if len(fields) < 3 {
			return 0, 0, fmt.Errorf("/proc/%d/statm is not as expected", pid)
		}
		pages, err := strconv.ParseInt(fields[1], 10, 64)
		shared, sharedErr := strconv.ParseInt(fields[2], 10, 64)
		if err := errors.Join(err, sharedErr); err != nil {
			return 0, 0, err
		}
		resident += pages * int64(os.Getpagesize())
		private += (pages - shared) * int64(os.Getpagesize())
	}
	return resident, private, nil
}

// openFiles is how many files and sockets a group of processes holds open.
func openFiles(group int) int {
	n := 0
	for _, pid := range members(group) {
		fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		n += len(fds)
	}
	return n
}
