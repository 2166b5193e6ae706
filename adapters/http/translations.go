package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/catalog"
)

func (s *Server) mountTranslations(api huma.API) {
	bad := http.StatusUnprocessableEntity
	huma.Register(api, get("/translations/{subject}", "list_translations", "Catalogue", "What something is called in other languages").
		signedIn().fails(bad).Operation, s.translations)
	huma.Register(api, large(describe(http.MethodPut, "/translations", "save_translations", "Catalogue", "Say what products, categories, collections, attributes and options are called in other languages").
		answers(http.StatusNoContent).signedIn().fails(bad).
		about("Each one replaces what was said of its subject in its language before, all or none; one without texts removes it. "+
			"Shoppers see what is missing in the shop's own language. The subject `options` names options and values of all products that say nothing "+
			"themselves; `attr_` and the key name an attribute, whose choices are the values of an option that is called as the key. "+idempotent)), s.translate)
}

// Translation is what something is called in another language.
type Translation struct {
	Subject     string        `json:"subject" maxLength:"60" example:"prod_01jd3v4k2m0000000000000000" doc:"Id of a product, category or collection, attr_ and the key of an attribute, or options"`
	Locale      string        `json:"locale" maxLength:"35" example:"bn" doc:"BCP 47"`
	Title       string        `json:"title,omitempty" maxLength:"255" doc:"Or name"`
	Description string        `json:"description,omitempty" maxLength:"524288" doc:"HTML; of products and collections"`
	Options     []OptionNames `json:"options,omitempty" maxItems:"100" doc:"At most 3 of one product"`
}

// OptionNames are what an option of a product and its values are called.
type OptionNames struct {
	Option string            `json:"option" minLength:"1" maxLength:"255" example:"Size" doc:"As the product names it"`
	Name   string            `json:"name,omitempty" maxLength:"255"`
	Values map[string]string `json:"values,omitempty" maxProperties:"2000" doc:"By the value as the product names it"`
}

// TranslationList is what is said of one subject.
type TranslationList struct {
	Translations []Translation `json:"translations"`
}

func translationToJSON(t catalog.Translation) Translation {
	return Translation{
		Subject: t.Subject, Locale: t.Locale, Title: t.Title, Description: t.Description,
		Options: mapped(t.Options, func(o catalog.OptionNames) OptionNames { return OptionNames(o) }),
	}
}

// core copies the strings, since the request's memory is used again.
func (t Translation) core() catalog.Translation {
	out := catalog.Translation{
		Subject: strings.Clone(t.Subject), Locale: strings.Clone(t.Locale), Title: strings.TrimSpace(strings.Clone(t.Title)),
		Description: strings.Clone(t.Description),
	}
	for _, o := range t.Options {
		names := catalog.OptionNames{Option: strings.Clone(o.Option), Name: strings.Clone(o.Name), Values: map[string]string{}}
		for value, name := range o.Values {
			names.Values[strings.Clone(value)] = strings.Clone(name)
		}
		out.Options = append(out.Options, names)
	}
	return out
}

func (s *Server) translations(ctx context.Context, in *struct {
	Subject string `path:"subject" maxLength:"60" example:"prod_01jd3v4k2m0000000000000000"`
},
) (*body[TranslationList], error) {
	all, err := s.d.Backoffice.Catalog.Translations(ctx, actorOf(ctx), strings.Clone(in.Subject))
	return &body[TranslationList]{TranslationList{mapped(all, translationToJSON)}}, err
}

func (s *Server) translate(ctx context.Context, in *struct {
	Body struct {
		Translations []Translation `json:"translations" minItems:"1" maxItems:"500"`
	}
},
) (*struct{}, error) {
	return nil, s.d.Backoffice.Catalog.Translate(ctx, actorOf(ctx), mapped(in.Body.Translations, Translation.core))
}

// Spoken asks for texts in a language.
type Spoken struct {
	Locale string `query:"locale" maxLength:"35" example:"bn" doc:"BCP 47, such as bn or en-GB. What is not said in it comes in the shop's own language"`
}

// summaries are those of a list in the language that was asked for.
func (s *Server) summaries(ctx context.Context, in Spoken, all []catalog.Summary) ([]ProductSummary, error) {
	said, err := s.d.Shop.Catalog.InLanguage(ctx, requestOf(ctx).tenant, in.Locale, mapped(all, func(p catalog.Summary) string { return string(p.ID) })...)
	return mapped(all, func(p catalog.Summary) ProductSummary { return summaryToJSON(said.Summary(p)) }), err
}
