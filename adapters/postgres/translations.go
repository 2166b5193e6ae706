package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
)

const (
	selectTranslations = `select t.subject, t.locale, t.texts from translations t
		where t.subject = any($1) and ($2::text[] is null or t.locale = any($2)) order by t.subject, t.locale`
	selectSubjects = `select p.id from products p where p.id = any($1) union all select c.id from categories c where c.id = any($1)
		union all select c.id from collections c where c.id = any($1) union all select 'attr_' || a.key from attributes a where 'attr_' || a.key = any($1)
		union all select 'options' where 'options' = any($1)`

	dropTranslations = `delete from translations t using jsonb_to_recordset($1) as x (subject text, locale text)
		where t.subject = x.subject and t.locale = x.locale`
	dropTexts        = `delete from translations t where t.subject = $1`
	saveTranslations = `insert into translations (subject, locale, texts)
		select x.subject, x.locale, x.texts from jsonb_to_recordset($1) as x (subject text, locale text, texts jsonb) order by x.subject, x.locale
		on conflict (subject, locale) do update set texts = excluded.texts`
)

// textsRow is what a translation says.
type textsRow struct {
	Title       string           `json:"title,omitempty"`
	Description string           `json:"description,omitempty"`
	Options     []optionNamesRow `json:"options,omitempty"`
}

type optionNamesRow struct {
	Option string            `json:"option"`
	Name   string            `json:"name,omitempty"`
	Values map[string]string `json:"values,omitempty"`
}

type translationRow struct {
	Subject string   `json:"subject"`
	Locale  string   `json:"locale"`
	Texts   textsRow `json:"texts"`
}

func toTranslationRow(t catalog.Translation) translationRow {
	r := translationRow{t.Subject, t.Locale, textsRow{Title: t.Title, Description: t.Description}}
	for _, o := range t.Options {
		r.Texts.Options = append(r.Texts.Options, optionNamesRow(o))
	}
	return r
}

func (r textsRow) fromRow(subject, locale string) catalog.Translation {
	t := catalog.Translation{Subject: subject, Locale: locale, Title: r.Title, Description: r.Description}
	for _, o := range r.Options {
		t.Options = append(t.Options, catalog.OptionNames(o))
	}
	return t
}

// Translations implements ports.TranslationView.
func (s *session) Translations(ctx context.Context, subjects, locales []string) ([]catalog.Translation, error) {
	rows, err := s.db.Query(ctx, selectTranslations, subjects, locales)
	if err != nil {
		return nil, fault(err, "read translations")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (catalog.Translation, error) {
		var subject, locale string
		var texts textsRow
		err := row.Scan(&subject, &locale, &texts)
		return texts.fromRow(subject, locale), err
	})
	return all, fault(err, "read translations")
}

// Subjects implements ports.TranslationView.
func (s *session) Subjects(ctx context.Context, ids []string) ([]string, error) {
	rows, err := s.db.Query(ctx, selectSubjects, ids)
	if err != nil {
		return nil, fault(err, "read subjects")
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return all, fault(err, "read subjects")
}

// SaveTranslations implements ports.TranslationTx.
func (s *session) SaveTranslations(ctx context.Context, all []catalog.Translation) error {
	drop, save := []translationRow{}, []translationRow{}
	for _, t := range all {
		if t.Empty() {
			drop = append(drop, toTranslationRow(t))
		} else {
			save = append(save, toTranslationRow(t))
		}
	}
	var b pgx.Batch
	for _, step := range []struct {
		sql  string
		rows []translationRow
	}{{dropTranslations, drop}, {saveTranslations, save}} {
		text, err := json.Marshal(step.rows)
		if err != nil {
			return fault(err, "save translations")
		}
		b.Queue(step.sql, string(text))
	}
	return fault(s.db.SendBatch(ctx, &b).Close(), "save translations")
}
