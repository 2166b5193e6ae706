package elastic

import "strings"

// language is how words of a shop become stems on the server.
type language struct {
	code string // in the name of the index
	// before are filters that bring spellings together, of those that the server brings.
	before []string
	stop   string // name of a list of stop words, such as "_german_"
	stem   string // name of a stemmer
	latin  bool   // its own words are written in Latin letters; otherwise those are taken for English
}

const (
	english     = "porter2" // the stemmer that Postgres uses too
	englishStop = "_english_"
)

// languages are those that both servers have a stemmer for. The names of the snowball stemmers are preferred to the light
// ones, so that a shop finds the same on every search.
var languages = map[string]language{
	"ar":  {before: []string{"arabic_normalization"}, stop: "_arabic_", stem: "arabic"},
	"bg":  {stop: "_bulgarian_", stem: "bulgarian"},
	"bn":  {before: []string{"indic_normalization", "bengali_normalization"}, stop: "_bengali_", stem: "bengali"},
	"ca":  {stop: "_catalan_", stem: "catalan", latin: true},
	"ckb": {before: []string{"sorani_normalization"}, stop: "_sorani_", stem: "sorani"},
	"cs":  {stop: "_czech_", stem: "czech", latin: true},
	"da":  {stop: "_danish_", stem: "danish", latin: true},
	"de":  {stop: "_german_", stem: "german", latin: true},
	"el":  {before: []string{"greek_lowercase"}, stop: "_greek_", stem: "greek"},
	"en":  {stop: englishStop, stem: english, latin: true},
	"es":  {stop: "_spanish_", stem: "spanish", latin: true},
	"et":  {stop: "_estonian_", stem: "estonian", latin: true},
	"eu":  {stop: "_basque_", stem: "basque", latin: true},
	"fi":  {stop: "_finnish_", stem: "finnish", latin: true},
	"fr":  {stop: "_french_", stem: "french", latin: true},
	"ga":  {stop: "_irish_", stem: "irish", latin: true},
	"gl":  {stop: "_galician_", stem: "galician", latin: true},
	"hi":  {before: []string{"indic_normalization", "hindi_normalization"}, stop: "_hindi_", stem: "hindi"},
	"hu":  {stop: "_hungarian_", stem: "hungarian", latin: true},
	"hy":  {stop: "_armenian_", stem: "armenian"},
	"id":  {stop: "_indonesian_", stem: "indonesian", latin: true},
	"it":  {stop: "_italian_", stem: "italian", latin: true},
	"lt":  {stop: "_lithuanian_", stem: "lithuanian", latin: true},
	"lv":  {stop: "_latvian_", stem: "latvian", latin: true},
	"nl":  {stop: "_dutch_", stem: "dutch", latin: true},
	"no":  {stop: "_norwegian_", stem: "norwegian", latin: true},
	"pt":  {stop: "_portuguese_", stem: "portuguese", latin: true},
	"ro":  {stop: "_romanian_", stem: "romanian", latin: true},
	"ru":  {stop: "_russian_", stem: "russian"},
	"sv":  {stop: "_swedish_", stem: "swedish", latin: true},
	"tr":  {stop: "_turkish_", stem: "turkish", latin: true},
}

// languageOf returns the language of a locale. One that the servers have no stemmer for keeps its words as they are; a shop
// without one is taken for English.
func languageOf(locale string) language {
	code, _, _ := strings.Cut(strings.ToLower(locale), "-")
	switch code {
	case "":
		code = "en"
	case "nb", "nn":
		code = "no"
	}
	l, known := languages[code]
	if !known {
		return language{code: "other", latin: true}
	}
	l.code = code
	return l
}

// analysis makes two analysers of words that were cut before: one that keeps them and one that makes stems.
func (l language) analysis() object {
	filters, chain := object{}, append([]string{}, l.before...)
	add := func(name string, filter object) {
		filters[name] = filter
		chain = append(chain, name)
	}
	if l.code == "el" {
		filters["greek_lowercase"] = object{"type": "lowercase", "language": "greek"} // the stemmer wants it
	}
	if l.stem != "" {
		add("own_stop", object{"type": "stop", "stopwords": l.stop})
		add("own_stem", object{"type": "stemmer", "language": l.stem})
	}
	if !l.latin {
		add("english_stop", object{"type": "stop", "stopwords": englishStop})
		add("english_stem", object{"type": "stemmer", "language": english})
	}
	return object{
		"filter": filters,
		"analyzer": object{
			"words": object{"type": "custom", "tokenizer": "whitespace"},
			"forms": object{"type": "custom", "tokenizer": "whitespace", "filter": chain},
		},
	}
}
