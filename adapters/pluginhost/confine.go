package pluginhost

import (
	"path/filepath"
	"slices"
)

// Grants are the files and folders that a plugin may use besides its own working folder, the system's libraries and its
// certificates. Paths are absolute; a folder stands for all that is below it. What does not exist when the plugin starts
// is not granted.
type Grants struct {
	Read  []string // read and execute
	Write []string // everything but execute
}

func (g Grants) equal(other Grants) bool {
	return slices.Equal(g.Read, other.Read) && slices.Equal(g.Write, other.Write)
}

// Limits bound what one plugin process may take from the machine. Zero fields take the defaults named beside them.
//
// Memory is the kernel's RLIMIT_DATA: private writable memory, mapped or not yet touched. RLIMIT_AS would be the obvious
// choice and is useless here: the runtimes of Go and Node reserve gigabytes of address space that they never use, and
// fail at once. RLIMIT_DATA leaves such reservations out, so it catches what a program really asks for: an allocation
// above it fails, and the runtime ends the process with its own words in the log. A Go plugin at rest counts some 120 MiB
// here, of which it uses 14, and one of Node.js some 50; hence the room. GOMEMLIMIT, at half of it, makes Go's collector
// work harder long before.
//
// Processes is RLIMIT_NPROC, which the kernel counts over all processes and threads of a user. It means something only
// where plugins have a user of their own, so it is not set unless it is given; a plugin's own children end with it in
// any case, because they share its process group.
type Limits struct {
	Memory    int64  // 512 MiB, in bytes
	Files     uint64 // 256 open files
	Processes uint64 // 0: no limit
}

func (l Limits) withDefaults() Limits {
	if l.Memory == 0 {
		l.Memory = 512 << 20
	}
	if l.Files == 0 {
		l.Files = 256
	}
	return l
}

// Grant adds to what a program of the catalogue may use. Other programs stay as they are.
func (c Catalog) Grant(program string, g Grants) {
	for i := range c {
		if c[i].Program() == program {
			c[i].Grants.Read = append(slices.Clone(c[i].Grants.Read), cleaned(g.Read)...)
			c[i].Grants.Write = append(slices.Clone(c[i].Grants.Write), cleaned(g.Write)...)
		}
	}
}

func cleaned(paths []string) []string {
	out := make([]string, 0, len(paths))
	for _, p := range paths {
		if abs, err := filepath.Abs(p); err == nil {
			out = append(out, abs)
		}
	}
	return out
}
