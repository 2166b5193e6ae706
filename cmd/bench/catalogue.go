package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// The shops of the catalogue's benchmark. What a request costs in the large one is compared with the same request in the
// usual one.
const (
	usualShop, largeShop = "usual", "large"
	usualProducts        = 1000
	variantsEach         = 3
	smallProducts        = 10
	reader               = 8 // users at once
)

// loading is how fast a catalogue comes in.
type loading struct {
	products, rows  int
	imported, index time.Duration
	memory          int64 // the importer's largest resident set, bytes
}

// comparison is one workload in both shops.
type comparison struct {
	name         string
	usual, large measurement
}

// measureCatalogue fills a large shop beside a usual one and many small ones, and measures the reads of both.
func measureCatalogue(ctx context.Context, s *stack, dir string, products, shops int, duration time.Duration, profile string) (loading, []comparison, error) {
	for i := range shops {
		if _, err := s.fill(ctx, dir, "small-"+strconv.Itoa(i), smallProducts); err != nil {
			return loading{}, nil, err
		}
	}
	if _, err := s.fill(ctx, dir, usualShop, usualProducts); err != nil {
		return loading{}, nil, err
	}
	load, err := s.fill(ctx, dir, largeShop, products)
	if err != nil {
		return load, nil, err
	}
	if err := s.halum(ctx, "search", "reindex", "--tenant", usualShop); err != nil {
		return load, nil, err
	}
	begun := time.Now()
	if err := s.halum(ctx, "search", "reindex", "--tenant", largeShop); err != nil {
		return load, nil, err
	}
	load.index = time.Since(begun)
	if _, err := s.stats.Exec(ctx, "vacuum analyze"); err != nil {
		return load, nil, err
	}
	all, err := s.compare(ctx, s.warm(usualShop), s.warm(largeShop), duration, profile)
	if err != nil {
		return load, nil, err
	}
	if err := s.serveForgetful(ctx); err != nil {
		return load, nil, err
	}
	cold, err := s.compare(ctx, s.cold(usualShop, usualProducts), s.cold(largeShop, products), duration, profile)
	return load, append(all, cold...), err
}

