package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/catalog"
)

const categoryPath = "/categories/{id}"

func (s *Server) mountCategories(api huma.API) {
	bad, missing := http.StatusUnprocessableEntity, http.StatusNotFound
	edits := []int{missing, http.StatusConflict, http.StatusPreconditionFailed, bad}
	huma.Register(api, get("/categories", "list_categories", "Catalogue", "The whole tree of categories").signedIn().
		about("Each comes before those below it, siblings in display order.").Operation, s.staffCategories)
	huma.Register(api, get(categoryPath, "get_category", "Catalogue", "One category").signedIn().fails(missing, bad).Operation, s.staffCategory)
	huma.Register(api, post("/categories", "create_category", "Catalogue", "Make a category").answers(http.StatusCreated).
		signedIn().fails(http.StatusConflict, bad).
		about("At the top, unless it has a parent, and behind its siblings, unless it has a position. Without a slug it gets one of its "+
			"name that is free.").Operation, s.createCategory)
	huma.Register(api, describe(http.MethodPatch, categoryPath, "change_category", "Catalogue", "Rename, move or reorder a category").
		signedIn().fails(edits...).fails(http.StatusPreconditionRequired).
		about("Needs If-Match with the ETag it was read with. Fields that are left out stay as they are. A category moves with all that "+
			"is below it, and never below itself. Another slug is another address. "+idempotent).Operation, s.changeCategory)
	huma.Register(api, describe(http.MethodDelete, categoryPath, "delete_category", "Catalogue", "Delete an empty category").
		answers(http.StatusNoContent).signedIn().fails(edits...).about("If-Match may be sent.").Operation, s.deleteCategory)
}

// StaffCategory is a category as staff see it.
type StaffCategory struct {
	ID       string `json:"id" example:"cat_01jd3v4k2m0000000000000000"`
	Slug     string `json:"slug" example:"shirts"`
	Name     string `json:"name" example:"Shirts"`
	ParentID string `json:"parent_id" doc:"Empty at the top"`
	Depth    int    `json:"depth" doc:"How many categories are above it"`
	Position int    `json:"position" doc:"Among its siblings, from 0"`
	Revision int64  `json:"revision" doc:"Grows with every change but those of its siblings' order; the ETag names it"`
}

// StaffCategoryList is the tree of categories.
type StaffCategoryList struct {
	Categories []StaffCategory `json:"categories"`
}

// staffTreeToJSON counts the positions, which are stored with gaps.
func staffTreeToJSON(t *catalog.Tree) []StaffCategory {
	next := map[catalog.CategoryID]int{}
	return mapped(t.All(), func(c catalog.Category) StaffCategory {
		at := next[c.Parent]
		next[c.Parent]++
		return StaffCategory{string(c.ID), c.Slug, c.Name, string(c.Parent), t.Depth(c.ID), at, c.Revision}
	})
}

// CategoryID names a category.
type CategoryID struct {
	ID string `path:"id" maxLength:"60" example:"cat_01jd3v4k2m0000000000000000"`
}

func (c CategoryID) core() catalog.CategoryID { return catalog.CategoryID(strings.Clone(c.ID)) }

// CategoryEdit is what staff change of a category.
type CategoryEdit struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"255" example:"Shirts"`
	Slug     *string `json:"slug,omitempty" maxLength:"255" example:"shirts" doc:"Part of the address"`
	ParentID *string `json:"parent_id,omitempty" maxLength:"60" doc:"Empty for the top"`
	Position *int    `json:"position,omitempty" minimum:"0" maximum:"10000" doc:"Among its siblings, from 0"`
}

func (e CategoryEdit) core() catalog.CategoryEdit {
	out := catalog.CategoryEdit{Name: cloned(e.Name), Slug: cloned(e.Slug), Position: e.Position}
	if e.ParentID != nil {
		parent := catalog.CategoryID(strings.Clone(*e.ParentID))
		out.Parent = &parent
	}
	return out
}

type categoryAnswer struct {
	Replayed
	ETag string `header:"ETag" doc:"For If-Match"`
	Body StaffCategory
}

func answerCategory(c backoffice.CategoryAt, err error) (*categoryAnswer, error) {
	if err != nil {
		return nil, err
	}
	for _, one := range staffTreeToJSON(c.Tree) {
		if one.ID == string(c.ID) {
			return &categoryAnswer{ETag: `"` + strconv.FormatInt(one.Revision, 10) + `"`, Body: one}, nil
		}
	}
	return nil, catalog.ErrNoCategory
}

func (s *Server) staffCategories(ctx context.Context, _ *struct{}) (*body[StaffCategoryList], error) {
	tree, err := s.d.Backoffice.Catalog.Categories(ctx, actorOf(ctx))
	if err != nil {
		return nil, err
	}
	return &body[StaffCategoryList]{StaffCategoryList{staffTreeToJSON(tree)}}, nil
}

func (s *Server) staffCategory(ctx context.Context, in *CategoryID) (*categoryAnswer, error) {
	tree, err := s.d.Backoffice.Catalog.Categories(ctx, actorOf(ctx))
	return answerCategory(backoffice.CategoryAt{Tree: tree, ID: in.core()}, err)
}

func (s *Server) createCategory(ctx context.Context, in *struct {
	OnceHeader
	Body struct {
		CategoryEdit
		Name string `json:"name" minLength:"1" maxLength:"255" example:"Shirts"`
	}
},
) (*categoryAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /categories", by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	edit := in.Body.CategoryEdit
	edit.Name = &in.Body.Name
	out, err := answerCategory(s.d.Backoffice.Catalog.CreateCategory(ctx, by, edit.core(), once))
	if err == nil {
		out.Replayed = replayedOf(once)
	}
	return out, err
}

func (s *Server) changeCategory(ctx context.Context, in *struct {
	CategoryID
	IfMatch
	Body CategoryEdit
},
) (*categoryAnswer, error) {
	return answerCategory(s.d.Backoffice.Catalog.ChangeCategory(ctx, actorOf(ctx), in.CategoryID.core(), in.revision(), in.Body.core()))
}

func (s *Server) deleteCategory(ctx context.Context, in *struct {
	CategoryID
	IfMatch
},
) (*struct{}, error) {
	return nil, s.d.Backoffice.Catalog.DeleteCategory(ctx, actorOf(ctx), in.core(), in.revision())
}
