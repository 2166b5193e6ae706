//go:build !linux

package conformance

import (
	"errors"
	"os"
	"os/exec"
)

const measurable = false

var errNotHere = errors.New("needs Linux")

func isolate(*exec.Cmd) {}

func killGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill() // it may be gone
	}
}

func stopGroup(int) error                               { return errNotHere }
func resumeGroup(int) error                             { return errNotHere }
func members(int) []int                                 { return nil }
func memoryOf(int) (resident, private int64, err error) { return 0, 0, errNotHere }
func openFiles(int) int                                 { return 0 }