func (s *stack) compare(ctx context.Context, usual, large []workload, duration time.Duration, profile string) (all []comparison, err error) {
	for i := range usual {
		c := comparison{name: usual[i].name}
		if c.usual, err = measure(ctx, s, usual[i], reader, duration, profile); err != nil {
			return all, fmt.Errorf("%s in the usual shop: %w", c.name, err)
		}
		if c.large, err = measure(ctx, s, large[i], reader, duration, profile); err != nil {
			return all, fmt.Errorf("%s in the large shop: %w", c.name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// serveForgetful starts the server anew, without answers kept in memory: every request is worked for.
func (s *stack) serveForgetful(ctx context.Context) error {
	_ = s.server.Process.Signal(syscall.SIGTERM)
	_ = s.server.Wait()
	s.env = append(s.env, "HALUM_CACHE_MB=-1")
	return s.serve(ctx)
}

// fill opens a shop with a catalogue of n products.
func (s *stack) fill(ctx context.Context, dir, slug string, n int) (loading, error) {
	load := loading{products: n, rows: n * variantsEach}
	file := filepath.Join(dir, slug+".csv")
	if err := writeCatalogue(file, n); err != nil {
		return load, err
	}
	defer func() { _ = os.Remove(file) }()
	err := s.halum(ctx, "tenant", "create", "--slug", slug, "--name", slug, "--currency", "USD",
		"--email", slug+"@bench.example", "--password", "correct horse battery")
	if err != nil {
		return load, err
	}
	cmd := exec.CommandContext(ctx, bin, "catalog", "import", "--tenant", slug, file)
	cmd.Env, cmd.Stderr = s.env, os.Stderr
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return load, fmt.Errorf("import into %s: %w", slug, err)
	}
	load.imported = time.Since(begun)
	if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		load.memory = used.Maxrss << 10 // kilobytes on Linux
	}
	return load, nil
}

// warm are reads that are answered from memory.
func (s *stack) warm(shop string) []workload {
	return []workload{
		{"LIST warm", s.readingOf(shop, func() string { return "/products?limit=20" })},
		{"DETAIL warm", s.readingOf(shop, func() string { return "/products/item-" + strconv.Itoa(rand.IntN(50)) })},
	}
}

// cold are the reads of a shop with n products.
func (s *stack) cold(shop string, n int) []workload {
	word := func(kind int) string { return catalogueWords[kind][rand.IntN(len(catalogueWords[kind]))] }
	const facets = "/search?limit=20&facets=category&facets=brand&facets=options&facets=price&facets=in_stock&q="
	return []workload{
		{"LIST", s.readingOf(shop, func() string { return "/products?limit=20&category=shelf-" + strconv.Itoa(rand.IntN(shelves)) })},
		{"LIST sorted", s.readingOf(shop, func() string {
			return "/products?limit=20&sort=price_asc&in_stock=true&category=shelf-" + strconv.Itoa(rand.IntN(shelves))
		})},
		{"DETAIL", s.readingOf(shop, func() string { return "/products/item-" + strconv.Itoa(rand.IntN(n)) })},
		{"SEARCH", s.readingOf(shop, func() string { return "/search?limit=20&q=" + word(1) + "+" + word(2) })},
		{"FACETS", s.readingOf(shop, func() string { return facets + word(1) + "+" + word(2) })},
		{"FACETS all", s.readingOf(shop, func() string { return facets })},
		{"SUGGEST", s.readingOf(shop, func() string {
			w := word(rand.IntN(len(catalogueWords)))
			return "/search/suggestions?q=" + w[:2+rand.IntN(len(w)-2)]
		})},
	}
}

// The words of the catalogue's titles: material, colour, thing, style.
var catalogueWords = [][]string{
	{"cotton", "linen", "silk", "jute", "woollen", "leather", "bamboo", "khadi"},
	{"indigo", "crimson", "saffron", "emerald", "ivory", "charcoal", "turquoise", "maroon"},
	{"kurta", "saree", "scarf", "panjabi", "tunic", "jacket", "basket", "cushion"},
	{"handwoven", "embroidered", "printed", "quilted", "pleated", "striped", "plain", "festive"},
}

const shelves, brands = 40, 200

// writeCatalogue writes a product file in Shopify's dialect.
func writeCatalogue(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	buffered := bufio.NewWriterSize(f, 1<<20)
	w := csv.NewWriter(buffered)
	_ = w.Write([]string{
		"Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Grams",
		"Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy", "Variant Price", "Variant Requires Shipping", "Image Src", "Image Alt Text",
	})
	random := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range n {
		pick := func(kind int) string { return catalogueWords[kind][random.IntN(len(catalogueWords[kind]))] }
		material, colour, thing, style := pick(0), pick(1), pick(2), pick(3)
		price := 500 + random.IntN(9500)
		for v, size := range []string{"Small", "Medium", "Large"} {
			row := make([]string, 18)
			row[0], row[8], row[9] = "item-"+strconv.Itoa(i), size, fmt.Sprintf("SKU-%d-%d", i, v)
			row[10], row[11], row[12], row[13] = "250", "shopify", strconv.Itoa(random.IntN(50)), "deny"
			row[14], row[15] = fmt.Sprintf("%d.%02d", (price+v*100)/100, price%100), "true"
			if v == 0 {
				row[1] = fmt.Sprintf("%s %s %s %s", style, colour, material, thing)
				row[2] = fmt.Sprintf("<p>A %s %s of %s, number %d, made by hand in small numbers.</p>", style, thing, material, i)
				row[3], row[4], row[5], row[6] = "Maker "+strconv.Itoa(random.IntN(brands)), "Shelf "+strconv.Itoa(i%shelves), colour+", "+material, "true"
				row[7], row[16], row[17] = "Size", fmt.Sprintf("https://img.example/%d.jpg", i), thing
			}
			_ = w.Write(row)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}
