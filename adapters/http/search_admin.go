package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/search"
)

func (s *Server) mountStaffSearch(api huma.API) {
	bad := http.StatusUnprocessableEntity
	huma.Register(api, get("/search/synonyms", "get_synonyms", "Search", "Words that mean the same to the shop's search").signedIn().Operation, s.synonyms)
	huma.Register(api, describe(http.MethodPut, "/search/synonyms", "put_synonyms", "Search", "Replace all synonyms").signedIn().
		fails(http.StatusPreconditionFailed, http.StatusPreconditionRequired, bad).
		about("Needs If-Match with the ETag they were read with. Shoppers find by them at once. "+idempotent).Operation, s.putSynonyms)
	huma.Register(api, post("/search/rebuild", "rebuild_search", "Search", "Bring the whole search index up to date").answers(http.StatusAccepted).
		limited(s, limitImports).signedIn().fails(http.StatusConflict, bad).
		about("It runs in the background while the shop trades. Changes of products need it never; popularity is counted anew by it.").
		Operation, s.rebuildSearch)
}

// Synonyms is one group of words. With from, only who looks for that word finds the others too.
type Synonyms struct {
	From  string   `json:"from,omitempty" maxLength:"255" example:"panjabi"`
	Words []string `json:"words" minItems:"1" maxItems:"20" example:"[\"tee\",\"t-shirt\"]"`
}

// SynonymList is all groups.
type SynonymList struct {
	Synonyms []Synonyms `json:"synonyms" maxItems:"1000"`
}

type synonymAnswer struct {
	ETag string `header:"ETag" doc:"For If-Match"`
	Body SynonymList
}

func answerSynonyms(in search.Settings, err error) (*synonymAnswer, error) {
	if err != nil {
		return nil, err
	}
	all := mapped(in.Synonyms, func(s search.Synonyms) Synonyms { return Synonyms{s.From, copied(s.Words)} })
	return &synonymAnswer{`"` + strconv.FormatInt(in.Version, 10) + `"`, SynonymList{all}}, nil
}

func (s *Server) synonyms(ctx context.Context, _ *none) (*synonymAnswer, error) {
	return answerSynonyms(s.d.Backoffice.Search.Settings(ctx, actorOf(ctx)))
}

func (s *Server) putSynonyms(ctx context.Context, in *struct {
	IfMatch
	Body SynonymList
},
) (*synonymAnswer, error) {
	version := in.revision()
	if version == nil {
		return nil, backoffice.ErrRevision
	}
	return answerSynonyms(s.d.Backoffice.Search.Change(ctx, actorOf(ctx), search.Settings{
		Version:  *version,
		Synonyms: mapped(in.Body.Synonyms, func(s Synonyms) search.Synonyms { return search.Synonyms{From: s.From, Words: copied(s.Words)} }),
	}))
}

func (s *Server) rebuildSearch(ctx context.Context, in *struct{ OnceHeader }) (*Replayed, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /search/rebuild", by.Who(), nil)
	if err != nil {
		return nil, err
	}
	if err := s.d.Backoffice.Search.Rebuild(ctx, by, once); err != nil {
		return nil, err
	}
	out := replayedOf(once)
	return &out, nil
}
