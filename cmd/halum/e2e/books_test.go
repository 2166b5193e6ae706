//go:build faults

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// settle waits until the bank has delivered all it has to say, and nothing is open at the shop: no payment, capture or
// refund, no event of the bank, no job.
func (s *stack) settle(slug string, within time.Duration) {
	s.t.Helper()
	var last string
	require.Eventually(s.t, func() bool {
		last = s.open(slug)
		return last == ""
	}, within, time.Second, "still open after %s: %s", within, &last)
}

// unlessRefused leaves out payments whose refund the bank has refused: staff was told, and must find another way.
const unlessRefused = `and not exists (select from %[1]s.payment_moves m where m.payment_id = p.id and m.kind = 'refund' and m.status = 'failed')`

// open says what is not settled yet.
func (s *stack) open(slug string) string {
	ctx, schema := context.Background(), s.schema(slug)
	for name, query := range map[string]string{
		"payments":         `select count(*) from %[1]s.payments where status in ('created', 'processing', 'requires_action')`,
		"captures/refunds": `select count(*) from %[1]s.payment_moves where status in ('open', 'pending')`,
		"money to return":  `select count(*) from %[1]s.payments p where unfit <> '' and captured > refunded + lost ` + unlessRefused,
		"provider events":  `select count(*) from %[1]s.provider_events where status in ('received', 'parked')`,
		"jobs":             `select count(*) from river.river_job where state in ('available', 'retryable', 'running')`,
	} {
		if !strings.Contains(query, "%") {
			query += "%.0[1]s"
		}
		var n int64
		if err := s.db.QueryRow(ctx, fmt.Sprintf(query, schema)).Scan(&n); err != nil || n > 0 {
			return fmt.Sprintf("%d %s %v", n, name, err)
		}
	}
	bank, err := journal.Open(s.journal, time.Now)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = bank.Close() }()
	if n, err := bank.Waiting(ctx); err != nil || n > 0 {
		return fmt.Sprintf("%d webhooks %v", n, err)
	}
	return ""
}

// booked is a payment as the shop has it.
type booked struct {
	status, unfit, order, orderPayment                  string
	asked, amount, captured, refunded, refunding, total int64
}

// compareBooks checks the invariants of money, stock and events (I1 to I8 and I10 of the product's trust model) by SQL,
// and the shop's books against the bank's journal, which another process wrote.
func (s *stack) compareBooks(t *testing.T, slug string, stock int64) {
	t.Helper()
	ours, theirs := s.booked(t, slug), s.banked(t, slug)
	for id, p := range theirs {
		q, ok := ours[id.Key]
		require.True(t, ok || !p.Charged, "I3: the bank has %s, the shop has not", id.Key)
		require.Equal(t, p.Taken(), q.captured, "I3: %s, captured; bank %+v, shop %+v", id.Key, p.Record, q)
		require.Equal(t, p.GivenBack(), q.refunded+q.refunding, "I3: %s, refunded; bank %+v, shop %+v", id.Key, p.Refunds, q)
		if q.order == "cancelled" && !slices.ContainsFunc(p.Refunds, func(r journal.Record) bool { return r.State == journal.RefundFailed }) {
			require.Zero(t, p.Taken()-p.GivenBack(), "%s: the order is cancelled and the bank still has money: %+v", id.Key, p)
		}
	}
	for id, q := range ours {
		_, known := theirs[journal.ID{Tenant: s.tenantID(slug), Mode: "test", Key: id}]
		require.True(t, known || q.captured == 0, "I3: the shop counts money of %s, the bank does not know it", id)
		require.LessOrEqual(t, q.refunded+q.refunding, q.captured, "I5: %s", id)
	}
	zero := func(name, query string, args ...any) {
		t.Helper()
		rows, err := s.db.Query(t.Context(), fmt.Sprintf("select x::text from ("+query+" limit 5) x", s.schema(slug)), args...)
		require.NoError(t, err, query)
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err, query)
		require.Empty(t, found, name)
	}
	zero("I1: orders that are paid or promised for less than their total", `select * from %[1]s.orders o where payment_status in ('paid', 'authorized')
		and total > (select coalesce(sum(case when status = 'authorized' then amount else captured end), 0) from %[1]s.payments where order_id = o.id and unfit = '' and status in ('authorized', 'captured'))`)
	zero("I1: confirmed orders without money", `select o.id, o.status, o.payment_status, (select string_agg(p::text, ' ') from %[1]s.payments p where p.order_id = o.id) from %[1]s.orders o where total > 0
		and (status = 'confirmed' or status = 'fulfilled' and payment_status <> 'expired') -- sent on a promise that nobody captured in time
		and not exists (select from %[1]s.payments where order_id = o.id and unfit = '' and status in ('authorized', 'captured'))`)
	zero("I2: orders with two payments that count", `select * from (select order_id from %[1]s.payments where unfit = '' and captured > refunded group by 1 having count(*) > 1) x`)
	zero("I4: postings that do not sum to zero", `select * from (select posting_id from %[1]s.ledger_entries group by posting_id, currency having sum(amount) <> 0) x`)
	zero("I6: impossible stock", `select * from %[1]s.stock where on_hand < 0 or reserved < 0 or reserved > on_hand`)
	zero("I6: stock that is not received - sent", `select * from %[1]s.stock where on_hand <> $1 - (select coalesce(sum(quantity), 0) from %[1]s.order_lines l join %[1]s.orders o on o.id = l.order_id where o.status = 'fulfilled')`, stock)
	zero("I6: reserved that is not what orders hold", `select * from %[1]s.stock where reserved <> (select coalesce(sum(quantity), 0) from %[1]s.order_lines l join %[1]s.orders o on o.id = l.order_id where o.status in ('pending', 'confirmed'))`)
	zero("I7: events of the bank without an end", `select * from %[1]s.provider_events where status not in ('processed', 'ignored')`)
	require.Equal(t, s.told(t), s.count(slug, `select count(*) from %s.provider_events`), "I7: events the bank has delivered, and events that are kept")
	zero("I8: orders told about more or less than once", `select * from %[1]s.orders o where (select count(*) from %[1]s.events where kind = 'order.confirmed' and subject = o.id)
		<> (select count(*) from %[1]s.notifications where topic = 'staff' and kind = 'order.confirmed' and order_id = o.id)`)
	zero("I8: confirmed orders without their event", `select * from %[1]s.orders o where status in ('confirmed', 'fulfilled') and not exists (select from %[1]s.events where kind = 'order.confirmed' and subject = o.id)`)
	zero("I10: totals", `select * from %[1]s.orders o where total <> shipping + (select sum(total) from %[1]s.order_lines where order_id = o.id)`)
	zero("jobs that were given up", `select * from river.river_job where state in ('discarded', 'cancelled')%.0[1]s`)
	for _, f := range s.reconcile(t, slug) {
		require.Equal(t, "unfit_money", f.Kind, "the product's own reconciliation: %+v", f)
	}
	t.Logf("%d orders, %d payments, %d at the bank, %d captures and refunds, %d events of the bank: all books tally",
		s.count(slug, "select count(*) from %s.orders"), len(ours), len(theirs), s.count(slug, "select count(*) from %s.payment_moves"), s.told(t))
}

