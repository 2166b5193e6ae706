package postgres

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/review"
	"github.com/halum-hut/halum/ports"
)

const (
	selectReviews = `select r.id, r.product_id, r.variant_id, r.order_id, r.customer_id, r.author, r.stars, r.title, r.body, r.status, r.reason,
			r.reply, r.replied_at, r.helpful, r.revision, r.created_at, r.updated_at
		from reviews r`

	saveReviews = `insert into reviews (id, product_id, variant_id, order_id, customer_id, author, stars, title, body, status, reason, reply,
			replied_at, revision, created_at, updated_at)
		select x.id, x.product_id, x.variant_id, x.order_id, x.customer_id, x.author, x.stars, x.title, x.body, x.status, x.reason, x.reply,
			x.replied_at, x.revision, x.created_at, x.updated_at
		from jsonb_to_recordset($1) as x (id text, product_id text, variant_id text, order_id text, customer_id text, author text,
			stars smallint, title text, body text, status text, reason text, reply text, replied_at timestamptz, revision bigint,
			created_at timestamptz, updated_at timestamptz) order by x.id
		on conflict (id) do update set author = excluded.author, stars = excluded.stars, title = excluded.title, body = excluded.body,
			status = excluded.status, reason = excluded.reason, reply = excluded.reply, replied_at = excluded.replied_at,
			revision = excluded.revision, updated_at = excluded.updated_at`

	// Products are locked in the order of ids, as everywhere, so that two who do this at once wait for each other.
	lockRated  = `select p.id from products p where p.id = any($1) order by p.id for update`
	addRatings = `update products p set stars = array[p.stars[1] + x.s1, p.stars[2] + x.s2, p.stars[3] + x.s3, p.stars[4] + x.s4, p.stars[5] + x.s5]
		from jsonb_to_recordset($1) as x (id text, s1 bigint, s2 bigint, s3 bigint, s4 bigint, s5 bigint) where p.id = x.id`
	deleteVotes  = `delete from review_votes v where v.review_id = $1`
	deleteReview = `delete from reviews r where r.id = $1`

	selectPurchases = `select o.id, o.number, l.product_id, l.variant_id, l.slug, l.title, l.variant_title, l.image_url
		from orders o join order_lines l on l.order_id = o.id join products p on p.id = l.product_id
		where o.customer_id = $1 and o.customer_id <> '' and o.status = 'fulfilled' and ($2 = '' or o.id = $2)
			and not exists (select from reviews r where r.order_id = o.id and r.variant_id = l.variant_id)
		order by o.number desc, l.position limit 100`

	addVote = `with voted as (insert into review_votes (review_id, customer_id) values ($1, $2) on conflict do nothing returning review_id)
		update reviews r set helpful = r.helpful + 1 from voted where r.id = voted.review_id`
	dropVote = `with voted as (delete from review_votes v where v.review_id = $1 and v.customer_id = $2 returning v.review_id)
		update reviews r set helpful = r.helpful - 1 from voted where r.id = voted.review_id`
)

// reviewOrder is how a sort is said in SQL, and the cursor's key.
type reviewOrder struct {
	by, after string // after compares with ($1, $2, $3), the rank, time and id of the last row
	rank      func(review.Review) int64
}

var reviewOrders = map[ports.ReviewSort]reviewOrder{
	ports.NewestReviews:  {`r.created_at desc, r.id desc`, `0`, func(review.Review) int64 { return 0 }},
	ports.HelpfulReviews: {`r.helpful desc, r.created_at desc, r.id desc`, `r.helpful`, func(r review.Review) int64 { return r.Helpful }},
	ports.HighestReviews: {`r.stars desc, r.created_at desc, r.id desc`, `r.stars`, func(r review.Review) int64 { return int64(r.Stars) }},
	ports.LowestReviews:  {`-r.stars desc, r.created_at desc, r.id desc`, `-r.stars`, func(r review.Review) int64 { return -int64(r.Stars) }},
}

const (
	reviewsPerPage = 20
	maxReviews     = 100
)

