package pluginhost

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// Kind is what a plugin does.
type Kind string

// The kinds, as file names begin.
const (
	Payment  Kind = sdk.KindPayment
	Shipping Kind = sdk.KindShipping
)

// ChecksumFile lists the pinned checksums of a plugin folder, in the format of sha256sum.
const ChecksumFile = "plugins.sha256"

// Entry is one plugin that may run.
type Entry struct {
	Name    string // such as "sandbox"
	Kind    Kind
	Path    string   // absolute
	SHA256  string   // lower-case hex of the executable's content
	Version string   // what it must call itself; "" accepts any
	Args    []string // command line; paths in it must be absolute, the plugin's working directory is its own
	Grants  Grants   // what it may use besides its own folder

	// Attach is set instead of Path and SHA256 for a plugin that somebody else runs, as under a debugger: what the plugin
	// printed ("unix:/tmp/…"), or the path of a file that it wrote that into. Such a plugin is not confined, and the
	// connection is not encrypted: it is for development only.
	Attach string
}

// Program is the name of the executable, such as "payment-sandbox".
func (e Entry) Program() string { return string(e.Kind) + "-" + e.Name }

// Catalog lists the plugins that may run.
type Catalog []Entry

var programPattern = regexp.MustCompile(`^(payment|shipping)-([a-z0-9]+(?:-[a-z0-9]+)*)$`)

// IsProgram reports whether a file of this name can be a plugin.
func IsProgram(name string) bool { return programPattern.MatchString(name) }

// LoadCatalog finds the executables named payment-* and shipping-* in dir. args holds command lines by program name.
// When dir has a plugins.sha256, exactly the files it lists may run, with the checksums it gives; any difference is an
// error of one line. Without it the files are pinned as they are now.
func LoadCatalog(dir string, args map[string][]string) (Catalog, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	pins, err := readPins(filepath.Join(dir, ChecksumFile))
	if err != nil {
		return nil, err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the plugin folder: %w", err)
	}
	var catalog Catalog
	for _, file := range files {
		match := programPattern.FindStringSubmatch(file.Name())
		if match == nil || !executable(file) {
			continue
		}
		sum, err := verified(filepath.Join(dir, file.Name()), pins)
		if err != nil {
			return nil, err
		}
		delete(pins, file.Name())
		catalog = append(catalog, Entry{
			Name: match[2], Kind: Kind(match[1]), Path: filepath.Join(dir, file.Name()), SHA256: sum, Args: args[file.Name()],
		})
	}
	for name := range pins {
		return nil, fmt.Errorf("plugin %s is listed in %s but is not an executable in %s", name, ChecksumFile, dir)
	}
	return catalog, nil
}

func executable(file fs.DirEntry) bool {
	info, err := file.Info()
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// verified returns the file's checksum, refusing one that differs from its pin or has none where others do.
func verified(path string, pins map[string]string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum, err := checksum(f)
	if err != nil || pins == nil {
		return sum, err
	}
	name := filepath.Base(path)
	switch want, ok := pins[name]; {
	case !ok:
		return "", fmt.Errorf("plugin %s is not listed in %s: build it with make, or remove it", name, ChecksumFile)
	case want != sum:
		return "", fmt.Errorf("plugin %s does not match its checksum in %s: it was changed after the build and will not be run", name, ChecksumFile)
	}
	return sum, nil
}

func checksum(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", fmt.Errorf("hash a plugin: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// readPins reads "<hex>  <file>" lines; nil when there is no file.
func readPins(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pins := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 || len(fields[0]) != sha256.Size*2 {
			return nil, fmt.Errorf("%s: %q is not a line of sha256sum", path, lines.Text())
		}
		if name := filepath.Base(strings.TrimPrefix(fields[1], "*")); programPattern.MatchString(name) {
			pins[name] = strings.ToLower(fields[0])
		}
	}
	return pins, lines.Err()
}
