package productfile

import (
	"errors"
	"math/big"
	"net/url"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

const (
	maxText     = 255 // bytes of titles, names, codes and tags
	maxAlt      = 512
	maxURL      = 2048
	maxHTML     = 512 << 10
	maxSEO      = 1000
	maxTags     = 250
	maxQuantity = 999_999_999
	maxGrams    = 999_999_999
)

// badCell says what is wrong with a cell and how to mend it.
type badCell string

func (e badCell) Error() string { return string(e) }

// slugOf makes the slug of a handle: handles that are fine stay as they are but for letter case. It is "" when none can
// be made.
func slugOf(handle string) string {
	if isSlug(handle) {
		return strings.Clone(handle)
	}
	if len(handle) > 4*maxText {
		return ""
	}
	lower, slug := strings.ToLower(handle), catalog.Slugify(handle)
	if strings.ReplaceAll(lower, "_", "-") == slug {
		return strings.Clone(lower)
	}
	return slug
}

// isSlug recognises the plain handles that nearly all files have.
func isSlug(s string) bool {
	mark := true // a hyphen or the beginning came before
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			mark = false
		case (c == '-' || c == '_') && !mark:
			mark = true
		default:
			return false
		}
	}
	return !mark && len(s) <= maxText
}

func parseText(s string, limit int) (string, error) {
	if len(s) > limit {
		return "", badCell("this text is too long: use at most " + strconv.Itoa(limit) + " bytes")
	}
	return strings.Clone(s), nil // the cell would keep its whole row in memory
}

func parseBool(s string, blank bool) (bool, error) {
	switch strings.ToLower(s) {
	case "":
		return blank, nil
	case "true", "yes", "1":
		return true, nil
	case "false", "no", "0":
		return false, nil
	}
	return false, badCell("write true or false")
}

// parseContinue reads whether selling goes on below zero; both dialects write it as deny or continue, or as a bool.
func parseContinue(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "deny":
		return false, nil
	case "continue":
		return true, nil
	}
	if b, err := parseBool(s, false); err == nil {
		return b, nil
	}
	return false, badCell("write deny or continue")
}

func parseStatus(s string) (catalog.Status, error) {
	switch st := catalog.Status(strings.ToLower(s)); st {
	case catalog.Active, catalog.Draft, catalog.Archived:
		return st, nil
	}
	return "", badCell("write active, draft or archived")
}

func parsePrice(s string, c money.Currency) (money.Money, error) {
	if s == "" {
		return money.Money{}, badCell("the price is missing: write a number such as 19.90, or 0 when it is free")
	}
	if strings.HasPrefix(s, "-") {
		return money.Money{}, badCell("a price cannot be negative: write a number such as 19.90")
	}
	if len(s) > 40 {
		return money.Money{}, badCell("this price has too many digits: write a number such as 19.90")
	}
	if strings.Contains(s, ",") {
		return money.Money{}, badCell("write a plain decimal number with a point, such as 1299.90: no comma, no thousands separators")
	}
	m, err := money.ParseDecimal(s, c)
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return m, badCell(f.Message + ", without currency sign and thousands separators")
	}
	return m, err
}

func parseQuantity(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err == nil && n < 0:
		return 0, badCell("a quantity cannot be negative: write 0 when there is none left")
	case errors.Is(err, strconv.ErrRange), n > maxQuantity:
		return 0, badCell("this quantity is too large: use at most 999999999")
	case err != nil:
		return 0, badCell("write the quantity as a whole number, such as 12")
	}
	return n, nil
}

func parsePosition(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0, badCell("write the position as a whole number, such as 1")
	}
	return n, nil
}

// microgramsIn holds the weight units of the files.
var microgramsIn = map[string]int64{"g": 1e6, "kg": 1e9, "oz": 28_349_523, "lb": 453_592_370}

// parseWeight reads a decimal number of a unit as whole grams, halves rounded up.
func parseWeight(s, unit string) (int64, error) {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil && unit == "g" && n <= maxGrams {
		return int64(n), nil
	}
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return 0, badCell("write the weight as a plain number, such as 250 or 0.25")
	}
	if len(whole) > 12 || len(frac) > 12 {
		return 0, badCell("this weight has too many digits")
	}
	per, ok := microgramsIn[strings.ToLower(unit)]
	if !ok {
		return 0, badCell("name the weight's unit: g, kg, oz or lb")
	}
	n, _ := new(big.Int).SetString(whole+frac, 10)
	n.Mul(n, big.NewInt(per))
	scale := new(big.Int).Mul(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(len(frac))), nil), big.NewInt(1e6))
	n.Add(n, new(big.Int).Rsh(scale, 1)).Quo(n, scale)
	if !n.IsInt64() || n.Int64() > maxGrams {
		return 0, badCell("this weight is too large")
	}
	return n.Int64(), nil
}

// parseURL accepts http and https addresses, and paths on the shop's own host.
func parseURL(s string) (string, error) {
	if len(s) > maxURL {
		return "", badCell("this address is too long: use at most 2048 bytes")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil, strings.Contains(s, `\`), u.User != nil:
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//"):
		return strings.Clone(s), nil
	case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "":
		return strings.Clone(s), nil
	}
	return "", badCell("write an address that begins with https:// (or http://), or a path that begins with one /")
}

// parseTags splits a cell of tags, leaving out blank ones and repetitions.
func parseTags(s string) ([]string, error) {
	var all []string
	known := map[string]bool{}
	for t := range strings.SplitSeq(s, ",") {
		if t = strings.TrimSpace(t); t == "" || known[strings.ToLower(t)] {
			continue
		}
		t, err := parseText(t, maxText)
		if err != nil {
			return nil, err
		}
		if known[strings.ToLower(t)] = true; len(known) > maxTags {
			return nil, badCell("there are too many tags: use at most 250")
		}
		all = append(all, t)
	}
	return all, nil
}

// parseCategory reads a type, or the path of a taxonomy such as "Home > Lighting", whose last part counts.
func parseCategory(s string) (*catalog.Category, error) {
	parts := strings.Split(s, ">")
	name, err := parseText(strings.TrimSpace(parts[len(parts)-1]), maxText)
	if err != nil {
		return nil, err
	}
	if slug := catalog.Slugify(name); slug != "" {
		return &catalog.Category{Slug: slug, Name: name}, nil
	}
	return nil, nil //nolint:nilnil // no category is a fine answer
}