// Reviews implements ports.ReviewView.
func (s *session) Reviews(ctx context.Context, q ports.ReviewQuery) (page ports.ReviewPage, err error) {
	if q.Limit == 0 {
		q.Limit = reviewsPerPage
	}
	if q.Sort == "" {
		q.Sort = ports.NewestReviews
	}
	by, known := reviewOrders[q.Sort]
	switch {
	case q.Limit < 1 || q.Limit > maxReviews:
		return page, corefault.InvalidField("limit", "use 1 to 100")
	case !known:
		return page, corefault.InvalidField("sort", "use newest, helpful, highest or lowest")
	}
	var f filtered
	for _, c := range []struct {
		column string
		value  string
	}{{"r.product_id", string(q.Product)}, {"r.customer_id", q.Customer}, {"r.status", string(q.Status)}} {
		if c.value != "" {
			f.add(c.column + ` = ` + f.arg(c.value))
		}
	}
	if q.Stars != 0 {
		f.add(`r.stars = ` + f.arg(q.Stars))
	}
	if err := f.reviewsAfter(q, by); err != nil {
		return page, err
	}
	page.Reviews, err = s.reviews(ctx, f.where()+` order by `+by.by+` limit `+f.arg(q.Limit+1), f.args...)
	if len(page.Reviews) > q.Limit {
		page.Reviews = page.Reviews[:q.Limit]
		last := page.Reviews[q.Limit-1]
		page.Next = encodeCursor("reviews "+string(q.Sort), strconv.FormatInt(by.rank(last), 10)+" "+last.CreatedAt.Format(time.RFC3339Nano), string(last.ID))
	}
	return page, err
}

func (f *filtered) reviewsAfter(q ports.ReviewQuery, by reviewOrder) error {
	if q.After == "" {
		return nil
	}
	key, id, ok := decodeCursor("reviews "+string(q.Sort), q.After)
	rankText, timeText, cut := strings.Cut(key, " ")
	rank, rankErr := strconv.ParseInt(rankText, 10, 64)
	at, timeErr := time.Parse(time.RFC3339Nano, timeText)
	if !ok || !cut || rankErr != nil || timeErr != nil {
		return errOrderCursor
	}
	f.add(`(` + by.after + `, r.created_at, r.id) < (` + f.arg(rank) + `, ` + f.arg(at) + `, ` + f.arg(id) + `)`)
	return nil
}

func (s *session) reviews(ctx context.Context, rest string, args ...any) ([]review.Review, error) {
	rows, err := s.db.Query(ctx, selectReviews+rest, args...)
	if err != nil {
		return nil, fault(err, "read reviews")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r review.Review, err error) {
		var replied *time.Time
		err = row.Scan(&r.ID, &r.Product, &r.Variant, &r.Order, &r.Customer, &r.Author, &r.Stars, &r.Title, &r.Text, &r.Status, &r.Reason,
			&r.Reply, &replied, &r.Helpful, &r.Revision, &r.CreatedAt, &r.UpdatedAt)
		if replied != nil {
			r.RepliedAt = *replied
		}
		return r, err
	})
	return all, fault(err, "read reviews")
}

// ReviewsByID implements ports.ReviewView.
func (s *session) ReviewsByID(ctx context.Context, ids []review.ID) (map[review.ID]review.Review, error) {
	all, err := s.reviews(ctx, ` where r.id = any($1) order by r.id`+s.forUpdate("r"), ids)
	found := make(map[review.ID]review.Review, len(all))
	for _, r := range all {
		found[r.ID] = r
	}
	return found, err
}

// Purchases implements ports.ReviewView.
func (s *session) Purchases(ctx context.Context, customer string, only order.ID) ([]review.Purchase, error) {
	rows, err := s.db.Query(ctx, selectPurchases, customer, only)
	if err != nil {
		return nil, fault(err, "read purchases")
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[review.Purchase])
	return all, fault(err, "read purchases")
}

// VotedReviews implements ports.ReviewView.
func (s *session) VotedReviews(ctx context.Context, customer string, ids []review.ID) ([]review.ID, error) {
	rows, err := s.db.Query(ctx, `select v.review_id from review_votes v where v.customer_id = $1 and v.review_id = any($2)`, customer, ids)
	if err != nil {
		return nil, fault(err, "read votes")
	}
	voted, err := pgx.CollectRows(rows, pgx.RowTo[review.ID])
	return voted, fault(err, "read votes")
}

