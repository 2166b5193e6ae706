package pluginhost

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Landlock lets a thread give up rights on files for itself and all its later children. It is called here without a
// library because the known one applies to all threads of the process, and this must confine one.

// The rights that a rule may give. Those on folders are refused on a rule for a file.
const (
	rightsRead   = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	rightsDevice = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	rightsOnFile = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE
	rightsWrite = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_SYM |
		unix.LANDLOCK_ACCESS_FS_REFER | unix.LANDLOCK_ACCESS_FS_TRUNCATE

	rightsOfV1 = 1<<13 - 1 // all rights of the first version, from execute to make_sym
)

// What any program needs. Below /proc there is only what tells about the machine: a process's own folder cannot be named
// before the process exists, and the others' are none of its business.
var (
	systemRead = []string{
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
		"/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf",
		"/etc/nsswitch.conf", "/etc/services", "/etc/protocols", "/etc/localtime", "/etc/mime.types", "/dev/random", "/dev/urandom",
		"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/version", "/proc/sys/net/core/somaxconn", "/proc/sys/vm/overcommit_memory",
		"/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage", "/sys/fs/cgroup",
	}
	systemDevices = []string{"/dev/null", "/dev/zero", "/dev/full"}
)

// landlockVersion is the kernel's version of Landlock, 0 when it has none or it is switched off. signals tells that it
// can forbid signals to the outside without also forbidding a thread to signal its own process, which the first kernels
// with this right got wrong and Go's scheduler needs.
var landlockVersion = sync.OnceValues(func() (version int, signals bool) {
	n, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, false
	}
	mended, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_ERRATA)
	return int(n), errno == 0 && n >= 6 && mended&(1<<1) != 0
})

// filesConfined reports whether plugins can be kept from reading the host's files here.
func filesConfined() bool {
	version, _ := landlockVersion()
	return version > 0
}

// ruleset is a set of files that a thread may keep. A nil one restricts nothing: the kernel has no Landlock.
type ruleset struct {
	fd      int
	handled uint64
}

// newRuleset allows the open executable, the plugin's own folder, the system's libraries and the grants.
func newRuleset(executable *os.File, dir string, g Grants) (*ruleset, error) {
	version, signals := landlockVersion()
	if version == 0 {
		return nil, nil
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handledRights(version)}
	size := unsafe.Sizeof(attr.Handled_access_fs)
	if signals {
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
		size = unsafe.Offsetof(attr.Scoped) + unsafe.Sizeof(attr.Scoped)
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0) //nolint:gosec // the kernel reads the struct
	if errno != 0 {
		return nil, fmt.Errorf("make a Landlock ruleset: %w", errno)
	}
	unix.CloseOnExec(int(fd))
	r := &ruleset{fd: int(fd), handled: attr.Handled_access_fs}
	err := r.allow(int(executable.Fd()), unix.LANDLOCK_ACCESS_FS_EXECUTE|unix.LANDLOCK_ACCESS_FS_READ_FILE)
	return r, errors.Join(err, r.allowPaths(systemRead, rightsRead), r.allowPaths(systemDevices, rightsDevice),
		r.allowPaths([]string{dir}, rightsWrite), r.allowPaths(g.Read, rightsRead), r.allowPaths(g.Write, rightsWrite))
}

// handledRights are those that are forbidden unless a rule gives them: all that this version knows.
func handledRights(version int) uint64 {
	rights := uint64(rightsOfV1)
	for since, right := range map[int]uint64{
		2: unix.LANDLOCK_ACCESS_FS_REFER, 3: unix.LANDLOCK_ACCESS_FS_TRUNCATE, 5: unix.LANDLOCK_ACCESS_FS_IOCTL_DEV,
	} {
		if version >= since {
			rights |= right
		}
	}
	return rights
}

// allowPaths skips what does not exist.
func (r *ruleset) allowPaths(paths []string, rights uint64) error {
	for _, path := range paths {
		err := r.allowPath(path, rights)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("allow %s: %w", path, err)
		}
	}
	return nil
}

func (r *ruleset) allowPath(path string, rights uint64) error {
	fd, err := unix.Open(filepath.Clean(path), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // it names a file, nothing was written
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= rightsOnFile
	}
	return r.allow(fd, rights)
}

func (r *ruleset) allow(fd int, rights uint64) error {
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights & r.handled, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.fd), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0) //nolint:gosec // the kernel reads the struct
	if errno != 0 {
		return errno
	}
	return nil
}

// restrict leaves the calling thread only what the set allows.
func (r *ruleset) restrict() error {
	if r == nil {
		return nil
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(r.fd), 0, 0); errno != 0 {
		return fmt.Errorf("enter the Landlock ruleset: %w", errno)
	}
	return nil
}

func (r *ruleset) close() {
	if r != nil {
		_ = unix.Close(r.fd) // nothing was written
	}
}
