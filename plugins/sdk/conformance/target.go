package conformance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// target is a program that can be started.
type target struct {
	argv   []string // absolute
	dir    string   // where it comes from
	label  string   // file or folder name, such as "payment-acme"
	sha256 string   // of the program's file
}

// resolve finds, and where needed builds, the program at path.
func resolve(ctx context.Context, path, work string) (target, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return target{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return target{}, err
	}
	t := target{dir: filepath.Dir(path), label: filepath.Base(path), argv: []string{path}}
	switch {
	case info.IsDir() && exists(filepath.Join(path, "package.json")):
		t.dir = path
		t.argv, err = nodeProgram(ctx, path)
	case info.IsDir():
		t.dir = path
		t.argv, err = goProgram(ctx, path, work)
	case info.Mode()&0o111 == 0:
		err = fmt.Errorf("%s is neither a folder nor an executable", path)
	}
	if err != nil {
		return target{}, err
	}
	t.sha256, err = fileSum(t.argv[len(t.argv)-1])
	return t, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func goProgram(ctx context.Context, dir, work string) ([]string, error) {
	if files, _ := filepath.Glob(filepath.Join(dir, "*.go")); len(files) == 0 {
		return nil, fmt.Errorf("%s holds neither Go files nor a package.json: name the executable instead", dir)
	}
	program := filepath.Join(work, filepath.Base(dir))
	err := command(ctx, dir, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".")
	return []string{program}, err
}

// nodeProgram starts the script that package.json names as its bin or main with node.
func nodeProgram(ctx context.Context, dir string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Bin  json.RawMessage `json:"bin"`
		Main string          `json:"main"`
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, "package.json"), err)
	}
	script := manifest.Main
	named := map[string]string{}
	if json.Unmarshal(manifest.Bin, &named) == nil {
		for _, path := range named {
			script = path
		}
	}
	_ = json.Unmarshal(manifest.Bin, &script) // a bin that is a text is the script
	if script == "" {
		return nil, fmt.Errorf("%s names no bin and no main", filepath.Join(dir, "package.json"))
	}
	if !exists(filepath.Join(dir, "node_modules")) {
		install := "install"
		if exists(filepath.Join(dir, "package-lock.json")) {
			install = "ci"
		}
		if err := command(ctx, dir, "npm", install, "--no-audit", "--no-fund"); err != nil {
			return nil, err
		}
	}
	node, err := exec.LookPath("node")
	return []string{node, filepath.Join(dir, script)}, err
}

func command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // a build command of ours
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return errors.Join(fmt.Errorf("%s %s in %s: %w", name, strings.Join(args, " "), dir, err), errors.New(strings.TrimSpace(string(out))))
	}
	return nil
}

func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}
