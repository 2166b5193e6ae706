package importing_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/adapters/productfile"
	"github.com/halum-hut/halum/core/app/importing"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// A worker process is this test program with these variables.
const (
	childURL    = "HALUM_IMPORT_TEST_URL"
	childTenant = "HALUM_IMPORT_TEST_TENANT"
	childImport = "HALUM_IMPORT_TEST_IMPORT"
	childLater  = "HALUM_IMPORT_TEST_LATER" // how far its clock is ahead
)

func TestMain(m *testing.M) {
	if os.Getenv(childURL) != "" {
		workUntilKilled()
		return
	}
	os.Exit(m.Run())
}

// workUntilKilled imports, and says after every batch how many products are done.
func workUntilKilled() {
	later, _ := time.ParseDuration(os.Getenv(childLater))
	db, err := postgres.Open(context.Background(), os.Getenv(childURL), postgres.Options{Routes: reactions.Routes})
	if err == nil {
		x := newImporter(db, func() time.Time { return time.Now().Add(later) }, 0)
		_, err = x.Work(context.Background(), tenant.ID(os.Getenv(childTenant)), catalog.ImportID(os.Getenv(childImport)), 0,
			func(i catalog.Import) { fmt.Println(i.Products) })
	}
	if err != nil {
		fmt.Println(err)
	}
}

// nobody has answers to forget.
type nobody struct{}

func (nobody) Forget(context.Context, string) error { return nil }
func (nobody) Subscribe(context.Context, func(string), func()) error {
	return nil
}

func newImporter(db *postgres.DB, now func() time.Time, limit int64) *importing.Importer {
	return importing.New(importing.Deps{Store: db, Registry: db, Source: productfile.New(now), Forget: nobody{}, Now: now, MaxBytes: limit})
}

func open(t *testing.T) *postgres.DB {
	t.Helper()
	return pgtest.New(t, func(o *postgres.Options) { o.Routes = reactions.Routes })
}

// file makes n products of two rows each; every hundredth has no price.
func file(n int) string {
	var b strings.Builder
	b.WriteString("Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty\n")
	for i := range n {
		price := "19.90"
		if i%100 == 50 {
			price = ""
		}
		fmt.Fprintf(&b, "p-%d,Product %d,Size,S,S-%d,%s,5\np-%d,,,L,L-%d,21.90,7\n", i, i, i, price, i, i)
	}
	return b.String()
}

func upload(t *testing.T, x *importing.Importer, of tenant.Tenant, in catalog.Import, text string) catalog.Import {
	t.Helper()
	if in.Policy == "" {
		in.Policy = catalog.SkipFailed
	}
	i, err := x.Upload(t.Context(), of.ID, "usr_1", in, strings.NewReader(text))
	require.NoError(t, err)
	return i
}

func work(t *testing.T, db *postgres.DB, x *importing.Importer, of tenant.Tenant, i catalog.Import) catalog.Import {
	t.Helper()
	again, err := x.Work(t.Context(), of.ID, i.ID, 0, nil)
	require.NoError(t, err)
	require.Zero(t, again)
	return get(t, db, of, i)
}

func get(t *testing.T, db *postgres.DB, of tenant.Tenant, i catalog.Import) (got catalog.Import) {
	t.Helper()
	require.NoError(t, db.View(t.Context(), of.ID, func(ctx context.Context, v ports.View) (err error) {
		got, err = v.CatalogImport(ctx, i.ID)
		return err
	}))
	return got
}

// TestAnImportSurvivesKills kills worker processes in the middle of their batches until one comes to the end.
func TestAnImportSurvivesKills(t *testing.T) {
	t.Parallel()
	for _, policy := range []catalog.ImportPolicy{catalog.SkipFailed, catalog.RejectAll} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			db := open(t)
			of, x := pgtest.Tenant(t, db), newImporter(db, time.Now, 0)
			text := file(1500)
			failed := 15
			if policy == catalog.RejectAll {
				text, failed = strings.ReplaceAll(text, ",,5\n", ",1.00,5\n"), 0
			}
			i := upload(t, x, of, catalog.Import{Policy: policy}, text)
			kills := 0
			for round := 1; !get(t, db, of, i).Ended(); round++ {
				require.Less(t, round, 60)
				child := exec.Command(os.Args[0], "-test.run=^$")
				child.Env = append(os.Environ(), childURL+"="+pgtest.URLs(t).App, childTenant+"="+string(of.ID), childImport+"="+string(i.ID),
					childLater+"="+(time.Duration(round)*time.Minute).String())
				out, err := child.StdoutPipe()
				require.NoError(t, err)
				require.NoError(t, child.Start())
				lines := bufio.NewScanner(out)
				for range 1 + round%3 {
					if !lines.Scan() {
						break
					}
					_, err := strconv.Atoi(lines.Text())
					require.NoError(t, err, lines.Text())
				}
				_ = child.Process.Kill()
				if child.Wait() != nil {
					kills++
				}
			}
			require.Greater(t, kills, 3)
			done := get(t, db, of, i)
			require.Equal(t, catalog.ImportDone, done.Status, done.Message)
			require.Equal(t, []int{1500, 3000, 1500 - failed, 0, 0, failed}, []int{done.Products, done.Rows, done.Created, done.Updated, done.Unchanged, done.Failed})
			require.Equal(t, []string{strconv.Itoa(1500 - failed)}, pgtest.Texts(t, of.ID, `select count(*)::text from products`))
			require.Equal(t, []string{"1500"}, pgtest.Texts(t, of.ID, `select count(*)::text from catalog_imports where kind = 'row'`))
			require.Empty(t, pgtest.Texts(t, of.ID, `select n::text from catalog_imports where kind = 'file'`))
			require.Equal(t, []string{strconv.Itoa(1500 - failed)}, pgtest.Texts(t, of.ID,
				`select count(*)::text from events e, jsonb_array_elements(e.data->'products') p where e.kind = 'catalog.changed'`), "told once of each product")
			twice := work(t, db, x, of, upload(t, x, of, catalog.Import{Policy: catalog.SkipFailed}, text))
			require.Equal(t, []int{0, 0, 1500 - failed}, []int{twice.Created, twice.Updated, twice.Unchanged})
		})
	}
}

func TestRejectAllChangesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	of, x := pgtest.Tenant(t, db), newImporter(db, time.Now, 0)
	done := work(t, db, x, of, upload(t, x, of, catalog.Import{Policy: catalog.RejectAll}, file(300)))
	require.Equal(t, []any{catalog.ImportRejected, 3, 300, 0}, []any{done.Status, done.Failed, done.Products, done.Created})
	require.Empty(t, pgtest.Texts(t, of.ID, `select id from products`))
	require.Equal(t, []string{"51", "151", "251"}, pgtest.Texts(t, of.ID, `select n::text from catalog_imports r where kind = 'row' order by r.n`))
}

func TestDryRunTellsEveryDifference(t *testing.T) {
	t.Parallel()
	db := open(t)
	of, x := pgtest.Tenant(t, db), newImporter(db, time.Now, 0)
	work(t, db, x, of, upload(t, x, of, catalog.Import{}, file(40)))
	text := strings.Replace(file(41), "Product 7,Size,S,S-7,19.90", "Product seven,Size,S,S-7,18.00", 1)
	text = strings.Replace(text, "p-8,,,L", "p-8,,,XL", 1)
	done := work(t, db, x, of, upload(t, x, of, catalog.Import{DryRun: true, Policy: catalog.RejectAll}, text))
	require.Equal(t, []int{1, 2, 38}, []int{done.Created, done.Updated, done.Unchanged})
	var rows []catalog.ImportRow
	require.NoError(t, db.View(t.Context(), of.ID, func(ctx context.Context, v ports.View) (err error) {
		rows, err = v.ImportRows(ctx, done.ID, ports.ImportRowQuery{Limit: 100})
		return err
	}))
	require.Len(t, rows, 41)
	require.Equal(t, []catalog.Change{
		{Field: "title", Old: "Product 7", New: "Product seven"}, {Field: "variants[S].price", Old: "19.90 BDT", New: "18.00 BDT"},
	}, rows[7].Changes)
	require.Equal(t, []catalog.Change{
		{Field: "options", Old: "Size: S, L", New: "Size: S, XL"}, {Field: "variants[XL]", New: "21.90 BDT"}, {Field: "variants[L]", Old: "21.90 BDT"},
	}, rows[8].Changes)
	require.Equal(t, []any{catalog.ImportCreates, catalog.ImportLeaves}, []any{rows[40].Outcome, rows[0].Outcome})
	require.Equal(t, []string{"40"}, pgtest.Texts(t, of.ID, `select count(*)::text from products`))
}

// TestOneWorkerAtATime lets a second worker come while the first has the import, and when it is cancelled.
func TestOneWorkerAtATime(t *testing.T) {
	t.Parallel()
	db := open(t)
	of, x := pgtest.Tenant(t, db), newImporter(db, time.Now, 0)
	i := upload(t, x, of, catalog.Import{}, file(500))
	batches := 0
	again, err := x.Work(t.Context(), of.ID, i.ID, 0, func(now catalog.Import) {
		if batches++; batches == 2 {
			again, err := x.Work(t.Context(), of.ID, i.ID, 0, nil)
			require.NoError(t, err)
			require.Positive(t, again, "somebody has it")
			require.NoError(t, db.Update(t.Context(), of.ID, func(ctx context.Context, tx ports.Tx) error {
				now, err := tx.CatalogImport(ctx, i.ID)
				require.NoError(t, err)
				require.NoError(t, now.Cancel(time.Now()))
				return tx.SaveImport(ctx, now)
			}))
		}
	})
	require.NoError(t, err)
	require.Positive(t, again)
	done := get(t, db, of, i)
	require.Equal(t, []any{catalog.ImportCancelled, 2, 200}, []any{done.Status, batches, done.Products})
	again, err = x.Work(t.Context(), of.ID, i.ID, 0, nil)
	require.NoError(t, err)
	require.Zero(t, again)
}

