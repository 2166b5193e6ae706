package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// relocated holds the clusters of a root host whose own directories the server's user cannot reach.
const relocated = "/var/lib/halum"

// account is the user the server runs as: the caller, or for root (which Postgres refuses) somebody else.
type account struct {
	name    string
	uid     int
	gid     int
	dropped bool
}

func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "uid " + strconv.Itoa(os.Geteuid()), uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{name: name, uid: uid, gid: gid, dropped: true}, nil
		}
	}
	return account{}, errors.New("as root Postgres does not run, and there is no user postgres or nobody to run it as: run as another user, or set HALUM_DATABASE_URL")
}

// as makes cmd run as the account.
func (a account) as(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = sysProcAttr()
	if a.dropped {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return cmd
}

// place creates the directory, or its stand-in under elsewhere when the account cannot reach it, and returns its
// absolute path without symbolic links. The stand-in's name follows from the wished path, so it is found again.
func (a account) place(dir, elsewhere string, log io.Writer) (string, error) {
	if dir == "" {
		return "", errors.New("no directory given for Postgres")
	}
	wished, err := a.create(dir)
	if err != nil || a.reaches(wished) {
		return wished, err
	}
	sum := sha256.Sum256([]byte(wished))
	instead := filepath.Join(elsewhere, filepath.Base(wished)+"-"+hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(elsewhere, 0o755); err != nil {
		return "", fmt.Errorf("user %s cannot reach %s for Postgres, and %w: choose a directory open to all users, or set HALUM_DATABASE_URL", a.name, wished, err)
	}
	moved, err := a.create(instead)
	if err == nil && !a.reaches(moved) {
		err = fmt.Errorf("user %s cannot reach %s or %s for Postgres: choose a directory open to all users, or set HALUM_DATABASE_URL", a.name, wished, moved)
	}
	if err == nil {
		fmt.Fprintf(log, "user %s cannot reach %s; the database lives in %s\n", a.name, wished, moved)
		_ = os.Remove(wished) // we made it; it stays when it holds something
	}
	return moved, err
}

func (a account) create(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err == nil {
		err = onlyOurs(dir)
	}
	if err == nil {
		err = a.takeOver(dir)
	}
	if err != nil {
		return "", fmt.Errorf("directory for Postgres: %w", err)
	}
	return dir, os.Chmod(dir, 0o700)
}

// onlyOurs guards a folder with other things in it, such as a project, from being handed to the server's user.
func onlyOurs(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !slices.Contains(ownedNames, e.Name()) {
			return fmt.Errorf("%s holds %s, which is not Postgres's: choose a directory of its own", dir, e.Name())
		}
	}
	return err
}

// reaches tries it for real: the kernel knows about modes, groups and access lists.
func (a account) reaches(dir string) bool {
	if !a.dropped {
		return true
	}
	cmd := a.as(exec.Command("/bin/sh", "-c", "exit 0"))
	cmd.Dir = dir
	return run(cmd) == nil
}

// takeOver makes the account owner of the whole directory: a first run may have been under another user, for example
// before the package that brings user postgres was installed.
func (a account) takeOver(dir string) error {
	if !a.dropped {
		return a.owns(dir)
	}
	if a.owns(dir) == nil && a.owns(filepath.Join(dir, "data")) == nil {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, a.uid, a.gid)
	})
}

// owns returns nil for a path that belongs to the account or does not exist.
func (a account) owns(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if owner := int(info.Sys().(*syscall.Stat_t).Uid); owner != a.uid {
		return fmt.Errorf("%s belongs to uid %d: run as that user, or remove the directory to start afresh", path, owner)
	}
	return nil
}

// explain turns a refusal to start a program into what to do about it.
func (a account) explain(verb, program string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("user %s may not %s %s: open it to all users, or set HALUM_PG_BIN or HALUM_DATABASE_URL (%w)", a.name, verb, program, err)
	}
	return fmt.Errorf("cannot %s %s: %w", verb, program, err)
}
