package postgres

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

const (
	summaryColumns = `p.id, p.slug, p.title, p.brand, p.status, p.category_slug, p.image_url, p.image_alt, p.image_x, p.image_y, p.currency, p.min_price, p.max_price,
		p.compare_at, p.variant_count, p.only_variant, p.stars, p.created_at, lower(p.title), ` + inStock

	// Said as an aggregate and not as exists, which the planner would answer by reading all of the shop's stock at once.
	inStock = `coalesce((select bool_or(` + sellable + `) from ` + allStock + ` where s.product_id = p.id), false)`
)

// sorting is how a sort is said in SQL. The key and the id are both in it, so that no two rows are equal.
type sorting struct {
	key, cast, direction, compare string
	of                            func(summaryRow) string
}

var sortings = map[catalog.Sort]sorting{
	catalog.Newest:    {"p.created_at", "timestamptz", " desc", "<", func(r summaryRow) string { return r.createdAt.Format(time.RFC3339Nano) }},
	catalog.PriceUp:   {"p.min_price", "bigint", "", ">", priceKey},
	catalog.PriceDown: {"p.min_price", "bigint", " desc", "<", priceKey},
	catalog.ByTitle:   {"lower(p.title)", "text", "", ">", func(r summaryRow) string { return r.titleKey }},
}

func priceKey(r summaryRow) string { return strconv.FormatInt(r.MinPrice.Amount, 10) }

// summaryRow is a summary with what a cursor needs.
type summaryRow struct {
	catalog.Summary
	createdAt time.Time
	titleKey  string
}

// Products implements ports.CatalogView. It reads one row more than asked for, to know whether there is a next page.
func (s *session) Products(ctx context.Context, q catalog.Query) (page catalog.Page, err error) {
	var sql filtered
	if q.Category != "" {
		if sql.shelves, err = s.slugsBelow(ctx, q.Category); err != nil {
			return page, err
		}
	}
	if err := sql.filter(q); err != nil {
		return page, err
	}
	by := sql.by
	text := `select ` + summaryColumns + ` from products p` + sql.where() + ` order by ` + by.key + by.direction + `, p.id` + by.direction +
		` limit ` + sql.arg(q.Limit+1)
	rows, err := s.db.Query(ctx, text, sql.args...)
	if err != nil {
		return page, fault(err, "list products")
	}
	found, err := pgx.CollectRows(rows, scanSummary)
	if err != nil {
		return page, fault(err, "list products")
	}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		last := found[q.Limit-1]
		page.Next = encodeCursor(string(q.Sort), by.of(last), string(last.ID))
	}
	page.Products = make([]catalog.Summary, len(found))
	for i, r := range found {
		page.Products[i] = r.Summary
	}
	return page, nil
}

func scanSummary(row pgx.CollectableRow) (r summaryRow, err error) {
	var currency money.Currency
	var low, high, was int64
	var stars []int64
	err = row.Scan(&r.ID, &r.Slug, &r.Title, &r.Brand, &r.Status, &r.Category, &r.Image.URL, &r.Image.Alt, &r.Image.FocalX, &r.Image.FocalY, &currency, &low, &high, &was,
		&r.Variants, &r.VariantID, &stars, &r.createdAt, &r.titleKey, &r.InStock)
	copy(r.Rating[:], stars)
	r.MinPrice, r.MaxPrice, r.CompareAt = money.New(low, currency), money.New(high, currency), optional(was, currency)
	return r, err
}

// filtered collects conditions and their bound values.
type filtered struct {
	conditions []string
	args       []any
	by         sorting
	shelves    []string // slugs of the category that is asked for, and of those below it
}

func (f *filtered) arg(v any) string {
	f.args = append(f.args, v)
	return "$" + strconv.Itoa(len(f.args))
}

func (f *filtered) add(condition string) { f.conditions = append(f.conditions, condition) }

func (f *filtered) where() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " where " + strings.Join(f.conditions, " and ")
}

func (f *filtered) filter(q catalog.Query) error {
	if !q.Drafts {
		f.add(`p.status = 'active'`)
	}
	if words := searchWords(q.Text); words != "" {
		f.add(`p.search @@ to_tsquery('simple', ` + f.arg(words) + `)`)
	} else if q.Text != "" {
		f.add(`false`) // nothing in it that could be found
	}
	if q.Category != "" {
		f.add(f.shelf())
	}
	if q.Collection != nil {
		f.collection(q.Collection)
	}
	if q.MinPrice > 0 {
		f.add(`p.max_price >= ` + f.arg(q.MinPrice))
	}
	if q.MaxPrice > 0 {
		f.add(`p.min_price <= ` + f.arg(q.MaxPrice))
	}
	if q.InStock {
		f.add(inStock)
	}
	return f.after(q)
}

// shelf keeps to the categories. A single one is named as such, since its products can be read in the order of an index.
func (f *filtered) shelf() string {
	if len(f.shelves) == 1 {
		return `p.category_slug = ` + f.arg(f.shelves[0])
	}
	return `p.category_slug = any(` + f.arg(f.shelves) + `)`
}

// after goes on behind the last row of the previous page.
func (f *filtered) after(q catalog.Query) error {
	by, known := sortings[q.Sort]
	if q.Sort == catalog.Chosen && q.Collection != nil {
		by, known = f.chosen(q.Collection), true
	}
	if !known {
		return catalog.ErrCursor
	}
	f.by = by
	if q.After == "" {
		return nil
	}
	key, last, ok := decodeCursor(string(q.Sort), q.After)
	if !ok {
		return catalog.ErrCursor
	}
	var value any = key
	var err error
	switch by.cast {
	case "bigint":
		value, err = strconv.ParseInt(key, 10, 64)
	case "timestamptz":
		value, err = time.Parse(time.RFC3339Nano, key)
	}
	if err != nil {
		return catalog.ErrCursor
	}
	f.add(`(` + by.key + `, p.id) ` + by.compare + ` (` + f.arg(value) + `::` + by.cast + `, ` + f.arg(last) + `)`)
	return nil
}

// searchWords makes a text search query of what a person typed: all words must occur, the last one may be unfinished.
func searchWords(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	for i, w := range words {
		words[i] = "'" + w + "'"
	}
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, " & ") + ":*"
}

// encodeCursor names the listing it belongs to, so that another one refuses it.
func encodeCursor(of, key, id string) string {
	b, err := json.Marshal([3]string{of, key, id})
	if err != nil {
		panic(err) // strings always encode
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func decodeCursor(of, cursor string) (key, id string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", "", false
	}
	var parts [3]string
	if err := json.Unmarshal(b, &parts); err != nil || parts[0] != of || strings.ContainsRune(parts[1]+parts[2], 0) {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// optional is an amount that is zero when there is none.
func optional(amount int64, c money.Currency) money.Money {
	if amount == 0 {
		return money.Money{}
	}
	return money.New(amount, c)
}