// TestTheQueueImports runs the reaction that an upload asks for, twice, as a queue may.
func TestTheQueueImports(t *testing.T) {
	t.Parallel()
	db := open(t)
	of, x := pgtest.Tenant(t, db), newImporter(db, time.Now, 0)
	i := upload(t, x, of, catalog.Import{}, file(30))
	asked := pgtest.Texts(t, of.ID, `select id from events where kind = 'catalog.import_requested'`)
	require.Len(t, asked, 1)
	require.Equal(t, []event.Reaction{{Name: reactions.ImportFile}}, reactions.Routes("catalog.import_requested"))
	r := reactions.New(reactions.Deps{Store: db, Registry: db, Importer: x, Now: time.Now})
	run := func() time.Duration {
		again, err := r.Run(t.Context(), ports.ReactionJob{Tenant: of.ID, Event: event.ID(asked[0]), Reaction: reactions.ImportFile})
		require.NoError(t, err)
		return again
	}
	require.Zero(t, run())
	require.Equal(t, catalog.ImportDone, get(t, db, of, i).Status)
	require.Zero(t, run())
	require.NoError(t, db.Update(t.Context(), of.ID, func(ctx context.Context, tx ports.Tx) error {
		return tx.DeleteImports(ctx, i.ID, time.Time{}, time.Time{})
	}))
	require.Zero(t, run(), "one that was deleted needs nothing")
	require.Equal(t, []string{"30"}, pgtest.Texts(t, of.ID, `select count(*)::text from products`))
}

// TestTurns lets a worker give others their turn.
func TestTurns(t *testing.T) {
	t.Parallel()
	db := open(t)
	clock := time.Now()
	x := newImporter(db, func() time.Time { clock = clock.Add(time.Second); return clock }, 0)
	of := pgtest.Tenant(t, db)
	i := upload(t, x, of, catalog.Import{}, file(1000))
	turns := 0
	for again := time.Duration(1); again > 0; turns++ {
		var err error
		again, err = x.Work(t.Context(), of.ID, i.ID, 5*time.Second, nil)
		require.NoError(t, err)
	}
	require.Greater(t, turns, 2)
	require.Equal(t, []int{990, 10}, []int{get(t, db, of, i).Created, get(t, db, of, i).Failed})
}

func TestUploadsAreRefused(t *testing.T) {
	t.Parallel()
	db := open(t)
	of, x := pgtest.Tenant(t, db), newImporter(db, time.Now, 2<<20)
	begin := func(text string) error {
		_, err := x.Upload(t.Context(), of.ID, "usr_1", catalog.Import{Policy: catalog.SkipFailed}, strings.NewReader(text))
		return err
	}
	require.ErrorIs(t, begin(file(10)+strings.Repeat("x", 2<<20)), importing.ErrTooLarge)
	require.Equal(t, fault.Invalid, fault.KindOf(begin("PK\x03\x04")))
	away := errors.New("connection reset")
	_, err := x.Upload(t.Context(), of.ID, "usr_1", catalog.Import{Policy: catalog.SkipFailed}, iotest.ErrReader(away))
	require.ErrorIs(t, err, away)
	_, err = x.Upload(t.Context(), of.ID, "usr_1", catalog.Import{Policy: "maybe"}, strings.NewReader(file(1)))
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.Empty(t, pgtest.Texts(t, of.ID, `select import_id from catalog_imports`))
}

// TestFilesThatCannotBeReadOn end their import with a reason, and what was read before stays.
func TestFilesThatCannotBeReadOn(t *testing.T) {
	t.Parallel()
	db := open(t)
	of, x := pgtest.Tenant(t, db), newImporter(db, time.Now, 0)
	var text strings.Builder
	text.WriteString("Handle,Title,Price\na,A,1\n")
	for range 1_000_001 {
		text.WriteString("a,,\n")
	}
	done := work(t, db, x, of, upload(t, x, of, catalog.Import{}, text.String()))
	require.Equal(t, catalog.ImportFailed, done.Status)
	require.Contains(t, done.Message, "1,000,000 rows")
	require.Empty(t, pgtest.Texts(t, of.ID, `select n::text from catalog_imports where kind = 'file'`))
}

// TestAStoreThatRefusesOneProduct keeps the others of its batch.
func TestAStoreThatRefusesOneProduct(t *testing.T) {
	t.Parallel()
	db := open(t)
	of, x := pgtest.Tenant(t, db), newImporter(db, time.Now, 0)
	require.NoError(t, pgtest.Exec(t, pgtest.URLs(t).Owner, `alter table `+tenant.SchemaFor(of.ID)+`.products add constraint products_unlucky_check check (slug <> 'p-13')`))
	done := work(t, db, x, of, upload(t, x, of, catalog.Import{}, file(40)))
	require.Equal(t, []any{catalog.ImportDone, 39, 1}, []any{done.Status, done.Created, done.Failed})
	require.Equal(t, []string{"p-13"}, pgtest.Texts(t, of.ID, `select body->>'slug' from catalog_imports where kind = 'row' and status = 'failed'`))
}
