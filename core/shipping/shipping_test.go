package shipping_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/shipping"
)

var dhaka = shipping.Address{Name: "Ayesha Rahman", Line1: "House 7, Road 3", City: "Dhaka", PostalCode: "1205", Country: "BD", Phone: "+8801700000000"}

func TestAddress(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*shipping.Address)
		bad    []string
	}{
		"good":                     {func(*shipping.Address) {}, nil},
		"in Bengali":               {func(a *shipping.Address) { a.Name, a.City = "আয়েশা", "ঢাকা" }, nil},
		"no postal code elsewhere": {func(a *shipping.Address) { a.Country, a.PostalCode = "AE", "" }, nil},
		"British":                  {func(a *shipping.Address) { a.Country, a.PostalCode = "GB", "SW1A 1AA" }, nil},
		"British, lower case":      {func(a *shipping.Address) { a.Country, a.PostalCode = "GB", "m1 1ae" }, nil},
		"American, nine digits":    {func(a *shipping.Address) { a.Country, a.PostalCode = "US", "94103-1234" }, nil},
		"nothing":                  {func(a *shipping.Address) { *a = shipping.Address{} }, []string{"name", "line1", "city", "country"}},
		"short postal code":        {func(a *shipping.Address) { a.PostalCode = "120" }, []string{"postal_code"}},
		"Bengali digits":           {func(a *shipping.Address) { a.PostalCode = "১২০৫" }, []string{"postal_code"}},
		"no postal code":           {func(a *shipping.Address) { a.PostalCode = "" }, []string{"postal_code"}},
		"lower-case country":       {func(a *shipping.Address) { a.Country = "bd" }, []string{"country"}},
		"country by name":          {func(a *shipping.Address) { a.Country = "Bangladesh" }, []string{"country"}},
		"line break":               {func(a *shipping.Address) { a.Line1 = "a\nb" }, []string{"line1"}},
		"zero byte":                {func(a *shipping.Address) { a.Line2 = "a\x00" }, []string{"line2"}},
		"broken text":              {func(a *shipping.Address) { a.Region = "\xff" }, []string{"region"}},
		"escape sequence":          {func(a *shipping.Address) { a.Phone = "\x1b[31m" }, []string{"phone"}},
		"long name":                {func(a *shipping.Address) { a.Name = strings.Repeat("a", 121) }, []string{"name"}},
		"long phone":               {func(a *shipping.Address) { a.Phone = strings.Repeat("1", 201) }, []string{"phone"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := dhaka
			c.change(&a)
			err := a.Check("shipping_address")
			if c.bad == nil {
				require.NoError(t, err)
				return
			}
			f := (*fault.Error)(nil)
			require.ErrorAs(t, err, &f)
			require.Equal(t, "invalid_address", f.Code)
			require.Len(t, f.Fields, len(c.bad))
			for i, path := range c.bad {
				require.Equal(t, "shipping_address."+path, f.Fields[i].Path)
			}
		})
	}
}

func TestCleanAddress(t *testing.T) {
	a := shipping.Address{Name: " A ", Line1: "\tb", Line2: " ", City: "c ", Region: " d", PostalCode: " 1205 ", Country: " bd ", Phone: " 1 "}
	require.Equal(t, shipping.Address{Name: "A", Line1: "b", City: "c", Region: "d", PostalCode: "1205", Country: "BD", Phone: "1"}, a.Clean())
	require.Equal(t, " A ", a.Name, "the original stays")
}

func TestRateKey(t *testing.T) {
	require.Equal(t, "flatrate/standard", shipping.Rate{Provider: "flatrate", Service: "standard"}.Key())
}
