package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

func (s *Server) mountBulkProducts(api huma.API) {
	huma.Register(api, large(post("/products/bulk", "write_products", "Catalogue", "Make and change up to 200 products at once").
		signedIn().fails(http.StatusConflict, http.StatusUnprocessableEntity).
		about("All in one transaction, each as create_product or change_product would. A row with an id changes that product and needs the revision "+
			"it was read with; one that changes nothing is fine whatever the revision. A row without an id makes a product, and needs title and "+
			"variants. By policy, a row that the shop's rules refuse keeps all others out (reject_all: 422 rows_failed, whose errors name every "+
			"row as products[3].title, and nothing is written) or only itself (skip_failed: 200, with the error in its row). What does not fit "+
			"this description, such as an unknown field, refuses the whole request either way. Rows are judged by what was there before: none "+
			"can take a slug that another one gives up. With skip_failed, send rows that failed again with a new Idempotency-Key: the old one "+
			"replays its answer. The body has at most 4 MB, and all products together at most 10,000 variants.")), s.writeProducts)
}

// ProductRow is what staff want of one product among several.
type ProductRow struct {
	ID       *string `json:"id,omitempty" minLength:"1" maxLength:"60" example:"prod_01jd3v4k2m0000000000000000" doc:"Of the product to change; left out for a new one"`
	Revision *int64  `json:"revision,omitempty" minimum:"1" doc:"That the product was read with, needed with an id"`
	ProductEdit
}

// WrittenProducts is what became of the rows.
type WrittenProducts struct {
	Created   int          `json:"created"`
	Changed   int          `json:"changed"`
	Unchanged int          `json:"unchanged" doc:"They were as wanted already"`
	Failed    int          `json:"failed" doc:"Always 0 with reject_all"`
	Rows      []WrittenRow `json:"rows" doc:"In the order of the request"`
}

// WrittenRow is what became of one row.
type WrittenRow struct {
	Row      int         `json:"row" doc:"Its place in the request, from 0"`
	ID       string      `json:"id" doc:"Of the product; empty when none was made"`
	Slug     string      `json:"slug" doc:"As it is now; empty when there is no such product"`
	Revision int64       `json:"revision" doc:"As it is now, also of a row that failed; 0 when there is no such product"`
	Status   string      `json:"status" enum:"created,changed,unchanged,failed"`
	Error    *RowProblem `json:"error,omitempty" doc:"Why it failed"`
}

// RowProblem says why one row failed, in the words of a problem.
type RowProblem struct {
	Code   string         `json:"code" example:"slug_taken_product" doc:"Stable, for programs; that which the request for this product alone would get"`
	Detail string         `json:"detail" doc:"A sentence for a person"`
	Errors []ProblemField `json:"errors" doc:"The offending parts of the request, such as products[3].slug; at most 20"`
}

func writtenToJSON(w backoffice.Written) WrittenProducts {
	out := WrittenProducts{
		Created: w.Count(backoffice.RowCreated), Changed: w.Count(backoffice.RowChanged),
		Unchanged: w.Count(backoffice.RowUnchanged), Failed: w.Count(backoffice.RowFailed), Rows: []WrittenRow{},
	}
	for n, r := range w.Rows {
		row := WrittenRow{Row: n, ID: string(r.ID), Slug: r.Slug, Revision: r.Revision, Status: string(r.Status)}
		if r.Wrong != nil {
			row.Error = &RowProblem{r.Wrong.Code, r.Wrong.Message, mapped(r.Wrong.Fields, func(f fault.Field) ProblemField { return ProblemField(f) })}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

type writtenAnswer struct {
	Replayed
	Body WrittenProducts
}

func (s *Server) writeProducts(ctx context.Context, in *struct {
	OnceHeader
	Body struct {
		Policy   string       `json:"policy" enum:"reject_all,skip_failed" doc:"What becomes of the others when a row fails"`
		Products []ProductRow `json:"products" minItems:"1" maxItems:"200"`
	}
},
) (*writtenAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /products/bulk", by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	rows, err := productRowsToCore(in.Body.Products)
	if err != nil {
		return nil, err
	}
	done, err := s.d.Backoffice.Catalog.Write(ctx, by, rows, catalog.ImportPolicy(strings.Clone(in.Body.Policy)), once)
	if err != nil {
		return nil, err
	}
	return &writtenAnswer{replayedOf(once), writtenToJSON(done)}, nil
}

// productRowsToCore reads all rows. Errors: Invalid with all that cannot be read.
func productRowsToCore(all []ProductRow) ([]backoffice.Row, error) {
	rows := make([]backoffice.Row, len(all))
	var bad []fault.Field
	for n, r := range all {
		edit, err := r.core()
		if f := (*fault.Error)(nil); errors.As(err, &f) {
			bad = append(bad, f.Under(fmt.Sprintf("products[%d]", n))...)
		}
		rows[n] = backoffice.Row{Revision: r.Revision, Edit: edit}
		if r.ID != nil {
			rows[n].ID = catalog.ProductID(strings.Clone(*r.ID))
		}
	}
	if bad != nil {
		return nil, fault.InvalidField(bad[0].Path, bad[0].Message).At(bad[1:]...)
	}
	return rows, nil
}
