package locale_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/locale"
)

func TestValid(t *testing.T) {
	for _, tag := range []string{"bn", "bn-BD", "zh-Hant", "zh-Hant-TW", "es-419", "fil"} {
		require.True(t, locale.Valid(tag), tag)
	}
	for _, tag := range []string{"", "BN", "bn_BD", "b", "bn-bd", "english", "bn-BD-x", "../bn", "bn,en"} {
		require.False(t, locale.Valid(tag), tag)
	}
}

func TestWanted(t *testing.T) {
	for _, c := range []struct {
		asked, own string
		want       []string
	}{
		{"bn-BD", "en-BD", []string{"bn-BD", "bn"}},
		{"zh-Hant-TW", "en", []string{"zh-Hant-TW", "zh-Hant", "zh"}},
		{"en-GB", "en-BD", []string{"en-GB"}},
		{"en", "en-BD", []string{}},
		{"en-BD", "en-BD", nil},
		{"", "en-BD", nil},
		{"robots", "en-BD", nil},
	} {
		require.Equal(t, c.want, locale.Wanted(c.asked, c.own), c.asked)
	}
}