type finding struct{ Payment, Kind, Ours, Theirs string }

func (s *stack) reconcile(t *testing.T, slug string) []finding {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, "bin/halum"), "payments", "reconcile", "--tenant", slug, "--json")
	cmd.Env = s.env
	out, _ := cmd.Output() // findings make it fail
	var report struct{ Findings []finding }
	require.NoError(t, json.Unmarshal(out, &report), "%s", out)
	return report.Findings
}

func (s *stack) tenantID(slug string) (id string) {
	s.t.Helper()
	require.NoError(s.t, s.db.QueryRow(s.t.Context(), "select id from platform.tenants where slug = $1", slug).Scan(&id))
	return id
}

func (s *stack) booked(t *testing.T, slug string) map[string]booked {
	t.Helper()
	rows, err := s.db.Query(t.Context(), fmt.Sprintf(`select p.id, p.status, p.unfit, o.status, o.payment_status, p.asked, p.amount, p.captured, p.refunded, p.refunding, o.total
		from %[1]s.payments p join %[1]s.orders o on o.id = p.order_id where p.provider = 'sandbox'`, s.schema(slug)))
	require.NoError(t, err)
	defer rows.Close()
	all := map[string]booked{}
	for rows.Next() {
		var id string
		var b booked
		require.NoError(t, rows.Scan(&id, &b.status, &b.unfit, &b.order, &b.orderPayment, &b.asked, &b.amount, &b.captured, &b.refunded, &b.refunding, &b.total))
		all[id] = b
	}
	require.NoError(t, rows.Err())
	return all
}

// banked is what the journal says of a shop's payments.
func (s *stack) banked(t *testing.T, slug string) map[journal.ID]journal.Payment {
	t.Helper()
	all, err := journal.Payments(s.journal)
	require.NoError(t, err)
	of, mine := s.tenantID(slug), map[journal.ID]journal.Payment{}
	for id, p := range all {
		if id.Tenant == of && p.Known() {
			mine[id] = p
		}
	}
	return mine
}

// told counts the events that the bank has delivered at least once.
func (s *stack) told(t *testing.T) int64 {
	t.Helper()
	records, err := journal.Read(s.journal)
	require.NoError(t, err)
	events := map[string]bool{}
	for _, r := range records {
		if r.Kind == journal.KindWebhook && r.State == journal.Delivered {
			events[r.ID] = true
		}
	}
	return int64(len(events))
}

// sandboxes are the process ids of the sandbox on all nodes.
func (s *stack) sandboxes() (pids []int) {
	all, _ := os.ReadDir("/proc")
	for _, e := range all {
		text, err := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		var pid int
		if n, _ := fmt.Sscan(e.Name(), &pid); err == nil && n == 1 && strings.Contains(string(text), "payment-sandbox\x00") && strings.Contains(string(text), s.journal) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// zombies counts dead processes that nobody has waited for among the children of a process.
func zombies(of int) (n int) {
	all, _ := os.ReadDir("/proc")
	for _, e := range all {
		f, err := os.Open("/proc/" + e.Name() + "/status")
		if err != nil {
			continue
		}
		zombie, child := false, false
		for lines := bufio.NewScanner(f); lines.Scan(); {
			zombie = zombie || strings.HasPrefix(lines.Text(), "State:\tZ")
			child = child || lines.Text() == fmt.Sprintf("PPid:\t%d", of)
		}
		_ = f.Close()
		if zombie && child {
			n++
		}
	}
	return n
}
