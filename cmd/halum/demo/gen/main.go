// Command gen draws the pictures of the demo shops: one or more for each product named in the shops' catalogues, and each
// shop's logo, icon and banner. It runs in the folder above its own, writes below media, and draws the same bytes every time.
package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run draws everything below dir/media.
func run(dir string) error {
	for shop := range catalogues {
		pictures, err := draw(dir, shop)
		if err != nil {
			return fmt.Errorf("%s: %w", shop, err)
		}
		if err := write(filepath.Join(dir, "media", shop), pictures); err != nil {
			return err
		}
	}
	return nil
}

func write(dir string, pictures map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, svg := range pictures {
		if err := os.WriteFile(filepath.Join(dir, name), svg, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// draw makes every file of a shop, by name.
func draw(dir, shop string) (map[string][]byte, error) {
	names, err := wanted(filepath.Join(dir, shop+".csv"))
	if err != nil {
		return nil, err
	}
	out := brand(shop)
	for _, name := range names {
		handle, n := split(name)
		w, ok := catalogues[shop][handle]
		if !ok {
			return nil, fmt.Errorf("no drawing for %q", handle)
		}
		out[name] = w.picture(handle, n)
	}
	return out, nil
}

// wanted lists the picture files a catalogue refers to.
func wanted(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	column := slices.Index(rows[0], "Image Src")
	var names []string
	for _, row := range rows[1:] {
		if row[column] != "" {
			names = append(names, filepath.Base(row[column]))
		}
	}
	return names, nil
}

// split takes "moon-vase-2.svg" apart into the handle and the number of the picture, which is 1 when absent.
func split(name string) (handle string, n int) {
	stem := strings.TrimSuffix(name, ".svg")
	if i := strings.LastIndexByte(stem, '-'); i > 0 {
		if n, err := strconv.Atoi(stem[i+1:]); err == nil {
			return stem[:i], n
		}
	}
	return stem, 1
}