// CountPendingReviews implements ports.ReviewView.
func (s *session) CountPendingReviews(ctx context.Context, customer string) (n int, err error) {
	err = s.db.QueryRow(ctx, `select count(*) from reviews r where r.customer_id = $1 and r.status = 'pending'`, customer).Scan(&n)
	return n, fault(err, "count reviews")
}

// reviewRow is how a review is sent to the database.
type reviewRow struct {
	ID         review.ID         `json:"id"`
	ProductID  catalog.ProductID `json:"product_id"`
	VariantID  catalog.VariantID `json:"variant_id"`
	OrderID    order.ID          `json:"order_id"`
	CustomerID string            `json:"customer_id"`
	Author     string            `json:"author"`
	Stars      int               `json:"stars"`
	Title      string            `json:"title"`
	Body       string            `json:"body"`
	Status     review.Status     `json:"status"`
	Reason     string            `json:"reason"`
	Reply      string            `json:"reply"`
	RepliedAt  *time.Time        `json:"replied_at"`
	Revision   int64             `json:"revision"`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
}

func toReviewRow(r review.Review) reviewRow {
	row := reviewRow{
		ID: r.ID, ProductID: r.Product, VariantID: r.Variant, OrderID: r.Order, CustomerID: r.Customer, Author: r.Author, Stars: r.Stars,
		Title: r.Title, Body: r.Text, Status: r.Status, Reason: r.Reason, Reply: r.Reply, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
	if !r.RepliedAt.IsZero() {
		row.RepliedAt = &r.RepliedAt
	}
	return row
}

// SaveReviews implements ports.ReviewTx.
func (s *session) SaveReviews(ctx context.Context, all []review.Review, ratings map[catalog.ProductID]catalog.Rating) error {
	rows := make([]reviewRow, len(all))
	for i, r := range all {
		rows[i] = toReviewRow(r)
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return corefault.Wrap(err, "encode reviews")
	}
	var b pgx.Batch
	b.Queue(saveReviews, string(text))
	if err := queueRatings(&b, ratings); err != nil {
		return err
	}
	return fault(s.db.SendBatch(ctx, &b).Close(), "save reviews")
}

func queueRatings(b *pgx.Batch, ratings map[catalog.ProductID]catalog.Rating) error {
	type change struct {
		ID catalog.ProductID `json:"id"`
		S1 int64             `json:"s1"`
		S2 int64             `json:"s2"`
		S3 int64             `json:"s3"`
		S4 int64             `json:"s4"`
		S5 int64             `json:"s5"`
	}
	var changes []change
	var ids []catalog.ProductID
	for id, r := range ratings {
		if r != (catalog.Rating{}) {
			changes, ids = append(changes, change{id, r[0], r[1], r[2], r[3], r[4]}), append(ids, id)
		}
	}
	if changes == nil {
		return nil
	}
	text, err := json.Marshal(changes)
	if err != nil {
		return corefault.Wrap(err, "encode ratings")
	}
	b.Queue(lockRated, ids)
	b.Queue(addRatings, string(text))
	return nil
}

// DeleteReview implements ports.ReviewTx.
func (s *session) DeleteReview(ctx context.Context, r review.Review, rating catalog.Rating) error {
	var b pgx.Batch
	b.Queue(deleteVotes, r.ID)
	b.Queue(deleteReview, r.ID)
	if err := queueRatings(&b, map[catalog.ProductID]catalog.Rating{r.Product: rating}); err != nil {
		return err
	}
	return fault(s.db.SendBatch(ctx, &b).Close(), "delete a review")
}

// VoteReview implements ports.ReviewTx.
func (s *session) VoteReview(ctx context.Context, id review.ID, customer string, helpful bool) error {
	sql := dropVote
	if helpful {
		sql = addVote
	}
	_, err := s.db.Exec(ctx, sql, id, customer)
	return fault(err, "vote for a review")
}
