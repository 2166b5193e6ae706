package pluginhost

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// confine takes from the calling thread what its child must not have. All of it is kept over fork and exec and none can
// be given back, so the thread has to end with the goroutine that is locked to it:
//
//   - no_new_privs: no set-user-id program gives more rights;
//   - Landlock: only the files in r, no signal to anything outside (where the kernel has it);
//   - no capabilities: a host that runs as root starts plugins that cannot raise their limits again, trace other
//     processes or change the network.
func confine(r *ruleset) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	if err := r.restrict(); err != nil {
		return err
	}
	none := [2]unix.CapUserData{}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("drop the capabilities: %w", err)
	}
	return nil
}

// limit sets the limits of a process that was started but has not run yet.
func limit(pid int, l Limits) error {
	limits := map[int]uint64{
		unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: l.Files, unix.RLIMIT_DATA: uint64(max(0, l.Memory)),
	}
	if l.Processes > 0 {
		limits[unix.RLIMIT_NPROC] = l.Processes
	}
	for resource, n := range limits {
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: n, Max: n}, nil); err != nil {
			return fmt.Errorf("limit the process: %w", err)
		}
	}
	return nil
}

// release waits until a traced child stands before its first instruction, sets its limits and lets it go. The caller is
// the thread that started it. A child that was killed meanwhile is left to be reaped.
func release(pid int, l Limits) error {
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for the process to begin: %w", err)
		}
	}
	err := limit(pid, l)
	if err2 := unix.PtraceDetach(pid); err == nil && err2 != nil && !errors.Is(err2, unix.ESRCH) {
		err = fmt.Errorf("let the process begin: %w", err2)
	}
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

// yieldToHost makes the kernel end a plugin before the host when memory runs out. Best effort: it needs /proc.
func yieldToHost(pid int) {
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte("700"), 0o600)
}

// onMainThread reports whether the caller runs on the process's first thread, whose rights the kernel shows as those of
// the whole process and which never ends.
func onMainThread() bool { return unix.Gettid() == os.Getpid() }
